/** M07: how long an execution may live. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf } from "./treeline-errors.ts";

function childTimesOut(): Scenario {
  const child = workflow({ name: "M07.child" }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } finally {
      await ctx.nonCancellable((c) => c.step("cleanup", () => true));
    }
  });
  const parent = workflow({ name: "M07.parent" }, (ctx) =>
    ctx.execute(child, null, { name: "child", executionTimeout: units(3) }),
  );
  return {
    id: "M07",
    rows: ["M07", "T14"],
    title: "a child that lives too long is timed out without cleanup, and its parent fails with the reason",
    workflows: [parent, child],
    start: [{ workflow: "M07.parent" }],
    expect: {
      status: "FAILED",
      error: {
        type: "ChildExecutionError",
        code: "child_execution_failed",
        cause: { type: "ExecutionTimeoutError", code: "execution_timed_out" },
      },
      tree: { "/child": { status: "TIMED_OUT" } },
      events: [{ type: "execution.timed_out", path: "/child" }],
      noEvents: [
        { type: "operation.started", path: "/child", name: "cleanup" },
        { type: "cancel.requested", path: "/child" },
        { type: "execution.failed", path: "/child" },
      ],
    },
  };
}

function rootTimesOut(): Scenario {
  const root = workflow({ name: "M07-root.root" }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } catch {
      return "caught";
    }
    return "waited";
  });
  return {
    id: "M07-root",
    rows: ["M07", "M24"],
    title: "a root that lives too long is timed out; no try/catch sees it",
    workflows: [root],
    start: [{ workflow: "M07-root.root", options: { executionTimeout: units(3) } }],
    expect: {
      status: "TIMED_OUT",
      events: [{ type: "execution.timed_out", path: "/" }],
      noEvents: [{ type: "execution.failed", path: "/" }],
    },
  };
}

function retriesAreIncluded(): Scenario {
  const child = workflow({ name: "M07-retries.child" }, async (ctx) => {
    await ctx.wait("try", units(4));
    throw new Error("again");
  });
  const parent = workflow({ name: "M07-retries.parent" }, (ctx) =>
    ctx.execute(child, null, {
      name: "child",
      executionTimeout: units(7),
      retry: { maxAttempts: 4, initialDelay: units(1), backoffRate: 1, jitter: "NONE" },
    }),
  );
  return {
    id: "M07-retries",
    rows: ["M07", "T14", "T17"],
    title: "the execution timeout includes retries: it ends the second attempt, and is not retried itself",
    workflows: [parent, child],
    start: [{ workflow: "M07-retries.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: { type: "ExecutionTimeoutError" } },
      tree: { "/child": { status: "TIMED_OUT", generation: 2 } },
      events: [
        { type: "execution.started", path: "/child", attempt: 1 },
        { type: "execution.retrying", path: "/child" },
        { type: "execution.started", path: "/child", attempt: 2 },
        { type: "execution.timed_out", path: "/child" },
      ],
      noEvents: [{ type: "execution.started", path: "/child", attempt: 3 }],
    },
  };
}

function continueAsNewIsIncluded(): Scenario {
  const child = workflow({ name: "M07-continued.child" }, async (ctx, left: number) => {
    await ctx.wait("turn", units(2));
    if (left > 0) return ctx.continueAsNew(left - 1);
    return "ten turns";
  });
  const parent = workflow({ name: "M07-continued.parent" }, async (ctx) => {
    const handle = await ctx.start(child, 10, { name: "child", executionTimeout: units(7) });
    return (await handle.outcome()).status;
  });
  return {
    id: "M07-continued",
    rows: ["M07", "T20"],
    title: "the execution timeout includes the generations that continue-as-new begins",
    workflows: [parent, child],
    start: [{ workflow: "M07-continued.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: "TIMED_OUT",
      tree: { "/child": { status: "TIMED_OUT" } },
      events: [
        { type: "execution.continued_as_new", path: "/child" },
        { type: "execution.timed_out", path: "/child" },
      ],
    },
  };
}

/** `declared` by the child's definition, `given` by its parent, in units. */
function declaredAndGiven(declared: number, given: number | undefined, ends: "SUCCEEDED" | "TIMED_OUT"): Scenario {
  const id = `M07-declared-${declared}-${given ?? "none"}`;
  const child = workflow({ name: `${id}.child`, executionTimeout: units(declared) }, async (ctx) => {
    await ctx.wait(units(6));
    return "in time";
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const handle = await ctx.start(child, null, {
      name: "child",
      ...(given !== undefined && { executionTimeout: units(given) }),
    });
    return (await handle.outcome()).status;
  });
  return {
    id,
    rows: ["M07"],
    title: `a child that declares ${declared} units, its parent giving ${given ?? "none"}, ends ${ends} after 6`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: { status: "SUCCEEDED", output: ends, tree: { "/child": { status: ends } } },
  };
}

function abandonedOutlives(): Scenario {
  const child = workflow({ name: "M07-abandoned.child" }, async (ctx) => {
    await ctx.wait("long", units(10));
    return "outlived";
  });
  const parent = workflow({ name: "M07-abandoned.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", parentClosePolicy: "abandon", executionTimeout: units(60) });
    await ctx.wait(units(30));
  });
  return {
    id: "M07-abandoned",
    rows: ["M07", "T18"],
    title: "the life of an abandoned child is not cut by its parent's timeout",
    workflows: [parent, child],
    start: [{ workflow: "M07-abandoned.parent", options: { executionTimeout: units(4) } }],
    expect: { status: "TIMED_OUT", tree: { "/child": { status: "SUCCEEDED", output: "outlived" } } },
  };
}

function refused(): Scenario {
  const child = workflow({ name: "M07-refused.child" }, () => "ran");
  const parent = workflow({ name: "M07-refused.parent" }, async (ctx) => {
    const codes: unknown[] = [];
    for (const executionTimeout of [0, -1, Number.NaN]) {
      codes.push(codeOf(await caught(() => ctx.execute(child, null, { executionTimeout }))));
      codes.push(codeOf(await caught(() => ctx.start(child, null, { executionTimeout }))));
    }
    return codes;
  });
  return {
    id: "M07-refused",
    rows: ["M07"],
    title: "a life of zero, less or no number is refused at the call; no child exists",
    workflows: [parent, child],
    start: [
      { workflow: "M07-refused.parent" },
      { workflow: "M07-refused.child", options: { executionTimeout: 0 }, refused: { code: "invalid_argument" } },
      { workflow: "M07-refused.child", options: { executionTimeout: -5 }, refused: { code: "invalid_argument" } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: Array.from({ length: 6 }, () => "invalid_argument"),
      tree: { "/": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

function caughtTimeout(): Scenario {
  const child = workflow({ name: "M07-caught.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "M07-caught.parent" }, async (ctx) => {
    const error = await caught(() => ctx.execute(child, null, { name: "child", executionTimeout: units(2) }));
    await ctx.wait(units(1));
    return chain(error);
  });
  return {
    id: "M07-caught",
    rows: ["M07", "T14"],
    title: "a parent catches the timeout of its child and goes on",
    workflows: [parent, child],
    start: [{ workflow: "M07-caught.parent" }],
    expect: { status: "SUCCEEDED", output: ["ChildExecutionError", "ExecutionTimeoutError"] },
  };
}

export const scenarios: readonly Scenario[] = [
  childTimesOut(),
  rootTimesOut(),
  caughtTimeout(),
  retriesAreIncluded(),
  continueAsNewIsIncluded(),
  declaredAndGiven(3, undefined, "TIMED_OUT"),
  declaredAndGiven(60, 3, "TIMED_OUT"),
  declaredAndGiven(3, 60, "SUCCEEDED"),
  abandonedOutlives(),
  refused(),
];
