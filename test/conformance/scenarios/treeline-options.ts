/** Options that a caller got wrong are refused at the call, with their path, before anything is recorded. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { BatchResult } from "../../../lib/kernel/completion.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, codeOf } from "./treeline-errors.ts";

/** Wrong on purpose: what JavaScript, JSON and spread objects let through. */
type Wrong = Readonly<Record<string, unknown>>;
type Call = (ctx: WorkflowContext, options: never) => unknown;

/** Every call of the context that takes options. */
function callsOf(child: string): Readonly<Record<string, Call>> {
  return {
    step: (ctx, options) => ctx.step("s", () => 1, options),
    execute: (ctx, options) => ctx.execute(child, 1, options),
    start: (ctx, options) => ctx.start(child, 1, options),
    executeAll: (ctx, options) => ctx.executeAll(child, [1], options),
    parallel: (ctx, options) => ctx.parallel([() => 1], options),
    map: (ctx, options) => ctx.map([1], () => 1, options),
    result: (ctx, options) => ctx.attach("nobody").result(options),
    outcome: (ctx, options) => ctx.attach("nobody").outcome(options),
    status: (ctx, options) => ctx.attach("nobody").status(options),
    signal: (ctx, options) => ctx.attach("nobody").signal("s", 1, options),
    cancel: (ctx, options) => ctx.attach("nobody").cancel("why", options),
    stop: (ctx, options) => ctx.attach("nobody").stop("why", options),
    wait: (ctx, options) => ctx.wait("w", 1, options),
    waitForCondition: (ctx, options) =>
      ctx.waitForCondition("c", () => 1, {
        initialState: 1,
        waitStrategy: () => ({ shouldContinue: false as const }),
        ...(options as object),
      }),
    waitForSignal: (ctx, options) => ctx.waitForSignal("s", options),
    waitForState: (ctx, options) => ctx.waitForState(() => true, options),
    receive: (ctx, options) => ctx.receive({ timeout: 1, ...(options as object) }),
    createCallback: (ctx, options) => ctx.createCallback("c", options)[0],
    waitForCallback: (ctx, options) => ctx.waitForCallback("c", () => undefined, options),
    runInChildContext: (ctx, options) => ctx.runInChildContext("c", () => 1, options),
  };
}

/** Nothing but refusals, in one execution of which nothing is recorded. */
function refusals(
  id: string,
  title: string,
  cases: readonly (readonly [call: string, options: Wrong, path: string])[],
): Scenario {
  const child = workflow({ name: `${id}.child` }, () => "ran");
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const calls = callsOf(child.name);
    const told: string[] = [];
    for (const [call, options, path] of cases) {
      const error = await caught(async () => calls[call]?.(ctx, options as never));
      const issues = (error as { issues?: { path: string }[] } | undefined)?.issues ?? [];
      told.push(`${call} ${String(codeOf(error))} ${issues.map((issue) => issue.path).join()} ${path}`);
    }
    return told.filter((line) => !/ invalid_argument (\S*) \1$/.test(line));
  });
  return {
    id,
    rows: [id],
    title,
    workflows: [root, child],
    start: [{ workflow: root.name }],
    expect: { status: "SUCCEEDED", output: [], operations: [], tree: { "/": { status: "SUCCEEDED" } }, exact: true },
  };
}

const policies = ["execute", "start", "executeAll"];

const words = refusals("fault:B6", "a word that an option does not have is refused at every call that takes it", [
  ...policies.flatMap((call): [string, Wrong, string][] => [
    [call, { parentClosePolicy: "ABANDON" }, "parentClosePolicy"],
    [call, { idConflict: "useExisting" }, "idConflict"],
    [call, { idReuse: "rejectDuplicate" }, "idReuse"],
    [call, { retry: { jitter: "full" } }, "retry.jitter"],
    [call, { parentClosePolicy: "constructor" }, "parentClosePolicy"],
  ]),
  ...["execute", "executeAll", "result", "outcome"].flatMap((call): [string, Wrong, string][] => [
    [call, { cancellationType: "WAIT_CANCELLATION_COMPLETED" }, "cancellationType"],
    [call, { onTimeout: "stop", timeout: 1 }, "onTimeout"],
  ]),
  ["step", { semantics: "AT_MOST_ONCE" }, "semantics"],
  ["step", { retry: { jitter: "NO" } }, "retry.jitter"],
  ["waitForCallback", { retry: { jitter: "NO" } }, "retry.jitter"],
  ["map", { nesting: "flat" }, "nesting"],
  ["parallel", { nesting: "NONE" }, "nesting"],
  ["executeAll", { nesting: 1 }, "nesting"],
]);

const fields = refusals("fault:B7", "a field that does not exist is refused, in options and in the policies within", [
  ...Object.keys(callsOf("")).map((call): [string, Wrong, string] => [call, { tiemout: 1 }, "tiemout"]),
  ...["step", "waitForCallback", ...policies].flatMap((call): [string, Wrong, string][] => [
    [call, { retry: { attempts: 1 } }, "retry.attempts"],
    [call, { retry: { maxAttempts: 1, initialDelay: { secs: 1 } } }, "retry.initialDelay.secs"],
  ]),
  ...["map", "parallel", "executeAll"].map((call): [string, Wrong, string] => [
    call,
    { completion: { minSuccesful: 1 } },
    "completion.minSuccesful",
  ]),
]);

const flat = refusals(
  "fault:D1",
  "values that JSON lacks are refused in attributes, meta and priority, with the path",
  [
    ...policies.flatMap((call): [string, Wrong, string][] => [
      [call, { attributes: { n: Number.NaN } }, "attributes.n"],
      [call, { attributes: { n: Number.NEGATIVE_INFINITY } }, "attributes.n"],
      [call, { attributes: new Map([["n", 1]]) }, "attributes"],
      [call, { meta: { big: 1n } }, "meta.big"],
      [call, { priority: Number.NaN }, "priority"],
      [call, { priority: "high" }, "priority"],
    ]),
    ...Object.keys(callsOf("")).flatMap((call): [string, Wrong, string][] => [
      [call, { meta: { n: Number.NaN } }, "meta.n"],
      [call, { meta: { at: new Date(0) } }, "meta.at"],
      [call, { meta: { n: 1, toJSON: () => "x" } }, "meta"],
    ]),
  ],
);

const nulls = refusals("fault:D5", "null is no option, and no object of options", [
  ...Object.keys(callsOf(""))
    .filter((call) => call !== "receive" && call !== "waitForCondition")
    .map((call): [string, Wrong, string] => [call, null as never, ""]),
  ...Object.keys(callsOf("")).map((call): [string, Wrong, string] => [call, { meta: null }, "meta"]),
  ...["step", "waitForCallback", ...policies].map((call): [string, Wrong, string] => [call, { retry: null }, "retry"]),
  ...["map", "parallel", "executeAll"].map((call): [string, Wrong, string] => [
    call,
    { completion: null },
    "completion",
  ]),
  ["execute", { state: null }, "state"],
  ["receive", { signals: null }, "signals"],
  ["receive", { children: null }, "children"],
  ["receive", { children: [null] }, "children[0]"],
]);

const late = refusals("fault:D6", "a deadline beyond what a Date holds is refused", [
  ...["execute", "executeAll", "result", "step", "waitForCondition", "waitForSignal", "waitForState", "receive"].map(
    (call): [string, Wrong, string] => [call, { timeout: 8.64e15 }, "timeout"],
  ),
  ...policies.flatMap((call): [string, Wrong, string][] => [
    [call, { executionTimeout: { days: 1e8 } }, "executionTimeout"],
    [call, { startDelay: "99999999d" }, "startDelay"],
    [call, { retry: { maxDelay: 8.64e15 } }, "retry.maxDelay"],
  ]),
  ["createCallback", { timeout: 8.64e15 }, "timeout"],
  ["createCallback", { heartbeatTimeout: 8.64e15 }, "heartbeatTimeout"],
]);

const controls = ["x\u001b[2J", "a\nb", "a\u0085", "a\u009b2J", "\u007f", "a\u2028b", "a\u202eb"];
const ids = refusals(
  "fault:B16",
  "an id with control characters is refused",
  ["execute", "start"].flatMap((call) => controls.map((id): [string, Wrong, string] => [call, { id }, "id"])),
);

function outside(): Scenario {
  const id = "fault:B7-outside";
  const root = workflow({ name: `${id}.root` }, () => "ran");
  const wrong: Wrong[] = [
    { retry: { attempts: 1 } },
    { retry: null },
    { parentClosePolicy: "abandon" },
    { idConflict: "use-existing" },
    { idReuse: "ALLOW" },
    { executionTimeout: "8640000000000s" },
    { startDelay: { hour: 1 } },
    { attributes: { a: Number.NaN } },
    { meta: { a: Number.POSITIVE_INFINITY } },
    { priority: Number.NaN },
    { id: "x\u001b[2J\nX" },
    { summary: 5 },
    { allowRecursion: "yes" },
    { state: [] },
  ];
  return {
    id,
    rows: [id],
    title: "a start from outside is held against the same options, and nothing exists when one is wrong",
    workflows: [root],
    start: [
      { workflow: root.name },
      ...wrong.map((options) => ({ workflow: root.name, options, refused: { code: "invalid_argument" } })),
    ],
    expect: { status: "SUCCEEDED", output: "ran" },
  };
}

/** Resolves by default; with `throwOnFailure` throws exactly where the tolerance was exceeded. */
function throwing(): Scenario {
  const id = "fault:C1";
  const child = workflow({ name: `${id}.child` }, (ctx, n: number) =>
    ctx.step("s", () => (n > 0 ? Promise.reject(new Error(`no ${n}`)) : n), { retry: false }),
  );
  type Run = (ctx: WorkflowContext, inputs: readonly number[], options: object) => Promise<BatchResult<unknown>>;
  const fail = (n: number): number => {
    if (n > 0) throw new Error(`no ${n}`);
    return n;
  };
  const runs: readonly Run[] = [
    (ctx, inputs, options) => ctx.executeAll(child, inputs, options),
    (ctx, inputs, options) => ctx.map(inputs, (_ctx, n) => fail(n), options),
    (ctx, inputs, options) =>
      ctx.parallel(
        inputs.map((n) => () => fail(n)),
        { maxConcurrency: 1, ...options },
      ),
  ];
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const told: unknown[] = [];
    const options = { throwOnFailure: true, maxConcurrency: 1 };
    for (const run of runs) {
      const tolerant = await run(ctx, [0, 1], { ...options, completion: { toleratedFailureCount: 1 } });
      const thrown = await caught(() => run(ctx, [0, 1, 2], options));
      const { cause, data } = thrown as Error & { data?: { completionReason?: string; failed?: number } };
      const quiet = await run(ctx, [0, 1], { maxConcurrency: 1 });
      const enough = await run(ctx, [1, 0, 0], { ...options, completion: { minSuccessful: 1 } });
      told.push([
        `${tolerant.status} ${tolerant.completionReason}`,
        `${String(codeOf(thrown))} ${data?.completionReason} ${data?.failed} ${(cause as Error).name}`,
        quiet.completionReason,
        enough.completionReason,
      ]);
    }
    return told;
  });
  const outcomes = (cause: string): string[] => [
    "FAILED ALL_COMPLETED",
    `batch_failed FAILURE_TOLERANCE_EXCEEDED 1 ${cause}`,
    "FAILURE_TOLERANCE_EXCEEDED",
    "MIN_SUCCESSFUL_REACHED",
  ];
  return {
    id,
    rows: [id],
    title: "a batch throws when its tolerance was exceeded, and only where that was asked for",
    workflows: [root, child],
    start: [{ workflow: root.name }],
    expect: {
      status: "SUCCEEDED",
      output: [outcomes("ChildExecutionError"), outcomes("ChildContextError"), outcomes("ChildContextError")],
    },
  };
}

/** Not caught: the parent fails, and says of which batch. */
function thrownThrough(): Scenario {
  const id = "fault:C1-through";
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    await ctx.wait(units(1));
    await ctx.map(
      "orders",
      [1, 2],
      () => {
        throw new Error("no");
      },
      { throwOnFailure: true },
    );
  });
  return {
    id,
    rows: [id],
    title: "a batch that throws fails its execution, and its context",
    workflows: [root],
    start: [{ workflow: root.name }],
    expect: {
      status: "FAILED",
      error: { type: "BatchCompletionError", code: "batch_failed", message: /batch orders: [12] of the [12] branches/ },
      someOperations: [{ kind: "CONTEXT", name: "orders", status: "FAILED", error: { code: "batch_failed" } }],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  words,
  fields,
  flat,
  nulls,
  late,
  ids,
  outside(),
  throwing(),
  thrownThrough(),
];
