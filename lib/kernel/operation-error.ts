/** The error that the code gets when an operation fails: ours outside, the original as `cause`. */
import {
  CallbackExternalError,
  CancelledError,
  ChildExecutionError,
  StepError,
  TreelineError,
  WaitForConditionError,
} from "./errors.ts";
import { fromErrorObject } from "./error-object.ts";
import type { ErrEntry } from "./journal.ts";
import type { Operation } from "./operation.ts";

export function operationError(operation: Operation, entry: ErrEntry): Error {
  const cause = fromErrorObject(entry.e);
  switch (operation.kind) {
    case "STEP":
      return ours(cause)
        ? cause
        : new StepError("step_failed", `step ${operation.entry.n} failed: ${cause.message}`, { cause });
    case "CONDITION":
      return ours(cause)
        ? cause
        : new WaitForConditionError(
            "condition_failed",
            `waitForCondition ${operation.entry.n} failed: ${cause.message}`,
            { cause },
          );
    case "CALLBACK":
      return ours(cause)
        ? cause
        : new CallbackExternalError("callback_failed", `callback ${operation.entry.n} failed: ${cause.message}`, {
            cause,
          });
    case "CHILD":
    case "ATTACH":
      return childError(operation, entry, cause);
    default:
      return cause;
  }
}

/** A start that was refused (id taken, unknown workflow, bad input, limits) is thrown as it is; an end is wrapped. */
function childError(operation: Operation, entry: ErrEntry, cause: Error): Error {
  if (entry.status === undefined) return cause;
  const { target: executionId = "" } = operation;
  const workflow = operation.entry.d?.child?.workflow ?? operation.entry.n;
  const words = `child execution ${workflow} (${executionId}) ended ${entry.status}: ${cause.message}`;
  return new ChildExecutionError(words, { executionId, workflow, status: entry.status }, { cause });
}

/** Errors that the engine made for this very operation (timeouts, interruptions) are not wrapped again. */
function ours(error: Error): boolean {
  return error instanceof CancelledError || (error instanceof TreelineError && !(error instanceof ChildExecutionError));
}
