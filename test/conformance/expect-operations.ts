/** Short words for the operations that scenarios expect; `SUCCEEDED` unless told otherwise. */
import type { OperationKind } from "../../lib/kernel/journal.ts";
import type { OperationExpectation } from "./scenario.ts";

type More = Omit<Partial<OperationExpectation>, "kind" | "name">;
type Words = (name?: string, more?: More) => OperationExpectation;

export const step = operation("STEP");
export const wait = operation("WAIT");
export const context = operation("CONTEXT");
export const callback = operation("CALLBACK");
export const condition = operation("CONDITION");
export const child = operation("CHILD");

/** What `waitForCallback` leaves: a context with a callback and the step that hands its id out. */
export function callbackContext(name: string | undefined, more: { callback?: More; context?: More } = {}) {
  return [context(name, more.context), callback(undefined, more.callback), step("submitter")];
}

function operation(kind: OperationKind): Words {
  return (name, more) => ({ kind, ...(name === undefined ? undefined : { name }), status: "SUCCEEDED", ...more });
}
