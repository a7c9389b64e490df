/** M14: many children at once. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, rootCause } from "./treeline-errors.ts";

/** The first can only end once the last has run: nobody could do them one after the other. */
function allAtOnce(): Scenario {
  const child = workflow({ name: "M14.child" }, async (ctx, n: number) => {
    if (n === 0) await ctx.waitForSignal("released");
    return n * n;
  });
  const parent = workflow({ name: "M14.parent" }, (ctx) =>
    ctx.promise.all([0, 1, 2, 3, 4].map((n) => ctx.execute(child, n, { name: `child-${n}` }))),
  );
  return {
    id: "M14",
    rows: ["M14"],
    title: "children run at the same time; results come in the order of the arguments",
    workflows: [parent, child],
    start: [{ workflow: "M14.parent" }],
    script: [
      { when: { path: "/child-4", status: "SUCCEEDED" }, do: { kind: "signal", path: "/child-0", name: "released" } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: [0, 1, 4, 9, 16],
      events: [
        { type: "execution.succeeded", path: "/child-4" },
        { type: "execution.succeeded", path: "/child-0" },
      ],
    },
  };
}

function oneFails(): Scenario {
  const child = workflow({ name: "M14-one-fails.child" }, async (ctx, n: number) => {
    if (n === 1) {
      await ctx.waitForSignal("fail");
      throw new Error("no. 1 broke");
    }
    await ctx.wait("long", units(4));
    return n;
  });
  const parent = workflow({ name: "M14-one-fails.parent" }, async (ctx) => {
    const children = [0, 1, 2].map((n) => ctx.execute(child, n, { name: `child-${n}` }));
    const error = await caught(() => ctx.promise.all(children));
    // Like asyncio.gather: the others go on, and are still there.
    const [first, , last] = children;
    return { error: chain(error), because: (rootCause(error) as Error).message, rest: [await first, await last] };
  });
  return {
    id: "M14-one-fails",
    rows: ["M14"],
    title: "all fails with the first failure; the others go on and can be awaited still",
    workflows: [parent, child],
    start: [{ workflow: "M14-one-fails.parent" }],
    script: [{ when: { path: "/child-2", waitsFor: "long" }, do: { kind: "signal", path: "/child-1", name: "fail" } }],
    expect: {
      status: "SUCCEEDED",
      output: { error: ["ChildExecutionError", "Error"], because: "no. 1 broke", rest: [0, 2] },
      tree: {
        "/child-0": { status: "SUCCEEDED" },
        "/child-1": { status: "FAILED" },
        "/child-2": { status: "SUCCEEDED" },
      },
    },
  };
}

function allSettled(): Scenario {
  const child = workflow({ name: "M14-settled.child" }, (_ctx, n: number) => {
    if (n % 2 === 1) throw new Error(`no. ${n} broke`);
    return n;
  });
  const parent = workflow({ name: "M14-settled.parent" }, async (ctx) => {
    const results = await ctx.promise.allSettled(
      [0, 1, 2, 3].map((n) => ctx.execute(child, n, { name: `child-${n}` })),
    );
    return results.map((r) => (r.status === "fulfilled" ? r.value : (rootCause(r.reason) as Error).message));
  });
  return {
    id: "M14-settled",
    rows: ["M14"],
    title: "allSettled gathers results and failures in order",
    workflows: [parent, child],
    start: [{ workflow: "M14-settled.parent" }],
    expect: { status: "SUCCEEDED", output: [0, "no. 1 broke", 2, "no. 3 broke"] },
  };
}

function firstOfMany(): Scenario {
  const child = workflow({ name: "M14-race.child" }, async (ctx, n: number) => {
    await ctx.wait("lap", units(n));
    return n;
  });
  const failing = workflow({ name: "M14-race.failing" }, () => {
    throw new Error("false start");
  });
  const parent = workflow({ name: "M14-race.parent" }, async (ctx) => {
    const winner = await ctx.promise.race([60, 2].map((n) => ctx.execute(child, n, { name: `race-${n}` })));
    const any = await ctx.promise.any([
      ctx.execute(failing, null, { name: "any-fails" }).then(() => -1),
      ctx.execute(child, 1, { name: "any-1" }),
    ]);
    return { winner, any };
  });
  return {
    id: "M14-race",
    rows: ["M14"],
    title: "race and any take the first; losers keep running until their parent ends",
    workflows: [parent, child, failing],
    start: [{ workflow: "M14-race.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { winner: 2, any: 1 },
      tree: {
        "/race-2": { status: "SUCCEEDED" },
        "/race-60": { status: "STOPPED" },
        "/any-fails": { status: "FAILED" },
      },
    },
  };
}

function twoHundred(): Scenario {
  const child = workflow({ name: "M14-200.child" }, (_ctx, n: number) => n);
  const parent = workflow({ name: "M14-200.parent" }, async (ctx) => {
    const results = await ctx.promise.all(
      Array.from({ length: 200 }, (_, n) => ctx.execute(child, n, { name: "child" })),
    );
    return { inOrder: results.every((value, n) => value === n), count: results.length };
  });
  return {
    id: "M14-200",
    rows: ["M14"],
    title: "200 children",
    workflows: [parent, child],
    start: [{ workflow: "M14-200.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { inOrder: true, count: 200 },
      tree: {
        "/child": { status: "SUCCEEDED", output: 0 },
        "/child#2": { status: "SUCCEEDED", output: 1 },
        "/child#200": { status: "SUCCEEDED", output: 199 },
      },
    },
  };
}

function oneAfterTheOther(): Scenario {
  const child = workflow({ name: "M14-limit-1.child" }, async (ctx, n: number) => {
    await ctx.wait(units(3 - n));
    return n;
  });
  const parent = workflow({ name: "M14-limit-1.parent" }, async (ctx) => {
    const batch = await ctx.executeAll(child, [0, 1, 2], { maxConcurrency: 1, id: (_n, i) => `M14-limit-1-${i}` });
    return batch.getResults();
  });
  const ended = (n: number) => ({ type: "execution.succeeded", path: `id:M14-limit-1-${n}` }) as const;
  const started = (n: number) => ({ type: "execution.started", path: `id:M14-limit-1-${n}` }) as const;
  return {
    id: "M14-limit-1",
    rows: ["M14", "D22"],
    title: "with a concurrency of one, a child starts when the one before has ended",
    workflows: [parent, child],
    start: [{ workflow: "M14-limit-1.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: [0, 1, 2],
      events: [started(0), ended(0), started(1), ended(1), started(2), ended(2)],
    },
  };
}

/** 0 ends and makes room for 2, after which 1 is released: two slots, no fewer and no more needed. */
function twoAtOnce(): Scenario {
  const child = workflow({ name: "M14-limit-2.child" }, async (ctx, n: number) => {
    if (n === 0) await ctx.wait(units(1));
    if (n === 1) await ctx.waitForSignal("released");
    return n;
  });
  const parent = workflow({ name: "M14-limit-2.parent" }, async (ctx) => {
    const batch = await ctx.executeAll(child, [0, 1, 2], { maxConcurrency: 2, id: (_n, i) => `M14-limit-2-${i}` });
    return { results: batch.getResults(), reason: batch.completionReason };
  });
  return {
    id: "M14-limit-2",
    rows: ["M14", "D22"],
    title: "with a concurrency of two, the third child takes the place of the first that ends",
    workflows: [parent, child],
    start: [{ workflow: "M14-limit-2.parent" }],
    script: [
      {
        when: { path: "id:M14-limit-2-2", status: "SUCCEEDED" },
        do: { kind: "signal", path: "id:M14-limit-2-1", name: "released" },
      },
    ],
    expect: {
      status: "SUCCEEDED",
      output: { results: [0, 1, 2], reason: "ALL_COMPLETED" },
      events: [
        { type: "execution.succeeded", path: "id:M14-limit-2-0" },
        { type: "execution.started", path: "id:M14-limit-2-2" },
        { type: "execution.succeeded", path: "id:M14-limit-2-1" },
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  allAtOnce(),
  oneFails(),
  allSettled(),
  firstOfMany(),
  twoHundred(),
  oneAfterTheOther(),
  twoAtOnce(),
];
