/**
 * What a cancel, a wait that took too long, and a batch that ended early do to operations that are still open (K10).
 * All of it follows from the delivery that caused it, so replay does the same; requests to children are operations.
 */
import { CancelledError, ChildWaitTimeoutError } from "./errors.ts";
import type { CancellationType, OnTimeout, OperationKind } from "./journal.ts";
import type { Machine } from "./machine.ts";
import type { Operation } from "./operation.ts";
import type { Scope } from "./scope.ts";

/** Cooperative: open waits reject, children are asked according to their cancellation type (K10: down, never up). */
export function cancelAll(machine: Machine, reason: string): void {
  const error = new CancelledError("cancelled", reason === "" ? "the execution was cancelled" : `cancelled: ${reason}`);
  machine.root.cancel(error, (scope) => {
    // As of now: requests that this makes must not be visited.
    for (const operation of scope.open) cancelOperation(machine, operation, error, reason);
  });
}

function cancelOperation(machine: Machine, operation: Operation, error: CancelledError, reason: string): void {
  const { kind, entry, target } = operation;
  if (kind === "REQUEST") return;
  const type = entry.d?.cancellation ?? defaultCancellation(operation);
  if (kind === "CHILD" && entry.d?.child?.awaited !== true) return; // being recorded: settles by itself
  if (target === undefined || type === "abandon") return machine.cancelNow(operation, error);
  const request = machine.requestAction(operation.scope, "cancel", target, reason);
  if (type === "try_cancel") machine.cancelNow(operation, error);
  if (type === "wait_requested") request.onSettled = () => machine.cancelNow(operation, error);
}

/** An option of the author's own is always recorded; a default may depend on which execution is waited for (D38). */
function defaultCancellation({ entry, isRedirected }: Operation): CancellationType {
  const isOwn = entry.d?.child !== undefined && entry.d.child.policy !== "abandon" && !isRedirected;
  return isOwn ? "wait_completed" : "abandon";
}

/**
 * The child's id belonged to another execution, which is waited for from now on (`use_existing`). A cancel that came
 * before that was known went to an id that does not exist.
 * @returns whether the code hears of it
 */
export function redirect(machine: Machine, operation: Operation, id: string): boolean {
  operation.uses = id;
  machine.children.redirected(operation);
  const { cancelled } = operation.scope;
  if (cancelled === undefined) return false;
  cancelOperation(machine, operation, cancelled, machine.cancelReason);
  return true;
}

/** What an operation asked for in a cancelled scope gets. */
export function refusal(kind: OperationKind, name: string, cancelled: CancelledError): CancelledError {
  if (kind !== "CHILD") return cancelled;
  return new CancelledError(
    "cancelled",
    `child execution ${name} was cancelled before scheduled: ${cancelled.message}`,
  );
}

/** A child that a batch waited for, and that the batch ended without. */
export function applyPolicy(machine: Machine, scope: Scope, operation: Operation): void {
  const child = operation.entry.d?.child;
  if (child?.awaited !== true || child.policy === "abandon" || operation.isRedirected) return;
  const action = child.policy === "terminate" ? "stop" : "cancel";
  machine.requestAction(scope, action, child.id, "the batch that waited for it ended without it");
}

/** The wait for another execution took too long: the wait ends, and the option says what becomes of the other. */
export function waitTimedOut(machine: Machine, operation: Operation): void {
  const { target: id, entry } = operation;
  if (id === undefined) return;
  const then =
    entry.d?.onTimeout ?? (entry.d?.child === undefined || operation.isRedirected ? "abandon" : "request_cancel");
  machine.children.waitOver(operation);
  const message = `${operation.entry.n} (${id}) had not ended when the wait for it timed out; it was ${TIMEOUT_WORDS[then]}`;
  operation.reject(
    new ChildWaitTimeoutError("child_wait_timed_out", message, { data: { executionId: id, onTimeout: then } }),
  );
  if (then === "abandon") return;
  machine.requestAction(operation.scope, then === "terminate" ? "stop" : "cancel", id, "the wait for it timed out");
}

const TIMEOUT_WORDS: Record<OnTimeout, string> = {
  abandon: "left running",
  request_cancel: "asked to cancel",
  terminate: "stopped",
};
