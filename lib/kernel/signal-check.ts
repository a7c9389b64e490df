/** A signal held against what a wait takes (D2): once, at the door when somebody waits already, else when the wait comes to it. */
import { toErrorObject } from "./error-object.ts";
import type { InboxEntry, Millis, Payload, ReadEntry } from "./journal.ts";
import { decode } from "./payload.ts";
import { type StandardSchema, validate } from "./schema.ts";

/** What came out of the schema of the wait that a signal found when it arrived. */
export interface CheckedAtDoor {
  readonly schema: StandardSchema;
  readonly value: unknown;
}

const atDoor = new WeakMap<InboxEntry, CheckedAtDoor>();

/** So that the wait does not ask the schema again. Lost with the process: then it does. */
export function rememberCheck(signal: InboxEntry, checked: CheckedAtDoor): void {
  atDoor.set(signal, checked);
}

/** @param key of the RECEIVE operation. @param encoded as it is stored. @returns a promise where the schema is asynchronous; it never rejects */
export function checkSignal(
  signal: InboxEntry,
  schema: StandardSchema,
  key: string,
  encoded: (value: unknown, what: string) => Payload,
  now: () => Millis,
): ReadEntry | Promise<ReadEntry> {
  const what = `signal ${signal.n}`;
  const fits = (value: unknown): ReadEntry => ({
    t: "read",
    k: key,
    id: signal.id,
    v: encoded(value, what),
    at: now(),
  });
  const refused = (error: unknown): ReadEntry => ({
    t: "read",
    k: key,
    id: signal.id,
    e: toErrorObject(error),
    at: now(),
  });
  const known = atDoor.get(signal);
  try {
    if (known?.schema === schema) return fits(known.value);
    const value = validate(schema, decode(signal.v), what);
    return value instanceof Promise ? value.then(fits).catch(refused) : fits(value);
  } catch (error) {
    return refused(error);
  }
}
