/** T20, T23: continue-as-new. Close policies over it: temporal-close-policy.ts. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario } from "../scenario.ts";

function oneLogicalChild(): Scenario {
  const child = workflow({ name: "T20.child" }, async (ctx, input: { left: number; ids: string[] }) => {
    const ids = [...input.ids, ctx.info.executionId];
    await ctx.wait(units(1));
    if (input.left > 0) return ctx.continueAsNew({ left: input.left - 1, ids });
    return { ids, generation: ctx.info.generation };
  });
  const parent = workflow({ name: "T20.parent" }, async (ctx) => {
    const handle = await ctx.start(child, { left: 2, ids: [] }, { name: "child" });
    const result = await handle.result();
    return { generation: result.generation, sameId: result.ids.map((id) => id === handle.executionId) };
  });
  return {
    id: "T20",
    rows: ["T20"],
    title: "a child that continues as new is one child to its parent; the result is the last generation's",
    workflows: [parent, child],
    start: [{ workflow: "T20.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { generation: 3, sameId: [true, true, true] },
      tree: { "/": { status: "SUCCEEDED" }, "/child": { status: "SUCCEEDED", generation: 3 } },
      exact: true,
      events: [
        { type: "execution.continued_as_new", path: "/child" },
        { type: "execution.started", path: "/child" },
        { type: "execution.continued_as_new", path: "/child" },
        { type: "execution.started", path: "/child" },
        { type: "execution.succeeded", path: "/child" },
      ],
    },
  };
}

function failsInItsLastGeneration(): Scenario {
  const child = workflow({ name: "T20-fails.child" }, async (ctx, turn: number) => {
    if (turn === 1) return ctx.continueAsNew(2);
    throw new Error(`turn ${turn}`);
  });
  const parent = workflow({ name: "T20-fails.parent" }, (ctx) => ctx.execute(child, 1, { name: "child" }));
  return {
    id: "T20-fails",
    rows: ["T20", "T11"],
    title: "a failure of the last generation is the child's failure",
    workflows: [parent, child],
    start: [{ workflow: "T20-fails.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: { type: "Error", message: "turn 2" } },
      tree: { "/child": { status: "FAILED", generation: 2 } },
    },
  };
}

/** Server #696: also with many generations behind it. */
function endOfTheParentFindsTheLatest(how: "stopped" | "ended"): Scenario {
  const id = `T20-${how}`;
  const child = workflow({ name: `${id}.child` }, async (ctx, left: number) => {
    if (left > 0) return ctx.continueAsNew(left - 1);
    await ctx.wait("long", units(60));
    return "too late";
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    await ctx.start(child, 20, { name: "child", parentClosePolicy: "terminate" });
    await ctx.waitForSignal("end");
    return "gone";
  });
  return {
    id,
    rows: ["T20", "T18"],
    title: `terminate reaches the 21st generation of a child (the parent ${how})`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    script: [
      {
        when: { path: "/child", waitsFor: "long" },
        do: how === "stopped" ? { kind: "stop", path: "/" } : { kind: "signal", path: "/", name: "end" },
      },
    ],
    expect: {
      status: how === "stopped" ? "STOPPED" : "SUCCEEDED",
      tree: { "/child": { status: "STOPPED", generation: 21 } },
    },
  };
}

function messagesReachTheLatest(): Scenario {
  const child = workflow({ name: "T20-signals.child" }, async (ctx, seen: unknown[]) => {
    const item = await ctx.waitForSignal<number>("item");
    if (seen.length < 2) return ctx.continueAsNew([...seen, item]);
    return [...seen, item, ctx.info.generation];
  });
  const parent = workflow({ name: "T20-signals.parent" }, async (ctx) => {
    const handle = await ctx.start(child, [], { name: "child" });
    // The first generation reads one; the others wait, unread, for the next ones.
    await handle.signal("item", 1);
    await handle.signal("item", 2);
    await ctx.wait(units(2));
    await handle.signal("item", 3);
    return handle.result();
  });
  return {
    id: "T20-signals",
    rows: ["T20", "T21", "D8"],
    title: "signals to the id reach the latest generation; unread ones are carried over, in order",
    workflows: [parent, child],
    start: [{ workflow: "T20-signals.parent" }],
    expect: { status: "SUCCEEDED", output: [1, 2, 3, 3], tree: { "/child": { status: "SUCCEEDED", generation: 3 } } },
  };
}

function cancelReachesTheLatest(): Scenario {
  const child = workflow({ name: "T20-cancel.child" }, async (ctx, turn: number) => {
    if (turn === 1) return ctx.continueAsNew(2);
    await ctx.wait("long", units(60));
    return "too late";
  });
  const parent = workflow({ name: "T20-cancel.parent" }, (ctx) => ctx.execute(child, 1, { name: "child" }));
  return {
    id: "T20-cancel",
    rows: ["T20", "T06"],
    title: "a cancel of the parent reaches the latest generation of the child that it awaits",
    workflows: [parent, child],
    start: [{ workflow: "T20-cancel.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "CANCELLED", tree: { "/child": { status: "CANCELLED", generation: 2 } } },
  };
}

const place = (ctx: WorkflowContext) => ({
  id: ctx.info.executionId,
  parentId: ctx.lineage.parentId,
  rootId: ctx.lineage.rootId,
  depth: ctx.lineage.depth,
});

function lineageSurvives(): Scenario {
  const leaf = workflow({ name: "T23.leaf" }, place);
  const child = workflow({ name: "T23.child" }, async (ctx, turn: number) => {
    if (turn === 1) return ctx.continueAsNew(2);
    return { ...place(ctx), leaf: await ctx.execute(leaf, null, { name: "leaf" }) };
  });
  const parent = workflow({ name: "T23.parent" }, async (ctx, first: ReturnType<typeof place> | null) => {
    const own = place(ctx);
    if (first === null) return ctx.continueAsNew(own);
    const below = await ctx.execute(child, 1, { name: "child" });
    return {
      root: own.id === first.id && own.rootId === own.id && own.parentId === undefined,
      child: below.parentId === own.id && below.rootId === own.id && below.depth === 1,
      leaf: below.leaf.parentId === below.id && below.leaf.rootId === own.id && below.leaf.depth === 2,
    };
  });
  return {
    id: "T23",
    rows: ["T23", "M21"],
    title: "parent, root and depth survive continue-as-new, above and below",
    workflows: [parent, child, leaf],
    start: [{ workflow: "T23.parent", input: null }],
    expect: { status: "SUCCEEDED", output: { root: true, child: true, leaf: true } },
  };
}

function openChildIsKept(): Scenario {
  const child = workflow({ name: "T20-kept.child" }, async (ctx) => {
    await ctx.wait(units(3));
    return "kept";
  });
  const parent = workflow({ name: "T20-kept.parent" }, async (ctx, childId: string | null) => {
    if (childId !== null) return ctx.attach(childId).result();
    ctx.state.set("turns", 1);
    const handle = await ctx.start(child, null, { name: "child", parentClosePolicy: "terminate" });
    return ctx.continueAsNew(handle.executionId);
  });
  return {
    id: "T20-kept",
    rows: ["T20", "D8"],
    title: "a parent that continues as new keeps its open child and its state",
    workflows: [parent, child],
    start: [{ workflow: "T20-kept.parent", input: null }],
    expect: {
      status: "SUCCEEDED",
      output: "kept",
      state: { turns: 1 },
      tree: { "/": { status: "SUCCEEDED", generation: 2 }, "/child": { status: "SUCCEEDED" } },
    },
  };
}

/** Every second generation fails once: more failures in all than the policy allows for one generation. */
function attemptsOfEachGeneration(): Scenario {
  const daily = workflow(
    { name: "B5.daily", retry: { maxAttempts: 2, initialDelay: units(1), jitter: "NONE" } },
    async (ctx, day: number) => {
      const { attempt, generation } = ctx.info;
      if (day > 6) return { attempt, generation };
      if (day % 2 === 0 && attempt === 1) throw new Error(`hiccup on day ${day}`);
      return ctx.continueAsNew(day + 1);
    },
  );
  const parent = workflow({ name: "B5.parent" }, (ctx) => ctx.execute(daily, 1, { name: "daily" }));
  return {
    id: "B5",
    rows: ["fault:B5", "T18"],
    title: "fault:B5 attempts are counted anew in each generation that continueAsNew began",
    workflows: [parent, daily],
    start: [{ workflow: "B5.parent" }],
    expect: {
      status: "SUCCEEDED",
      // Seven days, and a retry on three of them.
      output: { attempt: 1, generation: 10 },
      tree: { "/daily": { status: "SUCCEEDED", generation: 10 } },
    },
  };
}

function attemptsOfOneGeneration(): Scenario {
  const daily = workflow(
    { name: "B5-spent.daily", retry: { maxAttempts: 2, initialDelay: units(1), jitter: "NONE" } },
    async (ctx, day: number) => {
      if (day === 2) throw new Error(`attempt ${ctx.info.attempt}`);
      return ctx.continueAsNew(day + 1);
    },
  );
  return {
    id: "B5-spent",
    rows: ["fault:B5"],
    title: "fault:B5 the policy still limits the attempts of one generation",
    workflows: [daily],
    start: [{ workflow: "B5-spent.daily", input: 1 }],
    expect: {
      status: "FAILED",
      error: { message: "attempt 2" },
      tree: { "/": { status: "FAILED", generation: 3 } },
    },
  };
}

export const scenarios: readonly Scenario[] = [
  attemptsOfEachGeneration(),
  attemptsOfOneGeneration(),
  oneLogicalChild(),
  failsInItsLastGeneration(),
  endOfTheParentFindsTheLatest("stopped"),
  endOfTheParentFindsTheLatest("ended"),
  messagesReachTheLatest(),
  cancelReachesTheLatest(),
  lineageSurvives(),
  openChildIsKept(),
];
