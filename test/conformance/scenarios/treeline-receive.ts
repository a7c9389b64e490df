/** D10: one mailbox for signals, children, callbacks, state and time. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Received } from "../../../lib/kernel/context.ts";
import { units, type OutsideAction, type Scenario } from "../scenario.ts";
import { caught, chain } from "./treeline-errors.ts";

/** An item as data. */
function plain(item: Received): unknown {
  switch (item.kind) {
    case "signal":
      return [item.name, item.payload];
    case "child":
      return [item.handle.workflow, item.outcome.status, item.outcome.output];
    case "callback":
      return [item.name, item.error === undefined ? item.payload : chain(item.error)];
    case "state":
      return ["state", item.state];
    case "timeout":
      return "timeout";
  }
}

const signal = (name: string, payload: unknown): OutsideAction => ({ kind: "signal", path: "/", name, payload });
const whileBusy = { when: { path: "/", waitsFor: "busy" } } as const;

function sentBeforeAsked(): Scenario {
  const root = workflow({ name: "D10.root" }, async (ctx) => {
    await ctx.wait("busy", units(3));
    const got: unknown[] = [];
    while (got.length < 4) got.push(plain(await ctx.receive({ signals: ["a", "b"] })));
    return got;
  });
  return {
    id: "D10",
    rows: ["D10"],
    title: "signals that came before anybody asked are taken in the order in which they came, whatever their names",
    workflows: [root],
    start: [{ workflow: "D10.root" }],
    script: [
      { ...whileBusy, do: signal("b", 1) },
      { ...whileBusy, do: signal("a", 2) },
      { ...whileBusy, do: signal("b", 3) },
      { ...whileBusy, do: signal("a", 4) },
    ],
    expect: {
      status: "SUCCEEDED",
      output: [
        ["b", 1],
        ["a", 2],
        ["b", 3],
        ["a", 4],
      ],
    },
  };
}

function matchKeepsTheRest(): Scenario {
  const root = workflow({ name: "D10-match.root" }, async (ctx) => {
    await ctx.wait("busy", units(3));
    const even = await ctx.receive({ signals: ["n"], match: (item) => Number(item.payload) % 2 === 0 });
    const rest = [await ctx.waitForSignal("n"), await ctx.waitForSignal("n")];
    const none = await ctx.receive({ signals: ["n"], timeout: units(1) });
    return { even: plain(even), rest, none: plain(none) };
  });
  return {
    id: "D10-match",
    rows: ["D10"],
    title: "what a match refuses is kept, in its order, for whoever asks next",
    workflows: [root],
    start: [{ workflow: "D10-match.root" }],
    script: [1, 2, 3].map((n) => ({ ...whileBusy, do: signal("n", n) })),
    expect: { status: "SUCCEEDED", output: { even: ["n", 2], rest: [1, 3], none: "timeout" } },
  };
}

function matchWaitsOn(): Scenario {
  const root = workflow({ name: "D10-later.root" }, async (ctx) => {
    const wanted = await ctx.receive({
      name: "inbox",
      signals: ["n"],
      match: (item) => item.payload === "wanted",
      timeout: units(60),
    });
    return [plain(wanted), await ctx.waitForSignal("n")];
  });
  const when = { path: "/", waitsFor: "inbox" };
  return {
    id: "D10-later",
    rows: ["D10"],
    title: "a signal that a match refuses does not end the wait",
    workflows: [root],
    start: [{ workflow: "D10-later.root" }],
    script: [
      { when, do: signal("n", "other") },
      { when, do: signal("n", "wanted") },
    ],
    expect: { status: "SUCCEEDED", output: [["n", "wanted"], "other"] },
  };
}

function whateverComesFirst(): Scenario {
  const child = workflow({ name: "D10-first.child" }, async (ctx) => {
    await ctx.wait(units(4));
    return "done";
  });
  const root = workflow({ name: "D10-first.root" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    const both = { signals: ["s"], children: [handle] };
    const got = [
      await ctx.receive({ ...both, timeout: units(1) }),
      await ctx.receive({ ...both, timeout: units(60) }),
      await ctx.receive({ signals: ["s"], timeout: units(60), name: "third" }),
    ];
    return got.map(plain);
  });
  return {
    id: "D10-first",
    rows: ["D10"],
    title: "a timeout, then a child, then a signal: each receive gives what comes first, and the losers' timers go",
    workflows: [root, child],
    start: [{ workflow: "D10-first.root" }],
    script: [{ when: { path: "/", waitsFor: "third" }, do: signal("s", 1) }],
    expect: { status: "SUCCEEDED", output: ["timeout", ["D10-first.child", "SUCCEEDED", "done"], ["s", 1]] },
  };
}

function childrenAsTheyEnd(): Scenario {
  const child = workflow({ name: "D10-children.child" }, async (ctx, n: number) => {
    await ctx.wait(units(n));
    if (n === 4) throw new Error("broken");
    return n;
  });
  const root = workflow({ name: "D10-children.root" }, async (ctx) => {
    let open = await ctx.promise.all([6, 2, 4].map((n) => ctx.start(child, n, { name: `child-${n}` })));
    const got: unknown[] = [];
    while (open.length > 0) {
      const item = await ctx.receive({ children: open });
      if (item.kind !== "child") return item.kind;
      got.push([item.outcome.status, item.outcome.output, chain(item.outcome.error)]);
      open = open.filter((handle) => handle.executionId !== item.handle.executionId);
    }
    return got;
  });
  return {
    id: "D10-children",
    rows: ["D10", "D12"],
    title: "children are received as they end, failures as outcomes",
    workflows: [root, child],
    start: [{ workflow: "D10-children.root" }],
    expect: {
      status: "SUCCEEDED",
      output: [
        ["SUCCEEDED", 2, []],
        ["FAILED", undefined, ["Error"]],
        ["SUCCEEDED", 6, []],
      ],
    },
  };
}

function childThatEndedBefore(): Scenario {
  const child = workflow({ name: "D10-before.child" }, () => "done");
  const root = workflow({ name: "D10-before.root" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    await ctx.wait("busy", units(3));
    const got = await ctx.receive({ children: [handle], signals: ["s"], timeout: units(60) });
    // What was received once can still be awaited.
    return [plain(got), await handle.result()];
  });
  return {
    id: "D10-before",
    rows: ["D10"],
    title: "a child that has ended before is received all the same",
    workflows: [root, child],
    start: [{ workflow: "D10-before.root" }],
    expect: { status: "SUCCEEDED", output: [["D10-before.child", "SUCCEEDED", "done"], "done"] },
  };
}

function callbacks(): Scenario {
  const root = workflow({ name: "D10-callbacks.root" }, async (ctx) => {
    const [first] = ctx.createCallback("first");
    const [second] = ctx.createCallback("second");
    const got = [
      await ctx.receive({ callbacks: { first, second }, name: "one" }),
      await ctx.receive({ callbacks: { first }, signals: ["s"], timeout: units(60), name: "two" }),
    ];
    return got.map(plain);
  });
  return {
    id: "D10-callbacks",
    rows: ["D10"],
    title: "callbacks are received as they are completed, failures as items",
    workflows: [root],
    start: [{ workflow: "D10-callbacks.root" }],
    script: [
      {
        when: { path: "/", waitsFor: "one" },
        do: { kind: "callback", path: "/", name: "second", succeed: { by: "ann" } },
      },
      {
        when: { path: "/", waitsFor: "two" },
        do: { kind: "callback-fail", path: "/", name: "first", error: { type: "Refused", message: "not today" } },
      },
    ],
    expect: {
      status: "SUCCEEDED",
      output: [
        ["second", { by: "ann" }],
        ["first", ["CallbackExternalError", "Refused"]],
      ],
    },
  };
}

function stateAsItem(): Scenario {
  const root = workflow({ name: "D10-state.root" }, async (ctx) => {
    ctx.state.set("votes", 0);
    const got = await ctx.receive({
      name: "votes",
      signals: ["s"],
      state: (state) => Number(state["votes"]) >= 2,
      timeout: units(60),
    });
    return plain(got);
  });
  const patch = (votes: number) => ({ kind: "patch", path: "/", patch: { votes } }) as const;
  const when = { path: "/", waitsFor: "votes" };
  return {
    id: "D10-state",
    rows: ["D10", "D13"],
    title: "a receive ends when the state is as wanted",
    workflows: [root],
    start: [{ workflow: "D10-state.root" }],
    script: [
      { when, do: patch(1) },
      { when, do: patch(2) },
    ],
    expect: { status: "SUCCEEDED", output: ["state", { votes: 2 }] },
  };
}

/** Two that ask for the same: one signal each, the first who asked first. */
function twoReceivers(): Scenario {
  const root = workflow({ name: "D10-two.root" }, async (ctx) => {
    const first = ctx.receive({ signals: ["n"], name: "first" });
    const second = ctx.waitForSignal("n");
    return [plain(await first), await second];
  });
  const when = { path: "/", waitsFor: "first" };
  return {
    id: "D10-two",
    rows: ["D10"],
    title: "a signal goes to one of its receivers, in the order in which they asked",
    workflows: [root],
    start: [{ workflow: "D10-two.root" }],
    script: [
      { when, do: signal("n", 1) },
      { when, do: signal("n", 2) },
    ],
    expect: { status: "SUCCEEDED", output: [["n", 1], 2] },
  };
}

function lateSignalIsKept(): Scenario {
  const root = workflow({ name: "D10-late.root" }, async (ctx) => {
    const early = chain(await caught(() => ctx.waitForSignal("n", { timeout: units(1) })));
    await ctx.wait("busy", units(3));
    return { early, late: await ctx.waitForSignal("n", { timeout: units(60) }) };
  });
  return {
    id: "D10-late",
    rows: ["D10"],
    title: "a signal that comes after its wait has timed out is there for the next wait",
    workflows: [root],
    start: [{ workflow: "D10-late.root" }],
    script: [{ ...whileBusy, do: signal("n", "late") }],
    expect: { status: "SUCCEEDED", output: { early: ["WaitTimeoutError"], late: "late" } },
  };
}

export const scenarios: readonly Scenario[] = [
  sentBeforeAsked(),
  matchKeepsTheRest(),
  matchWaitsOn(),
  whateverComesFirst(),
  childrenAsTheyEnd(),
  childThatEndedBefore(),
  callbacks(),
  stateAsItem(),
  twoReceivers(),
  lateSignalIsKept(),
];
