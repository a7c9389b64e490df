/** The code front-end: a function is a workflow (the Mistral Workflows way). */
import type { Workflow, WorkflowFunction, WorkflowOptions } from "../../kernel/definition.ts";
import { toMillis } from "../../kernel/duration.ts";
import { WorkflowDefinitionError } from "../../kernel/errors.ts";
import { issuesOf, refusal } from "../../kernel/options.ts";
import { checkReserved } from "../../kernel/reserved.ts";
import { hashText } from "../../kernel/random.ts";
import { toPolicyData } from "../../kernel/retry.ts";
import type { StandardSchema } from "../../kernel/schema.ts";
import { inContext } from "./current-context.ts";
import { FRONTEND_OPTIONS } from "./option-table.ts";

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
    ...(executionTimeout === undefined
      ? undefined
      : { executionTimeoutMs: toMillis(executionTimeout, "executionTimeout") }),
    ...(retry === undefined ? undefined : { retry: toPolicyData(retry) }),
    ...(retention === undefined ? undefined : { retentionMs: toMillis(retention, "retention") }),
  };
}

/** What is wrong with these is refused as it is wherever they are given: at a call, too. */
const OF_CALLS = /^(executionTimeout|retry|retention)\b/;

function checkOptions(options: CodeWorkflowOptions): void {
  const { name, version = "1", compatibleWith = [], signals = {} } = options;
  const issues = issuesOf(FRONTEND_OPTIONS.CodeWorkflowOptions, options, "");
  const [first] = issues;
  if (first !== undefined) {
    if (OF_CALLS.test(first.path)) throw refusal(`workflow ${name}`, issues);
    throw invalid(name, issues.map(({ path, message }) => `${path} ${message}`).join("; "));
  }
  if (compatibleWith.includes(version)) {
    throw invalid(name, `compatibleWith names its own version ${version}; name earlier versions only`);
  }
  for (const signal of Object.keys(signals)) checkReserved(signal, `signal of workflow ${name}`);
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

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
