/**
 * Errors in their stored form, and back.
 *
 * Job: keep of an error what its next reader needs: class, message, code, data, causes.
 * Boundary: what fails is the user's code, so anything may be thrown: strings, proxies, getters that throw. Storing a
 * failure must never fail itself.
 * Invariants: `toErrorObject` never throws; `fromErrorObject(toErrorObject(e))` is an instance of e's class for all
 * classes of ours and of JavaScript, else a RemoteError with e's type; a chain of causes stays a chain.
 */
import { isError, MAX_CAUSES, read } from "./causes.ts";
import * as errors from "./errors.ts";
import type { ErrorCode, TreelineErrorOptions, ValidationIssue } from "./errors.ts";
import type { ErrorObject, ExecutionStatus, Payload } from "./journal.ts";
import { decode, encode } from "./payload.ts";

/** Below so many causes a stack helps nobody, and a long chain would be mostly stacks. */
const MAX_STACKS = 10;
/** AggregateErrors within AggregateErrors: each is text within the text of the one around it, escaped anew. */
const MAX_AGGREGATES = 3;
const MAX_MESSAGE = 32_768;
const MAX_STACK = 8_192;

/** Where `code` stands for an ApplicationError, whose type is any name the application chose. */
const APPLICATION = "application";

// ---- the one table ----------------------------------------------------------------------------------------------

interface Rebuilt {
  readonly object: ErrorObject;
  readonly code: ErrorCode;
  /** The application's data. */
  readonly data: unknown;
  /** What `extras` gave, in so far as it could be stored. */
  readonly extras: Readonly<Record<string, unknown>>;
}

interface ErrorClass {
  /** Fields of the class's own. They travel in one object with the data. */
  readonly extras?: (error: never, budget: Budget) => Readonly<Record<string, unknown>>;
  readonly build: (from: Rebuilt) => Error;
}

type CodedConstructor = new (code: ErrorCode, message: string, options: TreelineErrorOptions) => Error;
type PlainConstructor = new (message: string, options: TreelineErrorOptions) => Error;

const coded = (Class: CodedConstructor): ErrorClass => ({
  build: ({ object, code, data }) => new Class(code, object.message, { data }),
});
const plain = (Class: PlainConstructor): ErrorClass => ({
  build: ({ object, data }) => new Class(object.message, { data }),
});

/** Ours, by name. What tells them from a user's class of the same name is their code. */
const OURS = new Map<string, ErrorClass>([
  ["TreelineError", coded(errors.TreelineError)],
  ["StepError", coded(errors.StepError)],
  ["StepInterruptedError", coded(errors.StepInterruptedError)],
  ["StepTimeoutError", coded(errors.StepTimeoutError)],
  ["CallbackError", coded(errors.CallbackError)],
  ["CallbackExternalError", coded(errors.CallbackExternalError)],
  ["CallbackTimeoutError", coded(errors.CallbackTimeoutError)],
  ["CallbackSubmitterError", coded(errors.CallbackSubmitterError)],
  ["ChildContextError", coded(errors.ChildContextError)],
  ["WaitForConditionError", coded(errors.WaitForConditionError)],
  ["WaitTimeoutError", coded(errors.WaitTimeoutError)],
  ["BatchCompletionError", coded(errors.BatchCompletionError)],
  ["ExecutionTimeoutError", coded(errors.ExecutionTimeoutError)],
  ["StoppedError", coded(errors.StoppedError)],
  ["CancelledError", coded(errors.CancelledError)],
  ["ChildWaitTimeoutError", coded(errors.ChildWaitTimeoutError)],
  ["NonDeterministicExecutionError", coded(errors.NonDeterministicExecutionError)],
  ["ForeignAwaitError", coded(errors.ForeignAwaitError)],
  ["UnhandledRejectionError", coded(errors.UnhandledRejectionError)],
  ["LimitError", coded(errors.LimitError)],
  ["StoreError", coded(errors.StoreError)],
  ["WorkflowDefinitionError", plain(errors.WorkflowDefinitionError)],
  ["ExecutionNotFoundError", plain(errors.ExecutionNotFoundError)],
  ["ExecutionClosedError", plain(errors.ExecutionClosedError)],
  [
    "ChildExecutionError",
    {
      build({ object, data }) {
        const { executionId = "", workflow = "", status = "FAILED" } = object.child ?? {};
        const child = { executionId, workflow, status: status as ExecutionStatus };
        return new errors.ChildExecutionError(object.message, child, { data });
      },
    },
  ],
  [
    "SerdesFailedError",
    {
      extras: ({ path }: errors.SerdesFailedError) => ({ path }),
      build: ({ object, data, extras }) =>
        new errors.SerdesFailedError(object.message, toText(extras["path"], "$"), { data }),
    },
  ],
  [
    "ValidationError",
    {
      extras: ({ issues }: errors.ValidationError) => ({ issues }),
      build: ({ object, data, extras }) =>
        new errors.ValidationError(object.message, toList<ValidationIssue>(extras["issues"]), { data }),
    },
  ],
  [
    "InvalidArgumentError",
    {
      extras: ({ issues }: errors.InvalidArgumentError) => ({ issues }),
      build: ({ object, data, extras }) =>
        new errors.InvalidArgumentError(object.message, toList<ValidationIssue>(extras["issues"]), { data }),
    },
  ],
  [
    "ExecutionAlreadyStartedError",
    {
      extras: ({ executionId, workflow }: errors.ExecutionAlreadyStartedError) => ({ executionId, workflow }),
      build: ({ object, extras }) =>
        new errors.ExecutionAlreadyStartedError(
          object.message,
          toText(extras["executionId"], ""),
          toText(extras["workflow"], ""),
        ),
    },
  ],
]);

/** JavaScript's own, by name. */
const BUILT_IN = new Map<string, ErrorClass>([
  ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map(
    (Class) => [Class.name, { build: ({ object }) => new Class(object.message) }] satisfies [string, ErrorClass],
  ),
  [
    "AggregateError",
    {
      extras: (error: AggregateError, budget: Budget) => ({ errors: packErrors(error.errors, budget) }),
      build: ({ object, extras }) =>
        new AggregateError(toList<ErrorObject>(extras["errors"]).map(fromErrorObject), object.message),
    },
  ],
]);

const APPLICATION_CLASS: ErrorClass = {
  build: ({ object: { message, type, nonRetryable = false }, data }) =>
    new errors.ApplicationError(message, { type, data, nonRetryable }),
};

const REMOTE_CLASS: ErrorClass = { build: ({ object, data }) => new errors.RemoteError(object, data, {}) };

function classOf(type: string, code: string | undefined): ErrorClass {
  if (code === APPLICATION) return APPLICATION_CLASS;
  return (code === undefined ? BUILT_IN : OURS).get(type) ?? REMOTE_CLASS;
}

function packErrors(list: readonly unknown[], budget: Budget): ErrorObject[] {
  const packed: ErrorObject[] = [];
  if (budget.aggregates === 0) return packed;
  budget.aggregates -= 1;
  for (const error of list) {
    if (budget.errors <= 0) break;
    if (!budget.around.has(error)) packed.push(toObject(error, budget));
  }
  budget.aggregates += 1;
  return packed;
}

function toText(value: unknown, missing: string): string {
  return typeof value === "string" ? value : missing;
}

function toList<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

// ---- error → object ---------------------------------------------------------------------------------------------

/** Shared by a whole chain of causes, so that cycles and fans of errors end. */
interface Budget {
  errors: number;
  stacks: number;
  aggregates: number;
  /** The errors around the one that is described: a circle ends where it would begin again. */
  readonly around: Set<unknown>;
}

/** The stored form of anything that was thrown. Never throws. */
export function toErrorObject(error: unknown): ErrorObject {
  return toObject(error, {
    errors: MAX_CAUSES,
    stacks: MAX_STACKS,
    aggregates: MAX_AGGREGATES,
    around: new Set(),
  });
}

/** Anything that was thrown, as an error. Never throws. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : fromErrorObject(toErrorObject(thrown));
}

/** The error's type: its name, or its class where the class did not set one. */
export function errorType(error: unknown): string {
  const name = read(error, "name");
  const className = read(read(error, "constructor"), "name");
  if (isName(name) && !BUILT_IN.has(name)) return name;
  if (isName(className) && className !== "Object") return className;
  return isName(name) ? name : "Error";
}

function toObject(error: unknown, budget: Budget): ErrorObject {
  budget.errors -= 1;
  budget.around.add(error);
  try {
    return typeof read(error, "message") === "string" ? describeError(error as Error, budget) : describeThrown(error);
  } catch {
    return { type: "Error", message: "Something was thrown that cannot be read." };
  } finally {
    budget.around.delete(error);
  }
}

function describeError(error: Error, budget: Budget): ErrorObject {
  const type = errorType(error);
  const code = codeOf(error);
  const data = encodeData(error, classOf(type, code), budget);
  const stack = budget.stacks-- > 0 ? read(error, "stack") : undefined;
  const cause = read(error, "cause") ?? undefined;
  const isNews = cause !== undefined && budget.errors > 0 && !budget.around.has(cause);
  return {
    type,
    message: cut(read(error, "message") as string, MAX_MESSAGE),
    ...(code !== undefined && { code }),
    ...(data !== undefined && { data }),
    ...(typeof stack === "string" && { stack: cut(stack, MAX_STACK) }),
    ...(read(error, "nonRetryable") === true && { nonRetryable: true }),
    ...(isNews && { cause: toObject(cause, budget) }),
    ...(error instanceof errors.ChildExecutionError && {
      child: { executionId: error.executionId, workflow: error.workflow, status: error.status },
    }),
  };
}

/** What is no error: a string is its message, anything else its data. */
function describeThrown(value: unknown): ErrorObject {
  if (typeof value === "string") return { type: "Error", message: cut(value, MAX_MESSAGE) };
  const data = encodeOrDrop(value);
  const message = `Not an error was thrown, but ${describeValue(value)}.`;
  return data === undefined ? { type: "Error", message } : { type: "Error", message, data };
}

function describeValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : cut(String(value), 200);
}

/** The message of anything that was thrown, for a line of a log. Never throws. */
export function messageOf(thrown: unknown): string {
  return toErrorObject(thrown).message;
}

/** As a line of text: type and message. Never throws. */
export function lineOf(thrown: unknown): string {
  const { type, message } = toErrorObject(thrown);
  return `${type}: ${message}`;
}

function codeOf(error: Error): string | undefined {
  if (error instanceof errors.TreelineError) return error.code;
  return error instanceof errors.ApplicationError ? APPLICATION : undefined;
}

/** Data that cannot be stored is dropped; the fields of the class stay. */
function encodeData(error: Error, errorClass: ErrorClass, budget: Budget): Payload | undefined {
  const data = read(error, "data");
  const extras = errorClass.extras?.(error as never, budget);
  if (extras === undefined) return encodeOrDrop(data);
  return encodeOrDrop(data === undefined ? extras : { ...extras, data }) ?? encodeOrDrop(extras);
}

function encodeOrDrop(data: unknown): Payload | undefined {
  if (data === undefined) return undefined;
  try {
    return encode(data);
  } catch {
    return undefined;
  }
}

function isName(name: unknown): name is string {
  return typeof name === "string" && name !== "";
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more characters)`;
}

// ---- object → error ---------------------------------------------------------------------------------------------

/** The error again. Classes that are neither ours nor JavaScript's become a RemoteError with their type. */
export function fromErrorObject(object: ErrorObject): Error {
  const error = rebuild(object);
  define(error, "stack", object.stack ?? `${error.name}: ${error.message}`, false);
  if (object.cause !== undefined) define(error, "cause", fromErrorObject(object.cause), false);
  return error;
}

function rebuild(object: ErrorObject): Error {
  const errorClass = classOf(object.type, object.code);
  const stored = decodeOrDrop(object.data);
  const extras = errorClass.extras === undefined ? {} : ((stored ?? {}) as Readonly<Record<string, unknown>>);
  const data = errorClass.extras === undefined ? stored : extras["data"];
  const error = errorClass.build({ object, code: object.code as ErrorCode, data, extras });
  if (data !== undefined && read(error, "data") === undefined) define(error, "data", data, true);
  if (object.nonRetryable === true && read(error, "nonRetryable") !== true) define(error, "nonRetryable", true, true);
  return error;
}

function decodeOrDrop(payload: Payload | undefined): unknown {
  try {
    return decode(payload);
  } catch {
    return undefined; // damaged, or of a newer version: the error matters more than its data
  }
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
}
