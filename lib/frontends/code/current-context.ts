/** The context of the workflow whose code is running, for functions that are not handed it. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { WorkflowContext } from "../../kernel/context.ts";

const contexts = new AsyncLocalStorage<WorkflowContext | undefined>();

/** Undefined outside of workflows, and in the bodies of steps. */
export function currentContext(): WorkflowContext | undefined {
  return contexts.getStore();
}

export function inContext<T>(ctx: WorkflowContext | undefined, run: () => T): T {
  return contexts.run(ctx, run);
}
