/** What a caller outside gets when an execution has ended; the same on every home. */
import type { Outcome } from "../kernel/context.ts";
import { ChildExecutionError } from "../kernel/errors.ts";
import { fromErrorObject } from "../kernel/error-object.ts";
import type { FinEntry, Meta } from "../kernel/journal.ts";
import { decode } from "../kernel/payload.ts";
import { decodeState } from "../kernel/state.ts";

/** @throws ChildExecutionError when it did not succeed */
export function resultOf<O>(executionId: string, workflow: string, fin: FinEntry): O {
  if (fin.status === "SUCCEEDED") return decode(fin.v) as O;
  const cause = fin.e === undefined ? undefined : fromErrorObject(fin.e);
  const words = `execution ${workflow} (${executionId}) ended ${fin.status}${cause === undefined ? "" : `: ${cause.message}`}`;
  throw new ChildExecutionError(
    words,
    { executionId, workflow, status: fin.status },
    cause === undefined ? {} : { cause },
  );
}

export function outcomeOf<O>(executionId: string, fin: FinEntry, meta: Meta | undefined): Outcome<O> {
  return {
    executionId,
    status: fin.status,
    state: decodeState(fin.state),
    usage: fin.usage,
    ...(meta === undefined ? undefined : { meta }),
    ...(fin.status === "SUCCEEDED" ? { output: decode(fin.v) as O } : undefined),
    ...(fin.e === undefined ? undefined : { error: fromErrorObject(fin.e) }),
  };
}
