/** The error of an execution that was cancelled while none of its code ran (D37). */
import { CancelledError } from "../kernel/errors.ts";

export function cancelledUnbegun(reason: string): CancelledError {
  return new CancelledError(
    "cancelled",
    reason === "" ? "the execution was cancelled before its code began" : `cancelled: ${reason}`,
  );
}
