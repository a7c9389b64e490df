/** `executeWorkflow`: the call of Mistral's Workflows, inside of workflows and outside of them. */
import type { ExecuteOptions, ExecutionHandle, WorkflowContext } from "../../kernel/context.ts";
import type { InputOf, OutputOf, Workflow } from "../../kernel/definition.ts";
import type { Duration } from "../../kernel/duration.ts";
import { WorkflowDefinitionError } from "../../kernel/errors.ts";
import type { ParentClosePolicy } from "../../kernel/journal.ts";
import { currentContext } from "./current-context.ts";
import { runInProcess } from "./in-process.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- a workflow is contravariant in its input: only `any` accepts all
type AnyDefinition = Workflow<any, any>;

export interface ExecuteWorkflowOptions {
  /** Wait for the result? If not: resolves with a handle once the child is durably recorded. @default true */
  wait?: boolean;
  /** Longest life of the child. */
  executionTimeout?: Duration;
  /** The child's public id. */
  executionId?: string;
  /** What becomes of the child when its parent ends. @default "terminate" when waited for, "abandon" when not */
  parentClosePolicy?: ParentClosePolicy;
}

/**
 * Inside a workflow: starts a child of it. Outside, and in the body of a step: runs the workflow in this process, all
 * of its children with it, without durability: options but `wait` are ignored, signals and callbacks are not there.
 *
 * @example
 * const receipt = await executeWorkflow(charge, { amount: 20 });
 * const handle = await executeWorkflow(ship, { order: 7 }, { wait: false, executionId: "ship-7" });
 * @throws WorkflowDefinitionError when not waiting outside a workflow, or when `workflow` is not one
 */
export function executeWorkflow<W extends AnyDefinition>(
  workflow: W,
  params: InputOf<W>,
  options?: ExecuteWorkflowOptions & { wait?: true },
): Promise<OutputOf<W>>;
export function executeWorkflow<W extends AnyDefinition>(
  workflow: W,
  params: InputOf<W>,
  options: ExecuteWorkflowOptions & { wait: false },
): Promise<ExecutionHandle<OutputOf<W>>>;
export async function executeWorkflow(
  workflow: Workflow,
  params: unknown,
  options: ExecuteWorkflowOptions = {},
): Promise<unknown> {
  const ctx = currentContext();
  const { wait = true, ...child } = options;
  if (ctx === undefined && !wait) {
    throw new WorkflowDefinitionError("executeWorkflow with wait: false can only be called from within a workflow");
  }
  requireWorkflow(workflow);
  if (ctx === undefined) return runInProcess(workflow, params);
  return call(ctx, workflow, params, wait, child);
}

function call(
  ctx: WorkflowContext,
  workflow: Workflow,
  params: unknown,
  wait: boolean,
  { executionTimeout, executionId, parentClosePolicy }: Omit<ExecuteWorkflowOptions, "wait">,
): Promise<unknown> {
  const options: ExecuteOptions = {
    ...(executionTimeout === undefined ? undefined : { executionTimeout }),
    ...(executionId === undefined ? undefined : { id: executionId }),
    ...(parentClosePolicy === undefined ? undefined : { parentClosePolicy }),
  };
  return wait ? ctx.execute(workflow, params, options) : ctx.start(workflow, params, options);
}

/** Two mistakes, two messages (M10). */
function requireWorkflow(workflow: unknown): asserts workflow is Workflow {
  const given = typeof workflow === "object" && workflow !== null ? (workflow as Partial<Workflow>) : undefined;
  if (given === undefined || typeof given.name !== "string" || typeof given.digest !== "string") {
    const what = typeof workflow === "function" ? `the function ${workflow.name}` : String(workflow);
    throw new WorkflowDefinitionError(
      `executeWorkflow: ${what} must be a workflow, defined with workflow({ name }, fn)`,
    );
  }
  if (typeof given.run !== "function") {
    throw new WorkflowDefinitionError(
      `executeWorkflow: workflow ${given.name} must have an entrypoint, its function (ctx, input) => …`,
    );
  }
}
