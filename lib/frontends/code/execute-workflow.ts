/** `executeWorkflow`: the call of Mistral's Workflows, inside of workflows and outside of them. */
import type { ExecuteOptions, ExecutionHandle, WorkflowContext } from "../../kernel/context.ts";
import type { InputOf, OutputOf, Workflow } from "../../kernel/definition.ts";
import type { Duration } from "../../kernel/duration.ts";
import { WorkflowDefinitionError } from "../../kernel/errors.ts";
import type { ParentClosePolicy } from "../../kernel/journal.ts";
import { check, refusal } from "../../kernel/options.ts";
import { currentContext } from "./current-context.ts";
import { runInProcess } from "./in-process.ts";
import { FRONTEND_OPTIONS } from "./option-table.ts";

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
  /**
   * `false`: outside a workflow the call runs in this process, and nothing is recorded; without it such a call warns,
   * once per process. Inside a workflow every call is durable. @default true
   */
  durable?: boolean;
}

/**
 * Inside a workflow: starts a child of it. Outside, and in the body of a step: runs the workflow in this process, all
 * of its children with it, and records nothing. A crash loses it, and signals and callbacks are not there. Such a call
 * warns once per process, unless `durable: false` says that it is meant, and takes none of the options that only an
 * engine can keep. For a durable execution use `openEngine`, or `ctx.execute`.
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
  check(FRONTEND_OPTIONS.ExecuteWorkflowOptions, options, "executeWorkflow");
  const { wait = true, durable = true, ...child } = options;
  if (ctx === undefined && !wait) {
    throw new WorkflowDefinitionError("executeWorkflow with wait: false can only be called from within a workflow");
  }
  requireWorkflow(workflow);
  if (ctx === undefined) {
    refuseKept(child, workflow.name);
    if (durable) warnOnce(workflow.name);
    return runInProcess(workflow, params);
  }
  if (!durable) {
    throw refusal("executeWorkflow", [
      { path: "durable", message: "must be left out inside a workflow, where every call is recorded" },
    ]);
  }
  return call(ctx, workflow, params, wait, child);
}

/** What only an engine can keep. */
type Kept = Omit<ExecuteWorkflowOptions, "wait" | "durable">;

function refuseKept(options: Kept, workflow: string): void {
  const given = Object.entries(options).flatMap(([path, value]) => (value === undefined ? [] : [path]));
  if (given.length === 0) return;
  const message = "cannot be kept outside a workflow, where nothing is recorded; use openEngine, or ctx.execute";
  throw refusal(
    `executeWorkflow ${JSON.stringify(workflow)}`,
    given.map((path) => ({ path, message })),
  );
}

let isWarned = false;

function warnOnce(workflow: string): void {
  if (isWarned) return;
  isWarned = true;
  process.emitWarning(
    `executeWorkflow(${workflow}) was called outside a workflow: it runs in this process, and nothing of it is durable. ` +
      "Use openEngine for a durable execution, or pass { durable: false } where this is meant",
    { type: "TreelineWarning", code: "TREELINE_NOT_DURABLE" },
  );
}

function call(
  ctx: WorkflowContext,
  workflow: Workflow,
  params: unknown,
  wait: boolean,
  { executionTimeout, executionId, parentClosePolicy }: Kept,
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
