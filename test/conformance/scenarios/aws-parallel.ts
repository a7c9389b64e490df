/** AWS's requirements for parallel branches, 8-1 to 8-22. One at a time where the order matters. 8-15 is a gap. */
import {
  batch,
  type BatchCall,
  broken,
  completions,
  counts,
  failedBranch,
  ok,
  oneByOne,
  succeededBranch,
} from "../expect-batches.ts";
import { context, step, wait } from "../expect-operations.ts";
import { requirement } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

const results: readonly Scenario[] = [
  requirement({
    id: "8-1",
    title: "two branches, each with a step",
    run: async (ctx) => {
      const tasks = ["task-1", "task-2"].map((name) => (branch: typeof ctx) => branch.step(name, () => name));
      return (await ctx.parallel("tasks", tasks, oneByOne)).getResults();
    },
    expect: {
      status: "SUCCEEDED",
      output: ["task-1", "task-2"],
      operations: [
        context("tasks", { scope: "" }),
        succeededBranch("tasks"),
        step("task-1", { result: "task-1" }),
        succeededBranch("tasks"),
        step("task-2", { result: "task-2" }),
      ],
    },
  }),
  requirement({
    id: "8-2",
    title: "needs no name",
    run: async (ctx) => (await ctx.parallel([ok("alpha"), ok("beta")], oneByOne)).getResults(),
    expect: {
      status: "SUCCEEDED",
      output: ["alpha", "beta"],
      operations: [context(), context(undefined, { result: "alpha" }), context(undefined, { result: "beta" })],
    },
  }),
  requirement({
    id: "8-3",
    title: "branches have the names they are given",
    run: async (ctx) => {
      const branches = [
        { name: "first", run: ok("one") },
        { name: "second", run: ok("two") },
      ];
      return (await ctx.parallel("named", branches, oneByOne)).getResults();
    },
    expect: {
      status: "SUCCEEDED",
      output: ["one", "two"],
      operations: [context("named"), context("first", { scope: "named" }), context("second", { scope: "named" })],
    },
  }),
  requirement({
    id: "8-4",
    title: "branches return values of different types",
    run: async (ctx) =>
      (await ctx.parallel<unknown>("mixed", [ok("hello"), ok(42), ok({ k: "v" })], oneByOne)).getResults(),
    expect: {
      status: "SUCCEEDED",
      output: ["hello", 42, { k: "v" }],
      operations: batch("mixed", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"),
    },
  }),
  requirement({
    id: "8-5",
    title: "no branches: it is over at once",
    run: async (ctx) => {
      const result = await ctx.parallel("empty", []);
      return { results: result.getResults(), ...counts(result) };
    },
    expect: {
      status: "SUCCEEDED",
      output: {
        results: [],
        completionReason: "ALL_COMPLETED",
        status: "SUCCEEDED",
        successCount: 0,
        failureCount: 0,
        totalCount: 0,
      },
      operations: [context("empty")],
    },
  }),
  requirement({
    id: "8-11",
    title: "results come in the order of the branches, whichever ends first",
    run: async (ctx) => {
      const branches = [0, 1, 2].map((index) => async (branch: typeof ctx) => {
        await branch.wait(units(3 - index));
        return `r${index}`;
      });
      return (await ctx.parallel("reversed", branches)).getResults();
    },
    expect: { status: "SUCCEEDED", output: ["r0", "r1", "r2"], someOperations: [context("reversed")] },
  }),
  requirement({
    id: "8-12",
    title: "FLAT: no record for a branch",
    run: async (ctx) => {
      const branches = ["fa", "fb"].map((name) => (branch: typeof ctx) => branch.step(name, () => name));
      return (await ctx.parallel("flat", branches, { ...oneByOne, nesting: "FLAT" })).getResults();
    },
    expect: { status: "SUCCEEDED", output: ["fa", "fb"], operations: [context("flat"), step("fa"), step("fb")] },
  }),
  requirement({
    id: "8-14",
    title: "one branch waits; the one that has ended is not run again",
    run: async (ctx) => {
      const result = await ctx.parallel(
        "half",
        [
          (branch) => branch.step("fast", () => "b0"),
          async (branch) => {
            await branch.wait("slow", units(1));
            return "b1";
          },
        ],
        oneByOne,
      );
      return result.getResults();
    },
    expect: {
      status: "SUCCEEDED",
      output: ["b0", "b1"],
      operations: [
        context("half"),
        succeededBranch("half"),
        step("fast", { attempts: 1 }),
        succeededBranch("half"),
        wait("slow"),
      ],
    },
  }),
  requirement({
    id: "8-21",
    title: "a branch has branches of its own",
    run: async (ctx) => {
      const inner = ["i1", "i2"].map((name) => (branch: typeof ctx) => branch.step(name, () => name));
      const outer = async (branch: typeof ctx) => (await branch.parallel("inner", inner, oneByOne)).getResults();
      return (await ctx.parallel("outer", [{ name: "only", run: outer }], oneByOne)).getResults();
    },
    expect: {
      status: "SUCCEEDED",
      output: [["i1", "i2"]],
      operations: [
        context("outer", { scope: "" }),
        context("only", { scope: "outer" }),
        context("inner", { scope: "outer/only" }),
        succeededBranch("outer/only/inner"),
        step("i1"),
        succeededBranch("outer/only/inner"),
        step("i2"),
      ],
    },
  }),
];

const run: BatchCall = (ctx, name, branches, options) =>
  ctx.parallel(
    name,
    branches.map((branch) => (branch === "-" ? broken : ok(branch))),
    options,
  );

const completion: readonly Scenario[] = completions(run, [
  {
    id: "8-6",
    title: "fail-fast: the first failure ends it, and the rest is not started",
    branches: "+-+",
    completion: { toleratedFailureCount: 0 },
    ran: "+-",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    id: "8-6-default",
    title: "without a criterion the first failure ends it, too",
    branches: "+-+",
    ran: "+-",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    id: "8-8",
    title: "ends early once enough branches have succeeded",
    branches: "++++",
    completion: { minSuccessful: 2 },
    ran: "++",
    reason: "MIN_SUCCESSFUL_REACHED",
  },
  {
    id: "8-9",
    title: "a failure that is tolerated stops nothing",
    branches: "+-+",
    completion: { toleratedFailureCount: 1 },
    ran: "+-+",
    reason: "ALL_COMPLETED",
  },
  {
    id: "8-10",
    title: "one failure more than is tolerated ends it",
    branches: "--+",
    completion: { toleratedFailureCount: 1 },
    ran: "--",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    id: "8-13",
    title: "a greater share of failures than is tolerated ends it",
    branches: "--++",
    completion: { toleratedFailurePercentage: 25 },
    ran: "--",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    id: "8-16",
    title: "all branches fail, and all failures are tolerated",
    branches: "---",
    completion: { toleratedFailureCount: 3 },
    ran: "---",
    reason: "ALL_COMPLETED",
  },
  {
    id: "8-17",
    title: "never enough successes: all branches run",
    branches: "+-+",
    completion: { minSuccessful: 3 },
    ran: "+-+",
    reason: "ALL_COMPLETED",
  },
  {
    id: "8-18",
    title: "two criteria: what is met first ends it",
    branches: "--++",
    completion: { minSuccessful: 3, toleratedFailureCount: 1 },
    ran: "--",
    reason: "FAILURE_TOLERANCE_EXCEEDED",
  },
  {
    id: "8-22",
    title: "exactly the tolerated share of failures stops nothing",
    branches: "-+++",
    completion: { toleratedFailurePercentage: 25 },
    ran: "-+++",
    reason: "ALL_COMPLETED",
  },
]);

const rest: readonly Scenario[] = [
  requirement({
    id: "8-7",
    title: "its result throws the failure of a branch again",
    run: async (ctx) => {
      const result = await ctx.parallel("throwing", [broken, ok("never")], {
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
  requirement({
    id: "8-19",
    title: "a concurrency of 0 is refused",
    run: (ctx) => ctx.parallel("invalid", [ok("never")], { maxConcurrency: 0 }),
    expect: { status: "FAILED", error: { code: "invalid_argument" }, operations: [] },
  }),
  requirement({
    id: "8-20",
    title: "its result tells successes and failures apart",
    run: async (ctx) => {
      const result = await ctx.parallel("accessors", [ok("a"), broken, ok("c")], {
        ...oneByOne,
        completion: { toleratedFailureCount: 1 },
      });
      return {
        hasFailure: result.hasFailure,
        succeeded: result.succeeded().map(({ index }) => index),
        failed: result.failed().map(({ index }) => index),
        errors: result.getErrors().length,
      };
    },
    expect: {
      status: "SUCCEEDED",
      output: { hasFailure: true, succeeded: [0, 2], failed: [1], errors: 1 },
      operations: [
        context("accessors"),
        succeededBranch("accessors"),
        failedBranch("accessors"),
        succeededBranch("accessors"),
      ],
    },
  }),
];

export const scenarios: readonly Scenario[] = [...results, ...completion, ...rest];
