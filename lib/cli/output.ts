/** What commands print. Results go to standard output; what is said about them to standard error. */
import { ChildExecutionError, TreelineError, ValidationError } from "../kernel/errors.ts";
import type { ErrorObject } from "../kernel/journal.ts";
import { toErrorObject } from "../kernel/error-object.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { createPaint, type Paint } from "./glyphs.ts";
import { escapeControls, harmless } from "./text.ts";
import { hasColors, type Terminal } from "./terminal.ts";

/** Text may hold ids, names and messages that somebody else chose, so it is made harmless here. */
export interface Output {
  readonly paint: Paint;
  /** Plain text. */
  print(text: string): void;
  /** Text of a formatter, which styled it and made the foreign parts of it harmless. */
  printStyled(text: string): void;
  /** The result of an execution: text goes to the next program in a pipe as it is. */
  result(value: unknown): void;
  /** @param options.lineWise one line per value */
  json(value: unknown, options?: { readonly lineWise?: boolean }): void;
  /** News for the person, not for the next program in a pipe. */
  note(text: string, color?: "red"): void;
}

export function createOutput({ stdout, stderr, env }: Terminal): Output {
  const toStdout = (text: string): void => void stdout.write(`${text}\n`);
  const onStderr = createPaint(hasColors(stderr, env));
  return {
    paint: createPaint(hasColors(stdout, env)),
    print: (text) => toStdout(harmless(text)),
    printStyled: toStdout,
    result: (value) => toStdout(stdout.isTTY === true ? harmless(toText(value)) : toText(value)),
    json: (value, { lineWise = false } = {}) => toStdout(toJson(value, lineWise ? undefined : 2)),
    note(text, color) {
      const plain = harmless(text);
      stderr.write(`${color === undefined ? plain : onStderr[color](plain)}\n`);
    },
  };
}

/**
 * JSON of any value there may be; what JSON lacks is written as the nearest that it has. What a terminal would act on
 * is escaped, which changes nothing for a program.
 */
export function toJson(value: unknown, indent?: number): string {
  return escapeControls(JSON.stringify(value ?? null, nearest, indent));
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
    const issues = error.issues.map(({ path, message }) => `  ${path === "" ? "(value)" : path}: ${message}`);
    return harmless([head, ...issues].join("\n"));
  }
  // What was refused: the message says it all.
  if (error instanceof TreelineError && exitCodeOf(error) !== EXIT.failed) return harmless(error.message);
  return harmless(linesOf(toErrorObject(error)).join("\n"));
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
  return `${type}: ${message}`;
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
