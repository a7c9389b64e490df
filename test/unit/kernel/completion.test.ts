import { describe, expect, it } from "vitest";
import {
  type BatchItem,
  BatchResult,
  type CompletionConfig,
  type CompletionReason,
  decideCompletion,
} from "../../../lib/kernel/completion.ts";
import { AUTHOR_OPTIONS } from "../../../lib/kernel/option-table.ts";
import { check } from "../../../lib/kernel/options.ts";

/** Branches one after the other (`s`ucceeds, `f`ails) until the batch is over. */
function run(config: CompletionConfig | undefined, branches: string): { ran: string; reason: CompletionReason } {
  let succeeded = 0;
  let failed = 0;
  for (let ended = 0; ; ended++) {
    const decision = decideCompletion(config, { succeeded, failed, total: branches.length });
    if (decision.done) return { ran: branches.slice(0, ended), reason: decision.reason };
    if (branches[ended] === "s") succeeded += 1;
    else failed += 1;
  }
}

describe("a batch is over", () => {
  const rows: [title: string, config: CompletionConfig | undefined, branches: string, ran: string, CompletionReason][] =
    [
      ["8-1 when all succeeded", undefined, "ss", "ss", "ALL_COMPLETED"],
      ["8-5, 9-4 at once when it is empty", undefined, "", "", "ALL_COMPLETED"],
      ["8-5 at once when it is empty, whatever is asked for", { minSuccessful: 1 }, "", "", "ALL_COMPLETED"],
      ["8-6 on the first failure", { toleratedFailureCount: 0 }, "sfs", "sf", "FAILURE_TOLERANCE_EXCEEDED"],
      ["8-7, 9-6 on the first failure", { toleratedFailureCount: 0 }, "fs", "f", "FAILURE_TOLERANCE_EXCEEDED"],
      ["on the first failure without a criterion", undefined, "sfs", "sf", "FAILURE_TOLERANCE_EXCEEDED"],
      ["on the first failure with an empty config", {}, "sfs", "sf", "FAILURE_TOLERANCE_EXCEEDED"],
      ["on the first failure with undefined criteria", undef(), "sfs", "sf", "FAILURE_TOLERANCE_EXCEEDED"],
      ["without a criterion, on a last failure too", undefined, "sf", "sf", "FAILURE_TOLERANCE_EXCEEDED"],
      ["8-8 when enough succeeded", { minSuccessful: 2 }, "sss", "ss", "MIN_SUCCESSFUL_REACHED"],
      ["8-9, 8-20 at the end of tolerated failures", { toleratedFailureCount: 1 }, "sfs", "sfs", "ALL_COMPLETED"],
      ["8-10 when too many failed", { toleratedFailureCount: 1 }, "ffs", "ff", "FAILURE_TOLERANCE_EXCEEDED"],
      ["8-13 when too great a share failed", { toleratedFailurePercentage: 25 }, "ffss", "ff", over()],
      ["8-16 at the end, when all failed and may", { toleratedFailureCount: 3 }, "fff", "fff", "ALL_COMPLETED"],
      ["8-17 at the end, when never enough succeed", { minSuccessful: 3 }, "sfs", "sfs", "ALL_COMPLETED"],
      ["8-18 by what comes first", { minSuccessful: 3, toleratedFailureCount: 1 }, "ffsss", "ff", over()],
      ["8-22 not by an equal share", { toleratedFailurePercentage: 25 }, "fsss", "fsss", "ALL_COMPLETED"],
      ["not by an equal share that floats", { toleratedFailurePercentage: 7 }, hundred(7), hundred(7), "ALL_COMPLETED"],
      ["by a failure of no tolerated share", { toleratedFailurePercentage: 0 }, "sfs", "sf", over()],
      ["as all completed, when the last one was enough", { minSuccessful: 2 }, "ss", "ss", "ALL_COMPLETED"],
      ["when the author says so", { shouldComplete: ({ failed }) => failed === 2 }, "ffs", "ff", enough()],
      ["not because of failures, when the author decides", { shouldComplete: () => false }, "ffs", "ffs", all()],
      ["not before anything ended", { shouldComplete: () => true }, "ss", "s", enough()],
    ];
  it.each(rows)("%s", (_title, config, branches, ran, reason) => {
    expect(run(config, branches)).toEqual({ ran, reason });
  });

  it("tells the author's function the counts", () => {
    let seen: unknown;
    decideCompletion(
      {
        shouldComplete: (counts) => {
          seen = counts;
          return false;
        },
      },
      { succeeded: 1, failed: 2, total: 5 },
    );
    expect(seen).toEqual({ succeeded: 1, failed: 2, total: 5 });
  });

  function undef(): CompletionConfig {
    return { minSuccessful: undefined, shouldComplete: undefined } as unknown as CompletionConfig;
  }
  function over(): CompletionReason {
    return "FAILURE_TOLERANCE_EXCEEDED";
  }
  function enough(): CompletionReason {
    return "MIN_SUCCESSFUL_REACHED";
  }
  function all(): CompletionReason {
    return "ALL_COMPLETED";
  }
  function hundred(failures: number): string {
    return "f".repeat(failures).padEnd(100, "s");
  }
});

describe("BatchResult", () => {
  const first = new Error("first");
  const second = new Error("second");
  const items: BatchItem<string | undefined>[] = [
    { index: 4, name: "e", status: "STARTED" },
    { index: 3, name: "d", status: "FAILED", error: second },
    { index: 1, name: "b", status: "FAILED", error: first },
    { index: 0, name: "a", status: "SUCCEEDED", result: "x" },
    { index: 2, name: "c", status: "SUCCEEDED", result: undefined },
  ];
  const mixed = new BatchResult(items, "ALL_COMPLETED");

  it("is in the order of the branches, not of their ends", () => {
    expect(mixed.all.map((item) => item.name)).toEqual(["a", "b", "c", "d", "e"]);
    expect(mixed.succeeded().map((item) => item.index)).toEqual([0, 2]);
    expect(mixed.failed().map((item) => item.index)).toEqual([1, 3]);
    expect(mixed.started().map((item) => item.index)).toEqual([4]);
    expect(items[0]?.index).toBe(4);
  });

  it("has results, undefined ones too, and errors", () => {
    expect(mixed.getResults()).toEqual(["x", undefined]);
    expect(mixed.getErrors()).toEqual([first, second]);
    expect(() => mixed.throwIfError()).toThrow(first);
  });

  it("counts", () => {
    expect(mixed).toMatchObject({
      successCount: 2,
      failureCount: 2,
      startedCount: 1,
      totalCount: 5,
      hasFailure: true,
      status: "FAILED",
      completionReason: "ALL_COMPLETED",
    });
  });

  it("without failures succeeded and throws nothing", () => {
    const good = new BatchResult(items.slice(3), "MIN_SUCCESSFUL_REACHED");
    expect(good).toMatchObject({ status: "SUCCEEDED", hasFailure: false, failureCount: 0 });
    expect(() => good.throwIfError()).not.toThrow();
  });
});

describe("the options of a batch", () => {
  it("may be anything that is right", () => {
    const options = {
      maxConcurrency: 1,
      completion: {
        minSuccessful: 1,
        toleratedFailureCount: 0,
        toleratedFailurePercentage: 100,
        shouldComplete: () => true,
      },
      nesting: "FLAT",
    };
    for (const right of [undefined, {}, options, { maxConcurrency: Number.POSITIVE_INFINITY }]) {
      expect(() => check(AUTHOR_OPTIONS.BatchOptions, right, "map orders")).not.toThrow();
    }
  });

  it.each<[string, object]>([
    ["maxConcurrency", { maxConcurrency: 0 }], // 8-19
    ["maxConcurrency", { maxConcurrency: -1 }],
    ["maxConcurrency", { maxConcurrency: 1.5 }],
    ["maxConcurrency", { maxConcurrency: Number.NaN }],
    ["maxConcurrency", { maxConcurrency: "5" }],
    ["minSuccessful", { completion: { minSuccessful: 0 } }],
    ["toleratedFailureCount", { completion: { toleratedFailureCount: -1 } }],
    ["toleratedFailurePercentage", { completion: { toleratedFailurePercentage: 101 } }],
    ["toleratedFailurePercentage", { completion: { toleratedFailurePercentage: "5" } }],
    ["shouldComplete", { completion: { shouldComplete: true } }],
    ["nesting", { nesting: "flat" }],
  ])("refuses a wrong %s", (field, options) => {
    const refuse = () => check(AUTHOR_OPTIONS.BatchOptions, options, "map orders");
    expect(refuse).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(refuse).toThrow(`${field} of map orders`);
  });
});
