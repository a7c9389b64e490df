/** What the embedded store keeps, and what one commit group brings. Data only. */
import type { Entry, ExecutionStatus, LiveStatus, Millis } from "../../kernel/journal.ts";
import type { Blocked } from "../../ports/client.ts";
import type { ExecutionStatics } from "../../engine/statics.ts";

export type { ExecutionStatics } from "../../engine/statics.ts";

/** A stored head: statics plus what changes. */
export interface ExecutionHead extends ExecutionStatics {
  readonly status: ExecutionStatus;
  readonly endedAt?: Millis;
  readonly generation: number;
  readonly attempt: number;
  /** It stays in the file until something comes for it. An open execution that is not parked runs. */
  readonly parked: boolean;
  /** When time alone wakes it. */
  readonly wakeAt?: Millis;
  /** Why it cannot go on with the code that was loaded. */
  readonly blocked?: Blocked;
}

/**
 * How an execution rests. Written in the commit group in which it comes to rest, and void as soon as its journal has a
 * newer entry. An execution without a valid record is taken for running: loading it is always right.
 */
export interface RestRecord {
  readonly id: string;
  readonly status: LiveStatus;
  /** True when it can stay in the file until something comes for it. */
  readonly parked: boolean;
  /** When time alone wakes it. */
  readonly wakeAt?: Millis;
  /** Other executions whose end it waits for. They do not know it, as a child knows its parent. */
  readonly watches?: readonly Watch[];
  readonly blocked?: Blocked;
}

/** An operation that waits for the end of another execution. */
export interface Watch {
  /** Of the operation. */
  readonly key: string;
  /** Internal id of the execution. */
  readonly target: string;
}

/** An execution and the operation of it that waits for the end of another. */
export interface Watcher {
  readonly id: string;
  readonly key: string;
}

/** A workflow in one version. */
export interface WorkflowKind {
  readonly workflow: string;
  /** Null in rows of a file of format 1: any version. */
  readonly version: string | null;
}

/** Time at which an execution is to be woken. */
export interface Wake {
  readonly id: string;
  readonly at: Millis;
}

/** One journal entry of one execution. Groups keep them in the global order in which they were made. */
export interface LogRecord {
  readonly executionId: string;
  readonly generation: number;
  readonly entry: Entry;
}

/** All that is committed at once: atomic, in order. */
export interface CommitGroup {
  /** New heads; `name` claims the public id for it (pointer record), replacing an older claim. */
  readonly created: readonly { readonly statics: ExecutionStatics; readonly claimsName: boolean }[];
  readonly records: readonly LogRecord[];
  readonly ended: readonly { readonly id: string; readonly status: ExecutionStatus; readonly at: Millis }[];
  /** Executions that rest behind this group. */
  readonly rested: readonly RestRecord[];
  /** Executions that something came for, which is not in their journals yet: they are loaded in any case. */
  readonly woken: readonly string[];
  /** Executions that began a generation other than the first. */
  readonly generations: readonly GenerationRecord[];
  /** Rows of the outside inbox that were applied. */
  readonly inboxApplied: readonly number[];
}

export interface GenerationRecord {
  readonly id: string;
  readonly generation: number;
  readonly attempt: number;
}

/** What a process that does not own the file leaves for the owner (D21). */
export interface OutsideItem {
  readonly rowid: number;
  readonly executionId: string;
  readonly kind: "signal" | "cancel" | "stop" | "patch" | "callback";
  /** The item itself, encoded by the one who left it. */
  readonly body: string;
  readonly at: Millis;
}
