/** What a machine needs from its engine, and how its code ends. */
import type { Workflow } from "./definition.ts";
import type { Entry, InboxEntry, Payload, TerminalStatus } from "./journal.ts";
import type { Operation } from "./operation.ts";
import type { StandardSchema } from "./schema.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a machine needs from its engine. Calls come in journal order. */
export interface KernelHost {
  /** A new entry: make it durable before anything that depends on it leaves (K5). */
  append(entry: Entry): void;
  /** The code handed a workflow over as an object; it need not have been registered (D16). */
  introduced(workflow: Workflow): void;
  /** Carry this operation out: it is new, or was open when the replay ended. */
  started(operation: Operation): void;
  /** An attempt of it ended without ending it: the next begins at `lastTry.due`. Not called while replaying. */
  attempted(operation: Operation): void;
  /** Nobody waits for this operation any more: end its work, drop its timers. */
  dropped(operation: Operation): void;
  /** Calls back when the microtask queue has run empty. */
  drain(callback: () => void): void;
  /** Every recorded entry was replayed: the journal fits the code. Not called for an execution without a record. */
  replayed?(): void;
  /** The code has ended. Called once. */
  finished(result: CodeResult): void;
  /** Everything delivered, the code waits. */
  idle(): void;
  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> | undefined, scope: string): void;
  /** Hold `signal` against `schema` and deliver what came out. Absent where there are no signals. Not called while replaying. */
  read?(operation: Operation, signal: InboxEntry, schema: StandardSchema): void;
  /** Where the code that calls the context stands, when that is not this execution's workflow code. Absent where nobody knows. */
  misplaced?(): string | undefined;
  /** Workflow code goes on from a tick that is not the engine's. @throws when that fails the call */
  strayed?(): void;
  /** Runs what is not workflow code, though workflow code brought it along (schemas). Absent where nobody watches. */
  runOutside?<T>(run: () => T): T;
  /** Runs what is workflow code, though the engine calls it (predicates). Absent where nobody watches. */
  runInside?<T>(run: () => T): T;
  /** Runs the function of the child context `key`: once, and its result stands. */
  enterContext?<T>(key: string, run: () => T): T;
}

export type CodeResult =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly status: TerminalStatus; readonly error: unknown }
  | { readonly kind: "continued"; readonly input: Payload };
