/** M04 to M06: what becomes of a child when its parent ends; the whole matrix is in temporal-close-policy.ts (T18). */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { isCancellation } from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

function finishedChildIsLeftAlone(): Scenario {
  const child = workflow({ name: "M04-done.child" }, () => "done");
  const parent = workflow({ name: "M04-done.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child", parentClosePolicy: "terminate" });
    await handle.result();
    throw new Error("parent broke");
  });
  return {
    id: "M04-done",
    rows: ["M04", "M25"],
    title: "terminate does not touch a child that has already succeeded",
    workflows: [parent, child],
    start: [{ workflow: "M04-done.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "Error", message: "parent broke" },
      tree: { "/child": { status: "SUCCEEDED", output: "done" } },
      noEvents: [{ type: "execution.stopped", path: "/child" }],
    },
  };
}

function terminateGoesAllTheWayDown(): Scenario {
  const leaf = workflow({ name: "M04-deep.leaf" }, (ctx) => ctx.wait("long", units(60)));
  const detached = workflow({ name: "M04-deep.detached" }, async (ctx) => {
    await ctx.wait(units(8));
    return "free";
  });
  const child = workflow({ name: "M04-deep.child" }, async (ctx) => {
    await ctx.start(detached, null, { name: "detached" });
    await ctx.execute(leaf, null, { name: "leaf" });
  });
  const parent = workflow({ name: "M04-deep.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", parentClosePolicy: "terminate" });
    await ctx.waitForSignal("end");
    return "gone";
  });
  return {
    id: "M04-deep",
    rows: ["M04", "K10"],
    title: "a terminated child's own children end by their own policies",
    workflows: [parent, child, leaf, detached],
    start: [{ workflow: "M04-deep.parent" }],
    script: [{ when: { path: "/child/leaf", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } }],
    expect: {
      status: "SUCCEEDED",
      tree: {
        "/child": { status: "STOPPED" },
        "/child/leaf": { status: "STOPPED" },
        "/child/detached": { status: "SUCCEEDED", output: "free" },
      },
    },
  };
}

function childCleansUp(): Scenario {
  const child = workflow({ name: "M05-cleanup.child" }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } finally {
      await ctx.nonCancellable(async (c) => {
        await c.wait(units(2));
        await c.step("cleanup", () => "swept");
      });
    }
  });
  const parent = workflow({ name: "M05-cleanup.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", parentClosePolicy: "request_cancel" });
    await ctx.waitForSignal("end");
    return "gone";
  });
  return {
    id: "M05-cleanup",
    rows: ["M05"],
    title: "request_cancel: the child cleans up after its parent has gone, and ends cancelled",
    workflows: [parent, child],
    start: [{ workflow: "M05-cleanup.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } }],
    expect: {
      status: "SUCCEEDED",
      tree: { "/child": { status: "CANCELLED" } },
      events: [
        { type: "execution.succeeded", path: "/" },
        { type: "operation.succeeded", path: "/child", name: "cleanup" },
        { type: "execution.cancelled", path: "/child" },
      ],
    },
  };
}

function childIgnoresCancel(): Scenario {
  const child = workflow({ name: "M05-ignores.child" }, async (ctx) => {
    const error = await caught(() => ctx.wait("long", units(60)));
    return ctx.nonCancellable(async (c) => {
      await c.wait(units(2));
      return { asked: isCancellation(error), answer: "no" };
    });
  });
  const parent = workflow({ name: "M05-ignores.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", parentClosePolicy: "request_cancel" });
    await ctx.waitForSignal("end");
    return "gone";
  });
  return {
    id: "M05-ignores",
    rows: ["M05"],
    title: "request_cancel: a child may ignore the request and succeed",
    workflows: [parent, child],
    start: [{ workflow: "M05-ignores.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } }],
    expect: {
      status: "SUCCEEDED",
      tree: { "/child": { status: "SUCCEEDED", output: { asked: true, answer: "no" } } },
      events: [{ type: "cancel.requested", path: "/child" }],
    },
  };
}

function cancelRequestGoesAllTheWayDown(): Scenario {
  const leaf = workflow({ name: "M05-deep.leaf" }, (ctx) => ctx.wait("long", units(60)));
  const child = workflow({ name: "M05-deep.child" }, async (ctx) => {
    await ctx.execute(leaf, null, { name: "leaf" });
  });
  const parent = workflow({ name: "M05-deep.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", parentClosePolicy: "request_cancel" });
    await ctx.waitForSignal("end");
    throw new Error("parent broke");
  });
  return {
    id: "M05-deep",
    rows: ["M05", "K10"],
    title: "request_cancel reaches the grandchild that the child awaits",
    workflows: [parent, child, leaf],
    start: [{ workflow: "M05-deep.parent" }],
    script: [{ when: { path: "/child/leaf", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } }],
    expect: {
      status: "FAILED",
      tree: { "/child": { status: "CANCELLED" }, "/child/leaf": { status: "CANCELLED" } },
    },
  };
}

/** The row says that the close policy alone lets the child go on: it changes the cancellation type's default, too. */
function abandonedWhileAwaited(cancellation: "default" | "abandon"): Scenario {
  const id = `M06-${cancellation}`;
  const child = workflow({ name: `${id}.child` }, async (ctx) => {
    await ctx.wait("long", units(8));
    return "went on";
  });
  const parent = workflow({ name: `${id}.parent` }, (ctx) =>
    ctx.execute(child, null, {
      name: "child",
      parentClosePolicy: "abandon",
      ...(cancellation === "abandon" && { cancellationType: "abandon" }),
    }),
  );
  return {
    id,
    rows: ["M06", "T03"],
    title: `abandon with wait (cancellation type: ${cancellation}): the parent is cancelled in its wait, the child goes on`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "CANCELLED",
      tree: { "/child": { status: "SUCCEEDED", output: "went on" } },
      events: [
        { type: "execution.cancelled", path: "/" },
        { type: "execution.succeeded", path: "/child" },
      ],
      noEvents: [{ type: "cancel.requested", path: "/child" }],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  finishedChildIsLeftAlone(),
  terminateGoesAllTheWayDown(),
  childCleansUp(),
  childIgnoresCancel(),
  cancelRequestGoesAllTheWayDown(),
  abandonedWhileAwaited("default"),
  abandonedWhileAwaited("abandon"),
];
