/** Kernel rules (lib/kernel/INVARIANTS.md) that no requirement pins: each holds in silence, and breaks in silence. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { type Scenario, units } from "../scenario.ts";

/** Tells of every exception that `wait` meets, and of every end of it. */
async function guarded(ctx: WorkflowContext, name: string, wait: () => Promise<unknown>): Promise<unknown> {
  try {
    return await wait();
  } catch {
    ctx.emit(`${name} caught`);
    return undefined;
  } finally {
    ctx.emit(`${name} finally`);
  }
}

function waitsInsideOfTry(): Scenario {
  const child = workflow({ name: "suspended.child" }, async (ctx) => {
    await ctx.wait(units(2));
    return "born";
  });
  const root = workflow({ name: "suspended.root" }, async (ctx) => {
    await guarded(ctx, "wait", () => ctx.wait(units(1)));
    const results = [
      await guarded(ctx, "child", () => ctx.execute(child, null, { name: "child" })),
      await guarded(ctx, "signal", () => ctx.waitForSignal("go")),
      await guarded(ctx, "callback", () => ctx.createCallback("approval")[0]),
    ];
    return results;
  });
  const names = ["wait", "child", "signal", "callback"];
  return {
    id: "K6-try",
    rows: ["K6"],
    title: "waits inside of try, catch and finally: each ends once, and nothing was caught",
    workflows: [root, child],
    start: [{ workflow: "suspended.root" }],
    script: [
      { when: { path: "/", waitsFor: "go" }, do: { kind: "signal", path: "/", name: "go", payload: "went" } },
      {
        when: { path: "/", waitsFor: "approval" },
        do: { kind: "callback", path: "/", name: "approval", succeed: "yes" },
      },
    ],
    expect: {
      status: "SUCCEEDED",
      output: ["born", "went", "yes"],
      events: names.map((name) => ({ type: "custom", name: `${name} finally` })),
      noEvents: names.map((name) => ({ type: "custom", name: `${name} caught` })),
    },
  };
}

/** One waits when its batch ends without it; one asks for something after that, and is refused. */
function branchThatIsLeft(): Scenario {
  const late = async (): Promise<void> => {
    for (let n = 0; n < 100; n += 1) await Promise.resolve();
  };
  const root = workflow({ name: "left.root" }, async (ctx) => {
    const batch = await ctx.parallel(
      "race",
      [
        async () => "first",
        (branch: WorkflowContext) => guarded(ctx, "waiting", () => branch.wait(units(5))),
        async (branch: WorkflowContext) => {
          await late();
          return guarded(ctx, "late", () => branch.step("too late", () => 1));
        },
      ],
      { completion: { minSuccessful: 1 } },
    );
    await ctx.wait(units(10));
    return batch.successCount;
  });
  return {
    id: "K6-branch",
    rows: ["K6", "fault:B2"],
    title: "a branch that waits when its batch ends without it catches nothing; one that asks for more is refused",
    workflows: [root],
    start: [{ workflow: "left.root" }],
    expect: {
      status: "SUCCEEDED",
      output: 1,
      operations: [
        { kind: "CONTEXT", name: "race", status: "SUCCEEDED" },
        { kind: "CONTEXT", name: "branch-0", status: "SUCCEEDED" },
        { kind: "CONTEXT", name: "branch-1", status: "DROPPED" },
        { kind: "WAIT", name: "wait", status: "DROPPED" },
        { kind: "CONTEXT", name: "branch-2", status: "SUCCEEDED" },
        { kind: "WAIT", name: "wait", status: "SUCCEEDED" },
      ],
      events: ["late caught", "late finally"].map((name) => ({ type: "custom", name })),
      noEvents: ["waiting caught", "waiting finally"].map((name) => ({ type: "custom", name })),
    },
  };
}

function continuesInsideOfTry(): Scenario {
  const root = workflow({ name: "going-on.root" }, async (ctx, n: number): Promise<number> => {
    if (n === 2) return n;
    for (let tries = 0; tries < 3; tries += 1) {
      await guarded(ctx, "continue", () => ctx.continueAsNew(n + 1));
    }
    return -1;
  });
  return {
    id: "K6-continue",
    rows: ["K6"],
    title: "the end of a generation cannot be swallowed either",
    workflows: [root],
    start: [{ workflow: "going-on.root", input: 0 }],
    expect: {
      status: "SUCCEEDED",
      output: 2,
      tree: { "/": { status: "SUCCEEDED", generation: 3 } },
      noEvents: [
        { type: "custom", name: "continue caught" },
        { type: "custom", name: "continue finally" },
      ],
    },
  };
}

/** What it drew decides what it asks for: a replay that draws anew asks for something else. */
function drawsAgain(): Scenario {
  const root = workflow({ name: "draws.root" }, async (ctx) => {
    const drawn: unknown[] = [];
    const shown: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      const at = ctx.now().getTime();
      const word = `${Math.floor(ctx.random() * 1e9)} ${ctx.uuid()}`;
      drawn.push(`${word} ${at}`);
      // Of the first pass; what is drawn on a later one must be the same, the time to the millisecond.
      shown.push(await ctx.step(word, () => `${word} ${at}`));
      if (ctx.now().getTime() < at) throw new Error("time went back");
      await ctx.wait(units(1));
      if (ctx.now().getTime() - at < units(1)) throw new Error(`a unit took ${ctx.now().getTime() - at} ms`);
    }
    return drawn.every((each, n) => each === shown[n]) && new Set(shown).size === 4;
  });
  return {
    id: "K12-draws",
    rows: ["K12"],
    title: "random numbers, UUIDs and the time are the same on every pass over the code",
    workflows: [root],
    start: [{ workflow: "draws.root" }],
    expect: { status: "SUCCEEDED", output: true },
  };
}

/** The mailbox is carried over in the order of the journal, over all names. */
function carriedInOrder(): Scenario {
  const sent = [
    ["b", 1],
    ["a", 2],
    ["b", 3],
    ["a", 4],
  ] as const;
  const root = workflow({ name: "carried.root" }, async (ctx, generation: number): Promise<unknown> => {
    if (generation < 3) {
      await ctx.wait("busy", units(2));
      return ctx.continueAsNew(generation + 1);
    }
    const read: unknown[] = [];
    while (read.length < 4) {
      const item = await ctx.receive({ signals: ["a", "b"] });
      read.push(item.kind === "signal" ? [item.name, item.payload] : item.kind);
    }
    return read;
  });
  return {
    id: "K2-carried",
    rows: ["K2", "D10"],
    title: "unread signals of several names go over into the next generations in the order in which they came",
    workflows: [root],
    start: [{ workflow: "carried.root", input: 0 }],
    script: sent.map(([name, payload]) => ({
      when: { path: "/", waitsFor: "busy" },
      do: { kind: "signal", path: "/", name, payload },
    })),
    expect: { status: "SUCCEEDED", output: sent },
  };
}

/** The step is given up in the round in which it was asked for, before its body could begin. */
function stepGivenUp(): Scenario {
  const root = workflow({ name: "given-up.root" }, async (ctx) => {
    await ctx.parallel("race", [async () => "first", (branch) => branch.step("loser", () => "never seen")], {
      completion: { minSuccessful: 1 },
    });
    return ctx.waitForSignal("go");
  });
  return {
    id: "K11-given-up",
    rows: ["K11"],
    title: "an execution whose only step was given up before it began stands still, and shows it",
    workflows: [root],
    start: [{ workflow: "given-up.root" }],
    script: [
      { when: { path: "/", status: "WAITING" }, do: { kind: "signal", path: "/", name: "go", payload: "went" } },
    ],
    expect: { status: "SUCCEEDED", output: "went" },
  };
}

export const scenarios: readonly Scenario[] = [
  waitsInsideOfTry(),
  branchThatIsLeft(),
  continuesInsideOfTry(),
  drawsAgain(),
  carriedInOrder(),
  stepGivenUp(),
];
