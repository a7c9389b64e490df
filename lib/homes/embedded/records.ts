/** What the embedded store keeps, and what one commit group brings. Data only. */
import type { Entry, ExecutionStatus, Millis } from "../../kernel/journal.ts";
import type { ExecutionStatics } from "../../engine/statics.ts";

export type { ExecutionStatics } from "../../engine/statics.ts";

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
