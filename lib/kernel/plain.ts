/**
 * What goes into the journal as it is, beside payloads: names, reasons, metadata. Types keep it plain; where they were
 * passed over, it is refused where it is given. Found at the commit, it would keep everybody's records from the disk.
 */
import { TreelineError } from "./errors.ts";

/** @throws TreelineError `invalid_argument` */
export function checkText(value: unknown, what: string): void {
  if (typeof value !== "string")
    throw new TreelineError("invalid_argument", `${what} must be text; it is ${kindOf(value)}`);
}

/** @throws TreelineError `invalid_argument` when a field holds more than one text, number or truth value */
export function checkFlat(record: unknown, what: string): void {
  if (typeof record !== "object" || record === null) {
    throw new TreelineError("invalid_argument", `${what} must be an object; it is ${kindOf(record)}`);
  }
  for (const [key, value] of Object.entries(record)) {
    if (value === null || PLAIN.has(typeof value)) continue;
    throw new TreelineError(
      "invalid_argument",
      `${key} of ${what} must be text, a number, true, false or null; it is ${kindOf(value)}`,
    );
  }
}

const PLAIN: ReadonlySet<string> = new Set(["string", "number", "boolean", "undefined"]);

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
