/** Durations as authors write them, and as people read them. */
import { TreelineError } from "./errors.ts";

/** A number is milliseconds; text is one amount with its unit, e.g. `"30s"`; the fields of an object add up. */
export type Duration = number | DurationText | DurationFields;

export type DurationText = `${number}${keyof typeof UNITS}`;

export interface DurationFields {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FIELDS = new Map([
  ["days", UNITS.d],
  ["hours", UNITS.h],
  ["minutes", UNITS.m],
  ["seconds", UNITS.s],
  ["milliseconds", UNITS.ms],
]);
const TEXT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** What a Date can hold. */
const LAST_DATE_MS = 8.64e15;
const YEAR_10000_MS = 253_402_300_800_000;
/** Anything longer could end at a time that no Date holds, though it begins before the year 10,000. */
const LONGEST_MS = LAST_DATE_MS - YEAR_10000_MS;

/**
 * Whole milliseconds. `what` says whose duration it is.
 * @throws TreelineError `invalid_argument` for anything that is no duration of zero or more.
 */
export function toMillis(duration: Duration, what: string): number {
  const millis = measure(duration);
  if (millis === undefined) {
    throw refusal(what, `${show(duration)}; write milliseconds, "30s", or { minutes: 5 }`);
  }
  if (!(millis >= 0 && millis <= LONGEST_MS)) {
    throw refusal(what, `${show(duration)}; it must be a finite time of zero or more that ends at a date`);
  }
  return Math.round(millis) + 0; // -0 becomes 0
}

/** Whether `toMillis` takes it. @param positive it must be longer than nothing */
export function isDuration(value: unknown, positive = false): boolean {
  const millis = measure(value);
  return millis !== undefined && millis >= 0 && millis <= LONGEST_MS && (!positive || Math.round(millis) > 0);
}

/** When something ends that begins at `from`, a delay included. @throws TreelineError `invalid_argument` beyond all dates */
export function endOf(from: number, millis: number, what: string): number {
  if (from + millis <= LAST_DATE_MS) return from + millis;
  throw new TreelineError(
    "invalid_argument",
    `${what} ends later than any date; make it, or the delay before it, shorter`,
  );
}

function measure(duration: unknown): number | undefined {
  if (typeof duration === "number") return duration;
  if (typeof duration === "string") return measureText(duration);
  if (typeof duration === "object" && duration !== null) return measureFields(duration);
  return undefined;
}

function measureText(text: string): number | undefined {
  const match = TEXT.exec(text);
  return match === null ? undefined : Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

function measureFields(fields: object): number | undefined {
  let sum: number | undefined;
  for (const [name, amount] of Object.entries(fields)) {
    const unit = FIELDS.get(name);
    if (unit === undefined) return undefined;
    if (amount === undefined) continue;
    if (typeof amount !== "number") return undefined;
    // Checked one by one: the sum alone would let { hours: 1, minutes: -30 } through.
    if (!(amount >= 0)) return Number.NaN;
    sum = (sum ?? 0) + amount * unit;
  }
  return sum;
}

function refusal(what: string, why: string): TreelineError {
  return new TreelineError("invalid_argument", `${what} is not a duration: ${why}.`);
}

function show(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  try {
    return (JSON.stringify(value) as string | undefined) ?? typeof value;
  } catch {
    return typeof value;
  }
}

/** Short and human, at most two units: `250ms`, `1.5s`, `2m 5s`, `1h 3m`, `2d 4h`. */
export function formatMillis(ms: number): string {
  if (ms < UNITS.s) return `${Math.round(ms)}ms`;
  if (ms < UNITS.m) return `${Math.floor(ms / 100) / 10}s`;
  if (ms < UNITS.h) return pair(ms, UNITS.m, "m", UNITS.s, "s");
  if (ms < UNITS.d) return pair(ms, UNITS.h, "h", UNITS.m, "m");
  return pair(ms, UNITS.d, "d", UNITS.h, "h");
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small);
  const head = `${Math.floor(ms / big)}${bigName}`;
  return rest === 0 ? head : `${head} ${rest}${smallName}`;
}
