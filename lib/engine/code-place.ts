/**
 * Whose code is running. The async context says so: it follows the author's code across every `await`, timer and
 * callback, whatever the engine does in between.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** The code of one execution in memory: its workflow's function, or the body of one of its steps. */
export interface CodePlace {
  readonly owner: CodeOwner;
  /** The name of the step or condition whose body runs; undefined in workflow code. */
  readonly step?: string;
}

/** Who answers for what the code does. */
export interface CodeOwner {
  /** Of the execution. */
  readonly path: string;
  /** Workflow code called what gives another value on replay. @throws when that fails the call */
  unsafe(call: string, advice: string): void;
  /** A promise of this code was rejected, and nothing handles it yet (D36). */
  rejected(promise: Promise<unknown>, reason: unknown, step: string | undefined): void;
  /** Something handles it now. */
  handled(promise: Promise<unknown>): void;
}

const places = new AsyncLocalStorage<CodePlace | undefined>();

/** Undefined where no code of an execution runs. */
export function currentPlace(): CodePlace | undefined {
  return places.getStore();
}

/** Runs code of an execution, or, with undefined, what is not such code and keeps the caller's other async contexts. */
export function inPlace<T>(place: CodePlace | undefined, run: () => T): T {
  return places.run(place, run);
}

/**
 * Runs a function in no async context. The author's code calls the engine, and the engine starts rounds, timers and
 * requests from there: none of them may find itself in the author's code.
 */
export const detached: <T>(run: () => T) => T = AsyncLocalStorage.snapshot();
