/** What the embedded store keeps, and what one commit group brings. Data only. */
import type {
  Entry,
  ExecutionStatus,
  IdReusePolicy,
  Meta,
  Millis,
  ParentClosePolicy,
  RetryPolicyData,
} from "../../kernel/journal.ts";

/** Everything about an execution that never changes after its creation. */
export interface ExecutionStatics {
  readonly id: string;
  /** The user's own id; equals `id` when none was given. */
  readonly publicId: string;
  readonly namespace: string;
  readonly workflow: string;
  readonly version: string;
  readonly digest: string;
  readonly createdAt: Millis;
  readonly rootId: string;
  readonly depth: number;
  readonly path: string;
  readonly parentId?: string;
  /** Key of the parent's operation. */
  readonly parentOperation?: string;
  /** Generation of the parent that started it. */
  readonly parentGeneration?: number;
  readonly policy?: ParentClosePolicy;
  /** The parent waits for its end at the operation that started it. */
  readonly awaited?: boolean;
  /** End of its life, if bounded. */
  readonly deadline?: Millis;
  /** Not before (start delay). */
  readonly startAt?: Millis;
  readonly retry?: RetryPolicyData;
  readonly idReuse?: IdReusePolicy;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly summary?: string;
  readonly priority?: number;
  /** Given at its start (D15). */
  readonly meta?: Meta;
  /** Digest of workflow and input, by which the recursion check knows it among the ancestors of another. */
  readonly fingerprint?: string;
  /** File the workflow was loaded from, so that `resume` finds it (D21). */
  readonly module?: string;
  readonly retentionMs?: number;
}

/** A stored head: statics plus what changes. */
export interface ExecutionHead extends ExecutionStatics {
  readonly status: ExecutionStatus;
  readonly endedAt?: Millis;
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
  /** Live heads whose status is to be shown to readers (park, eviction, close). */
  readonly touched: readonly { readonly id: string; readonly status: ExecutionStatus }[];
  /** Rows of the outside inbox that were applied. */
  readonly inboxApplied: readonly number[];
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
