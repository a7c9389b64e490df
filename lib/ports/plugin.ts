/**
 * Hooks around what the engine does; names follow AWS's durable execution SDK (kernel.md §3.2).
 *
 * - A hook that throws is logged and has no effect on the execution, nor on other plugins (10-4, 10-17).
 * - Hooks are called at once, before what they tell is durable: after a crash they may be told it again.
 * - An invocation is one stay of an execution in memory. The next one replays the journal: only what goes on is told
 *   again, as begun (`replay: true`), once what came meanwhile has been taken in; what that ended is told as ended alone. An execution that is ended where its code cannot be had is told so, too, in an
 *   invocation of no length.
 * - Hooks run outside of what is watched as workflow code: they may use clocks and randomness.
 */
import type { ContextKind, ErrorObject, ExecutionStatus, Meta, Millis, OperationKind } from "../kernel/journal.ts";
import type { OperationStatus } from "./client.ts";

export interface OperationInfo {
  readonly executionId: string;
  /** The operation's key. */
  readonly id: string;
  readonly kind: OperationKind;
  /** CONTEXT only. */
  readonly subKind?: ContextKind | "CHILD_CONTEXT" | "BRANCH";
  readonly name: string;
  /** Key of the enclosing child context. */
  readonly parentOperationId?: string;
  readonly status: OperationStatus;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
  /** 1-based: the one that runs, comes next, or ended the operation. */
  readonly attempt: number;
  /** As the code gets it. Absent where the journal has none: receives, and contexts with a large result. */
  readonly result?: unknown;
  readonly error?: ErrorObject;
  /** The execution that it starts, waits for or addresses. */
  readonly childId?: string;
  readonly meta?: Meta;
  /** True when the operation was begun in an earlier invocation. */
  readonly replay: boolean;
}

/** DROPPED: its batch, or the execution, ended without it. */
export interface OperationEndInfo extends OperationInfo {
  readonly status: Exclude<OperationStatus, "STARTED" | "PENDING">;
  readonly endedAt: Millis;
}

/** About the user's function of a child context or branch. */
export interface ContextFunctionInfo extends OperationInfo {
  /** It runs again, so that what it had asked for is replayed. */
  readonly replayingChildren: boolean;
}

export type Operations = ReadonlyMap<string, OperationInfo | OperationEndInfo>;

export interface InvocationInfo {
  readonly executionId: string;
  /** Where in the journal it began: `<executionId>:<generation>:<entries>`. */
  readonly invocationId: string;
  readonly workflow: string;
  readonly version: string;
  readonly rootId: string;
  readonly parentId?: string;
  /** Key of the parent's operation that started it. */
  readonly parentOperation?: string;
  readonly depth: number;
  readonly path: string;
  readonly generation: number;
  /** Given at the execution's start. */
  readonly meta?: Meta;
  /** False when the journal already held something: this is a replay. */
  readonly isFirstInvocation: boolean;
  readonly input: unknown;
  /** Of this generation. */
  readonly startedAt: Millis;
  /** Of this invocation. */
  readonly invokedAt: Millis;
  /** All of this generation, by key. */
  readonly operations: Operations;
  /** Those whose result came since the invocation before, as they will be: a timer that fired, an answer that waited. */
  readonly updated: readonly OperationEndInfo[];
}

export interface InvocationEndInfo extends InvocationInfo {
  /** Terminal status, or PENDING when the execution parked. */
  readonly status: ExecutionStatus;
  readonly endedAt: Millis;
  readonly result?: unknown;
  /** CONTINUED_AS_NEW: of a generation that failed and is retried. */
  readonly error?: ErrorObject;
}

/** An attempt of a step, or a poll of a condition. */
export interface AttemptInfo extends OperationInfo {
  readonly attemptStartedAt: Millis;
}

export interface AttemptEndInfo extends AttemptInfo {
  /** A poll succeeds whatever it found. */
  readonly outcome: "SUCCEEDED" | "FAILED";
  readonly attemptEndedAt: Millis;
  readonly error?: ErrorObject;
  /** Another attempt follows then. */
  readonly nextAttemptAt?: Millis;
}

export interface OperationChange {
  readonly executionId: string;
  /** What has just begun, changed or ended. */
  readonly updated: readonly (OperationInfo | OperationEndInfo)[];
  readonly all: Operations;
}

export interface Plugin {
  readonly name: string;
  onInvocationStart?(info: InvocationInfo): void;
  onInvocationEnd?(info: InvocationEndInfo): void;
  onOperationStart?(info: OperationInfo): void;
  onOperationEnd?(info: OperationEndInfo): void;
  onOperationChange?(change: OperationChange): void;
  onOperationAttemptStart?(info: AttemptInfo): void;
  onOperationAttemptEnd?(info: AttemptEndInfo): void;
  /** Around the part that runs at once; what the code awaits comes later, in the same async context. */
  wrapInvocation?<T>(info: InvocationInfo, run: () => T): T;
  /** `T` is a promise where the function is async. Whatever a wrapper does, the function runs once and its result stands. */
  wrapChildContextFn?<T>(info: ContextFunctionInfo, run: () => T): T;
  wrapOperationAttemptFn?<T>(info: AttemptInfo, run: () => T): T;
  /** Fields added to every log line of the execution. */
  enrichLogContext?(info: {
    executionId: string;
    operation?: string;
    attempt?: number;
  }): Readonly<Record<string, unknown>>;
  /** Sends what it has gathered. Awaited where the process may come to rest or end: when an engine is closed. */
  flush?(): Promise<void>;
}
