/** The longest value that may cross a boundary (M31). */
import { LimitError } from "../kernel/errors.ts";
import type { Payload } from "../kernel/journal.ts";
import { payloadBytes } from "../kernel/payload.ts";

/** A character takes three bytes of UTF-8 at most, so short payloads need no count. */
const MAX_BYTES_PER_CHARACTER = 3;

/** @throws LimitError `payload_too_large` when `payload` has more than `limit` bytes */
export function checkPayloadSize(payload: Payload, limit: number, what: string): void {
  if (payload.length * MAX_BYTES_PER_CHARACTER <= limit) return;
  const bytes = payloadBytes(payload);
  if (bytes <= limit) return;
  throw new LimitError(
    "payload_too_large",
    `${what} has ${bytes} bytes; the limit is ${limit}. Store it elsewhere and pass a reference`,
  );
}
