/** T17: retry of a child as a whole. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { RetryPolicy } from "../../../lib/kernel/definition.ts";
import { ApplicationError } from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";
import { told } from "./treeline-errors.ts";

const soon = (policy: RetryPolicy = {}): RetryPolicy => ({ initialDelay: units(1), jitter: "NONE", ...policy });

function noneByDefault(): Scenario {
  const child = workflow({ name: "T17.child" }, () => {
    throw new Error("broken");
  });
  const parent = workflow({ name: "T17.parent" }, (ctx) => told(() => ctx.execute(child, null, { name: "child" })));
  return {
    id: "T17",
    rows: ["T17"],
    title: "a child is not retried unless somebody says so",
    workflows: [parent, child],
    start: [{ workflow: "T17.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { error: ["ChildExecutionError", "Error"] },
      tree: { "/child": { status: "FAILED", generation: 1 } },
      noEvents: [{ type: "execution.retrying", path: "/child" }],
    },
  };
}

function secondAttempt(): Scenario {
  const child = workflow({ name: "T17-second.child" }, async (ctx, value: string) => {
    const { attempt, generation, executionId } = ctx.info;
    // Steps of the first attempt are not those of the second.
    const step = await ctx.step("work", () => `${value} ${attempt}`);
    if (attempt < 3) throw new Error(`attempt ${attempt}`);
    return { attempt, generation, executionId, step };
  });
  const parent = workflow({ name: "T17-second.parent" }, async (ctx) => {
    const handle = await ctx.start(child, "input", { name: "child", retry: soon() });
    const { executionId, ...rest } = await handle.result();
    return { ...rest, sameId: executionId === handle.executionId };
  });
  return {
    id: "T17-second",
    rows: ["T17", "M22"],
    title: "the parent sees only the final outcome; every attempt is a generation of the same execution",
    workflows: [parent, child],
    start: [{ workflow: "T17-second.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { attempt: 3, generation: 3, step: "input 3", sameId: true },
      tree: { "/": { status: "SUCCEEDED" }, "/child": { status: "SUCCEEDED", generation: 3 } },
      exact: true,
      events: [
        { type: "execution.started", path: "/child", attempt: 1 },
        { type: "execution.retrying", path: "/child" },
        { type: "execution.started", path: "/child", attempt: 2 },
        { type: "execution.retrying", path: "/child" },
        { type: "execution.started", path: "/child", attempt: 3 },
        { type: "execution.succeeded", path: "/child" },
      ],
      noEvents: [{ type: "execution.failed", path: "/child" }],
    },
  };
}

interface Spent {
  readonly id: string;
  readonly title: string;
  readonly retry: () => RetryPolicy;
  readonly fail: (attempt: number) => Error;
  readonly attempts: number;
  readonly error: { type: string; message: string };
}

function failsForGood({ id, title, retry, fail, attempts, error }: Spent): Scenario {
  const child = workflow({ name: `${id}.child` }, (ctx) => {
    throw fail(ctx.info.attempt);
  });
  const parent = workflow({ name: `${id}.parent` }, (ctx) =>
    ctx.execute(child, null, { name: "child", retry: retry() }),
  );
  return {
    id,
    rows: ["T17"],
    title,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: error },
      tree: { "/child": { status: "FAILED", generation: attempts, error } },
      events: [
        { type: "execution.started", path: "/child", attempt: attempts },
        { type: "execution.failed", path: "/child" },
      ],
      noEvents: [{ type: "execution.started", path: "/child", attempt: attempts + 1 }],
    },
  };
}

/** What the definition says holds, unless the parent says otherwise. */
function declaredPolicy(override: boolean): Scenario {
  const id = override ? "T17-override" : "T17-declared";
  const child = workflow({ name: `${id}.child`, retry: soon({ maxAttempts: 2 }) }, (ctx) => {
    if (ctx.info.attempt === 1) throw new Error("first attempt");
    return ctx.info.attempt;
  });
  const parent = workflow({ name: `${id}.parent` }, (ctx) =>
    told(() => ctx.execute(child, null, { name: "child", ...(override && { retry: { maxAttempts: 1 } }) })),
  );
  return {
    id,
    rows: ["T17"],
    title: override ? "a parent may switch off the retry that its child declares" : "a child may declare its own retry",
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: {
      status: "SUCCEEDED",
      output: override ? { error: ["ChildExecutionError", "Error"] } : { value: 2 },
      tree: { "/child": override ? { status: "FAILED", generation: 1 } : { status: "SUCCEEDED", generation: 2 } },
    },
  };
}

/** No code of it runs then, so it is not asked: it ends (D37). */
function cancelledBetweenAttempts(): Scenario {
  const child = workflow({ name: "T17-between.child" }, async (ctx) => {
    await ctx.step("work", () => true);
    throw new Error("broken");
  });
  const parent = workflow({ name: "T17-between.parent" }, async (ctx) => {
    const retry = soon({ maxAttempts: 3, initialDelay: units(60), maxDelay: units(60) });
    const handle = await ctx.start(child, null, { name: "child", retry });
    await ctx.wait(units(3));
    await handle.cancel();
    return (await handle.outcome()).status;
  });
  return {
    id: "T17-between",
    rows: ["T17", "T08"],
    title: "a child cancelled between two attempts ends cancelled; no further one does anything",
    workflows: [parent, child],
    start: [{ workflow: "T17-between.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: "CANCELLED",
      tree: { "/child": { status: "CANCELLED" } },
      events: [
        { type: "operation.started", path: "/child", name: "work" },
        { type: "execution.cancelled", path: "/child" },
      ],
      noEvents: [
        { type: "cancel.requested", path: "/child" },
        { type: "execution.started", path: "/child", attempt: 3 },
      ],
    },
  };
}

function signalsReachTheNextAttempt(): Scenario {
  const child = workflow({ name: "T17-signals.child" }, async (ctx) => {
    if (ctx.info.attempt === 1) {
      await ctx.waitForSignal("fail");
      throw new Error("first attempt");
    }
    return ctx.waitForSignal("item");
  });
  const parent = workflow({ name: "T17-signals.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child", retry: soon() });
    await handle.signal("item", "unread by the first");
    await handle.signal("fail");
    return handle.result();
  });
  return {
    id: "T17-signals",
    rows: ["T17", "T21"],
    title: "a signal that the failed attempt did not read is there for the next one",
    workflows: [parent, child],
    start: [{ workflow: "T17-signals.parent" }],
    expect: { status: "SUCCEEDED", output: "unread by the first" },
  };
}

export const scenarios: readonly Scenario[] = [
  noneByDefault(),
  secondAttempt(),
  failsForGood({
    id: "T17-spent",
    title: "when the attempts are spent, the last failure is the child's",
    retry: () => soon({ maxAttempts: 2 }),
    fail: (attempt) => new Error(`attempt ${attempt}`),
    attempts: 2,
    error: { type: "Error", message: "attempt 2" },
  }),
  failsForGood({
    id: "T17-listed",
    title: "types that the policy lists are not retried",
    retry: () => soon({ maxAttempts: 5, nonRetryableTypes: ["Refused"] }),
    fail: (attempt) =>
      attempt === 1 ? new TypeError("first") : new ApplicationError("second", { type: "Refused", data: 1 }),
    attempts: 2,
    error: { type: "Refused", message: "second" },
  }),
  failsForGood({
    id: "T17-final",
    title: "an error that says so is not retried",
    retry: () => soon({ maxAttempts: 5 }),
    fail: () => new ApplicationError("never", { type: "Never", nonRetryable: true }),
    attempts: 1,
    error: { type: "Never", message: "never" },
  }),
  declaredPolicy(false),
  declaredPolicy(true),
  cancelledBetweenAttempts(),
  signalsReachTheNextAttempt(),
];
