/** Names that the system keeps for itself: of workflows, steps and signals (M16). */
import { WorkflowDefinitionError } from "./errors.ts";

const RESERVED_PREFIX = "__internal__";
const RESERVED_HANDLERS = new Set(["__get_pending_inputs", "__submit_input"]);

/** @throws WorkflowDefinitionError. `what` says what bears the name */
export function checkReserved(name: string, what: string): void {
  if (!name.startsWith(RESERVED_PREFIX) && !RESERVED_HANDLERS.has(name)) return;
  throw new WorkflowDefinitionError(`the name "${name}" of a ${what} is reserved; choose another`);
}
