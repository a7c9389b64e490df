/** What the outside says to a callback, as the delivery that its operation gets. */
import type { Delivery, Millis } from "../kernel/journal.ts";
import type { Operation } from "../kernel/operation.ts";
import { encode } from "../kernel/payload.ts";
import { checkText } from "../kernel/plain.ts";
import { validate } from "../kernel/schema.ts";
import { checkPayloadSize } from "./payload-size.ts";

export interface CallbackAnswer {
  readonly delivery?: "succeed" | "fail" | "heartbeat";
  readonly payload?: unknown;
  readonly error?: { type?: string; message: string; data?: unknown };
}

export type CallbackDelivery = Delivery & { readonly k: string; readonly at: Millis };

/** @param longest payload, in bytes. @throws ValidationError, LimitError, SerdesFailedError */
export async function answerOf(
  operation: Operation,
  { delivery, error, payload }: CallbackAnswer,
  at: Millis,
  longest: number,
): Promise<CallbackDelivery> {
  const { key: k, entry } = operation;
  if (delivery === "heartbeat")
    return { t: "try", k, a: 0, why: "heartbeat", due: at + (entry.d?.heartbeatMs ?? 0), at };
  if (delivery === "fail") {
    const { type = "Error", message, data } = error ?? { message: "failed" };
    checkText(message, "the message of a failure");
    checkText(type, "the type of a failure");
    const e = { type, message, ...(data === undefined ? undefined : { data: encode(data, "data of the failure") }) };
    return { t: "err", k, e, at };
  }
  const what = `payload of callback ${entry.n}`;
  const v = encode(await validate(operation.schema, payload, what), what);
  checkPayloadSize(v, longest, what);
  return { t: "ok", k, v, at };
}
