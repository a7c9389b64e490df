/** Errors as they reach a parent, and the helpers with which the other scenarios tell of them. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ApplicationError, type ChildExecutionError, isCancellation } from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";

/** Types of an error and its causes, outermost first. */
export function chain(error: unknown): string[] {
  const types: string[] = [];
  for (let e = error; e instanceof Error; e = e.cause) types.push(e.name);
  return types;
}

/** The innermost cause: what went wrong in the first place. */
export function rootCause(error: unknown): unknown {
  let e = error;
  while (e instanceof Error && e.cause !== undefined) e = e.cause;
  return e;
}

/** What `run` throws, at once or later. */
export async function caught(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** How `run` ended, as data that can be an output. */
export async function told<T>(run: () => Promise<T>): Promise<{ value: T } | { error: string[] }> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error: chain(error) };
  }
}

function errorArrivesUnchanged(): Scenario {
  const child = workflow({ name: "field-i.child" }, () => {
    throw new ApplicationError("card refused", {
      type: "CardRefused",
      data: { tries: [1, 2], last: { bank: "b1" } },
      cause: new RangeError("limit is 100"),
    });
  });
  const parent = workflow({ name: "field-i.parent" }, async (ctx) => {
    const error = (await caught(() => ctx.execute(child, null, { name: "child" }))) as ChildExecutionError;
    const cause = error.cause as ApplicationError;
    return {
      types: chain(error),
      message: cause.message,
      type: cause.type,
      data: cause.data,
      innermost: (cause.cause as Error).message,
      stack: cause.stack?.includes("card refused"),
    };
  });
  return {
    id: "field-i",
    rows: ["field:i", "T12"],
    title: "a child's error type, message, data, causes and stack reach the parent unchanged",
    workflows: [parent, child],
    start: [{ workflow: "field-i.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        types: ["ChildExecutionError", "CardRefused", "RangeError"],
        message: "card refused",
        type: "CardRefused",
        data: { tries: [1, 2], last: { bank: "b1" } },
        innermost: "limit is 100",
        stack: true,
      },
    },
  };
}

function failedStepOfChild(): Scenario {
  const child = workflow({ name: "errors-step.child" }, (ctx) =>
    ctx.step(
      "charge",
      () => {
        throw new TypeError("no such card");
      },
      { retry: false },
    ),
  );
  const parent = workflow({ name: "errors-step.parent" }, (ctx) => ctx.execute(child, null, { name: "child" }));
  const cause = { type: "StepError", code: "step_failed", cause: { type: "TypeError", message: "no such card" } };
  return {
    id: "errors-step",
    rows: ["T11", "field:i"],
    title: "a failed step of a child stands between the child's error and the original one",
    workflows: [parent, child],
    start: [{ workflow: "errors-step.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", code: "child_execution_failed", cause },
      tree: { "/child": { status: "FAILED", error: cause } },
    },
  };
}

/** Cancel goes down the tree, never up (K10). */
function cancelledChildFailsItsParent(): Scenario {
  const child = workflow({ name: "errors-up.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "errors-up.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    await ctx.wait(units(1));
    await handle.cancel("not needed");
    return handle.result();
  });
  return {
    id: "errors-up",
    rows: ["K10", "T11"],
    title: "a parent that was not cancelled itself fails with its cancelled child, it is not cancelled",
    workflows: [parent, child],
    start: [{ workflow: "errors-up.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: { type: "CancelledError" } },
      tree: { "/child": { status: "CANCELLED" } },
      noEvents: [{ type: "cancel.requested", path: "/" }],
    },
  };
}

function isCancellationThroughLevels(): Scenario {
  const leaf = workflow({ name: "errors-iscancel.leaf" }, (ctx) => ctx.wait("long", units(60)));
  const middle = workflow({ name: "errors-iscancel.middle" }, (ctx) => ctx.execute(leaf, null, { name: "leaf" }));
  const failing = workflow({ name: "errors-iscancel.failing" }, () => {
    throw new Error("plain");
  });
  const parent = workflow({ name: "errors-iscancel.parent" }, async (ctx) => {
    const cancelled = await caught(() => ctx.execute(middle, null, { name: "middle" }));
    const failed = await caught(() => ctx.execute(failing, null, { name: "failing" }));
    return { cancelled: isCancellation(cancelled), types: chain(cancelled), failed: isCancellation(failed) };
  });
  return {
    id: "errors-iscancel",
    rows: ["T11", "T06"],
    title: "isCancellation sees a cancellation through two levels of children, and none in a plain failure",
    workflows: [parent, middle, leaf, failing],
    start: [{ workflow: "errors-iscancel.parent" }],
    script: [{ when: { path: "/middle/leaf", waitsFor: "long" }, do: { kind: "cancel", path: "/middle/leaf" } }],
    expect: {
      status: "SUCCEEDED",
      // The middle one was not asked to cancel: it failed, because its child was cancelled.
      output: {
        cancelled: true,
        types: ["ChildExecutionError", "ChildExecutionError", "CancelledError"],
        failed: false,
      },
      tree: { "/middle": { status: "FAILED" }, "/middle/leaf": { status: "CANCELLED" } },
    },
  };
}

function unknownWorkflow(): Scenario {
  const parent = workflow({ name: "errors-unknown.parent" }, async (ctx) => {
    const error = await caught(() => ctx.execute("errors-unknown.nobody", null));
    return codeOf(error);
  });
  return {
    id: "errors-unknown",
    rows: ["T01"],
    title: "a workflow that nobody knows is refused at the call, and leaves no child behind",
    workflows: [parent],
    start: [
      { workflow: "errors-unknown.parent" },
      { workflow: "errors-unknown.nobody", refused: { code: "workflow_unknown" } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: "workflow_unknown",
      tree: { "/": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

export const scenarios: readonly Scenario[] = [
  errorArrivesUnchanged(),
  failedStepOfChild(),
  cancelledChildFailsItsParent(),
  isCancellationThroughLevels(),
  unknownWorkflow(),
];
