/** What never changes about an execution after its creation; the same on every home. */
import type { IdReusePolicy, Meta, Millis, ParentClosePolicy, RetryPolicyData } from "../kernel/journal.ts";

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
