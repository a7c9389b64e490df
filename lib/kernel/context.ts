/**
 * What a workflow's author has: the context. Names follow AWS's durable execution SDK where it has them
 * (spec: kernel.md §3.2), and add what it lacks around children. Types only; context-api.ts implements them.
 */
import type { BatchResult, CompletionConfig } from "./completion.ts";
import type { InputOf, OutputOf, RetryPolicy, Workflow, WorkflowName } from "./definition.ts";
import type { Duration } from "./duration.ts";
import type {
  CancellationType,
  ExecutionStatus,
  IdConflictPolicy,
  IdReusePolicy,
  Meta,
  OnTimeout,
  ParentClosePolicy,
  Usage,
} from "./journal.ts";
import type { RetryStrategy } from "./retry.ts";
import type { InferOutput, StandardSchema } from "./schema.ts";

export interface Lineage {
  readonly parentId?: string;
  /** Key of the parent's operation that started this one. */
  readonly parentOperation?: string;
  readonly rootId: string;
  /** 0 at the root. */
  readonly depth: number;
  /** Readable, e.g. `order/charge#2`; shown everywhere, used as a key nowhere. */
  readonly path: string;
}

export interface ExecutionInfo extends Lineage {
  readonly executionId: string;
  /** The user's own id, or the internal one. */
  readonly publicId: string;
  readonly namespace: string;
  readonly workflow: string;
  readonly version: string;
  readonly generation: number;
  /** Attempt of the execution's own retry policy: 1-based. */
  readonly attempt: number;
  readonly priority?: number;
  /** Given at its start (D15). */
  readonly meta?: Meta;
}

// ---- steps ------------------------------------------------------------------------------------------------------

export interface StepOptions<T = unknown> {
  /** A policy, or a function of (error, attempt). @default 3 attempts, 1 s, × 2, at most 60 s, full jitter (D8) */
  retry?: RetryPolicy | RetryStrategy | false;
  /** Longest time of one attempt; its AbortSignal fires then. */
  timeout?: Duration;
  /** `at-most-once`: an attempt that was interrupted is not run again but fails with StepInterruptedError. */
  semantics?: "at-least-once" | "at-most-once";
  /** Checks the result before it is recorded. */
  schema?: StandardSchema<unknown, T>;
  meta?: Meta;
}

/** What a step's function gets. */
export interface StepContext {
  /** The same for every attempt of this step: hand it to the outside as idempotency key. */
  readonly idempotencyKey: string;
  /** 1-based. */
  readonly attempt: number;
  /** Aborts on timeout of the attempt, cancel, and stop. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly executionId: string;
  /** Effects, buffered and committed with the step's result, dropped with a failed attempt (D9). */
  start<W extends AnyWorkflow>(workflow: W, input: InputOf<W>, options?: StartOptions): string;
  document(id: string, value: unknown): void;
  emit(type: string, data?: unknown): void;
  setState(key: string, value: unknown): void;
  /** Shown at once to those who follow the events, kept nowhere: tokens, progress (D14). May be lost, or come twice. */
  stream(type: string, data?: unknown): void;
}

export interface ConditionOptions<S> {
  initialState: S;
  /** What to do after a poll: go on after a delay, or stop with the state as result. */
  waitStrategy: (state: S, attempt: number) => { shouldContinue: true; delay: Duration } | { shouldContinue: false };
  /**
   * What follows a check that throws, as for a step: the check runs again with the same state. Counts failures in a row.
   * @default false: the wait fails
   */
  retry?: RetryPolicy | RetryStrategy | false;
  /** Gives up after so long. */
  timeout?: Duration;
  meta?: Meta;
}

// ---- waiting ----------------------------------------------------------------------------------------------------

export interface CallbackOptions<T = unknown> {
  /** Then CallbackTimeoutError, with `data.missed` `"deadline"`. */
  timeout?: Duration;
  /** Longest silence between heartbeats. Then CallbackTimeoutError, with `data.missed` `"heartbeat"`. */
  heartbeatTimeout?: Duration;
  /** A payload that does not fit is refused at the door without waking anybody (D11). */
  schema?: StandardSchema<unknown, T>;
  meta?: Meta;
}

export interface WaitForCallbackOptions<T = unknown> extends CallbackOptions<T> {
  /** Retry of the submitter. */
  retry?: RetryPolicy | RetryStrategy | false;
}

export interface WaitOptions {
  meta?: Meta;
}

export interface StateWaitOptions extends WaitOptions {
  timeout?: Duration;
}

export interface SignalWaitOptions<T = unknown> {
  timeout?: Duration;
  schema?: StandardSchema<unknown, T>;
  meta?: Meta;
}

export interface ReceiveOptions {
  /** Signal names; with a schema each, or as a list. */
  signals?: readonly string[] | Readonly<Record<string, StandardSchema>>;
  /** Handles of children whose end is awaited. */
  children?: readonly ExecutionHandle[];
  /** Promises of `createCallback`, by any name. */
  callbacks?: Readonly<Record<string, Promise<unknown>>>;
  /** True when the state is as wanted. */
  state?: (state: Readonly<Record<string, unknown>>) => boolean;
  timeout?: Duration;
  /** Takes only the signals it returns true for; what it refuses is kept. */
  match?: (item: { name: string; payload: unknown }) => boolean;
  name?: string;
  meta?: Meta;
}

/** The first item in journal order (D10). */
export type Received =
  | { kind: "signal"; name: string; payload: unknown }
  | { kind: "child"; handle: ExecutionHandle; outcome: Outcome }
  | { kind: "callback"; name: string; payload?: unknown; error?: Error }
  | { kind: "state"; state: Readonly<Record<string, unknown>> }
  | { kind: "timeout" };

// ---- children ---------------------------------------------------------------------------------------------------

// oxlint-disable-next-line typescript/no-explicit-any -- a workflow is contravariant in its input: only `any` accepts all
export type AnyWorkflow = Workflow<any, any> | WorkflowName | (string & {});

export interface StartOptions {
  /** Name of the operation; the child's workflow when left out. */
  name?: string;
  /** The user's own id, at most 256 characters. @default one derived from the parent's id and the operation */
  id?: string;
  /**
   * What if an execution with this id is running? `use_existing` waits for that execution instead, as `attach` does: it is
   * not a child of this one, and no `parentClosePolicy` concerns it. @default "fail"
   */
  idConflict?: IdConflictPolicy;
  /** What if one with this id has ended? @default "allow" */
  idReuse?: IdReusePolicy;
  /** What becomes of the child when the parent ends. @default "terminate" where the call waits, "abandon" where not */
  parentClosePolicy?: ParentClosePolicy;
  /** How long the child may live, retries and continue-as-new included; never past the parent's own unless abandoned. */
  executionTimeout?: Duration;
  /** Retry of the child as a whole. @default none */
  retry?: RetryPolicy;
  startDelay?: Duration;
  version?: string;
  /** Allow a child whose workflow and input already stand among its ancestors. */
  allowRecursion?: boolean;
  /** State handed to the child: an encoded copy (D13). */
  state?: Readonly<Record<string, unknown>>;
  attributes?: Readonly<Record<string, string | number | boolean>>;
  /** A line for people. */
  summary?: string;
  /**
   * Orders what waits for its turn at the limits of an embedded engine (`limits.executions`, `limits.steps`): higher ones
   * first, equal ones in the order they came. A child has its parent's unless it is given its own. On AWS it is recorded
   * and shown, and orders nothing: Lambda scales instead of making executions wait. @default 0
   */
  priority?: number;
  meta?: Meta;
}

export interface ExecuteOptions extends StartOptions {
  /**
   * What a cancel of the parent does to the wait.
   * @default "wait_completed"; "abandon" for an execution that `use_existing` found
   */
  cancellationType?: CancellationType;
  /** How long the parent waits. */
  timeout?: Duration;
  /** What becomes of the child then. @default "request_cancel"; "abandon" for an execution that `use_existing` found */
  onTimeout?: OnTimeout;
}

export interface ResultOptions {
  timeout?: Duration;
  /** @default "abandon": only the wait ends */
  onTimeout?: OnTimeout;
  cancellationType?: CancellationType;
  meta?: Meta;
}

/** How an execution ended; never thrown (D12). */
export interface Outcome<O = unknown> {
  readonly executionId: string;
  readonly status: ExecutionStatus;
  readonly output?: O;
  readonly error?: Error;
  readonly state: Readonly<Record<string, unknown>>;
  readonly usage: Usage;
  /** Given at its start (D15). */
  readonly meta?: Meta;
}

export interface RequestOptions {
  meta?: Meta;
}

/** A started execution, seen from a workflow. Every promise is durable. Serializable: `JSON.stringify` keeps its id. */
export interface ExecutionHandle<O = unknown> {
  readonly executionId: string;
  readonly workflow: string;
  /** Waits for the end. Throws ChildExecutionError. May be called any number of times, in any later invocation. */
  result(options?: ResultOptions): Promise<O>;
  outcome(options?: ResultOptions): Promise<Outcome<O>>;
  status(options?: RequestOptions): Promise<ExecutionStatus>;
  signal(name: string, payload?: unknown, options?: RequestOptions): Promise<void>;
  /** Cooperative: the execution may clean up, or go on. */
  cancel(reason?: string, options?: RequestOptions): Promise<void>;
  /** Hard: ends at once, no cleanup. */
  stop(reason?: string, options?: RequestOptions): Promise<void>;
}

// ---- scopes and batches -----------------------------------------------------------------------------------------

export interface BatchOptions {
  /** @default 100 (D22) */
  maxConcurrency?: number;
  /** @default fail-fast is off only with `minSuccessful`; else the first failure ends the batch (spec: kernel.md §3.2) */
  completion?: CompletionConfig;
  /** FLAT: no record per branch. @default "NESTED" */
  nesting?: "NESTED" | "FLAT";
  /**
   * Throws BatchCompletionError (`batch_failed`) when more branches failed than `completion` tolerates, that is, when
   * `completionReason` is FAILURE_TOLERANCE_EXCEEDED. @default false: the call resolves, and the result tells
   */
  throwOnFailure?: boolean;
  meta?: Meta;
}

export interface MapOptions<Item> extends BatchOptions {
  itemNamer?: (item: Item, index: number) => string;
}

export interface ExecuteAllOptions<I> extends BatchOptions, Omit<ExecuteOptions, "name" | "id" | "meta"> {
  /** Id of each child. */
  id?: (input: I, index: number) => string;
  name?: string;
}

export type Branch<T> =
  | ((ctx: WorkflowContext) => Promise<T> | T)
  | { name: string; run: (ctx: WorkflowContext) => Promise<T> | T };

/** What a branch gives; of a union of branches, a union. */
export type BranchResult<B> = B extends ((ctx: WorkflowContext) => infer T) | { run: (ctx: WorkflowContext) => infer T }
  ? Awaited<T>
  : never;

export interface ContextOptions {
  meta?: Meta;
}

/** Deterministic: they start no operation of their own, they combine promises of the context. */
export interface PromiseCombinators {
  all<T extends readonly unknown[]>(promises: readonly [...T]): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
  allSettled<T extends readonly unknown[]>(
    promises: readonly [...T],
  ): Promise<{ -readonly [K in keyof T]: PromiseSettledResult<Awaited<T[K]>> }>;
  any<T>(promises: readonly Promise<T>[]): Promise<T>;
  race<T>(promises: readonly Promise<T>[]): Promise<T>;
}

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** State of this scope: journalled, versioned, forked per child context, merged in declaration order (D13). */
export interface StateApi {
  get<T = unknown>(key: string): T | undefined;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  all(): Readonly<Record<string, unknown>>;
  readonly version: number;
}

// ---- the context ------------------------------------------------------------------------------------------------

/**
 * What a workflow's code asks the engine with. Only that code may call it: in the body of a step, in another execution's
 * code, in a branch that its batch has left, and after the end, every call that records or draws is refused
 * (`context_misplaced`).
 */
export interface WorkflowContext {
  readonly info: ExecutionInfo;
  readonly lineage: Lineage;
  readonly logger: Logger;

  /**
   * Runs `fn` once and records its result. Await it before the workflow returns: a step that has not ended by then is
   * dropped, or never begins, and the log names it.
   */
  step<T>(name: string, fn: (s: StepContext) => Promise<T> | T, options?: StepOptions<T>): Promise<T>;
  step<T>(fn: (s: StepContext) => Promise<T> | T, options?: StepOptions<T>): Promise<T>;

  wait(duration: Duration): Promise<void>;
  wait(name: string, duration: Duration, options?: WaitOptions): Promise<void>;

  waitForCondition<S>(
    name: string,
    check: (state: S, s: StepContext) => Promise<S> | S,
    options: ConditionOptions<S>,
  ): Promise<S>;
  waitForCondition<S>(check: (state: S, s: StepContext) => Promise<S> | S, options: ConditionOptions<S>): Promise<S>;

  /** `[promise, callbackId]`: complete it from outside with `client.callbacks`. */
  createCallback<T = unknown>(name?: string, options?: CallbackOptions<T>): [promise: Promise<T>, callbackId: string];
  waitForCallback<T = unknown>(
    name: string,
    submitter: (callbackId: string, s: StepContext) => Promise<void> | void,
    options?: WaitForCallbackOptions<T>,
  ): Promise<T>;
  waitForCallback<T = unknown>(
    submitter: (callbackId: string, s: StepContext) => Promise<void> | void,
    options?: WaitForCallbackOptions<T>,
  ): Promise<T>;

  runInChildContext<T>(
    name: string,
    fn: (ctx: WorkflowContext) => Promise<T> | T,
    options?: ContextOptions,
  ): Promise<T>;
  runInChildContext<T>(fn: (ctx: WorkflowContext) => Promise<T> | T, options?: ContextOptions): Promise<T>;
  parallel<T>(name: string, branches: readonly Branch<T>[], options?: BatchOptions): Promise<BatchResult<T>>;
  parallel<T>(branches: readonly Branch<T>[], options?: BatchOptions): Promise<BatchResult<T>>;
  parallel<B extends readonly Branch<unknown>[]>(
    name: string,
    branches: B,
    options?: BatchOptions,
  ): Promise<BatchResult<BranchResult<B[number]>>>;
  parallel<B extends readonly Branch<unknown>[]>(
    branches: B,
    options?: BatchOptions,
  ): Promise<BatchResult<BranchResult<B[number]>>>;
  map<Item, T>(
    name: string,
    items: readonly Item[],
    fn: (ctx: WorkflowContext, item: Item, index: number) => Promise<T> | T,
    options?: MapOptions<Item>,
  ): Promise<BatchResult<T>>;
  map<Item, T>(
    items: readonly Item[],
    fn: (ctx: WorkflowContext, item: Item, index: number) => Promise<T> | T,
    options?: MapOptions<Item>,
  ): Promise<BatchResult<T>>;
  readonly promise: PromiseCombinators;

  /** Starts a child and waits for its result. */
  execute<W extends AnyWorkflow>(workflow: W, input: InputOf<W>, options?: ExecuteOptions): Promise<OutputOf<W>>;
  /** Starts a child; resolves once it is durably recorded. */
  start<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options?: StartOptions,
  ): Promise<ExecutionHandle<OutputOf<W>>>;
  /**
   * A handle of an execution that runs or ran, by its public or internal id. Starts nothing. An execution cannot wait for
   * itself or for one above it, nor stop one of them, nor cancel itself (`circular_request`); it may ask one above it to
   * cancel.
   */
  attach<O = unknown>(executionId: string): ExecutionHandle<O>;
  /** Many children of one workflow with failure tolerance over them. */
  executeAll<W extends AnyWorkflow>(
    workflow: W,
    inputs: readonly InputOf<W>[],
    options?: ExecuteAllOptions<InputOf<W>>,
  ): Promise<BatchResult<OutputOf<W>>>;

  /**
   * The next unread signal of that name, also one sent before this call. Throws WaitTimeoutError after `timeout`.
   *
   * A wait that lost a `Promise.race` still waits, and takes the next signal of that name, which no code gets then. Give
   * the wait a `timeout` instead, or use `receive`: neither takes a signal after its end.
   */
  waitForSignal<T = unknown>(name: string, options?: SignalWaitOptions<T>): Promise<T>;
  /**
   * Waits for the first of several: signals, ends of children, answers of callbacks, the state, or the time.
   *
   * A signal is taken, and given once. A child or a callback that has ended stays ended: each call that names it gives it
   * again, so leave out what was received.
   */
  receive(options: ReceiveOptions): Promise<Received>;
  waitForState(
    predicate: (state: Readonly<Record<string, unknown>>) => boolean,
    options?: StateWaitOptions,
  ): Promise<void>;
  readonly state: StateApi;

  emit(type: string, data?: unknown): void;
  /** Shows a document (a link, a message, any data), upserted by id. */
  document(id: string, value: unknown): void;

  /** Aborted when this execution is asked to cancel; `reason` is a CancelledError. */
  readonly cancellation: AbortSignal;
  /** Cleanup that a cancel does not touch. */
  nonCancellable<T>(fn: (ctx: WorkflowContext) => Promise<T> | T): Promise<T>;

  /**
   * Ends this generation and begins the next with `input`: `return ctx.continueAsNew(…)`. The input passes the workflow's
   * schema as that of a start does. The promise rejects with ValidationError when it does not fit, and then no generation
   * begins; otherwise it never settles.
   */
  continueAsNew(input: unknown): Promise<never>;
  readonly limits: { readonly operations: number; readonly bytes: number; readonly continueAsNewSuggested: boolean };
  /**
   * True in executions that began after the change `id` was deployed, or that have not passed this point yet. The first
   * answer for an `id` holds for the whole execution, wherever else it is asked for, until `continueAsNew` or a retry of
   * the execution begins with the code anew.
   */
  patched(id: string): boolean;

  /** Time of the last delivery. */
  now(): Date;
  random(): number;
  uuid(): string;
}

export type { InferOutput };
