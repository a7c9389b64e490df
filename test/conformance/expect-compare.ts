/**
 * Compares values and errors, and puts differences into words. What is expected may contain asymmetric matchers
 * (anything with `asymmetricMatch`, as `expect.any(String)` of vitest).
 */
import { inspect, isDeepStrictEqual } from "node:util";
import type { ErrorObject } from "../../lib/kernel/journal.ts";
import { decode } from "../../lib/kernel/payload.ts";
import type { ErrorExpectation } from "./scenario.ts";

/** An error as a scenario sees it: thrown at the outside, or read from a journal. */
export interface SeenError {
  readonly type: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly data: unknown;
  readonly cause: SeenError | undefined;
}

export function isEqual(expected: unknown, actual: unknown): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => isEqual(item, actual[index]))
    );
  }
  if (!isRecord(expected)) return isDeepStrictEqual(actual, expected);
  if (!isRecord(actual)) return false;
  const keys = Object.keys(expected);
  return (
    keys.length === Object.keys(actual).length &&
    keys.every((key) => Object.hasOwn(actual, key) && isEqual(expected[key], actual[key]))
  );
}

/** One line per difference; none when all is as expected. */
export function compare(where: string, expected: unknown, actual: unknown): string[] {
  if (isEqual(expected, actual)) return [];
  return [`  ${where}: expected ${show(expected)}`, `  ${" ".repeat(where.length)}       got ${show(actual)}`];
}

/** Compares only what is given, down the chain of causes. */
export function compareError(where: string, expected: ErrorExpectation, actual: SeenError | undefined): string[] {
  if (actual === undefined) return [`  ${where}: expected ${show(expected)}, got no error`];
  const { message, cause } = expected;
  const found: string[] = [];
  for (const field of ["type", "code", "data"] as const) {
    if (Object.hasOwn(expected, field)) found.push(...compare(`${where}.${field}`, expected[field], actual[field]));
  }
  if (message instanceof RegExp) {
    if (!message.test(actual.message)) found.push(`  ${where}.message: ${show(actual.message)} is not like ${message}`);
  } else if (message !== undefined) found.push(...compare(`${where}.message`, message, actual.message));
  if (cause !== undefined) found.push(...compareError(`${where}.cause`, cause, actual.cause));
  return found;
}

/** Of anything that was thrown. */
export function seenError(thrown: unknown): SeenError | undefined {
  if (thrown === undefined || thrown === null) return undefined;
  if (!(thrown instanceof Error)) {
    return { type: typeof thrown, code: undefined, message: show(thrown), data: undefined, cause: undefined };
  }
  const { type, code, data } = thrown as { type?: string; code?: string; data?: unknown };
  return { type: type ?? thrown.name, code, message: thrown.message, data, cause: seenError(thrown.cause) };
}

/** Of an error in its stored form. */
export function storedError(stored: ErrorObject | undefined): SeenError | undefined {
  if (stored === undefined) return undefined;
  const { type, code, message, data } = stored;
  return { type, code, message, data: decode(data), cause: storedError(stored.cause) };
}

export function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: 110, maxStringLength: 200, maxArrayLength: 20 });
}

interface Matcher {
  asymmetricMatch(actual: unknown): boolean;
}

function isMatcher(value: unknown): value is Matcher {
  return typeof value === "object" && value !== null && "asymmetricMatch" in value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
