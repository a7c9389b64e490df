/** What a command ends with; part of the interface, documented in `treeline --help`. */
import { TreelineError, type ErrorCode } from "../kernel/errors.ts";

export const EXIT = {
  ok: 0,
  /** The execution, or the command, failed. */
  failed: 1,
  /** Bad usage, or input that was refused: nothing was created. */
  usage: 2,
  /** No such execution, callback, workflow, file, database or stack. */
  notFound: 3,
  /** The database is locked, foreign, newer, full or unusable, or Node too old; or the engine elsewhere, or AWS, is out of reach. */
  store: 4,
  interrupted: 130,
  terminated: 143,
} as const;

const CODES: Partial<Record<ErrorCode, number>> = {
  invalid_argument: EXIT.usage,
  validation_failed: EXIT.usage,
  workflow_definition: EXIT.usage,
  not_serializable: EXIT.usage,
  payload_too_large: EXIT.usage,
  execution_not_found: EXIT.notFound,
  callback_not_found: EXIT.notFound,
  cost_unknown: EXIT.notFound,
  idempotency_key_reused: EXIT.usage,
  workflow_unknown: EXIT.notFound,
  store_not_found: EXIT.notFound,
  store_locked: EXIT.store,
  store_foreign: EXIT.store,
  store_newer: EXIT.store,
  store_read_only: EXIT.store,
  store_full: EXIT.store,
  store_failed: EXIT.store,
  engine_closed: EXIT.store,
  node_unsupported: EXIT.store,
  remote_refused: EXIT.store,
  remote_failed: EXIT.store,
  internal_error: EXIT.store,
  origin_refused: EXIT.store,
  // Something answers there, but not this API.
  route_unknown: EXIT.store,
  malformed_request: EXIT.store,
  stack_unknown: EXIT.notFound,
  aws_refused: EXIT.store,
  aws_failed: EXIT.store,
};

export function exitCodeOf(error: unknown): number {
  return (error instanceof TreelineError ? CODES[error.code] : undefined) ?? EXIT.failed;
}

export const EXIT_CODES_HELP = `
Exit codes: 0 done; 1 the execution or the command failed; 2 bad usage, or input that was refused;
            3 no such execution, callback, workflow, file, database or stack;
            4 the database is locked or unusable, Node too old, or the API or AWS out of reach or refusing;
            130 interrupted, 143 terminated`;
