/**
 * Batches: parallel, map and executeAll. One context for the batch, one per branch, results in the order given.
 * A batch that is decided early closes its unfinished branches: they are never answered again (kernel.md §5.4).
 */
import { nameOf } from "./children.ts";
import { runChildContext } from "./child-context.ts";
import {
  type BatchItem,
  BatchResult,
  type CompletionDecision,
  type CompletionReason,
  decideCompletion,
} from "./completion.ts";
import type { AnyWorkflow, BatchOptions, Branch, ExecuteAllOptions, MapOptions, WorkflowContext } from "./context.ts";
import { toError, toErrorObject } from "./error-object.ts";
import { BatchCompletionError } from "./errors.ts";
import type { ContextKind, MarkEntry } from "./journal.ts";
import type { Machine } from "./machine.ts";
import { AUTHOR_OPTIONS } from "./option-table.ts";
import { anything, check, listOf } from "./options.ts";
import { encode } from "./payload.ts";
import { Scope } from "./scope.ts";

/** Concurrent branches unless said otherwise (D22). */
const DEFAULT_CONCURRENCY = 100;

const aList = listOf(anything, "a list");

type Options = BatchOptions & { readonly sub: ContextKind };

interface Job<T> {
  readonly name: string;
  readonly run: (ctx: WorkflowContext) => Promise<T> | T;
}

export function parallel<T>(
  machine: Machine,
  scope: Scope,
  name: string,
  branches: readonly Branch<T>[],
  options: BatchOptions,
): Promise<BatchResult<T>> {
  check(AUTHOR_OPTIONS.Branches, branches ?? null, "ctx.parallel", name);
  const jobs = branches.map((branch, index) =>
    typeof branch === "function" ? { name: `branch-${index}`, run: branch } : { name: branch.name, run: branch.run },
  );
  return runBatch(machine, scope, name, jobs, {
    ...options,
    sub: "PARALLEL",
    maxConcurrency: options.maxConcurrency ?? Math.max(1, jobs.length),
  });
}

export function map<Item, T>(
  machine: Machine,
  scope: Scope,
  name: string,
  items: readonly Item[],
  fn: (ctx: WorkflowContext, item: Item, index: number) => Promise<T> | T,
  options: MapOptions<Item>,
): Promise<BatchResult<T>> {
  check(aList, items ?? null, "ctx.map", name);
  const jobs = items.map((item, index) => ({
    name: options.itemNamer?.(item, index) ?? `item-${index}`,
    run: (ctx: WorkflowContext) => fn(ctx, item, index),
  }));
  return runBatch(machine, scope, name, jobs, { ...options, sub: "MAP" });
}

/** Failure tolerance over child executions: branches are FLAT, each one child. */
export function executeAll<I>(
  machine: Machine,
  scope: Scope,
  workflow: AnyWorkflow,
  inputs: readonly I[],
  options: ExecuteAllOptions<I>,
): Promise<BatchResult<unknown>> {
  const target = nameOf(workflow).name;
  check(AUTHOR_OPTIONS.ExecuteAllOptions, options, "ctx.executeAll", target);
  check(aList, inputs ?? null, "ctx.executeAll", target);
  const { maxConcurrency, completion, nesting: _nesting, throwOnFailure, meta, id, name, ...child } = options;
  const label = name ?? target;
  const jobs = inputs.map((input, index) => ({
    name: `${label}-${index}`,
    run: (ctx: WorkflowContext) =>
      ctx.execute(workflow, input as never, { ...child, ...(id === undefined ? {} : { id: id(input, index) }) }),
  }));
  const batch = {
    sub: "EXECUTE_ALL" as const,
    ...(completion === undefined ? {} : { completion }),
    ...(meta === undefined ? {} : { meta }),
    ...(throwOnFailure === undefined ? {} : { throwOnFailure }),
  };
  return runBatch(machine, scope, `executeAll ${label}`, jobs, {
    ...batch,
    nesting: "FLAT",
    maxConcurrency: maxConcurrency ?? DEFAULT_CONCURRENCY,
  });
}

function runBatch<T>(
  machine: Machine,
  scope: Scope,
  name: string,
  jobs: readonly Job<T>[],
  options: Options,
): Promise<BatchResult<T>> {
  return new Batch(machine, scope, name, jobs, options).run();
}

class Batch<T> {
  readonly #machine: Machine;
  readonly #parent: Scope;
  readonly #name: string;
  readonly #jobs: readonly Job<T>[];
  readonly #options: Options;
  readonly #scope: Scope;
  readonly #branches: (Scope | undefined)[] = [];
  readonly #items: BatchItem<T>[];
  #next = 0;
  #running = 0;
  #succeeded = 0;
  #failed = 0;
  #decided = false;
  readonly #result = Promise.withResolvers<BatchResult<T>>();

  constructor(machine: Machine, parent: Scope, name: string, jobs: readonly Job<T>[], options: Options) {
    this.#machine = machine;
    this.#parent = parent;
    this.#name = name;
    this.#jobs = jobs;
    this.#options = options;
    const key = parent.keys.next("CONTEXT", name);
    if (parent.cancelled === undefined) machine.openContext(parent, key, name, options);
    this.#scope = new Scope(key, parent);
    this.#items = jobs.map((job, index) => ({ index, name: job.name, status: "STARTED" }));
  }

  run(): Promise<BatchResult<T>> {
    const cancelled = this.#parent.cancelled;
    if (cancelled !== undefined) {
      const refused = Promise.reject(cancelled);
      refused.catch(() => undefined);
      return refused;
    }
    this.#decide();
    this.#startMore();
    return this.#result.promise;
  }

  #startMore(): void {
    const limit = this.#options.maxConcurrency ?? DEFAULT_CONCURRENCY;
    while (!this.#decided && this.#running < limit && this.#next < this.#jobs.length) {
      this.#start(this.#next, this.#jobs[this.#next] as Job<T>);
      this.#next += 1;
    }
  }

  #start(index: number, job: Job<T>): void {
    this.#running += 1;
    const branch = runChildContext(this.#machine, this.#scope, job.name, job.run, {
      virtual: this.#options.nesting === "FLAT",
      merge: false,
      wrap: this.#options.nesting !== "FLAT",
      opened: (scope) => {
        this.#branches[index] = scope;
      },
    });
    branch.then(
      (result) => this.#ended(index, { index, name: job.name, status: "SUCCEEDED", result }),
      (error: unknown) => this.#ended(index, { index, name: job.name, status: "FAILED", error: toError(error) }),
    );
  }

  #ended(index: number, item: BatchItem<T>): void {
    if (this.#decided) return;
    this.#items[index] = item;
    this.#running -= 1;
    if (item.status === "SUCCEEDED") this.#succeeded += 1;
    else this.#failed += 1;
    this.#decide();
    this.#startMore();
  }

  #decide(): void {
    // Nobody is cut off in its cleanup because another was done with its own before.
    if (this.#scope.cancelled !== undefined && this.#running > 0) return;
    const counts = { succeeded: this.#succeeded, failed: this.#failed, total: this.#jobs.length };
    let decision: CompletionDecision;
    try {
      decision = decideCompletion(this.#options.completion, counts);
    } catch (error) {
      return this.#fail(error);
    }
    if (decision.done) this.#complete(decision.reason);
  }

  /** The author's own criterion threw. */
  #fail(error: unknown): void {
    this.#close();
    this.#throw(error);
  }

  #throw(error: unknown): void {
    this.#mark({ e: toErrorObject(error) });
    this.#result.promise.catch(() => undefined);
    this.#result.reject(error);
  }

  #complete(reason: CompletionReason): void {
    this.#close();
    // Branches that were never started are not part of the result (8-6).
    const items = this.#items.filter((item, index) => item.status !== "STARTED" || this.#branches[index] !== undefined);
    const result = new BatchResult<T>(items, reason);
    const isThrown = this.#options.throwOnFailure === true && reason === "FAILURE_TOLERANCE_EXCEEDED";
    if (isThrown) return this.#throw(failureOf(this.#name, result));
    this.#mark({ v: encode(summaryOf(result)) });
    this.#result.resolve(result);
  }

  #close(): void {
    this.#decided = true;
    this.#mergeStates();
    for (const [index, branch] of this.#branches.entries()) {
      if (branch !== undefined && this.#items[index]?.status === "STARTED")
        this.#machine.closeScope(branch, this.#scope);
    }
    this.#scope.leave();
  }

  /** In declaration order, whatever the order of ending (D13). */
  #mergeStates(): void {
    for (const [index, branch] of this.#branches.entries()) {
      if (branch !== undefined && this.#items[index]?.status !== "STARTED") {
        this.#machine.mergeState(this.#parent, branch.state.changes());
      }
    }
  }

  #mark(extra: Pick<MarkEntry, "v" | "e">): void {
    this.#machine.markAs(this.#parent, this.#scope.path, "CONTEXT_END", "", extra);
  }
}

function summaryOf({ completionReason, successCount, failureCount, totalCount }: BatchResult<unknown>) {
  return { completionReason, succeeded: successCount, failed: failureCount, total: totalCount };
}

function failureOf(name: string, result: BatchResult<unknown>): BatchCompletionError {
  const [cause] = result.getErrors();
  const counts = `${result.failureCount} of the ${result.totalCount} branches that were started failed`;
  const words = `batch ${name}: ${counts}, more than its completion tolerates; the first: ${cause?.message ?? ""}`;
  return new BatchCompletionError("batch_failed", words, { cause, data: summaryOf(result) });
}
