/** M21 to M25, M27, M30: ids of the tree, generations, events, statuses. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { ApplicationError } from "../../../lib/kernel/errors.ts";
import type { TerminalStatus } from "../../../lib/kernel/journal.ts";
import type { EventType } from "../../../lib/ports/client.ts";
import { type EventExpectation, units, type Scenario } from "../scenario.ts";
import { told } from "./treeline-errors.ts";

function lineage(): Scenario {
  const place = (ctx: WorkflowContext) => ({
    id: ctx.info.executionId,
    parentId: ctx.lineage.parentId,
    rootId: ctx.lineage.rootId,
    depth: ctx.lineage.depth,
  });
  const leaf = workflow({ name: "M21.leaf" }, place);
  const child = workflow({ name: "M21.child" }, async (ctx) => {
    const awaited = await ctx.execute(leaf, null, { name: "awaited" });
    const handle = await ctx.start(leaf, null, { name: "started" });
    return { ...place(ctx), leaves: [awaited, await handle.result()] };
  });
  const parent = workflow({ name: "M21.parent" }, async (ctx) => {
    const own = place(ctx);
    const below = await ctx.execute(child, null, { name: "child" });
    return {
      root: own.parentId === undefined && own.rootId === own.id && own.depth === 0,
      child: below.parentId === own.id && below.rootId === own.id && below.depth === 1,
      leaves: below.leaves.map((l) => l.parentId === below.id && l.rootId === own.id && l.depth === 2),
    };
  });
  return {
    id: "M21",
    rows: ["M21", "T23"],
    title: "every execution knows its parent, its root and its depth",
    workflows: [parent, child, leaf],
    start: [{ workflow: "M21.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { root: true, child: true, leaves: [true, true] },
      tree: {
        "/": { status: "SUCCEEDED", depth: 0 },
        "/child": { status: "SUCCEEDED", depth: 1 },
        "/child/awaited": { status: "SUCCEEDED", depth: 2 },
        "/child/started": { status: "SUCCEEDED", depth: 2 },
      },
      exact: true,
    },
  };
}

function attemptsOfRootAndChild(): Scenario {
  const retry = { maxAttempts: 2, initialDelay: units(1), jitter: "NONE" } as const;
  const child = workflow({ name: "M22.child" }, (ctx) => {
    if (ctx.info.attempt === 1) throw new Error("first attempt");
    return { attempt: ctx.info.attempt, generation: ctx.info.generation };
  });
  const parent = workflow({ name: "M22.parent" }, async (ctx) => {
    if (ctx.info.attempt === 1) throw new Error("first attempt");
    return { attempt: ctx.info.attempt, child: await ctx.execute(child, null, { name: "child", retry }) };
  });
  const events = (path: string) =>
    [
      { type: "execution.started", path, attempt: 1 },
      { type: "execution.retrying", path },
      { type: "execution.started", path, attempt: 2 },
    ] as const;
  return {
    id: "M22",
    rows: ["M22", "M25"],
    title: "a retried execution starts again as attempt 2, at the root and below",
    workflows: [parent, child],
    start: [{ workflow: "M22.parent", options: { retry } }],
    expect: {
      status: "SUCCEEDED",
      output: { attempt: 2, child: { attempt: 2, generation: 2 } },
      tree: { "/": { status: "SUCCEEDED", generation: 2 }, "/child": { status: "SUCCEEDED", generation: 2 } },
      events: [
        ...events("/"),
        ...events("/child"),
        { type: "execution.succeeded", path: "/child" },
        { type: "execution.succeeded", path: "/" },
      ],
      // A failed attempt is not the end of an execution.
      noEvents: [
        { type: "execution.failed", path: "/" },
        { type: "execution.failed", path: "/child" },
      ],
    },
  };
}

function continuedRoot(): Scenario {
  const root = workflow({ name: "M22-continued.root" }, async (ctx, turn: number) => {
    if (turn === 1) return ctx.continueAsNew(2);
    return { turn, attempt: ctx.info.attempt, generation: ctx.info.generation };
  });
  return {
    id: "M22-continued",
    rows: ["M22", "M24"],
    title: "continue-as-new: two starts, one end, same id",
    workflows: [root],
    start: [{ workflow: "M22-continued.root", input: 1 }],
    expect: {
      status: "SUCCEEDED",
      output: { turn: 2, attempt: 1, generation: 2 },
      tree: { "/": { status: "SUCCEEDED", generation: 2 } },
      exact: true,
      events: [
        { type: "execution.started", path: "/" },
        { type: "execution.continued_as_new", path: "/" },
        { type: "execution.started", path: "/" },
        { type: "execution.succeeded", path: "/" },
      ],
      noEvents: [{ type: "execution.retrying", path: "/" }],
    },
  };
}

function displayName(): Scenario {
  const child = workflow({ name: "M23.child" }, (_ctx, n: number) => n);
  const parent = workflow({ name: "M23.parent" }, async (ctx) => [
    await ctx.execute(child, 1, { name: "named", summary: "Charge the card" }),
    await ctx.execute(child, 2, { name: "unnamed" }),
  ]);
  const started = (path: string, input: unknown, name: string | null): EventExpectation => ({
    type: "execution.started",
    path,
    attempt: 1,
    data: { input, displayName: name, attempt: 1 },
  });
  return {
    id: "M23",
    rows: ["M23", "T29"],
    title: "the start of an execution tells its summary as its display name; null where it has none",
    workflows: [parent, child],
    start: [{ workflow: "M23.parent", input: null, options: { summary: "Order 7" } }],
    expect: {
      status: "SUCCEEDED",
      output: [1, 2],
      events: [started("/", null, "Order 7"), started("/named", 1, "Charge the card"), started("/unnamed", 2, null)],
    },
  };
}

const terminalEvents = {
  SUCCEEDED: "execution.succeeded",
  FAILED: "execution.failed",
  TIMED_OUT: "execution.timed_out",
  CANCELLED: "execution.cancelled",
  STOPPED: "execution.stopped",
} as const satisfies Partial<Record<TerminalStatus, EventType>>;

function lifecycle(end: keyof typeof terminalEvents): Scenario {
  const id = `M24-${end.toLowerCase()}`;
  const child = workflow({ name: `${id}.child` }, async (ctx) => {
    if (end === "FAILED") throw new Error("broken");
    if (end !== "SUCCEEDED") await ctx.wait("long", units(60));
    return "fine";
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const handle = await ctx.start(child, null, {
      name: "child",
      ...(end === "TIMED_OUT" && { executionTimeout: units(3) }),
    });
    if (end === "CANCELLED" || end === "STOPPED") await ctx.wait(units(2));
    if (end === "CANCELLED") await handle.cancel();
    if (end === "STOPPED") await handle.stop();
    return (await handle.outcome()).status;
  });
  const others = Object.values(terminalEvents).filter((type) => type !== terminalEvents[end]);
  return {
    id,
    rows: ["M24", "M25"],
    title: `an execution that ends ${end} starts, and then has that one end`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: {
      status: "SUCCEEDED",
      output: end,
      tree: { "/child": { status: end } },
      events: [
        { type: "execution.started", path: "/child", attempt: 1 },
        { type: terminalEvents[end], path: "/child" },
        { type: "execution.succeeded", path: "/" },
      ],
      noEvents: others.map((type) => ({ type, path: "/child" })),
    },
  };
}

function endIsFinal(): Scenario {
  const child = workflow({ name: "M25.child" }, () => "done");
  const parent = workflow({ name: "M25.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    await handle.result();
    // Too late, and no error: what was wanted, that it should not go on, is so.
    const requests = [await told(() => handle.cancel()), await told(() => handle.stop())];
    await ctx.wait(units(1));
    return { requests, status: await handle.status(), result: await handle.result() };
  });
  return {
    id: "M25",
    rows: ["M25", "T08"],
    title: "cancel and stop after the end change nothing and are no error",
    workflows: [parent, child],
    start: [{ workflow: "M25.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { requests: [{ value: undefined }, { value: undefined }], status: "SUCCEEDED", result: "done" },
      tree: { "/child": { status: "SUCCEEDED", output: "done" } },
      noEvents: [
        { type: "execution.cancelled", path: "/child" },
        { type: "execution.stopped", path: "/child" },
      ],
    },
  };
}

function cancelOrStop(kind: "cancel" | "stop"): Scenario {
  const id = `M27-${kind}`;
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } finally {
      await ctx.nonCancellable((c) => c.step("cleanup", () => "swept"));
    }
  });
  const cleanup = { path: "/", name: "cleanup" };
  return {
    id,
    rows: ["M27"],
    title: kind === "cancel" ? "cancel is cooperative: cleanup runs" : "stop is immediate: nothing runs any more",
    workflows: [root],
    start: [{ workflow: `${id}.root` }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind, path: "/", reason: "enough" } }],
    expect:
      kind === "cancel"
        ? {
            status: "CANCELLED",
            events: [
              { type: "cancel.requested", path: "/" },
              { type: "operation.cancelled", path: "/", name: "long" },
              { type: "operation.succeeded", ...cleanup },
              { type: "execution.cancelled", path: "/" },
            ],
          }
        : {
            status: "STOPPED",
            events: [{ type: "execution.stopped", path: "/" }],
            noEvents: [
              { type: "operation.started", ...cleanup },
              { type: "cancel.requested", path: "/" },
            ],
          },
  };
}

function throwsInWorkflowCode(
  id: string,
  make: () => Error,
  error: NonNullable<Scenario["expect"]["error"]>,
): Scenario {
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    await ctx.step("before", () => 1);
    throw make();
  });
  return {
    id,
    rows: ["M30"],
    title: `${error.type} thrown in workflow code fails the execution, it is not tried again`,
    workflows: [root],
    start: [{ workflow: `${id}.root` }],
    expect: { status: "FAILED", error, noEvents: [{ type: "execution.retrying", path: "/" }] },
  };
}

export const scenarios: readonly Scenario[] = [
  lineage(),
  attemptsOfRootAndChild(),
  continuedRoot(),
  displayName(),
  ...(["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "STOPPED"] as const).map(lifecycle),
  endIsFinal(),
  cancelOrStop("cancel"),
  cancelOrStop("stop"),
  throwsInWorkflowCode("M30-error", () => new Error("plain"), { type: "Error", message: "plain" }),
  throwsInWorkflowCode("M30-bug", () => new TypeError("x is not a function"), {
    type: "TypeError",
    message: "x is not a function",
  }),
  throwsInWorkflowCode(
    "M30-application",
    () =>
      new ApplicationError("out of stock", { type: "OutOfStock", data: { sku: "a1" }, cause: new Error("shelf 3") }),
    {
      type: "OutOfStock",
      message: "out of stock",
      data: { sku: "a1" },
      cause: { type: "Error", message: "shelf 3" },
    },
  ),
];
