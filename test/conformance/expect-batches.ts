/** What scenarios of batches share: branches that succeed or fail, what a batch leaves, and how its result looks. */
import type { BatchResult, CompletionConfig, CompletionReason } from "../../lib/kernel/completion.ts";
import type { BatchOptions, WorkflowContext } from "../../lib/kernel/context.ts";
import { ApplicationError } from "../../lib/kernel/errors.ts";
import { context } from "./expect-operations.ts";
import { requirement } from "./runner-aws.ts";
import type { OperationExpectation, Scenario } from "./scenario.ts";

/** Branches one after the other, so that their order is known. */
export const oneByOne = { maxConcurrency: 1 } as const;

export function ok<T>(value: T): () => T {
  return () => value;
}

export function broken(): never {
  throw new ApplicationError("a branch failed", { type: "BranchError" });
}

/** As much of a batch's result as AWS's requirements look at. */
export function counts({ completionReason, status, successCount, failureCount, totalCount }: BatchResult<unknown>) {
  return { completionReason, status, successCount, failureCount, totalCount };
}

export function succeededBranch(batchScope: string): OperationExpectation {
  return context(undefined, { scope: batchScope });
}

export function failedBranch(batchScope: string): OperationExpectation {
  return context(undefined, { scope: batchScope, status: "FAILED" });
}

/** A batch at the top whose branches have no operations of their own. The batch itself always succeeds. */
export function batch(name: string, ...branches: ("SUCCEEDED" | "FAILED")[]): OperationExpectation[] {
  return [context(name, { scope: "" }), ...branches.map((status) => context(undefined, { scope: name, status }))];
}

// ---- when a batch is over ---------------------------------------------------------------------------------------

/** Branches are `+`, which succeeds, or `-`, which fails. */
export type BatchCall = (
  ctx: WorkflowContext,
  name: string,
  branches: readonly string[],
  options: BatchOptions,
) => Promise<BatchResult<unknown>>;

export interface CompletionCase {
  readonly id: string;
  readonly title: string;
  /** Those there are, e.g. `+-+`. */
  readonly branches: string;
  readonly completion?: CompletionConfig;
  /** Those that are started. */
  readonly ran: string;
  readonly reason: CompletionReason;
}

export function completions(run: BatchCall, cases: readonly CompletionCase[]): Scenario[] {
  return cases.map(({ id, title, branches, completion, ran, reason }) => {
    const statuses = ran.split("").map((branch) => (branch === "-" ? "FAILED" : "SUCCEEDED"));
    const failureCount = statuses.filter((status) => status === "FAILED").length;
    return requirement({
      id,
      title,
      run: async (ctx) =>
        counts(
          await run(ctx, "batch", branches.split(""), {
            ...oneByOne,
            ...(completion === undefined ? {} : { completion }),
          }),
        ),
      expect: {
        status: "SUCCEEDED",
        output: {
          completionReason: reason,
          status: failureCount > 0 ? "FAILED" : "SUCCEEDED",
          successCount: statuses.length - failureCount,
          failureCount,
          totalCount: statuses.length,
        },
        operations: batch("batch", ...statuses),
      },
    });
  });
}
