/** What a replay finds where the journal and the code do not fit. */
import { NonDeterministicExecutionError, type TreelineErrorOptions } from "./errors.ts";

/** The journal is sound, and other code may fit it. Stored and shown, it is the error that it extends. */
export class JournalMismatchError extends NonDeterministicExecutionError {
  /** The first difference, and both lists around it. */
  readonly difference: string;
  constructor(difference: string, options: TreelineErrorOptions = {}) {
    super(
      "non_deterministic",
      `the journal does not fit the code: first difference: ${difference}\n` +
        "Restore the code this execution began with, or guard the change with ctx.patched().",
      options,
    );
    this.difference = difference;
  }
}
