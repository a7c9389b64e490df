/** The code front-end: a function is a workflow (the Mistral Workflows way). */
import type {
  EventTrigger,
  ScheduleTrigger,
  Workflow,
  WorkflowFunction,
  WorkflowOptions,
} from "../../kernel/definition.ts";
import { toMillis } from "../../kernel/duration.ts";
import { TreelineError, WorkflowDefinitionError } from "../../kernel/errors.ts";
import { checkReserved } from "../../kernel/reserved.ts";
import { hashText } from "../../kernel/random.ts";
import { toPolicyData } from "../../kernel/retry.ts";
import type { StandardSchema } from "../../kernel/schema.ts";
import { inContext } from "./current-context.ts";

/** Taken by the HTTP API's paths. */
const RESERVED_NAMES = new Set(["executions", "schedules", "definitions", "internal"]);
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.:-]{0,127}$/u;

export interface CodeWorkflowOptions extends WorkflowOptions {
  /** Any Standard Schema (zod, valibot, …). Checked before an execution is created. */
  input?: StandardSchema | undefined;
  /** Checked when the function returns. */
  output?: StandardSchema | undefined;
}

interface WithInput<In, Out> extends WorkflowOptions {
  /** Any Standard Schema (zod, valibot, …). Callers pass what goes into it, the function gets what comes out. */
  input: StandardSchema<In, Out>;
}
interface WithOutput<In, Out> {
  /** The function returns what goes into it, callers get what comes out. */
  output: StandardSchema<In, Out>;
}
interface WithoutInput extends WorkflowOptions {
  input?: undefined;
}
interface WithoutOutput {
  output?: undefined;
}

/**
 * Defines a workflow. `fn` must be deterministic: everything that touches the world goes into `ctx.step`.
 *
 * @example
 * const greet = workflow({ name: "greet", input: z.object({ name: z.string() }) }, async (ctx, { name }) =>
 *   ctx.step("compose", () => `hello ${name}`));
 * @throws WorkflowDefinitionError when the name is missing, malformed or reserved
 */
export function workflow<InputIn, InputOut, OutputIn, OutputOut>(
  options: WithInput<InputIn, InputOut> & WithOutput<OutputIn, OutputOut>,
  fn: WorkflowFunction<InputOut, OutputIn>,
): Workflow<InputIn, OutputOut>;
export function workflow<InputIn, InputOut, Output>(
  options: WithInput<InputIn, InputOut> & WithoutOutput,
  fn: WorkflowFunction<InputOut, Output>,
): Workflow<InputIn, Output>;
export function workflow<OutputIn, OutputOut, Input = unknown>(
  options: WithoutInput & WithOutput<OutputIn, OutputOut>,
  fn: WorkflowFunction<Input, OutputIn>,
): Workflow<Input, OutputOut>;
export function workflow<Input = unknown, Output = unknown>(
  options: WithoutInput & WithoutOutput,
  fn: WorkflowFunction<Input, Output>,
): Workflow<Input, Output>;
export function workflow(
  options: CodeWorkflowOptions,
  fn: WorkflowFunction<never, unknown>,
  ...more: readonly unknown[]
): Workflow {
  checkName((options as CodeWorkflowOptions | undefined)?.name);
  checkOptions(options);
  if (typeof fn !== "function") {
    throw invalid(options.name, "the second argument must be its function (ctx, input) => …");
  }
  if (more.length > 0) throw invalid(options.name, "it must have exactly one function");
  const version = options.version ?? "1";
  const {
    compatibleWith,
    executionTimeout,
    retry,
    retention,
    description,
    maxDepth,
    allowRecursion,
    signals,
    triggers,
    executor,
    input,
    output,
  } = options;
  return {
    name: options.name,
    version,
    digest: hashText(`${options.name}\n${version}\n${fn.toString()}`),
    frontend: "code",
    run: (ctx, input) => inContext(ctx, () => fn(ctx, input as never)),
    enter: inContext,
    ...defined({ compatibleWith, input, output, description, maxDepth, allowRecursion, signals, triggers, executor }),
    ...(executionTimeout === undefined ? undefined : { executionTimeoutMs: lifetime(executionTimeout, options.name) }),
    ...(retry === undefined ? undefined : { retry: toPolicyData(retry) }),
    ...(retention === undefined ? undefined : { retentionMs: toMillis(retention, "retention") }),
  };
}

const OPTIONS: Record<keyof CodeWorkflowOptions, true> = {
  name: true,
  version: true,
  compatibleWith: true,
  description: true,
  input: true,
  output: true,
  signals: true,
  executionTimeout: true,
  retry: true,
  maxDepth: true,
  allowRecursion: true,
  retention: true,
  triggers: true,
  executor: true,
};

function checkOptions(options: CodeWorkflowOptions): void {
  const { name, version, maxDepth, signals = {}, input, output } = options;
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(OPTIONS, key));
  if (unknown !== undefined)
    throw invalid(name, `there is no option "${unknown}"; there are ${Object.keys(OPTIONS).join(", ")}`);
  if (version !== undefined && (typeof version !== "string" || version === ""))
    throw invalid(name, "version must be a text");
  checkCompatible(options);
  if (maxDepth !== undefined && !(Number.isSafeInteger(maxDepth) && maxDepth >= 0)) {
    throw invalid(name, `maxDepth is ${String(maxDepth)}; it must be a whole number of 0 or more`);
  }
  if (options.executor !== undefined && !["short", "long"].includes(options.executor)) {
    throw invalid(name, `executor is "${String(options.executor)}"; it must be "short" or "long"`);
  }
  for (const [what, schema] of Object.entries({ input, output })) checkSchema(name, what, schema);
  for (const [signal, schema] of Object.entries(signals)) {
    checkReserved(signal, `signal of workflow ${name}`);
    checkSchema(name, `signals.${signal}`, schema);
  }
  for (const [index, trigger] of (options.triggers ?? []).entries()) checkTrigger(name, `triggers[${index}]`, trigger);
}

function checkCompatible({ name, version = "1", compatibleWith }: CodeWorkflowOptions): void {
  if (compatibleWith === undefined) return;
  const versions: unknown = compatibleWith;
  if (!Array.isArray(versions) || !versions.every((each) => typeof each === "string" && each !== ""))
    throw invalid(name, 'compatibleWith must be a list of versions, e.g. ["1"]');
  if (versions.includes(version))
    throw invalid(name, `compatibleWith names its own version ${version}; name earlier versions only`);
}

const SCHEDULE = /^(rate|cron)\(.+\)$/;

/** What is written by hand, in JavaScript too, and noticed otherwise only by a deploy. */
function checkTrigger(name: string, what: string, trigger: Partial<EventTrigger & ScheduleTrigger>): void {
  const { event, schedule } = trigger;
  if ((event === undefined) === (schedule === undefined)) {
    throw invalid(name, `${what} must have either an event or a schedule`);
  }
  if (schedule !== undefined && !SCHEDULE.test(schedule)) {
    throw invalid(name, `${what}.schedule is "${schedule}"; write "rate(5 minutes)" or "cron(0 8 * * ? *)"`);
  }
  if (event !== undefined && !(isNamed(event.source) && isNamed(event.detailType))) {
    throw invalid(name, `${what}.event must name a source and a detailType`);
  }
}

function isNamed(names: unknown): boolean {
  const list: unknown[] = Array.isArray(names) ? names : [names];
  return list.length > 0 && list.every((text) => typeof text === "string" && text !== "");
}

function checkSchema(name: string, what: string, schema: StandardSchema | undefined): void {
  if (schema === undefined) return;
  const standard = (schema as Partial<StandardSchema> | null)?.["~standard"];
  if (typeof standard?.validate !== "function") {
    throw invalid(name, `${what} must be a Standard Schema (zod, valibot, arktype, …)`);
  }
}

function invalid(name: string, what: string): WorkflowDefinitionError {
  return new WorkflowDefinitionError(`workflow ${name}: ${what}`);
}

function checkName(name: unknown): asserts name is string {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new WorkflowDefinitionError(
      `a workflow's name is 1 to 128 letters, digits, "_", ".", ":" or "-", beginning with a letter, digit or "_"; got ${JSON.stringify(name)}`,
    );
  }
  if (RESERVED_NAMES.has(name))
    throw new WorkflowDefinitionError(`the workflow name "${name}" is reserved; choose another`);
  checkReserved(name, "workflow");
}

function lifetime(duration: NonNullable<WorkflowOptions["executionTimeout"]>, name: string): number {
  const ms = toMillis(duration, `executionTimeout of ${name}`);
  if (ms > 0) return ms;
  throw new TreelineError("invalid_argument", `executionTimeout of ${name} must be longer than nothing`);
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
