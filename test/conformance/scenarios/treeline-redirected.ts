/** D38: `use_existing` found an execution that another caller started. It behaves like one that was attached to. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { ExecuteOptions, WorkflowContext } from "../../../lib/kernel/context.ts";
import type { ChildExecutionError, ChildWaitTimeoutError } from "../../../lib/kernel/errors.ts";
import { units, type Scenario, type ScriptAction } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

/** Waits for a signal, and is another root than the parent. */
function waiting(id: string) {
  return workflow({ name: `${id}.job` }, (ctx) => ctx.waitForSignal("go"));
}

const finish = (at: number, id: string): ScriptAction => ({
  at,
  do: { kind: "signal", path: `id:${id}`, name: "go", payload: "done" },
});

interface Cancelled {
  readonly id: string;
  readonly title: string;
  readonly options: ExecuteOptions;
  readonly job: "SUCCEEDED" | "CANCELLED";
}

function cancelled({ id, title, options, job: end }: Cancelled): Scenario {
  const job = waiting(id);
  const parent = workflow({ name: `${id}.parent` }, (ctx) =>
    ctx.execute(job, undefined, { ...options, id: `${id}-J`, idConflict: "use_existing" }),
  );
  return {
    id,
    rows: ["fault:B1", "T15"],
    title: `fault:B1 ${title}`,
    workflows: [job, parent],
    start: [
      { workflow: `${id}.job`, options: { id: `${id}-J` } },
      { workflow: `${id}.parent`, options: { id } },
    ],
    script: [
      { at: 2, do: { kind: "cancel", path: `id:${id}` } },
      ...(end === "SUCCEEDED"
        ? [{ when: { path: `id:${id}`, status: "CANCELLED" as const }, do: finish(0, `${id}-J`).do }]
        : []),
    ],
    expect: {
      status: end,
      tree: { "/": { status: end }, [`id:${id}`]: { status: "CANCELLED" } },
    },
  };
}

interface TimedOut {
  readonly id: string;
  readonly title: string;
  readonly options: ExecuteOptions;
  readonly onTimeout: "abandon" | "terminate";
  readonly words: RegExp;
  readonly job: "SUCCEEDED" | "STOPPED";
}

function timedOut({ id, title, options, onTimeout, words, job: end }: TimedOut): Scenario {
  const job = waiting(id);
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const other = await ctx.start(job, undefined, { name: "first", id: `${id}-J` });
    const error = (await caught(() =>
      ctx.execute(job, undefined, {
        ...options,
        timeout: units(2),
        name: "second",
        id: `${id}-J`,
        idConflict: "use_existing",
      }),
    )) as ChildWaitTimeoutError;
    const { executionId, onTimeout: done } = error.data as { executionId: string; onTimeout: string };
    return { code: error.code, isReal: executionId === other.executionId, done, says: words.test(error.message) };
  });
  return {
    id,
    rows: ["fault:B1", "T15"],
    title: `fault:B1 ${title}`,
    workflows: [job, parent],
    start: [{ workflow: `${id}.parent` }],
    script: end === "SUCCEEDED" ? [finish(4, `${id}-J`)] : [],
    expect: {
      status: "SUCCEEDED",
      output: { code: "child_wait_timed_out", isReal: true, done: onTimeout, says: true },
      tree: { "/first": { status: end } },
    },
  };
}

function idsOfErrors(): Scenario {
  const job = workflow({ name: "B1-ids.job" }, async (ctx) => {
    await ctx.wait(units(2));
    throw new Error("broken");
  });
  const parent = workflow({ name: "B1-ids.parent" }, async (ctx) => {
    const other = await ctx.start(job, undefined, { name: "first", id: "B1-ids-J" });
    const options = { name: "second", id: "B1-ids-J", idConflict: "use_existing" } as const;
    const error = (await caught(() => ctx.execute(job, undefined, options))) as ChildExecutionError;
    return { isReal: error.executionId === other.executionId, says: error.message.includes(other.executionId) };
  });
  return {
    id: "B1-ids",
    rows: ["fault:B1"],
    title: "fault:B1 the error of a redirected child has the id of the execution that failed",
    workflows: [job, parent],
    start: [{ workflow: "B1-ids.parent" }],
    expect: { status: "SUCCEEDED", output: { isReal: true, says: true } },
  };
}

/** A child that is waited for has the policy "terminate" by default: it is for children alone. */
function left(
  id: string,
  title: string,
  leave: (ctx: WorkflowContext, wait: (c: WorkflowContext) => Promise<unknown>) => Promise<unknown>,
): Scenario {
  const job = waiting(id);
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    await leave(ctx, (c) => c.execute(job, undefined, { id: `${id}-J`, idConflict: "use_existing" }));
    return "left";
  });
  return {
    id,
    rows: ["fault:B1", "T15"],
    title: `fault:B1 ${title}`,
    workflows: [job, parent],
    start: [
      { workflow: `${id}.job`, options: { id: `${id}-J` } },
      { workflow: `${id}.parent`, options: { id } },
    ],
    script: [finish(4, `${id}-J`)],
    expect: {
      status: "SUCCEEDED",
      output: "done",
      tree: { "/": { status: "SUCCEEDED" }, [`id:${id}`]: { status: "SUCCEEDED", output: "left" } },
      exact: true,
    },
  };
}

function fromAStep(): Scenario {
  const job = waiting("B1-step");
  const parent = workflow({ name: "B1-step.parent" }, async (ctx) => {
    const id = await ctx.step("start", (s) =>
      s.start(job, undefined, { id: "B1-step-J", idConflict: "use_existing", parentClosePolicy: "terminate" }),
    );
    await ctx.wait(units(1));
    await ctx.attach(id).signal("go", "from the parent");
    return ctx.attach(id).result();
  });
  return {
    id: "B1-step",
    rows: ["fault:B1", "D9"],
    title: "fault:B1 the id that s.start gives is one under which the execution that was found can be reached",
    workflows: [job, parent],
    start: [
      { workflow: "B1-step.job", options: { id: "B1-step-J" } },
      { workflow: "B1-step.parent", options: { id: "B1-step" } },
    ],
    expect: {
      status: "SUCCEEDED",
      tree: { "id:B1-step": { status: "SUCCEEDED", output: "from the parent" } },
    },
  };
}

export const scenarios: readonly Scenario[] = [
  cancelled({
    id: "B1-cancel",
    title: "a cancel of the parent ends its wait, and leaves alone the execution that was found",
    options: {},
    job: "SUCCEEDED",
  }),
  cancelled({
    id: "B1-cancel-asked",
    title: "a cancel of the parent goes to the execution that was found where an option says so",
    options: { cancellationType: "wait_completed" },
    job: "CANCELLED",
  }),
  cancelled({
    id: "B1-cancel-requested",
    title: "a parent that waits for its request alone has it recorded at the execution that was found",
    options: { cancellationType: "wait_requested" },
    job: "CANCELLED",
  }),
  timedOut({
    id: "B1-timeout",
    title: "a wait that times out leaves alone the execution that was found, and says so",
    options: {},
    onTimeout: "abandon",
    words: /it was left running$/,
    job: "SUCCEEDED",
  }),
  timedOut({
    id: "B1-timeout-asked",
    title: "a wait that times out stops the execution that was found where an option says so",
    options: { onTimeout: "terminate" },
    onTimeout: "terminate",
    words: /it was stopped$/,
    job: "STOPPED",
  }),
  idsOfErrors(),
  left("B1-policy", "the parent's end leaves alone the execution that was found", (ctx, wait) =>
    ctx.promise.race([wait(ctx), ctx.wait(units(2))]),
  ),
  left("B1-batch", "a batch that ends early leaves alone the execution that was found", (ctx, wait) =>
    ctx.parallel([wait, (c) => c.wait(units(2))], { completion: { minSuccessful: 1 } }),
  ),
  fromAStep(),
];
