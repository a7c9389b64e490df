/** Views as JSON shows them: errors with their data readable, and without stacks. */
import type { ErrorObject } from "../kernel/journal.ts";
import { decode } from "../kernel/payload.ts";
import type { ExecutionDetail, ExecutionEvent } from "../ports/client.ts";

interface WithError {
  readonly error?: ErrorObject;
}

export function plainDetail(detail: ExecutionDetail): object {
  return { ...plainError(detail), operations: detail.operations.map(plainError) };
}

export function plainEvent(event: ExecutionEvent): object {
  return plainError(event);
}

/** The same, with its error readable. */
export function plainError<T extends WithError>(view: T): object {
  return view.error === undefined ? view : { ...view, error: readable(view.error) };
}

function readable({ stack: _stack, data, cause, ...object }: ErrorObject): object {
  return {
    ...object,
    ...(data === undefined ? undefined : { data: decode(data) }),
    ...(cause === undefined ? undefined : { cause: readable(cause) }),
  };
}
