/** AWS's requirements for maps, 9-1 to 9-20. One item at a time where the order matters. 9-14, 9-19, 9-20 are gaps. */
import { batch, type BatchCall, broken, completions, counts, oneByOne, succeededBranch } from "../expect-batches.ts";
import { context, step, wait } from "../expect-operations.ts";
import { requirement } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

/** Fails for items that say so, and returns the others. */
function passes(_ctx: unknown, item: string): string {
  return item === "fail" ? broken() : item;
}

const results: readonly Scenario[] = [
  requirement({
    id: "9-1",
    title: "two items, each with a step",
    run: async (ctx) =>
      (
        await ctx.map(
          "greetings",
          ["World", "Kiro"],
          (item, name) => item.step(`greet ${name}`, () => `Hello, ${name}!`),
          oneByOne,
        )
      ).getResults(),
    expect: {
      status: "SUCCEEDED",
      output: ["Hello, World!", "Hello, Kiro!"],
      operations: [
        context("greetings", { scope: "" }),
        succeededBranch("greetings"),
        step("greet World"),
        succeededBranch("greetings"),
        step("greet Kiro"),
      ],
    },
  }),
  requirement({
    id: "9-2",
    title: "needs no name",
    run: async (ctx) => (await ctx.map([1, 2], (_item, value) => value * 2, oneByOne)).getResults(),
    expect: {
      status: "SUCCEEDED",
      output: [2, 4],
      operations: [context(), context(undefined, { result: 2 }), context(undefined, { result: 4 })],
    },
  }),
  requirement({
    id: "9-3",
    title: "the function gets the item and its index",
    run: async (ctx) =>
      (await ctx.map("indexed", [10, 20, 30], (_item, value, index) => value + index, oneByOne)).getResults(),
    expect: {
      status: "SUCCEEDED",
      output: [10, 21, 32],
      operations: batch("indexed", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"),
    },
  }),
  requirement({
    id: "9-4",
    title: "no items: it is over at once",
    run: async (ctx) => (await ctx.map("empty", [], passes)).getResults(),
    expect: { status: "SUCCEEDED", output: [], operations: [context("empty")] },
  }),
  requirement({
    id: "9-11",
    title: "results come in the order of the items, whichever ends first",
    run: async (ctx) => {
      const result = await ctx.map("reversed", [3, 2, 1], async (item, pause, index) => {
        await item.wait(units(pause));
        return `r${index}`;
      });
      return result.getResults();
    },
    expect: { status: "SUCCEEDED", output: ["r0", "r1", "r2"], someOperations: [context("reversed")] },
  }),
  requirement({
    id: "9-12",
    title: "FLAT: no record for an item",
    run: async (ctx) =>
      (
        await ctx.map("flat", ["fa", "fb"], (item, name) => item.step(name, () => name), {
          ...oneByOne,
          nesting: "FLAT",
        })
      ).getResults(),
    expect: { status: "SUCCEEDED", output: ["fa", "fb"], operations: [context("flat"), step("fa"), step("fb")] },
  }),
  requirement({
    id: "9-13",
    title: "items have the names that the namer gives them",
    run: async (ctx) =>
      (
        await ctx.map("named", [1, 2], (_item, value) => value * 10, {
          ...oneByOne,
          itemNamer: (value, index) => `value-${value}-at-${index}`,
        })
      ).getResults(),
    expect: {
      status: "SUCCEEDED",
      output: [10, 20],
      operations: [
        context("named"),
        context("value-1-at-0", { scope: "named" }),
        context("value-2-at-1", { scope: "named" }),
      ],
    },
  }),
  requirement({
    id: "9-16",
    title: "results that are large together",
    run: async (ctx) => {
      const result = await ctx.map("large", ["a", "b", "c", "d"], (_item, letter) => letter.repeat(75_000), oneByOne);
      await ctx.wait(units(1));
      return {
        successCount: result.successCount,
        totalCount: result.totalCount,
        lengths: result.getResults().map(({ length }) => length),
      };
    },
    expect: {
      status: "SUCCEEDED",
      output: { successCount: 4, totalCount: 4, lengths: [75_000, 75_000, 75_000, 75_000] },
      operations: [...batch("large", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"), wait()],
    },
  }),
  requirement({
    id: "D1-batch",
    rows: ["D1"],
    title: "items return what JSON cannot hold, and it comes back as it was",
    run: async (ctx) => {
      const values = [new Map([["a", 1n]]), new Set(["b"]), new Date(0), undefined];
      const result = await ctx.map<unknown, unknown>("values", values, (_item, value) => value, oneByOne);
      await ctx.wait(units(1));
      return result.getResults();
    },
    expect: {
      status: "SUCCEEDED",
      output: [new Map([["a", 1n]]), new Set(["b"]), new Date(0), undefined],
      operations: [...batch("values", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"), wait()],
    },
  }),
];

const run: BatchCall = (ctx, name, branches, options) =>
  ctx.map(name, branches, (_item, branch) => (branch === "-" ? broken() : branch), options);

const completion: readonly Scenario[] = completions(run, [
  {
    id: "9-5",
    title: "fail-fast: the first failure ends it, and the rest is not started",
    branches: "+-+",
    completion: { toleratedFailureCount: 0 },
    ran: "+-",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    id: "9-7",
    title: "ends early once enough items have succeeded",
    branches: "++++",
    completion: { minSuccessful: 2 },
    ran: "++",
    reason: "MIN_SUCCESSFUL_REACHED",
  },
  {
    id: "9-8",
    title: "a failure that is tolerated stops nothing",
    branches: "+-+",
    completion: { toleratedFailureCount: 1 },
    ran: "+-+",
    reason: "ALL_COMPLETED",
  },
  {
    id: "9-9",
    title: "one failure more than is tolerated ends it",
    branches: "--+",
    completion: { toleratedFailureCount: 1 },
    ran: "--",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    id: "9-10",
    title: "a greater share of failures than is tolerated ends it",
    branches: "--++",
    completion: { toleratedFailurePercentage: 25 },
    ran: "--",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
]);

const failure: readonly Scenario[] = [
  requirement({
    id: "9-6",
    title: "its result throws the failure of an item again",
    run: async (ctx) => {
      const result = await ctx.map("throwing", ["fail", "never"], passes, {
        ...oneByOne,
        completion: { toleratedFailureCount: 0 },
      });
      result.throwIfError();
      return "not reached";
    },
    expect: {
      status: "FAILED",
      error: { type: "ChildContextError", cause: { type: "BranchError", message: "a branch failed" } },
      operations: batch("throwing", "FAILED"),
    },
  }),
];

const replay: readonly Scenario[] = [
  requirement({
    id: "9-15",
    title: "one item waits; the one that has ended is not run again",
    run: async (ctx) => {
      const result = await ctx.map(
        "half",
        [0, 1],
        async (item, value) => {
          if (value === 1) await item.wait("pause", units(1));
          return item.step(`work ${value}`, () => `r${value}`);
        },
        oneByOne,
      );
      return result.getResults();
    },
    expect: {
      status: "SUCCEEDED",
      output: ["r0", "r1"],
      operations: [
        context("half"),
        succeededBranch("half"),
        step("work 0", { attempts: 1 }),
        succeededBranch("half"),
        wait("pause"),
        step("work 1", { attempts: 1 }),
      ],
    },
  }),
  requirement({
    id: "9-17",
    title: "a map's result outlives a wait",
    run: async (ctx) => {
      const result = await ctx.map("letters", ["a", "b"], (_item, letter) => letter.toUpperCase(), oneByOne);
      await ctx.wait(units(1));
      return result.getResults();
    },
    expect: {
      status: "SUCCEEDED",
      output: ["A", "B"],
      operations: [...batch("letters", "SUCCEEDED", "SUCCEEDED"), wait()],
    },
  }),
  requirement({
    id: "9-18",
    title: "a map's failures outlive a wait",
    run: async (ctx) => {
      const result = await ctx.map("letters", ["ok", "fail"], passes, {
        ...oneByOne,
        completion: { toleratedFailureCount: 1 },
      });
      await ctx.wait(units(1));
      return counts(result);
    },
    expect: {
      status: "SUCCEEDED",
      output: { completionReason: "ALL_COMPLETED", status: "FAILED", successCount: 1, failureCount: 1, totalCount: 2 },
      operations: [...batch("letters", "SUCCEEDED", "FAILED"), wait()],
    },
  }),
];

export const scenarios: readonly Scenario[] = [...results, ...completion, ...failure, ...replay];
