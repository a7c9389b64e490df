/** What commands print. Results go to standard output; what is said about them to standard error. */
import { ChildExecutionError, TreelineError, ValidationError } from "../kernel/errors.ts";
import type { ErrorObject } from "../kernel/journal.ts";
import { toErrorObject } from "../kernel/error-object.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { createPaint, type Paint } from "./glyphs.ts";
import { harmless } from "./text.ts";
import { hasColors, type Terminal } from "./terminal.ts";

export interface Output {
  readonly paint: Paint;
  print(text: string): void;
  json(value: unknown): void;
  /** News for the person, not for the next program in a pipe. */
  note(text: string): void;
}

export function createOutput({ stdout, stderr, env }: Terminal): Output {
  return {
    paint: createPaint(hasColors(stdout, env)),
    print: (text) => void stdout.write(`${text}\n`),
    json: (value) => void stdout.write(`${toJson(value, 2)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
  };
}

/** JSON of any value there may be; what JSON lacks is written as the nearest that it has. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value ?? null, nearest, indent);
}

function nearest(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value;
}

/** For people: text as it is, other values as JSON. */
export function toText(value: unknown): string {
  return typeof value === "string" ? value : toJson(value, 2);
}

/** An error and what led to it, one line each; a refused value field by field. */
export function describeFailure(error: unknown): string {
  if (error instanceof ValidationError) {
    const head = error.message.slice(0, error.message.indexOf(": "));
    return [head, ...error.issues.map(({ path, message }) => `  ${path === "" ? "(value)" : path}: ${message}`)].join(
      "\n",
    );
  }
  // What was refused: the message says it all.
  if (error instanceof TreelineError && exitCodeOf(error) !== EXIT.failed) return harmless(error.message);
  return linesOf(toErrorObject(error)).join("\n");
}

/** Deeper causes than a person reads are counted. */
const SHOWN_CAUSES = 20;

function linesOf(error: ErrorObject): readonly string[] {
  const lines: string[] = [];
  let hidden = 0;
  for (let each: ErrorObject | undefined = error; each !== undefined; each = each.cause) {
    if (lines.length >= SHOWN_CAUSES) hidden += 1;
    else lines.push(`${"  ".repeat(lines.length)}${lines.length === 0 ? "" : "because "}${lineOf(each)}`);
  }
  return hidden === 0 ? lines : [...lines, `${"  ".repeat(lines.length)}and ${hidden} more causes`];
}

function lineOf({ type, message }: ErrorObject): string {
  return `${type}: ${harmless(message)}`;
}

/** For programs. */
export function failureJson(error: unknown): object {
  return {
    ...withoutStacks(toErrorObject(error)),
    ...(error instanceof ValidationError ? { issues: error.issues } : undefined),
    ...(error instanceof ChildExecutionError ? { status: error.status } : undefined),
  };
}

function withoutStacks({ stack: _stack, cause, ...object }: ErrorObject): ErrorObject {
  return cause === undefined ? object : { ...object, cause: withoutStacks(cause) };
}
