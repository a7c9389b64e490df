/** Child contexts: scopes in the same execution. Never to be confused with child executions. */
import { CancelledError, ChildContextError } from "./errors.ts";
import { toError, toErrorObject } from "./error-object.ts";
import type { WorkflowContext } from "./context.ts";
import type { ContextKind, Meta, Payload } from "./journal.ts";
import type { Machine } from "./machine.ts";
import { decode, encode } from "./payload.ts";
import { Scope } from "./scope.ts";

/** Results above this are not repeated in the journal for readers: replay makes them anew (AWS: ReplayChildren). */
const SHOWN_RESULT_BYTES = 16_384;

type ContextFunction<T> = (ctx: WorkflowContext) => Promise<T> | T;

export interface ChildContextOptions {
  readonly meta?: Meta | undefined;
  readonly sub?: ContextKind;
  /** Wrap what the function throws in ChildContextError. @default true */
  readonly wrap?: boolean;
  /** FLAT: no records of its own. */
  readonly virtual?: boolean;
  /** Merge the scope's state into its parent at the end. A batch does it itself, in declaration order. @default true */
  readonly merge?: boolean;
  /** Given the scope before anything runs in it. */
  readonly opened?: (scope: Scope) => void;
}

/** Runs `fn` in a scope of its own; records its beginning and its end. The promise is never an unhandled rejection. */
export function runChildContext<T>(
  machine: Machine,
  parent: Scope,
  name: string,
  fn: ContextFunction<T>,
  options: ChildContextOptions = {},
): Promise<T> {
  if (parent.cancelled !== undefined && !parent.closed) return handled(Promise.reject(parent.cancelled));
  const key = parent.keys.next("CONTEXT", name);
  if (options.virtual !== true) machine.openContext(parent, key, name, options);
  const scope = new Scope(key, parent, { state: parent.state.fork() });
  options.opened?.(scope);
  return handled(
    runIn(machine, scope, fn).then(
      (value) => succeeded(machine, parent, scope, name, value, options),
      (error: unknown) => failed(machine, parent, scope, name, error, options),
    ),
  );
}

/** A scope that a cancel does not touch. It has keys of its own and no records. */
export function runShielded<T>(machine: Machine, parent: Scope, fn: ContextFunction<T>): Promise<T> {
  const scope = new Scope(parent.keys.next("CONTEXT", "nonCancellable"), parent, { shielded: true });
  const leave = (): void => scope.leave();
  const result = runIn(machine, scope, fn);
  result.then(leave, leave);
  return handled(result);
}

async function runIn<T>(machine: Machine, scope: Scope, fn: ContextFunction<T>): Promise<T> {
  const ctx = machine.options.createContext(machine, scope);
  const { enter } = machine.options.workflow;
  return machine.enterContext(scope.path, () => (enter === undefined ? fn(ctx) : enter(ctx, () => fn(ctx))));
}

function succeeded<T>(
  machine: Machine,
  parent: Scope,
  scope: Scope,
  name: string,
  value: T,
  options: ChildContextOptions,
): T {
  let v: Payload;
  try {
    v = encode(value, `result of ${scope.path}`);
  } catch (error) {
    return failed(machine, parent, scope, name, error, options);
  }
  if (options.merge !== false) machine.mergeState(parent, scope.state.changes());
  if (options.virtual !== true) {
    machine.markAs(parent, scope.path, "CONTEXT_END", "", isShown(machine, v) ? { v } : {});
  }
  scope.leave();
  return decode(v) as T;
}

/** Nothing is lost of what is not: replay makes it anew. */
function isShown(machine: Machine, v: Payload): boolean {
  return v.length <= Math.min(SHOWN_RESULT_BYTES, machine.options.maxPayload);
}

function failed(
  machine: Machine,
  parent: Scope,
  scope: Scope,
  name: string,
  error: unknown,
  options: ChildContextOptions,
): never {
  if (options.merge !== false) machine.mergeState(parent, scope.state.changes());
  if (options.virtual !== true) machine.markAs(parent, scope.path, "CONTEXT_END", "", { e: toErrorObject(error) });
  scope.leave();
  const cause = toError(error);
  if (options.wrap === false || cause instanceof CancelledError) throw error;
  throw new ChildContextError("child_context_failed", `context ${name} failed: ${cause.message}`, { cause });
}

/** Nobody may be listening yet, or ever; the error still reaches whoever awaits. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
