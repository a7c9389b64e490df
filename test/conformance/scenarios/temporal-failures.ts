/** T11 to T14: how a child's failure looks to its parent. What an application puts into an error: treeline-errors.ts. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import {
  ApplicationError,
  ChildExecutionError,
  ExecutionTimeoutError,
  StoppedError,
} from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain } from "./treeline-errors.ts";

function wrapper(): Scenario {
  const child = workflow({ name: "T11.child" }, () => {
    throw new Error("failure");
  });
  const parent = workflow({ name: "T11.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    const error = await caught(() => handle.result());
    if (!(error instanceof ChildExecutionError) || !(error.cause instanceof Error)) return "not wrapped";
    return {
      workflow: error.workflow,
      status: error.status,
      sameId: error.executionId === handle.executionId,
      code: error.code,
      cause: error.cause.message,
      // Whoever reads only the outer message finds out whom it is about, and what is wrong.
      message: ["T11.child", "failure"].every((words) => error.message.includes(words)),
    };
  });
  return {
    id: "T11",
    rows: ["T11"],
    title: "a child's failure is wrapped: which execution, which workflow, how it ended, and the cause",
    workflows: [parent, child],
    start: [{ workflow: "T11.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        workflow: "T11.child",
        status: "FAILED",
        sameId: true,
        code: "child_execution_failed",
        cause: "failure",
        message: true,
      },
    },
  };
}

function threeLevels(): Scenario {
  const leaf = workflow({ name: "T11-levels.leaf" }, () => {
    throw new ApplicationError("deep failure", { type: "Deep", data: { level: 3 } });
  });
  const middle = workflow({ name: "T11-levels.middle" }, (ctx) => ctx.execute(leaf, null, { name: "leaf" }));
  const child = workflow({ name: "T11-levels.child" }, (ctx) => ctx.execute(middle, null, { name: "middle" }));
  const parent = workflow({ name: "T11-levels.parent" }, async (ctx) => {
    const error = await caught(() => ctx.execute(child, null, { name: "child" }));
    const workflows: unknown[] = [];
    for (let e = error; e instanceof ChildExecutionError; e = e.cause) workflows.push(e.workflow);
    await ctx.wait(units(1));
    if (workflows.join() !== "T11-levels.child,T11-levels.middle,T11-levels.leaf") return workflows;
    throw error;
  });
  const original = { type: "Deep", message: "deep failure", data: { level: 3 } };
  const wrapped = { type: "ChildExecutionError", cause: original };
  return {
    id: "T11-levels",
    rows: ["T11"],
    title: "a failure three levels down arrives with every level in its chain, also when it is thrown on later",
    workflows: [parent, child, middle, leaf],
    start: [{ workflow: "T11-levels.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: { type: "ChildExecutionError", cause: wrapped } },
      tree: {
        "/child": { status: "FAILED", error: { type: "ChildExecutionError", cause: wrapped } },
        "/child/middle": { status: "FAILED", error: wrapped },
        "/child/middle/leaf": { status: "FAILED", error: original },
      },
    },
  };
}

function ownErrorWithCause(): Scenario {
  const child = workflow({ name: "T11-own.child" }, () => {
    throw new Error("failure");
  });
  const parent = workflow({ name: "T11-own.parent" }, async (ctx) => {
    try {
      await ctx.execute(child, null, { name: "child" });
    } catch (error) {
      throw new ApplicationError("order failed", { type: "OrderFailed", cause: error });
    }
  });
  return {
    id: "T11-own",
    rows: ["T11", "T12"],
    title: "a parent may throw an error of its own with the child's as cause",
    workflows: [parent, child],
    start: [{ workflow: "T11-own.parent" }],
    expect: {
      status: "FAILED",
      error: {
        type: "OrderFailed",
        message: "order failed",
        cause: { type: "ChildExecutionError", cause: { type: "Error", message: "failure" } },
      },
    },
  };
}

function applicationDetails(): Scenario {
  const child = workflow({ name: "T12.child" }, () => {
    throw new ApplicationError("refused", {
      type: "Refused",
      data: { at: new Date(0), amount: 10n },
      nonRetryable: true,
    });
  });
  const parent = workflow({ name: "T12.parent" }, async (ctx) => {
    const error = (await caught(() => ctx.execute(child, null, { name: "child" }))) as ChildExecutionError;
    const cause = error.cause as ApplicationError;
    const data = cause.data as { at: Date; amount: bigint };
    return {
      type: cause.type,
      name: cause.name,
      message: cause.message,
      at: data.at instanceof Date && data.at.getTime() === 0,
      amount: data.amount === 10n,
      nonRetryable: cause.nonRetryable,
    };
  });
  return {
    id: "T12",
    rows: ["T12", "D1"],
    title: "an application's type, data and nonRetryable survive the way up",
    workflows: [parent, child],
    start: [{ workflow: "T12.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { type: "Refused", name: "Refused", message: "refused", at: true, amount: true, nonRetryable: true },
    },
  };
}

function stoppedChild(by: "outside" | "parent"): Scenario {
  const id = `T13-${by}`;
  const child = workflow({ name: `${id}.child` }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } finally {
      await ctx.nonCancellable((c) => c.step("cleanup", () => "swept"));
    }
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    if (by === "parent") {
      await ctx.wait(units(1));
      await handle.stop("enough");
    }
    const error = (await caught(() => handle.result())) as ChildExecutionError;
    return { types: chain(error), status: error.status, stopped: error.cause instanceof StoppedError };
  });
  return {
    id,
    rows: ["T13"],
    title: `a child that was stopped by its ${by === "parent" ? "parent" : "operator"} gives StoppedError; it cleans nothing up`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    ...(by === "outside" && {
      script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "stop", path: "/child", reason: "enough" } }],
    }),
    expect: {
      status: "SUCCEEDED",
      output: { types: ["ChildExecutionError", "StoppedError"], status: "STOPPED", stopped: true },
      tree: { "/child": { status: "STOPPED" } },
      noEvents: [
        { type: "operation.started", path: "/child", name: "cleanup" },
        { type: "cancel.requested", path: "/child" },
      ],
    },
  };
}

function stoppedChildIsNotRetried(): Scenario {
  const child = workflow({ name: "T13-retry.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "T13-retry.parent" }, (ctx) =>
    ctx.execute(child, null, { name: "child", retry: { maxAttempts: 3, initialDelay: units(1) } }),
  );
  return {
    id: "T13-retry",
    rows: ["T13", "T17"],
    title: "a stop is not a failure to be retried",
    workflows: [parent, child],
    start: [{ workflow: "T13-retry.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "stop", path: "/child" } }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: { type: "StoppedError" } },
      tree: { "/child": { status: "STOPPED", generation: 1 } },
      noEvents: [{ type: "execution.retrying", path: "/child" }],
    },
  };
}

function timedOutChild(): Scenario {
  const child = workflow({ name: "T14.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "T14.parent" }, async (ctx) => {
    const retry = { maxAttempts: 3, initialDelay: units(1) };
    const handle = await ctx.start(child, null, { name: "child", executionTimeout: units(2), retry });
    const error = (await caught(() => handle.result())) as ChildExecutionError;
    return {
      types: chain(error),
      status: error.status,
      timeout: error.cause instanceof ExecutionTimeoutError && error.cause.code,
    };
  });
  return {
    id: "T14",
    rows: ["T14", "M07"],
    title: "a child that timed out gives ExecutionTimeoutError, and is not retried",
    workflows: [parent, child],
    start: [{ workflow: "T14.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        types: ["ChildExecutionError", "ExecutionTimeoutError"],
        status: "TIMED_OUT",
        timeout: "execution_timed_out",
      },
      tree: { "/child": { status: "TIMED_OUT", generation: 1 } },
      noEvents: [{ type: "execution.retrying", path: "/child" }],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  wrapper(),
  threeLevels(),
  ownErrorWithCause(),
  applicationDetails(),
  stoppedChild("outside"),
  stoppedChild("parent"),
  stoppedChildIsNotRetried(),
  timedOutChild(),
];
