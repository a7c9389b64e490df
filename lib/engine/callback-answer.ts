/** What the outside says to a callback, as the delivery that its operation gets. */
import type { Delivery, Millis } from "../kernel/journal.ts";
import type { Operation } from "../kernel/operation.ts";
import { check } from "../kernel/options.ts";
import { encode } from "../kernel/payload.ts";
import { validate } from "../kernel/schema.ts";
import type { CallbackFailure } from "../ports/client.ts";
import { CLIENT_OPTIONS } from "../ports/option-table.ts";
import { boundedError, checkPayloadSize } from "../kernel/payload-size.ts";

export interface CallbackAnswer {
  readonly delivery?: "succeed" | "fail" | "heartbeat";
  readonly payload?: unknown;
  readonly error?: CallbackFailure;
}

export type CallbackDelivery = Delivery & { readonly k: string; readonly at: Millis };

/** @param longest payload, in bytes. @throws ValidationError, LimitError, SerdesFailedError */
export async function answerOf(
  operation: Pick<Operation, "key" | "entry" | "schema">,
  { delivery, error, payload }: CallbackAnswer,
  at: Millis,
  longest: number,
): Promise<CallbackDelivery> {
  const { key: k, entry } = operation;
  if (delivery === "heartbeat")
    return { t: "try", k, a: 0, why: "heartbeat", due: at + (entry.d?.heartbeatMs ?? 0), at };
  if (delivery === "fail") {
    check(CLIENT_OPTIONS.CallbackFailure, error, "the failure of callback", entry.n);
    const { type = "Error", message, data } = error ?? { message: "failed" };
    const e = { type, message, ...(data === undefined ? undefined : { data: encode(data, "data of the failure") }) };
    return { t: "err", k, e: boundedError(e, longest), at };
  }
  const what = `payload of callback ${entry.n}`;
  const v = encode(await validate(operation.schema, payload, what), what);
  checkPayloadSize(v, longest, what);
  return { t: "ok", k, v, at };
}
