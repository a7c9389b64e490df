/**
 * One operation in memory: what was asked for, and the promise that the code holds.
 *
 * The engine sees it through `KernelHost` and needs its entry, its body (step, condition) and its attempts; only the
 * machine settles it.
 */
import type { Attempt } from "./attempt.ts";
import type { ConditionOptions, StepContext, StepOptions } from "./context.ts";
import type { OpEntry, OperationKind, Payload, ReadEntry, TryEntry } from "./journal.ts";
import type { Scope } from "./scope.ts";
import type { StandardSchema } from "./schema.ts";

/** The code behind a STEP or CONDITION: never journalled, found again by replaying. */
export type OperationBody =
  | { readonly kind: "step"; readonly run: (s: StepContext) => unknown; readonly options: StepOptions }
  | {
      readonly kind: "condition";
      readonly check: (state: unknown, s: StepContext) => unknown;
      readonly options: ConditionOptions<unknown>;
    };

export interface AwaitedMail {
  /** What signals must be, by name. */
  readonly schemas: ReadonlyMap<string, StandardSchema | undefined>;
  /** Ids of signals that are held against a schema, or were. */
  readonly asked: Set<string>;
  /** What came out, by id. */
  readonly read: Map<string, Payload | undefined>;
}

export class Operation {
  readonly entry: OpEntry;
  readonly scope: Scope;
  readonly body: OperationBody | undefined;
  readonly promise: Promise<unknown>;
  /** Attempts that ended without ending the operation. */
  attempts = 0;
  /** Attempts that failed since the last that did not. */
  failures = 0;
  /** Attempts that a crash interrupted. */
  interruptions = 0;
  lastTry: TryEntry | undefined;
  /** The attempt that runs; set by whoever runs it. */
  running: Attempt | undefined;
  /** Number of the delivery that settled it; orders what `receive` takes first. */
  settledAt = 0;
  settled: "no" | "ok" | "err" | "dropped" = "no";
  value: unknown;
  /** CHILD, ATTACH: give the outcome instead of throwing. */
  wantsOutcome = false;
  /**
   * The execution that is really waited for. CHILD: the one that had the child's public id already (`use_existing`).
   * ATTACH: the one that was found.
   */
  uses: string | undefined;
  /** CALLBACK: what its payload must be. */
  schema: StandardSchema | undefined;
  /** RECEIVE: the signals it listens to. */
  mail: AwaitedMail | undefined;
  /** Called when it settles, before the code hears of it: `receive` listens here. */
  onSettled: (() => void) | undefined;
  /** Called when a signal was held against its schema. */
  onRead: ((entry: ReadEntry) => void) | undefined;
  /** Called when its own deadline passes without ending it. */
  onFire: (() => void) | undefined;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(entry: OpEntry, scope: Scope, body?: OperationBody) {
    this.entry = entry;
    this.scope = scope;
    this.body = body;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get key(): string {
    return this.entry.k;
  }

  get kind(): OperationKind {
    return this.entry.kind;
  }

  /** CHILD, ATTACH: id of the execution whose end settles it; of a REQUEST, of the one that it goes to. */
  get target(): string | undefined {
    return this.uses ?? this.entry.d?.child?.id ?? this.entry.d?.target;
  }

  /** CHILD: an execution that another caller started is waited for instead; it is not this execution's child (D38). */
  get isRedirected(): boolean {
    return this.kind === "CHILD" && this.uses !== undefined;
  }

  resolve(value: unknown): void {
    if (this.settled !== "no") return;
    this.settled = "ok";
    this.value = value;
    this.#leave();
    this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.settled !== "no") return;
    this.settled = "err";
    this.value = error;
    this.#leave();
    // A result that nobody awaits must not crash the process (M02, T25); whoever does await it still gets the error.
    this.promise.catch(noop);
    this.#reject(error);
  }

  /** Its scope is gone: the promise never settles (K6). */
  drop(): void {
    if (this.settled === "no") this.settled = "dropped";
  }

  #leave(): void {
    this.scope.remove(this);
    this.onSettled?.();
  }
}

function noop(): void {}
