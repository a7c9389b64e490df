/** T07 to T10, T22: edges of cancellation. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { CancelledError, isCancellation } from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf } from "./treeline-errors.ts";

function beforeSent(): Scenario {
  const child = workflow({ name: "T07.child" }, () => "ran");
  const parent = workflow({ name: "T07.parent" }, async (ctx) => {
    await caught(() => ctx.wait("long", units(60)));
    const executed = await caught(() => ctx.execute(child, null));
    const started = await caught(() => ctx.start(child, null));
    return [executed, started].map((error) => [
      chain(error),
      error instanceof Error && /cancelled before scheduled/.test(error.message),
    ]);
  });
  return {
    id: "T07",
    rows: ["T07", "K10"],
    title: "a child that is asked for after the cancel is refused and never exists",
    workflows: [parent, child],
    start: [{ workflow: "T07.parent" }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "SUCCEEDED",
      output: [
        [["CancelledError"], true],
        [["CancelledError"], true],
      ],
      tree: { "/": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

function beforeSentEscapes(): Scenario {
  const child = workflow({ name: "T07-escapes.child" }, () => "ran");
  const parent = workflow({ name: "T07-escapes.parent" }, async (ctx) => {
    await caught(() => ctx.wait("long", units(60)));
    await ctx.execute(child, null);
  });
  return {
    id: "T07-escapes",
    rows: ["T07"],
    title: "a parent that lets that refusal escape is cancelled",
    workflows: [parent, child],
    start: [{ workflow: "T07-escapes.parent" }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "CANCELLED", tree: { "/": { status: "CANCELLED" } }, exact: true },
  };
}

function cancelledTwice(): Scenario {
  const child = workflow({ name: "T08.child" }, async (ctx) => {
    const first = await caught(() => ctx.wait("long", units(60)));
    const shielded = await ctx.nonCancellable(async (c) => {
      // The second request comes here, and changes nothing.
      await c.wait("cleanup", units(4));
      return "undisturbed";
    });
    return {
      first: isCancellation(first),
      reason: (ctx.cancellation.reason as Error).message.includes("one"),
      shielded,
    };
  });
  const parent = workflow({ name: "T08.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    await ctx.wait(units(1));
    await handle.cancel("one");
    await ctx.wait(units(1));
    await handle.cancel("two");
    const result = await handle.result();
    await handle.cancel("three");
    return { result, status: await handle.status() };
  });
  return {
    id: "T08",
    rows: ["T08"],
    title: "a second cancel, and one after the end, are no-ops",
    workflows: [parent, child],
    start: [{ workflow: "T08.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { result: { first: true, reason: true, shielded: "undisturbed" }, status: "SUCCEEDED" },
    },
  };
}

function shieldedChild(): Scenario {
  const child = workflow({ name: "T09.child" }, async (ctx) => {
    await ctx.wait("long", units(4));
    return "unharmed";
  });
  const parent = workflow({ name: "T09.parent" }, async (ctx) => {
    const result = await ctx.nonCancellable((c) => c.execute(child, null, { name: "child" }));
    return { result, aborted: ctx.cancellation.aborted, after: chain(await caught(() => ctx.wait(units(1)))) };
  });
  return {
    id: "T09",
    rows: ["T09"],
    title: "a child in a shielded scope does not hear of its parent's cancel; behind the shield it takes effect",
    workflows: [parent, child],
    start: [{ workflow: "T09.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "SUCCEEDED",
      output: { result: "unharmed", aborted: true, after: ["CancelledError"] },
      tree: { "/child": { status: "SUCCEEDED" } },
      noEvents: [{ type: "cancel.requested", path: "/child" }],
    },
  };
}

function oneShieldedOneNot(): Scenario {
  const child = workflow({ name: "T09-both.child" }, async (ctx) => {
    await ctx.wait("long", units(4));
    return "unharmed";
  });
  const parent = workflow({ name: "T09-both.parent" }, async (ctx) => {
    const shielded = ctx.nonCancellable((c) => c.execute(child, null, { name: "shielded" }));
    const exposed = ctx.execute(child, null, { name: "exposed" });
    const [a, b] = await ctx.promise.allSettled([shielded, exposed]);
    return [a.status, b.status === "rejected" && isCancellation(b.reason)];
  });
  return {
    id: "T09-both",
    rows: ["T09"],
    title: "of two children only the one outside the shield is cancelled",
    workflows: [parent, child],
    start: [{ workflow: "T09-both.parent" }],
    script: [{ when: { path: "/exposed", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "SUCCEEDED",
      output: ["fulfilled", true],
      tree: { "/shielded": { status: "SUCCEEDED" }, "/exposed": { status: "CANCELLED" } },
    },
  };
}

/** The shield is against the cancel, not against the parent's end. */
function closePolicyGoesThroughTheShield(): Scenario {
  const child = workflow({ name: "T09-policy.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "T09-policy.parent" }, async (ctx) => {
    await ctx.nonCancellable((c) => c.start(child, null, { name: "child", parentClosePolicy: "terminate" }));
    await ctx.wait(units(60));
  });
  return {
    id: "T09-policy",
    rows: ["T09", "T18"],
    title: "the close policy applies to a child that was started in a shielded scope",
    workflows: [parent, child],
    start: [{ workflow: "T09-policy.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "CANCELLED", tree: { "/child": { status: "STOPPED" } } },
  };
}

/** Cleanup may start children of its own (a compensation). */
function cleanupStartsChild(): Scenario {
  const undo = workflow({ name: "T09-undo.undo" }, (ctx, what: string) => ctx.step("undo", () => `undid ${what}`));
  const parent = workflow({ name: "T09-undo.parent" }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } finally {
      await ctx.nonCancellable((c) => c.execute(undo, "booking", { name: "undo" }));
    }
  });
  return {
    id: "T09-undo",
    rows: ["T09", "T07"],
    title: "a cancelled parent may run a child in a shielded scope to clean up",
    workflows: [parent, undo],
    start: [{ workflow: "T09-undo.parent" }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "CANCELLED", tree: { "/undo": { status: "SUCCEEDED", output: "undid booking" } } },
  };
}

function reasonGoesDown(): Scenario {
  const heard = (error: unknown, signal: AbortSignal) =>
    error instanceof Error &&
    error.message.includes("stock empty") &&
    signal.aborted &&
    signal.reason instanceof CancelledError;
  const leaf = workflow({ name: "T10.leaf" }, async (ctx) => {
    const error = await caught(() => ctx.wait("long", units(60)));
    return [heard(error, ctx.cancellation)];
  });
  const child = workflow({ name: "T10.child" }, async (ctx) => {
    const below = await ctx.execute(leaf, null, { name: "leaf" });
    return [heard(ctx.cancellation.reason, ctx.cancellation), ...below];
  });
  const parent = workflow({ name: "T10.parent" }, async (ctx) => {
    const below = await ctx.execute(child, null, { name: "child" });
    return [heard(ctx.cancellation.reason, ctx.cancellation), ...below];
  });
  return {
    id: "T10",
    rows: ["T10"],
    title: "the reason of a cancel reaches the grandchild",
    workflows: [parent, child, leaf],
    start: [{ workflow: "T10.parent" }],
    script: [
      { when: { path: "/child/leaf", waitsFor: "long" }, do: { kind: "cancel", path: "/", reason: "stock empty" } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: [true, true, true],
      events: [
        { type: "cancel.requested", path: "/" },
        { type: "cancel.requested", path: "/child" },
        { type: "cancel.requested", path: "/child/leaf" },
      ],
    },
  };
}

function chainIsCancelled(): Scenario {
  const leaf = workflow({ name: "T10-chain.leaf" }, (ctx) => ctx.wait("long", units(60)));
  const child = workflow({ name: "T10-chain.child" }, (ctx) => ctx.execute(leaf, null, { name: "leaf" }));
  const parent = workflow({ name: "T10-chain.parent" }, (ctx) => ctx.execute(child, null, { name: "child" }));
  return {
    id: "T10-chain",
    rows: ["T10", "T06"],
    title: "a chain of three that nobody holds back ends cancelled, from the leaf up",
    workflows: [parent, child, leaf],
    start: [{ workflow: "T10-chain.parent" }],
    script: [{ when: { path: "/child/leaf", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "CANCELLED",
      tree: { "/child": { status: "CANCELLED" }, "/child/leaf": { status: "CANCELLED" } },
      events: [
        { type: "execution.cancelled", path: "/child/leaf" },
        { type: "execution.cancelled", path: "/child" },
        { type: "execution.cancelled", path: "/" },
      ],
    },
  };
}

function externalCancel(): Scenario {
  const other = workflow({ name: "T22.other" }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } finally {
      await ctx.nonCancellable((c) => c.step("cleanup", () => "swept"));
    }
  });
  const root = workflow({ name: "T22.root" }, async (ctx) => {
    await ctx.waitForSignal("go");
    const handle = ctx.attach("T22-other");
    await handle.cancel("from afar");
    const nobody = ctx.attach("T22-nobody");
    const missing = [() => nobody.cancel(), () => nobody.stop(), () => nobody.signal("x")];
    const codes: unknown[] = [];
    for (const ask of missing) codes.push(codeOf(await caught(ask)));
    return { status: (await handle.outcome()).status, codes };
  });
  return {
    id: "T22",
    rows: ["T22", "T21"],
    title: "an execution cancels another that is not its child, by id; one that nobody has is not found",
    workflows: [root, other],
    start: [{ workflow: "T22.root" }, { workflow: "T22.other", options: { id: "T22-other" } }],
    script: [{ when: { path: "id:T22-other", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "go" } }],
    expect: {
      status: "SUCCEEDED",
      output: { status: "CANCELLED", codes: Array.from({ length: 3 }, () => "execution_not_found") },
      tree: { "id:T22-other": { status: "CANCELLED", depth: 0 } },
    },
  };
}

export const scenarios: readonly Scenario[] = [
  beforeSent(),
  beforeSentEscapes(),
  cancelledTwice(),
  shieldedChild(),
  oneShieldedOneNot(),
  closePolicyGoesThroughTheShield(),
  cleanupStartsChild(),
  reasonGoesDown(),
  chainIsCancelled(),
  externalCancel(),
];
