/** D13: state: journalled, forked per child context, merged in declaration order, handed down and back. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, codeOf } from "./treeline-errors.ts";

function setGetDelete(): Scenario {
  const root = workflow({ name: "D13.root" }, async (ctx) => {
    ctx.state.set("a", { list: [1] });
    ctx.state.set("b", new Date(0));
    ctx.state.set("gone", 1);
    ctx.state.delete("gone");
    ctx.state.delete("never there");
    const a = ctx.state.get<{ list: number[] }>("a");
    // A copy: changing it changes nothing.
    a?.list.push(2);
    const before = ctx.state.version;
    await ctx.wait(units(1));
    ctx.state.set("c", undefined);
    return {
      a: ctx.state.get("a"),
      date: ctx.state.get("b") instanceof Date,
      gone: ctx.state.get("gone") === undefined && !("gone" in ctx.state.all()),
      keys: Object.keys(ctx.state.all()),
      grew: ctx.state.version > before,
    };
  });
  return {
    id: "D13",
    rows: ["D13", "D1"],
    title: "state holds copies, survives suspension, and counts its versions",
    workflows: [root],
    start: [{ workflow: "D13.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { a: { list: [1] }, date: true, gone: true, keys: ["a", "b", "c"], grew: true },
      state: { a: { list: [1] }, b: new Date(0), c: undefined },
      events: [{ type: "state.changed", path: "/" }],
    },
  };
}

/** The second branch is declared last and ends first: its value wins, for declaration counts, not time. */
function forkAndMerge(): Scenario {
  const root = workflow({ name: "D13-merge.root" }, async (ctx) => {
    ctx.state.set("base", 0);
    ctx.state.set("old", "there");
    const seen = (c: WorkflowContext) => [c.state.get("base"), c.state.get("x"), c.state.get("old")];
    const batch = await ctx.parallel([
      async (c) => {
        c.state.set("x", "first");
        c.state.set("a", 1);
        await c.wait(units(3));
        return seen(c);
      },
      async (c) => {
        c.state.set("x", "second");
        c.state.set("b", 2);
        c.state.delete("old");
        await c.wait(units(1));
        return seen(c);
      },
      async (c) => {
        await c.wait(units(2));
        // Neither of the others shows here, though both have written by now.
        return seen(c);
      },
    ]);
    return { seen: batch.getResults(), after: ctx.state.all() };
  });
  const state = { base: 0, x: "second", a: 1, b: 2 };
  return {
    id: "D13-merge",
    rows: ["D13"],
    title: "branches have forks of the state, which are merged in the order of their declaration",
    workflows: [root],
    start: [{ workflow: "D13-merge.root" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        seen: [
          [0, "first", "there"],
          [0, "second", undefined],
          [0, undefined, "there"],
        ],
        after: state,
      },
      state,
    },
  };
}

function mergeOfWhatChanged(): Scenario {
  const root = workflow({ name: "D13-changed.root" }, async (ctx) => {
    ctx.state.set("x", "base");
    await ctx.parallel([
      (c) => {
        c.state.set("x", "changed");
      },
      // Has x too, but did not touch it: its old value must not come back with the merge.
      (c) => {
        c.state.set("y", c.state.get("x"));
      },
    ]);
    const inner = await ctx.runInChildContext("scope", (c) => {
      c.state.set("z", 1);
      return ctx.state.get("z") === undefined;
    });
    return { ...ctx.state.all(), inner };
  });
  return {
    id: "D13-changed",
    rows: ["D13"],
    title: "only what a scope changed is merged, and only when it ends",
    workflows: [root],
    start: [{ workflow: "D13-changed.root" }],
    expect: { status: "SUCCEEDED", output: { x: "changed", y: "base", z: 1, inner: true } },
  };
}

function mapMergesInOrder(): Scenario {
  const root = workflow({ name: "D13-map.root" }, async (ctx) => {
    await ctx.map([4, 1, 3, 2], async (c, n) => {
      await c.wait(units(n));
      c.state.set("last", n);
      c.state.set(`n${n}`, true);
    });
    return ctx.state.all();
  });
  return {
    id: "D13-map",
    rows: ["D13"],
    title: "a map's items are merged in their order",
    workflows: [root],
    start: [{ workflow: "D13-map.root" }],
    expect: { status: "SUCCEEDED", output: { last: 2, n1: true, n2: true, n3: true, n4: true } },
  };
}

function handedDownAndBack(): Scenario {
  const child = workflow({ name: "D13-child.child" }, async (ctx) => {
    const given = ctx.state.all();
    ctx.state.set("budget", Number(ctx.state.get("budget")) - 3);
    ctx.state.delete("secret");
    await ctx.wait(units(1));
    ctx.state.set("spent", 3);
    return given;
  });
  const parent = workflow({ name: "D13-child.parent" }, async (ctx) => {
    const shared = { items: [1] };
    ctx.state.set("budget", 10);
    const options = { name: "child", state: { budget: 10, secret: "s", shared } };
    const handle = await ctx.start(child, null, options);
    // The child has a copy of what it was when it was given.
    shared.items.push(2);
    const outcome = await handle.outcome();
    return { given: outcome.output, back: outcome.state, own: ctx.state.all() };
  });
  return {
    id: "D13-child",
    rows: ["D13", "D12"],
    title:
      "a child gets a copy of the state it is given; its own comes back with the outcome, the parent's is untouched",
    workflows: [parent, child],
    start: [{ workflow: "D13-child.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        given: { budget: 10, secret: "s", shared: { items: [1] } },
        back: { budget: 7, shared: { items: [1] }, spent: 3 },
        own: { budget: 10 },
      },
      state: { budget: 10 },
    },
  };
}

function nothingHandedDown(): Scenario {
  const child = workflow({ name: "D13-none.child" }, (ctx) => ctx.state.all());
  const parent = workflow({ name: "D13-none.parent" }, async (ctx) => {
    ctx.state.set("mine", 1);
    return ctx.execute(child, null, { name: "child" });
  });
  return {
    id: "D13-none",
    rows: ["D13"],
    title: "a child begins with an empty state unless it is given one",
    workflows: [parent, child],
    start: [{ workflow: "D13-none.parent" }],
    expect: { status: "SUCCEEDED", output: {}, state: { mine: 1 } },
  };
}

function patchFromOutside(): Scenario {
  const root = workflow({ name: "D13-patch.root" }, async (ctx) => {
    await ctx.waitForState((state) => state["done"] === true);
    return ctx.state.all();
  });
  const when = { path: "/", waitsFor: "state" };
  const patch = (value: Readonly<Record<string, unknown>>, ifVersion?: number) =>
    ({ kind: "patch", path: "/", patch: value, ...(ifVersion !== undefined && { ifVersion }) }) as const;
  const refused = { code: "state_conflict" };
  return {
    id: "D13-patch",
    rows: ["D13"],
    title: "a patch from outside names the version it means; null deletes; the wait ends with the right one",
    workflows: [root],
    start: [{ workflow: "D13-patch.root" }],
    script: [
      { when, do: patch({ wrong: 1 }, 7), refused },
      { when, do: patch({ a: 1, b: 1 }, 0) },
      { when, do: patch({ wrong: 2 }, 0), refused },
      { when, do: patch({ b: null }, 1) },
      { when, do: patch({ done: true }) },
    ],
    expect: { status: "SUCCEEDED", output: { a: 1, done: true }, state: { a: 1, done: true } },
  };
}

function patchOfAnEndedOne(): Scenario {
  const root = workflow({ name: "D13-ended.root" }, async (ctx) => {
    ctx.state.set("final", true);
    return "done";
  });
  return {
    id: "D13-ended",
    rows: ["D13", "M25"],
    title: "the state of an execution that has ended cannot be patched",
    workflows: [root],
    start: [{ workflow: "D13-ended.root" }],
    script: [
      {
        when: { path: "/", status: "SUCCEEDED" },
        do: { kind: "patch", path: "/", patch: { final: false } },
        refused: { code: "execution_closed" },
      },
    ],
    expect: { status: "SUCCEEDED", state: { final: true } },
  };
}

function waitForStateOfOwnBranch(): Scenario {
  const root = workflow({ name: "D13-own.root" }, async (ctx) => {
    const waiting = ctx.waitForState((state) => state["ready"] === true, { timeout: units(60) });
    await ctx.wait(units(1));
    ctx.state.set("ready", true);
    await waiting;
    const never = codeOf(await caught(() => ctx.waitForState((state) => "never" in state, { timeout: units(1) })));
    return { ready: ctx.state.get("ready"), never };
  });
  return {
    id: "D13-own",
    rows: ["D13", "M20"],
    title: "a wait for state ends with a change that the execution makes itself, or with its timeout",
    workflows: [root],
    start: [{ workflow: "D13-own.root" }],
    expect: { status: "SUCCEEDED", output: { ready: true, never: "wait_timed_out" } },
  };
}

function stateThatCannotBeStored(): Scenario {
  const root = workflow({ name: "D13-bad.root" }, async (ctx) => {
    ctx.state.set("a", 1);
    const error = await caught(() => ctx.state.set("a", () => 1));
    return [codeOf(error), ctx.state.get("a")];
  });
  return {
    id: "D13-bad",
    rows: ["D13", "D1"],
    title: "a value that cannot be stored is refused, and the old one stays",
    workflows: [root],
    start: [{ workflow: "D13-bad.root" }],
    expect: { status: "SUCCEEDED", output: ["not_serializable", 1], state: { a: 1 } },
  };
}

export const scenarios: readonly Scenario[] = [
  setGetDelete(),
  forkAndMerge(),
  mergeOfWhatChanged(),
  mapMergesInOrder(),
  handedDownAndBack(),
  nothingHandedDown(),
  patchFromOutside(),
  patchOfAnEndedOne(),
  waitForStateOfOwnBranch(),
  stateThatCannotBeStored(),
];
