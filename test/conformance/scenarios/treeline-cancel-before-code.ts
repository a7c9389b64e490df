/** A cancel that meets an execution between two attempts, when none of its code runs (D37). */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { RetryPolicy } from "../../../lib/kernel/definition.ts";
import { units, type Scenario, type ScriptAction } from "../scenario.ts";

/** Longer than any of these scenarios lasts. */
const backoff: RetryPolicy = { maxAttempts: 3, initialDelay: units(60), maxDelay: units(60), jitter: "NONE" };

/** Charges, then fails; every attempt would charge again. */
function charging(name: string) {
  return workflow({ name }, async (ctx) => {
    const { attempt } = ctx.info;
    await ctx.step("charge", () => attempt);
    throw new Error("a later step failed");
  });
}

const cancelSoon: readonly ScriptAction[] = [{ at: 3, do: { kind: "cancel", path: "/", reason: "gave up" } }];

function fromOutside(): Scenario {
  return {
    id: "A6-client",
    rows: ["fault:A6"],
    title: "fault:A6 a client's cancel during the backoff ends the execution at once, and no attempt follows",
    workflows: [charging("A6-client.root")],
    start: [{ workflow: "A6-client.root", options: { retry: backoff, state: { order: 7 } } }],
    script: [
      ...cancelSoon,
      // One that has ended is left alone, and takes no signal.
      { at: 5, do: { kind: "cancel", path: "/", reason: "again" } },
      { at: 6, do: { kind: "signal", path: "/", name: "any" }, refused: { code: "execution_closed" } },
    ],
    expect: {
      status: "CANCELLED",
      error: { type: "CancelledError", message: "cancelled: gave up" },
      state: { order: 7 },
      operations: [],
      tree: { "/": { status: "CANCELLED", generation: 2 } },
    },
  };
}

function fromTheParent(): Scenario {
  const child = charging("A6-parent.child");
  const parent = workflow({ name: "A6-parent.parent" }, async (ctx) => {
    const begun = ctx.now().getTime();
    const handle = await ctx.start(child, null, { name: "child", retry: backoff });
    await ctx.wait(units(3));
    await handle.cancel("gave up");
    const { status } = await handle.outcome();
    return { status, soon: ctx.now().getTime() - begun < units(40) };
  });
  return {
    id: "A6-parent",
    rows: ["fault:A6"],
    title: "fault:A6 a parent that cancels its child during the backoff hears of the child's end at once",
    workflows: [parent, child],
    start: [{ workflow: "A6-parent.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { status: "CANCELLED", soon: true },
      tree: { "/child": { status: "CANCELLED", generation: 2, operations: [] } },
    },
  };
}

function awaited(): Scenario {
  const child = charging("A6-awaited.child");
  const parent = workflow({ name: "A6-awaited.parent" }, (ctx) =>
    ctx.execute(child, null, { name: "child", retry: backoff }),
  );
  return {
    id: "A6-awaited",
    rows: ["fault:A6"],
    title: "fault:A6 a cancelled parent that waits for its child's end does not wait for the backoff",
    workflows: [parent, child],
    start: [{ workflow: "A6-awaited.parent" }],
    script: cancelSoon,
    expect: {
      status: "CANCELLED",
      tree: { "/child": { status: "CANCELLED", generation: 2, operations: [] } },
    },
  };
}

function closePolicy(): Scenario {
  const child = charging("A6-policy.child");
  const parent = workflow({ name: "A6-policy.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", retry: backoff, parentClosePolicy: "request_cancel" });
    await ctx.wait(units(3));
    return "done";
  });
  return {
    id: "A6-policy",
    rows: ["fault:A6"],
    title: "fault:A6 the close policy request_cancel ends a child during its backoff",
    workflows: [parent, child],
    start: [{ workflow: "A6-policy.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: "done",
      tree: { "/child": { status: "CANCELLED", generation: 2, operations: [] } },
    },
  };
}

export const scenarios: readonly Scenario[] = [fromOutside(), fromTheParent(), awaited(), closePolicy()];
