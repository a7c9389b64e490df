/**
 * Refusals and failures over HTTP: RFC 9457, with the codes that our errors have everywhere.
 *
 * Job: error → problem, and back on the other side. Boundary: what the asker can do something about is told as it is;
 * of all else only the code goes out, and the error itself into the log. No stack and no cause ever leaves.
 */
import { fromErrorObject, toErrorObject } from "../kernel/error-object.ts";
import {
  InvalidArgumentError,
  TreelineError,
  ValidationError,
  type ErrorCode,
  type ValidationIssue,
} from "../kernel/errors.ts";
import type { ErrorObject } from "../kernel/journal.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Stable; for programs. */
  readonly code: ErrorCode;
  /** Where a value does not fit its schema. */
  readonly issues?: readonly ValidationIssue[];
  /** The error itself, so that it can be thrown again, for those who read stored forms; without its stack and causes. */
  readonly error?: ErrorObject;
  /** Of a failure of ours: stands in the log, too. */
  readonly instance?: string;
}

const TITLES = {
  400: "Malformed request",
  403: "Refused",
  404: "Not found",
  405: "Method not allowed",
  406: "Not acceptable",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Refused",
  429: "Too many",
  500: "Internal error",
  503: "Unavailable",
} as const;

type Status = keyof typeof TITLES;

const STATUSES: Partial<Record<ErrorCode, Status>> = {
  malformed_request: 400,
  origin_refused: 403,
  execution_not_found: 404,
  workflow_unknown: 404,
  callback_not_found: 404,
  cost_unknown: 404,
  route_unknown: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  execution_already_started: 409,
  execution_closed: 409,
  state_conflict: 409,
  payload_too_large: 413,
  media_type_unsupported: 415,
  validation_failed: 422,
  invalid_argument: 422,
  not_serializable: 422,
  workflow_definition: 422,
  depth_exceeded: 422,
  recursion_refused: 422,
  idempotency_key_reused: 422,
  inbox_full: 429,
  pending_children_exceeded: 429,
  store_locked: 503,
  node_unsupported: 503,
  store_not_found: 503,
  store_foreign: 503,
  store_newer: 503,
  store_read_only: 503,
  store_full: 503,
  store_failed: 503,
  engine_closed: 503,
};

export function toProblem(error: unknown): Problem {
  const code = error instanceof TreelineError ? error.code : "internal_error";
  const status = STATUSES[code] ?? 500;
  return error instanceof TreelineError && status < 500 ? tell(error, status) : hide(code, status);
}

function tell(error: TreelineError, status: Status): Problem {
  const { stack: _stack, cause: _cause, ...object } = toErrorObject(error);
  const issues =
    error instanceof ValidationError || error instanceof InvalidArgumentError ? { issues: error.issues } : undefined;
  return { ...headOf(error.code, status), detail: error.message, ...issues, error: object };
}

function hide(code: ErrorCode, status: Status): Problem {
  const known = status === 503;
  return {
    ...headOf(known ? code : "internal_error", status),
    detail: known
      ? "the engine cannot take this now; try again, and see its log if it stays so"
      : "something failed that should not; its log has the details under this instance",
    instance: `urn:uuid:${crypto.randomUUID()}`,
  };
}

function headOf(code: ErrorCode, status: Status): Pick<Problem, "type" | "title" | "status" | "code"> {
  return { type: `urn:treeline:problem:${code}`, title: TITLES[status], status, code };
}

/** The error that a problem tells of, as it was thrown on the other side. Undefined when it is no problem of ours. */
export function fromProblem(body: unknown): Error | undefined {
  const { code, detail, error, instance } = (body ?? {}) as Partial<Problem>;
  if (typeof code !== "string" || typeof detail !== "string") return undefined;
  if (error !== undefined) return fromErrorObject(error);
  return new TreelineError(code, instance === undefined ? detail : `${detail} (${instance})`);
}
