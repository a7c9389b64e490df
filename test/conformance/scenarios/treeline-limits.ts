/** How deep, how often, how late, how many: depth, recursion, start delay, tolerance over children, patches. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf, rootCause } from "./treeline-errors.ts";

/** Calls itself with another input each time, so only the depth can end it. */
function deeper(name: string, maxDepth?: number): Workflow<number, number> {
  const self: Workflow<number, number> = workflow(
    { name, ...(maxDepth !== undefined && { maxDepth }) },
    async (ctx, n: number): Promise<number> => ctx.execute(self, n + 1, { name: "deeper" }),
  );
  return self;
}

/** Executions at depths 0 to 3 run; the one that asks for depth 4 fails, and its parents with it. */
function depthOfTheEngine(): Scenario {
  const id = "depth-engine";
  const levels = ["/", "/deeper", "/deeper/deeper", "/deeper/deeper/deeper"];
  return {
    id,
    rows: ["D8", "field:1.1"],
    title: "the engine's depth limit fails the execution that breaks it, and names the chain",
    workflows: [deeper(`${id}.root`)],
    start: [{ workflow: `${id}.root`, input: 0 }],
    engine: { maxDepth: 3 },
    expect: {
      status: "FAILED",
      tree: {
        ...Object.fromEntries(levels.map((path, depth) => [path, { status: "FAILED", depth }])),
        "/deeper/deeper/deeper": {
          status: "FAILED",
          depth: 3,
          error: { type: "LimitError", code: "depth_exceeded", message: /depth-engine\.root\/deeper\/deeper\/deeper/ },
        },
      },
      exact: true,
    },
  };
}

function depthOfTheWorkflow(): Scenario {
  const id = "depth-workflow";
  const low = deeper(`${id}.low`, 2);
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const error = await caught(() => ctx.execute(low, 0, { name: "low" }));
    return { types: chain(error), code: codeOf(rootCause(error)) };
  });
  return {
    id,
    rows: ["D8"],
    title: "a workflow may say how deep it may still run; the limit is an error like any other",
    workflows: [root, low],
    start: [{ workflow: `${id}.root` }],
    expect: {
      status: "SUCCEEDED",
      output: { types: ["ChildExecutionError", "ChildExecutionError", "LimitError"], code: "depth_exceeded" },
      tree: {
        "/": { status: "SUCCEEDED", depth: 0 },
        "/low": { status: "FAILED", depth: 1 },
        "/low/deeper": { status: "FAILED", depth: 2 },
      },
      exact: true,
    },
  };
}

/** a → b → a with the same input: would go round for ever. */
function roundInCircles(allow: "no" | "call" | "definition"): Scenario {
  const id = `recursion-${allow}`;
  const options = allow === "call" ? { allowRecursion: true } : {};
  const b: Workflow<{ case: number }, string> = workflow(
    { name: `${id}.b` },
    async (ctx, input: { case: number }): Promise<string> => ctx.execute(a, input, { name: "a", ...options }),
  );
  const a: Workflow<{ case: number }, string> = workflow(
    { name: `${id}.a`, ...(allow === "definition" && { allowRecursion: true }) },
    async (ctx, input: { case: number }): Promise<string> => {
      if (ctx.lineage.depth >= 2) return `at depth ${ctx.lineage.depth}`;
      return ctx.execute(b, input, { name: "b" });
    },
  );
  const start = [{ workflow: `${id}.a`, input: { case: 1 } }];
  if (allow !== "no") {
    return {
      id,
      rows: ["D8", "D16"],
      title: `the same workflow with the same input may stand among its ancestors when the ${allow} says so`,
      workflows: [a, b],
      start,
      expect: { status: "SUCCEEDED", output: "at depth 2", tree: { "/b/a": { status: "SUCCEEDED", depth: 2 } } },
    };
  }
  const refusal = {
    type: "LimitError",
    code: "recursion_refused",
    message: /recursion-no\.a\/b\/.*recursion-no\.a/s,
  };
  return {
    id,
    rows: ["D8", "field:1.1"],
    title: "a child whose workflow and input stand among its ancestors is refused, naming the chain",
    workflows: [a, b],
    start,
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: refusal },
      tree: { "/": { status: "FAILED" }, "/b": { status: "FAILED", error: refusal } },
      exact: true,
    },
  };
}

function recursionWithOtherInput(): Scenario {
  const factorial: Workflow<number, number> = workflow(
    { name: "recursion-other.factorial" },
    async (ctx, n: number): Promise<number> =>
      n <= 1 ? 1 : n * (await ctx.execute(factorial, n - 1, { name: "less" })),
  );
  return {
    id: "recursion-other",
    rows: ["D8"],
    title: "a workflow may call itself with another input",
    workflows: [factorial],
    start: [{ workflow: "recursion-other.factorial", input: 5 }],
    expect: {
      status: "SUCCEEDED",
      output: 120,
      tree: { "/less/less/less/less": { status: "SUCCEEDED", output: 1, depth: 4 } },
    },
  };
}

/** Equal inputs of siblings are no recursion. */
function sameInputBesides(): Scenario {
  const child = workflow({ name: "recursion-siblings.child" }, (_ctx, input: { n: number }) => input.n);
  const root = workflow({ name: "recursion-siblings.root" }, (ctx) =>
    ctx.promise.all([1, 1, 1].map((n) => ctx.execute(child, { n }, { name: "child" }))),
  );
  return {
    id: "recursion-siblings",
    rows: ["D8"],
    title: "siblings may have the same workflow and input",
    workflows: [root, child],
    start: [{ workflow: "recursion-siblings.root" }],
    expect: { status: "SUCCEEDED", output: [1, 1, 1] },
  };
}

function startDelay(): Scenario {
  const child = workflow({ name: "delay.child" }, async (ctx) => {
    await ctx.step("work", () => true);
    return ctx.now().getTime();
  });
  const root = workflow({ name: "delay.root" }, async (ctx) => {
    const begun = ctx.now().getTime();
    const handle = await ctx.start(child, null, { name: "later", startDelay: units(4) });
    await ctx.step("meanwhile", () => true);
    const now = await ctx.execute(child, null, { name: "now" });
    const later = await handle.result();
    return { later: later - begun >= units(4), before: now < later };
  });
  return {
    id: "delay",
    rows: ["D8", "field:1.1"],
    title: "a child with a start delay is there at once and runs later",
    workflows: [root, child],
    start: [{ workflow: "delay.root" }],
    expect: { status: "SUCCEEDED", output: { later: true, before: true } },
  };
}

function delayedAndStopped(how: "cancel" | "stop"): Scenario {
  const id = `delay-${how}`;
  const child = workflow({ name: `${id}.child` }, (ctx) => ctx.step("work", () => "ran"));
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child", startDelay: units(60) });
    await ctx.wait(units(1));
    await handle[how]();
    return (await handle.outcome()).status;
  });
  return {
    id,
    rows: ["D8", "M27"],
    title: `${how} ends a child in its start delay; it never runs`,
    workflows: [root, child],
    start: [{ workflow: `${id}.root` }],
    expect: {
      status: "SUCCEEDED",
      output: how === "cancel" ? "CANCELLED" : "STOPPED",
      noEvents: [{ type: "operation.started", path: "/child" }],
    },
  };
}

function tolerance(tolerated: number | undefined, minSuccessful?: number): Scenario {
  const id = `tolerance-${tolerated ?? "none"}-${minSuccessful ?? "all"}`;
  const child = workflow({ name: `${id}.child` }, (_ctx, n: number) => {
    if (n % 2 === 1) throw new Error(`no. ${n}`);
    return n;
  });
  const completion = {
    ...(tolerated !== undefined && { toleratedFailureCount: tolerated }),
    ...(minSuccessful !== undefined && { minSuccessful }),
  };
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    // One after the other, so that it is certain who was started.
    const batch = await ctx.executeAll(child, [0, 1, 2, 3, 4], { maxConcurrency: 1, completion });
    return {
      reason: batch.completionReason,
      results: batch.getResults(),
      errors: batch.getErrors().map(chain),
      thrown: chain(await caught(() => batch.throwIfError())),
    };
  });
  const failure = ["ChildExecutionError", "Error"];
  const expected =
    minSuccessful !== undefined
      ? { reason: "MIN_SUCCESSFUL_REACHED", results: [0, 2], errors: [failure], thrown: failure }
      : tolerated === undefined
        ? { reason: "FAILURE_TOLERANCE_EXCEEDED", results: [0], errors: [failure], thrown: failure }
        : tolerated === 1
          ? { reason: "FAILURE_TOLERANCE_EXCEEDED", results: [0, 2], errors: [failure, failure], thrown: failure }
          : { reason: "ALL_COMPLETED", results: [0, 2, 4], errors: [failure, failure], thrown: failure };
  return {
    id,
    rows: ["field:1.3", "M14"],
    title: `executeAll, ${tolerated ?? "no"} failures tolerated, ${minSuccessful ?? "all"} wanted: ${expected.reason}`,
    workflows: [root, child],
    start: [{ workflow: `${id}.root` }],
    expect: { status: "SUCCEEDED", output: expected },
  };
}

function patchedCode(): Scenario {
  const root = workflow({ name: "patched.root" }, async (ctx) => {
    const before = ctx.patched("fee");
    await ctx.wait(units(1));
    const after = ctx.patched("fee");
    await ctx.step("work", () => true);
    return { before, after, other: ctx.patched("other") };
  });
  return {
    id: "patched",
    rows: ["D7"],
    title: "an execution that begins with the change sees it, at each of its points, and remembers",
    workflows: [root],
    start: [{ workflow: "patched.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { before: true, after: true, other: true },
      events: [
        { type: "patch.marked", path: "/", name: "fee" },
        { type: "patch.marked", path: "/", name: "other" },
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  depthOfTheEngine(),
  depthOfTheWorkflow(),
  roundInCircles("no"),
  roundInCircles("call"),
  roundInCircles("definition"),
  recursionWithOtherInput(),
  sameInputBesides(),
  startDelay(),
  delayedAndStopped("cancel"),
  delayedAndStopped("stop"),
  tolerance(undefined),
  tolerance(1),
  tolerance(2),
  tolerance(undefined, 2),
  patchedCode(),
];
