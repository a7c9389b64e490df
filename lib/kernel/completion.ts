/**
 * When a batch (parallel, map, executeAll) is over, and what its caller gets.
 *
 * Settled where AWS is ambiguous: without any criterion the first failure ends the batch, as in AWS's JavaScript SDK.
 * The requirements do not contradict it: 8-7, 9-6 and 8-20, which read as if they did, set a tolerance of their own.
 */

export interface CompletionCounts {
  readonly succeeded: number;
  readonly failed: number;
  /** All branches there are, the ones not yet begun included. */
  readonly total: number;
}

/** Criteria add up: what is met first ends the batch. No criterion: the first failure ends it. */
export interface CompletionConfig {
  /** Enough successes. Failures alone then do not end the batch (8-17). */
  minSuccessful?: number;
  /** One failure more ends the batch. */
  toleratedFailureCount?: number;
  /** 0 to 100, of all branches; a greater share ends the batch, an equal one does not (8-22). */
  toleratedFailurePercentage?: number;
  /** Asked after every branch that ended; must be a pure function of the counts. */
  shouldComplete?: (counts: CompletionCounts) => boolean;
}

export type CompletionReason = "ALL_COMPLETED" | "MIN_SUCCESSFUL_REACHED" | "FAILURE_TOLERANCE_EXCEEDED";

export type CompletionDecision = { readonly done: false } | { readonly done: true; readonly reason: CompletionReason };

/** AWS's order: too many failures, then all ended, then enough successes; `shouldComplete` counts as enough. */
export function decideCompletion(config: CompletionConfig | undefined, counts: CompletionCounts): CompletionDecision {
  if (isToleranceExceeded(config ?? {}, counts)) return { done: true, reason: "FAILURE_TOLERANCE_EXCEEDED" };
  if (counts.succeeded + counts.failed >= counts.total) return { done: true, reason: "ALL_COMPLETED" };
  if (isEnough(config ?? {}, counts)) return { done: true, reason: "MIN_SUCCESSFUL_REACHED" };
  return { done: false };
}

function isToleranceExceeded(config: CompletionConfig, { failed, total }: CompletionCounts): boolean {
  const { toleratedFailureCount, toleratedFailurePercentage } = config;
  if (failed === 0) return false;
  if (isFailFast(config)) return true;
  if (toleratedFailureCount !== undefined && failed > toleratedFailureCount) return true;
  // Not failed / total * 100: 7 of 100 would be 7.000000000000001 percent.
  return toleratedFailurePercentage !== undefined && failed * 100 > toleratedFailurePercentage * total;
}

function isFailFast(config: CompletionConfig): boolean {
  return Object.values(config).every((criterion) => criterion === undefined);
}

function isEnough(config: CompletionConfig, counts: CompletionCounts): boolean {
  const { minSuccessful, shouldComplete } = config;
  if (minSuccessful !== undefined && counts.succeeded >= minSuccessful) return true;
  // Not before anything ended: a batch that is over must have been one.
  return counts.succeeded + counts.failed > 0 && shouldComplete?.(counts) === true;
}

export interface BatchItem<T> {
  readonly index: number;
  readonly name: string;
  /** STARTED: the batch was over before this branch was. */
  readonly status: "SUCCEEDED" | "FAILED" | "STARTED";
  readonly result?: T;
  readonly error?: Error;
}

/** The branches that were started, in their order, whatever the order in which they ended. */
export class BatchResult<T> {
  readonly all: readonly BatchItem<T>[];
  readonly completionReason: CompletionReason;
  constructor(all: readonly BatchItem<T>[], completionReason: CompletionReason) {
    this.all = all.toSorted((a, b) => a.index - b.index);
    this.completionReason = completionReason;
  }

  succeeded(): (BatchItem<T> & { readonly status: "SUCCEEDED" })[] {
    return this.#withStatus("SUCCEEDED");
  }
  failed(): (BatchItem<T> & { readonly status: "FAILED" })[] {
    return this.#withStatus("FAILED");
  }
  started(): (BatchItem<T> & { readonly status: "STARTED" })[] {
    return this.#withStatus("STARTED");
  }

  /** Results of the branches that succeeded, also where a result is `undefined`. */
  getResults(): T[] {
    return this.succeeded().map((item) => item.result as T);
  }
  getErrors(): Error[] {
    return this.failed().flatMap((item) => item.error ?? []);
  }
  /** Throws the error of the first branch (by index) that failed. */
  throwIfError(): void {
    const [first] = this.getErrors();
    if (first !== undefined) throw first;
  }

  get hasFailure(): boolean {
    return this.failureCount > 0;
  }
  /**
   * FAILED as soon as one branch failed, also within the tolerance: it says nothing about why the batch was over. For that
   * look at `completionReason`, or set `throwOnFailure`.
   */
  get status(): "SUCCEEDED" | "FAILED" {
    return this.hasFailure ? "FAILED" : "SUCCEEDED";
  }
  get successCount(): number {
    return this.succeeded().length;
  }
  get failureCount(): number {
    return this.failed().length;
  }
  get startedCount(): number {
    return this.started().length;
  }
  /** Branches that were started, not all there were. */
  get totalCount(): number {
    return this.all.length;
  }

  #withStatus<S extends BatchItem<T>["status"]>(status: S): (BatchItem<T> & { readonly status: S })[] {
    return this.all.filter((item): item is BatchItem<T> & { readonly status: S } => item.status === status);
  }
}
