/** Replaces steps and children by name, around the workflow's code: the engine knows nothing of it. */
import type { StepContext, WorkflowContext } from "../kernel/context.ts";
import type { Workflow } from "../kernel/definition.ts";

export interface Mocks {
  /** Instead of the body of every step of that name. */
  readonly steps?: Readonly<Record<string, (s: StepContext) => unknown>>;
  /** Instead of the code of that workflow: its output, or a function that returns or throws it. */
  readonly children?: Readonly<Record<string, unknown>>;
}

type Replacement = (input: unknown, ctx: WorkflowContext) => unknown;

/** The same workflow with its replacements. Its name, version and schemas stay, so the engine sees no other. */
export function withMocks(workflow: Workflow, mocks: Mocks): Workflow {
  const { steps, children = {} } = mocks;
  if (Object.hasOwn(children, workflow.name)) return { ...workflow, run: replacing(children[workflow.name]) };
  if (steps === undefined) return workflow;
  return { ...workflow, run: (ctx, input) => workflow.run(withSteps(ctx, steps), input) };
}

/** For those that nobody brings: started by their names. */
export function mocksOf(workflows: readonly Workflow[], { children = {} }: Mocks): Workflow[] {
  const brought = new Set(workflows.map(({ name }) => name));
  const names = Object.keys(children).filter((name) => !brought.has(name));
  return names.map((name) => ({
    name,
    version: "mock",
    digest: `mock of ${name}`,
    frontend: "mock",
    run: replacing(children[name]),
  }));
}

function replacing(mock: unknown): Workflow["run"] {
  return (ctx, input) => (typeof mock === "function" ? (mock as Replacement)(input, ctx) : mock);
}

/** Methods that hand a context to a function of the author's. */
const SCOPED: ReadonlySet<PropertyKey> = new Set(["runInChildContext", "nonCancellable", "parallel", "map"]);

type Steps = NonNullable<Mocks["steps"]>;
type Method = (this: unknown, ...args: unknown[]) => unknown;

function withSteps(ctx: WorkflowContext, steps: Steps): WorkflowContext {
  return new Proxy(ctx, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      const method = value as Method;
      return (...args: unknown[]) => method.apply(target, replaceArguments(property, args, steps));
    },
  });
}

function replaceArguments(property: PropertyKey, args: unknown[], steps: Steps): unknown[] {
  if (property === "step") {
    const [name, ...rest] = args;
    const mock = typeof name === "string" && Object.hasOwn(steps, name) ? steps[name] : undefined;
    return mock === undefined ? args : [name, mock, ...rest.slice(1)];
  }
  return SCOPED.has(property) ? args.map((arg) => wrapFunctions(arg, steps)) : args;
}

/** Functions, named branches and lists of either get a context with the same replacements. */
function wrapFunctions(arg: unknown, steps: Steps): unknown {
  if (typeof arg === "function") {
    const run = arg as (ctx: WorkflowContext, ...rest: unknown[]) => unknown;
    return (ctx: WorkflowContext, ...rest: unknown[]) => run(withSteps(ctx, steps), ...rest);
  }
  if (Array.isArray(arg)) return arg.map((each) => (isBranch(each) ? wrapFunctions(each, steps) : each));
  if (isBranch(arg)) return { ...(arg as object), run: wrapFunctions((arg as { run: unknown }).run, steps) };
  return arg;
}

function isBranch(value: unknown): boolean {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && "run" in value && typeof value.run === "function";
}
