/**
 * Every error this library throws: one base, a closed set of codes, each class one sentence.
 *
 * `code` is stable and for programs; the message is for people and says what happened to which execution and
 * operation, and what to do next.
 */
import { causesOf } from "./causes.ts";
import type { ErrorObject, ExecutionStatus } from "./journal.ts";

export type ErrorCode =
  // what the author's code meets
  | "step_failed"
  | "step_interrupted"
  | "step_timed_out"
  | "callback_failed"
  | "callback_timed_out"
  | "callback_submitter_failed"
  | "child_context_failed"
  | "child_execution_failed"
  | "child_wait_timed_out"
  | "condition_failed"
  | "wait_timed_out"
  | "batch_failed"
  | "cancelled"
  | "stopped"
  | "execution_timed_out"
  // what the author did wrong
  | "workflow_definition"
  | "non_deterministic"
  | "foreign_await"
  | "unhandled_rejection"
  | "circular_request"
  | "context_misplaced"
  | "not_serializable"
  | "validation_failed"
  | "invalid_argument"
  // limits
  | "depth_exceeded"
  | "recursion_refused"
  | "pending_children_exceeded"
  | "payload_too_large"
  | "inbox_full"
  // identity
  | "workflow_unknown"
  | "execution_not_found"
  | "execution_already_started"
  | "execution_closed"
  | "callback_not_found"
  | "state_conflict"
  // the home
  | "store_locked"
  | "store_not_found"
  | "store_foreign"
  | "store_newer"
  | "store_read_only"
  | "store_full"
  | "store_failed"
  | "engine_closed"
  | "node_unsupported"
  | "message_unknown"
  | "execution_interrupted"
  | "no_progress"
  // over HTTP
  | "malformed_request"
  | "media_type_unsupported"
  | "not_acceptable"
  | "route_unknown"
  | "method_not_allowed"
  | "origin_refused"
  | "idempotency_key_reused"
  | "cost_unknown"
  | "internal_error"
  | "remote_refused"
  | "remote_failed"
  // about a deployed stack, with the caller's own AWS credentials
  | "stack_unknown"
  | "aws_refused"
  | "aws_failed";

export interface TreelineErrorOptions extends ErrorOptions {
  /** Application data that travels with the error; must be encodable. */
  data?: unknown;
}

/** Base of every error this library throws. */
export class TreelineError extends Error {
  override readonly name: string = "TreelineError";
  readonly code: ErrorCode;
  readonly data?: unknown;
  constructor(code: ErrorCode, message: string, options: TreelineErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.data !== undefined) this.data = options.data;
  }
}

/** An application's own failure: `type`, `data` and `nonRetryable` cross every boundary unchanged. */
export class ApplicationError extends Error {
  override readonly name: string;
  readonly type: string;
  readonly data?: unknown;
  readonly nonRetryable: boolean;
  constructor(message: string, options: ErrorOptions & { type?: string; data?: unknown; nonRetryable?: boolean } = {}) {
    super(message, options);
    this.type = options.type ?? "ApplicationError";
    this.name = this.type;
    this.nonRetryable = options.nonRetryable ?? false;
    if (options.data !== undefined) this.data = options.data;
  }
}

/** A step failed for good: its attempts are spent, or the error is not retryable. */
export class StepError extends TreelineError {
  override readonly name: string = "StepError";
}

/** A step that runs at most once per attempt was interrupted: nobody knows how far it came. */
export class StepInterruptedError extends TreelineError {
  override readonly name: string = "StepInterruptedError";
}

/** An attempt of a step ran longer than its timeout. */
export class StepTimeoutError extends TreelineError {
  override readonly name: string = "StepTimeoutError";
}

/** Base of the ways a callback ends without success. */
export class CallbackError extends TreelineError {
  override readonly name: string = "CallbackError";
}
/** The outside reported failure. */
export class CallbackExternalError extends CallbackError {
  override readonly name: string = "CallbackExternalError";
}
/** No answer, or no heartbeat, came in time: `data.missed` is `"deadline"` or `"heartbeat"`. */
export class CallbackTimeoutError extends CallbackError {
  override readonly name: string = "CallbackTimeoutError";
}
/** `waitForCallback` could not hand the callback's id out. */
export class CallbackSubmitterError extends CallbackError {
  override readonly name: string = "CallbackSubmitterError";
}

/** The function of a child context threw. */
export class ChildContextError extends TreelineError {
  override readonly name: string = "ChildContextError";
}

/** `waitForCondition` gave up, or its check threw. */
export class WaitForConditionError extends TreelineError {
  override readonly name: string = "WaitForConditionError";
}

/** A wait with a timeout (receive, signal, state) ended without what it waited for. */
export class WaitTimeoutError extends TreelineError {
  override readonly name: string = "WaitTimeoutError";
}

/** More branches of a batch (parallel, map, executeAll) failed than it tolerates, and `throwOnFailure` was set. */
export class BatchCompletionError extends TreelineError {
  override readonly name: string = "BatchCompletionError";
}

/** Why a child ended without success, as its parent's `cause`. */
export class ExecutionTimeoutError extends TreelineError {
  override readonly name: string = "ExecutionTimeoutError";
}
export class StoppedError extends TreelineError {
  override readonly name: string = "StoppedError";
}
/** The execution, or the scope, was asked to cancel. */
export class CancelledError extends TreelineError {
  override readonly name: string = "CancelledError";
}

/**
 * A child execution ended without success. `cause` is the original error: its type, message, data and own causes,
 * through any number of levels (`childError.cause.cause`).
 */
export class ChildExecutionError extends TreelineError {
  override readonly name: string = "ChildExecutionError";
  readonly executionId: string;
  readonly workflow: string;
  readonly status: ExecutionStatus;
  constructor(
    message: string,
    child: { executionId: string; workflow: string; status: ExecutionStatus },
    options: TreelineErrorOptions = {},
  ) {
    super("child_execution_failed", message, options);
    this.executionId = child.executionId;
    this.workflow = child.workflow;
    this.status = child.status;
  }
}

/** We stopped waiting for a child; `onTimeout` says what happened to it. */
export class ChildWaitTimeoutError extends TreelineError {
  override readonly name: string = "ChildWaitTimeoutError";
}

/** The journal does not match what the code asks for: shows both lists around the first difference. */
export class NonDeterministicExecutionError extends TreelineError {
  override readonly name: string = "NonDeterministicExecutionError";
}

/** The workflow awaits something that is not the context's; it would work live and break on replay. */
export class ForeignAwaitError extends TreelineError {
  override readonly name: string = "ForeignAwaitError";
}

/** The workflow returned while a promise of its code was rejected and nothing handled it; `cause` is the reason. */
export class UnhandledRejectionError extends TreelineError {
  override readonly name: string = "UnhandledRejectionError";
}

/** A value cannot be stored; names the path of the culprit. */
export class SerdesFailedError extends TreelineError {
  override readonly name: string = "SerdesFailedError";
  readonly path: string;
  constructor(message: string, path: string, options: TreelineErrorOptions = {}) {
    super("not_serializable", message, options);
    this.path = path;
  }
}

export interface ValidationIssue {
  /** Path of the wrong field, e.g. `items[2].price`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** A value does not fit its schema. */
export class ValidationError extends TreelineError {
  override readonly name: string = "ValidationError";
  readonly issues: readonly ValidationIssue[];
  constructor(message: string, issues: readonly ValidationIssue[], options: TreelineErrorOptions = {}) {
    super("validation_failed", message, options);
    this.issues = issues;
  }
}

/** An option of a call does not exist, or has a value that it cannot have. Nothing was recorded. */
export class InvalidArgumentError extends TreelineError {
  override readonly name: string = "InvalidArgumentError";
  readonly issues: readonly ValidationIssue[];
  constructor(message: string, issues: readonly ValidationIssue[], options: TreelineErrorOptions = {}) {
    super("invalid_argument", message, options);
    this.issues = issues;
  }
}

/** A workflow, or a call about one, is written wrongly. */
export class WorkflowDefinitionError extends TreelineError {
  override readonly name: string = "WorkflowDefinitionError";
  constructor(message: string, options: TreelineErrorOptions = {}) {
    super("workflow_definition", message, options);
  }
}

/** An execution with this id exists and the id policies refuse another. */
export class ExecutionAlreadyStartedError extends TreelineError {
  override readonly name: string = "ExecutionAlreadyStartedError";
  readonly executionId: string;
  readonly workflow: string;
  constructor(message: string, executionId: string, workflow: string) {
    super("execution_already_started", message);
    this.executionId = executionId;
    this.workflow = workflow;
  }
}

/** There is no such execution in this namespace. */
export class ExecutionNotFoundError extends TreelineError {
  override readonly name: string = "ExecutionNotFoundError";
  constructor(message: string, options: TreelineErrorOptions = {}) {
    super("execution_not_found", message, options);
  }
}

/** The execution has ended; nothing can be sent to it. */
export class ExecutionClosedError extends TreelineError {
  override readonly name: string = "ExecutionClosedError";
  constructor(message: string, options: TreelineErrorOptions = {}) {
    super("execution_closed", message, options);
  }
}

/** A limit of ours was reached: depth, recursion, children, size, inbox. */
export class LimitError extends TreelineError {
  override readonly name: string = "LimitError";
}

/** The home's storage refused: locked, foreign, newer, read-only, full, failed. */
export class StoreError extends TreelineError {
  override readonly name: string = "StoreError";
}

/** An error whose class is not ours, as it came out of the journal: keeps the original's type, data and causes. */
export class RemoteError extends Error {
  override readonly name: string;
  readonly type: string;
  readonly data?: unknown;
  readonly nonRetryable: boolean;
  constructor(object: Pick<ErrorObject, "type" | "message" | "nonRetryable">, data: unknown, options: ErrorOptions) {
    super(object.message, options);
    this.name = object.type;
    this.type = object.type;
    this.nonRetryable = object.nonRetryable ?? false;
    if (data !== undefined) this.data = data;
  }
}

/** True for a cancellation, however deeply it is wrapped. */
export function isCancellation(error: unknown): boolean {
  for (const each of causesOf(error)) {
    if (each instanceof CancelledError) return true;
    if (each instanceof ChildExecutionError && each.status === "CANCELLED") return true;
  }
  return false;
}
