/** D13: a patch from outside reaches the forks of the state that are open, where they have not written the key. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario } from "../scenario.ts";

type Wait = (ctx: WorkflowContext) => Promise<unknown>;

interface Place {
  readonly id: string;
  readonly where: string;
  /** Calls `wait` with the context of the place. */
  readonly enter: (ctx: WorkflowContext, wait: Wait) => Promise<unknown>;
}

const places: readonly Place[] = [
  { id: "context", where: "in a child context", enter: (ctx, wait) => ctx.runInChildContext("c", wait) },
  {
    id: "nested",
    where: "in a child context of a branch of a child context",
    enter: (ctx, wait) =>
      ctx.runInChildContext("outer", async (outer) => {
        await outer.parallel([(branch) => branch.runInChildContext("inner", wait)]);
      }),
  },
  { id: "branch", where: "in a branch", enter: (ctx, wait) => ctx.parallel([wait, (c) => c.wait(units(1))]) },
  { id: "map", where: "in a map", enter: (ctx, wait) => ctx.map([1, 2], (c) => wait(c)) },
  { id: "shielded", where: "behind a shield", enter: (ctx, wait) => ctx.nonCancellable(wait) },
];

const isSet: Wait = (ctx) => ctx.waitForState((state) => state["go"] === 1);
const isReceived: Wait = (ctx) => ctx.receive({ state: (state) => state["go"] === 1 });

function waits({ id: place, where, enter }: Place): Scenario {
  const id = `B19-${place}`;
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    await enter(ctx, async (c) => {
      await Promise.all([isSet(c), isReceived(c)]);
      return c.state.get("go");
    });
    return ctx.state.all();
  });
  return {
    id,
    rows: ["fault:B19", "D13"],
    title: `fault:B19 a wait for state ${where} hears of a patch from outside`,
    workflows: [root],
    start: [{ workflow: `${id}.root` }],
    script: [{ at: 2, do: { kind: "patch", path: "/", patch: { go: 1 } } }],
    expect: { status: "SUCCEEDED", output: { go: 1 }, state: { go: 1 } },
  };
}

function keysThatWereWritten(): Scenario {
  const root = workflow({ name: "B19-written.root" }, async (ctx) => {
    ctx.state.set("both", "first");
    ctx.state.set("gone", "first");
    const { seen, version } = await ctx.runInChildContext("c", async (c) => {
      c.state.set("both", "of the fork");
      const before = c.state.version;
      await c.waitForState((state) => state["other"] === "patched");
      return { seen: c.state.all(), version: c.state.version - before };
    });
    return { seen, version, after: ctx.state.all() };
  });
  const seen = { both: "of the fork", other: "patched" };
  return {
    id: "B19-written",
    rows: ["fault:B19", "D13"],
    title: "fault:B19 a fork keeps the key that it has written, and merges nothing that it was given",
    workflows: [root],
    start: [{ workflow: "B19-written.root" }],
    script: [{ at: 2, do: { kind: "patch", path: "/", patch: { both: "patched", gone: null, other: "patched" } } }],
    expect: { status: "SUCCEEDED", output: { seen, version: 1, after: seen }, state: seen },
  };
}

/** What the fork was given and the execution has changed since must not come back with the merge. */
function nothingComesBack(): Scenario {
  const root = workflow({ name: "B19-merge.root" }, async (ctx) => {
    const child = ctx.runInChildContext("c", async (c) => {
      await c.waitForState((state) => state["go"] === 1);
      await c.wait(units(2));
    });
    await ctx.waitForState((state) => state["go"] === 1);
    ctx.state.set("go", 2);
    await child;
    return ctx.state.get("go");
  });
  return {
    id: "B19-merge",
    rows: ["fault:B19", "D13"],
    title: "fault:B19 the end of a fork does not bring back a value that it was given by a patch",
    workflows: [root],
    start: [{ workflow: "B19-merge.root" }],
    script: [{ at: 2, do: { kind: "patch", path: "/", patch: { go: 1 } } }],
    expect: { status: "SUCCEEDED", output: 2, state: { go: 2 } },
  };
}

export const scenarios: readonly Scenario[] = [...places.map(waits), keysThatWereWritten(), nothingComesBack()];
