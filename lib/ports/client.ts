/**
 * What is seen and done from outside: the same on every home. Readers never wake an execution.
 */
import type { AnyWorkflow, Outcome, StartOptions } from "../kernel/context.ts";
import type { InputOf, OutputOf } from "../kernel/definition.ts";
import type {
  BlockedReason,
  Entry,
  ErrorObject,
  ExecutionStatus,
  Meta,
  Millis,
  OperationKind,
  ParentClosePolicy,
  Usage,
} from "../kernel/journal.ts";

/** One execution as a reader sees it. */
export interface ExecutionView {
  readonly id: string;
  readonly publicId: string;
  readonly namespace: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: ExecutionStatus;
  readonly createdAt: Millis;
  readonly endedAt?: Millis;
  readonly generation: number;
  readonly attempt: number;
  readonly parentId?: string;
  readonly parentOperation?: string;
  readonly parentClosePolicy?: ParentClosePolicy;
  readonly rootId: string;
  readonly depth: number;
  readonly path: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly summary?: string;
  readonly priority?: number;
  /** Given at its start: of the operation that started it, where it has a parent (D15). */
  readonly meta?: Meta;
  /** Set while it cannot go on with the code that is loaded. Its status is that of a waiting execution. */
  readonly blocked?: Blocked;
}

/** Why an execution cannot go on with the code that is loaded. It goes on by itself when code that fits is loaded. */
export interface Blocked {
  /**
   * - `workflow_not_loaded`: no workflow of that name is loaded.
   * - `version_not_loaded`: the recorded version is not loaded, and no loaded version is compatible with it.
   * - `code_changed`: the loaded code asks for something else than the journal has.
   * - `ends_process`: its replay ended the process, again and again.
   */
  readonly reason: BlockedReason;
  readonly since: Millis;
  /** The first difference between the journal and the code, or what is loaded instead. */
  readonly difference: string;
}

/** With what its journal holds. */
export interface ExecutionDetail extends ExecutionView {
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: ErrorObject;
  readonly state: Readonly<Record<string, unknown>>;
  readonly stateVersion: number;
  readonly documents: readonly DocumentView[];
  readonly waits: readonly WaitView[];
  readonly operations: readonly OperationView[];
  readonly usage: Usage;
}

export interface DocumentView {
  readonly id: string;
  readonly value: unknown;
  readonly updatedAt: Millis;
}

/** Something an execution waits for (D11). */
export interface WaitView {
  readonly executionId: string;
  readonly path: string;
  readonly operation: string;
  /** `CODE`: the execution is blocked and waits for code that fits; `name` is its workflow. */
  readonly kind: OperationKind | "CODE";
  readonly name: string;
  readonly since: Millis;
  readonly deadline?: Millis;
  /** JSON Schema of the payload, when the wait takes one. */
  readonly schema?: unknown;
  readonly callbackId?: string;
  /** The execution waited for. */
  readonly childId?: string;
  readonly meta?: Meta;
  /** Set while the execution cannot go on even when this is answered. */
  readonly blocked?: Blocked;
}

export type OperationStatus =
  | "STARTED"
  | "PENDING"
  | "SUCCEEDED"
  | "FAILED"
  | "TIMED_OUT"
  | "CANCELLED"
  | "STOPPED"
  | "DROPPED";

export interface OperationView {
  readonly key: string;
  readonly kind: OperationKind;
  readonly name: string;
  /** Key of the enclosing child context; "" at the top. */
  readonly scope: string;
  readonly status: OperationStatus;
  readonly attempts: number;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
  readonly result?: unknown;
  readonly error?: ErrorObject;
  readonly childId?: string;
  readonly meta?: Meta;
}

export interface TreeNode {
  readonly execution: ExecutionView;
  readonly children: readonly TreeNode[];
}

/** A projection of the journal (D14). */
export interface ExecutionEvent {
  /** `<executionId>:<generation>:<position>:<index>`; unique, stable. */
  readonly id: string;
  /** Opaque; hand it back as `after` to go on behind this event. */
  readonly cursor: string;
  readonly type: EventType;
  readonly at: Millis;
  readonly executionId: string;
  /** `<executionId>` + generation: the field's "run id". */
  readonly runId: string;
  /** Run id of the generation before (retry, continue-as-new). */
  readonly continuedRunId?: string;
  readonly workflow: string;
  readonly parentId?: string;
  readonly rootId: string;
  readonly depth: number;
  readonly path: string;
  readonly operation?: string;
  readonly name?: string;
  readonly kind?: OperationKind;
  readonly attempt?: number;
  readonly data?: unknown;
  readonly error?: ErrorObject;
  readonly meta?: Meta;
  /** Kept nowhere: it has no cursor to go on from, and may be lost (D14). */
  readonly ephemeral?: true;
}

export type EventType =
  | "execution.started"
  | "execution.succeeded"
  | "execution.failed"
  | "execution.timed_out"
  | "execution.cancelled"
  | "execution.stopped"
  | "execution.continued_as_new"
  | "execution.retrying"
  | "execution.blocked"
  | "execution.code_changed"
  | "operation.started"
  | "operation.attempt_failed"
  | "operation.interrupted"
  | "operation.polled"
  | "operation.heartbeat"
  | "operation.acknowledged"
  | "operation.succeeded"
  | "operation.failed"
  | "operation.timed_out"
  | "operation.cancelled"
  | "operation.stopped"
  | "operation.dropped"
  | "context.succeeded"
  | "context.failed"
  | "signal.received"
  | "cancel.requested"
  | "state.changed"
  | "document.updated"
  | "custom"
  | "patch.marked";

export interface ListFilter {
  readonly workflow?: string;
  readonly status?: ExecutionStatus | readonly ExecutionStatus[];
  readonly rootId?: string;
  readonly parentId?: string;
  readonly namespace?: string;
  readonly startedAfter?: Millis;
  readonly startedBefore?: Millis;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** Only those that cannot go on with the code that is loaded (`true`), or only the others (`false`). */
  readonly blocked?: boolean;
  /** Newest first. @default 100 */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface EventFilter {
  /** The whole tree below, not only this execution. @default true */
  readonly descendants?: boolean;
  /** Exclusive: events behind this cursor. */
  readonly after?: string;
  /** Goes on until the execution (with `descendants`: the tree) has ended. @default false */
  readonly follow?: boolean;
  readonly types?: readonly EventType[];
  readonly workflow?: string;
  readonly parentId?: string;
  readonly signal?: AbortSignal;
}

/** What an iteration over events returns when it is done. `for await` drops it; `iterator.next()` gives it. */
export interface EventsEnd {
  /** True when the execution (with `descendants`: the tree) has ended and every event was given. */
  readonly allEnded: boolean;
}

export type EventIterable = AsyncIterable<ExecutionEvent, EventsEnd>;

export interface ClientStartOptions extends Omit<StartOptions, "parentClosePolicy" | "name"> {
  /** @default "default" */
  namespace?: string;
}

export interface SignalOptions {
  /** Makes a repeated call count once. @default every call counts */
  signalId?: string;
  /** @default "default" */
  namespace?: string;
}

/** What a callback is told to have failed with. */
export interface CallbackFailure {
  /** @default "Error" */
  type?: string;
  message: string;
  /** Application data. */
  data?: unknown;
}

export interface ClientHandle<O = unknown> {
  readonly executionId: string;
  readonly publicId: string;
  /** Waits for the end; throws ChildExecutionError when it is not success. */
  result(): Promise<O>;
  outcome(): Promise<Outcome<O>>;
  get(): Promise<ExecutionDetail>;
  signal(name: string, payload?: unknown): Promise<void>;
  cancel(reason?: string): Promise<void>;
  stop(reason?: string): Promise<void>;
}

export interface Client {
  /** Resolves once the execution is durably recorded. Refuses input that does not fit before anything is created. */
  start<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options?: ClientStartOptions,
  ): Promise<ClientHandle<OutputOf<W>>>;
  execute<W extends AnyWorkflow>(workflow: W, input: InputOf<W>, options?: ClientStartOptions): Promise<OutputOf<W>>;
  /** By public or internal id. @throws ExecutionNotFoundError */
  execution<O = unknown>(id: string, namespace?: string): Promise<ClientHandle<O>>;
  get(id: string, namespace?: string): Promise<ExecutionDetail>;
  list(filter?: ListFilter): Promise<{ executions: readonly ExecutionView[]; cursor?: string }>;
  /** The tree below `id` (or the execution itself, where it is a leaf). */
  tree(id: string, namespace?: string): Promise<TreeNode>;
  /** @throws TreelineError `invalid_argument`, at the first event, when `after` is not a cursor */
  events(id: string, filter?: EventFilter, namespace?: string): EventIterable;
  /** The raw journal, all generations. */
  journal(id: string, namespace?: string): Promise<readonly Entry[]>;
  /** Everything the tree below `id` waits for: a parent's wait for its child, and what the child waits for itself. */
  pending(id: string, namespace?: string): Promise<readonly WaitView[]>;
  signal(id: string, name: string, payload?: unknown, options?: SignalOptions): Promise<void>;
  /** Cooperative. An execution that has ended is left as it is: the call resolves, and changes nothing. */
  cancel(id: string, reason?: string, namespace?: string): Promise<void>;
  /** Hard: no cleanup. An execution that has ended is left as it is: the call resolves, and changes nothing. */
  stop(id: string, reason?: string, namespace?: string): Promise<void>;
  /**
   * Merges `patch` into the state (`null` deletes a key), and into the state of child contexts and branches that are open
   * and have not changed the key themselves. @throws state_conflict when `ifVersion` is not the version
   */
  patchState(
    id: string,
    patch: Readonly<Record<string, unknown>>,
    ifVersion?: number,
    namespace?: string,
  ): Promise<void>;
  readonly callbacks: {
    succeed(callbackId: string, payload?: unknown): Promise<void>;
    fail(callbackId: string, error: CallbackFailure): Promise<void>;
    heartbeat(callbackId: string): Promise<void>;
  };
}
