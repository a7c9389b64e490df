/** Projections of journals that the kernel itself wrote: what hand-made journals may get wrong. */
import { describe, expect, it } from "vitest";
import { projectEvents } from "../../../lib/engine/events.ts";
import { projectDetail } from "../../../lib/engine/view.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ContextApi } from "../../../lib/kernel/context-api.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Delivery, Entry, RunEntry } from "../../../lib/kernel/journal.ts";
import { parseKey } from "../../../lib/kernel/keys.ts";
import { Machine } from "../../../lib/kernel/machine.ts";
import { isIntent } from "../../../lib/kernel/replay.ts";

const info = {
  executionId: "abc",
  publicId: "abc",
  namespace: "default",
  workflow: "w",
  version: "1",
  generation: 1,
  attempt: 1,
  rootId: "abc",
  depth: 0,
  path: "w",
};
const head = { ...info, id: "abc", status: "RUNNING", createdAt: 1 } as const;
const run: RunEntry = { t: "run", g: 1, cause: "start", a: 1, input: "null", at: 1, state: '{"kept":1,"gone":2}' };

/** Replays `history`, then delivers, one by one, each when the code waits. */
async function play(
  code: (ctx: WorkflowContext) => Promise<unknown>,
  history: readonly Entry[],
  deliveries: readonly Delivery[],
) {
  const journal: Entry[] = [...history];
  const rest = [...deliveries];
  const { promise, resolve } = Promise.withResolvers<void>();
  const machine: Machine = new Machine({
    workflow: workflow({ name: "w" }, code),
    info,
    run,
    history,
    createContext: (m, scope) => new ContextApi(m, scope),
    maxPendingChildren: 10,
    maxPayload: Number.POSITIVE_INFINITY,
    continueAsNewAt: { operations: 1_000, bytes: 1_000_000 },
    host: {
      append: (entry) => journal.push(entry),
      introduced: () => undefined,
      started: () => undefined,
      attempted: () => undefined,
      dropped: () => undefined,
      drain: (callback) => void setImmediate(callback),
      finished: () => resolve(),
      idle: () => {
        const next = rest.shift();
        if (next === undefined) resolve();
        else setImmediate(() => machine.deliver(next));
      },
      log: () => undefined,
    },
  });
  machine.start();
  await promise;
  return { journal, machine };
}

function detailOf(journal: readonly Entry[]) {
  return projectDetail(
    head,
    [run, ...journal].map((entry) => ({ generation: 1, entry })),
  );
}

const signal = (n: string, at: number): Delivery => ({ t: "in", kind: "signal", id: `${n}${at}`, n, v: "1", at });
const ok = (k: string, at: number, more: Partial<Delivery & { t: "ok" }> = {}): Delivery => ({
  t: "ok",
  k,
  at,
  ...more,
});

interface Story {
  readonly title: string;
  readonly code: (ctx: WorkflowContext) => Promise<unknown>;
  readonly deliveries: readonly Delivery[];
  /** Kind, name and status of the operations at the end. */
  readonly operations: readonly string[];
}

const stories: Story[] = [
  {
    title: "signals that wait, that come, and that come too late",
    code: async (ctx) => {
      await ctx.wait(10);
      await ctx.waitForSignal("early");
      await ctx.waitForSignal("awaited");
      await ctx.waitForSignal("late", { timeout: 10 }).catch(() => undefined);
      await ctx.receive({ signals: ["never"], timeout: 10 });
      return ctx.wait("end", 10);
    },
    deliveries: [
      signal("early", 2),
      ok("/WAIT:wait#1", 11),
      signal("awaited", 12),
      { t: "fire", k: "/RECEIVE:late#1", at: 22 },
      { t: "fire", k: "/RECEIVE:never#1", at: 32 },
    ],
    operations: [
      "WAIT wait SUCCEEDED",
      "RECEIVE early SUCCEEDED",
      "RECEIVE awaited SUCCEEDED",
      "RECEIVE late TIMED_OUT",
      "RECEIVE never TIMED_OUT",
      "WAIT end STARTED",
    ],
  },
  {
    title: "a cancel that ends waits, and leaves children to their cancellation types",
    code: async (ctx) => {
      const waits = [
        ctx.wait("long", 1_000),
        ctx.waitForSignal("never"),
        ctx.execute("a", null, { name: "asked", cancellationType: "wait_requested" }),
        ctx.execute("a", null, { name: "quick", cancellationType: "wait_requested" }),
        ctx.execute("a", null, { name: "left", cancellationType: "abandon" }),
        ctx.execute("a", null, { name: "awaited" }),
      ];
      await Promise.allSettled(waits.slice(0, 5));
      await ctx.nonCancellable(async (c) => {
        c.state.set("cleaned", true);
        await c.step("cleanup", () => 1);
      });
    },
    deliveries: [
      { t: "in", kind: "cancel", id: "c", n: "", at: 5 },
      ok("/REQUEST:cancel#1", 6),
      { t: "err", k: "/CHILD:quick#1", e: { type: "Error", message: "stopped" }, status: "STOPPED", at: 6 },
      ok("/REQUEST:cancel#2", 7),
    ],
    operations: [
      "WAIT long CANCELLED",
      "RECEIVE never CANCELLED",
      "CHILD asked CANCELLED",
      "CHILD quick STOPPED",
      "CHILD left CANCELLED",
      "CHILD awaited STARTED",
      "REQUEST cancel SUCCEEDED",
      "REQUEST cancel SUCCEEDED",
      "REQUEST cancel STARTED",
      "STEP cleanup STARTED",
    ],
  },
  {
    title: "contexts and batches that change the state, whatever the order of ending",
    code: async (ctx) => {
      ctx.state.set("mine", 1);
      await ctx.runInChildContext("part", async (c) => {
        c.state.set("part", 1);
        c.state.delete("gone");
        await c.runInChildContext("inner", async (d) => d.state.set("inner", 1));
        await c.wait(1);
      });
      await ctx.parallel(
        "all",
        ["one", "two"].map((name) => ({ name, run: branch(name) })),
      );
      await ctx.parallel(
        "flat",
        ["three", "four"].map((name) => ({ name, run: branch(name) })),
        { nesting: "FLAT" },
      );
      await ctx.step("sets", () => 1);
      await ctx.waitForState((state) => state["patched"] === true);
      return ctx.wait("end", 10);
    },
    deliveries: [
      ok("/CONTEXT:part#1/WAIT:wait#1", 2),
      ok("/CONTEXT:all#1/CONTEXT:two#1/WAIT:wait#1", 3),
      ok("/CONTEXT:all#1/CONTEXT:one#1/WAIT:wait#1", 4),
      ok("/CONTEXT:flat#1/CONTEXT:four#1/WAIT:wait#1", 5),
      ok("/CONTEXT:flat#1/CONTEXT:three#1/WAIT:wait#1", 6),
      ok("/STEP:sets#1", 7, { fx: [{ t: "state", n: "step", v: "1" }] }),
      { t: "in", kind: "patch", id: "p", n: "", v: '{"patched":true}', at: 8 },
    ],
    operations: [
      "CONTEXT part SUCCEEDED",
      "CONTEXT inner SUCCEEDED",
      "WAIT wait SUCCEEDED",
      "CONTEXT all SUCCEEDED",
      "CONTEXT one SUCCEEDED",
      "WAIT wait SUCCEEDED",
      "CONTEXT two SUCCEEDED",
      "WAIT wait SUCCEEDED",
      "CONTEXT flat SUCCEEDED",
      "WAIT wait SUCCEEDED",
      "WAIT wait SUCCEEDED",
      "STEP sets SUCCEEDED",
      "RECEIVE state SUCCEEDED",
      "WAIT end STARTED",
    ],
  },
  {
    title: "a batch that is decided early",
    code: async (ctx) => {
      const branches = ["fast", "slow"].map((name) => ({
        name,
        run: (c: WorkflowContext) => c.runInChildContext("deep", (d) => d.wait(name, 1)),
      }));
      await ctx.parallel("race", branches, { completion: { minSuccessful: 1 } });
      return ctx.wait("end", 10);
    },
    deliveries: [ok("/CONTEXT:race#1/CONTEXT:fast#1/CONTEXT:deep#1/WAIT:fast#1", 2)],
    operations: [
      "CONTEXT race SUCCEEDED",
      "CONTEXT fast SUCCEEDED",
      "CONTEXT deep SUCCEEDED",
      "WAIT fast SUCCEEDED",
      "CONTEXT slow DROPPED",
      "CONTEXT deep DROPPED",
      "WAIT slow DROPPED",
      "WAIT end STARTED",
    ],
  },
];

/** Both set `same`: the one declared last wins. */
function branch(name: string) {
  return async (ctx: WorkflowContext) => {
    ctx.state.set("same", name);
    ctx.state.set(name, 1);
    await ctx.wait(1);
  };
}

describe("journals of the kernel", () => {
  it.each(stories)("$title: the view agrees with the kernel", async ({ code, deliveries, operations }) => {
    const { journal, machine } = await play(code, [], deliveries);
    const detail = detailOf(journal);
    expect(detail.operations.map(({ kind, name, status }) => `${kind} ${name} ${status}`)).toEqual(operations);
    expect(new Map(Object.entries(detail.state).map(([key, v]) => [key, JSON.stringify(v)]))).toEqual(
      machine.root.state.values,
    );
    expect(detail.stateVersion).toBe(machine.root.state.version);
    expect(detail.usage).toEqual(machine.usage);
    const open = [...machine.open.values()].map(({ key }) => key);
    const shown = detail.operations.filter(({ status, kind }) => status === "STARTED" && kind !== "CONTEXT");
    expect(shown.map(({ key }) => key)).toEqual(open);
  });

  it.each(stories)(
    "$title: crashes between any two entries, and again after the replay, change nothing",
    async ({ code, deliveries }) => {
      const { journal } = await play(code, [], deliveries);
      const whole = detailOf(journal);
      for (let length = 0; length <= journal.length; length += 1) {
        const prefix = journal.slice(0, length);
        const rest = journal.slice(length).filter((entry) => !isIntent(entry)) as Delivery[];
        const replayed = await play(code, prefix, []);
        const { journal: again } = await play(code, replayed.journal, rest);
        expect({ length, ...detailOf(again) }).toEqual({ length, ...whole });
      }
    },
  );

  it.each(stories)("$title: one event tells each end, and only root's state is told", async ({ code, deliveries }) => {
    const { journal } = await play(code, [], deliveries);
    const records = [run, ...journal].map((entry, index) => ({
      executionId: "abc",
      generation: 1,
      entry,
      cursor: { pos: 1, index },
    }));
    const events = projectEvents({ headOf: () => head }, records);
    const ends = events.filter(({ type }) =>
      /^(operation|context)\.(succeeded|failed|timed_out|cancelled|stopped)$/.test(type),
    );
    const ended = detailOf(journal).operations.filter(({ status }) => status !== "STARTED" && status !== "DROPPED");
    const keys = ends.map(({ operation }) => operation);
    expect(new Set(keys)).toEqual(new Set(ended.map(({ key }) => key)));
    expect(keys).toHaveLength(ended.length);
    const merges = journal.flatMap((entry) =>
      entry.t === "mark" && entry.kind === "MERGE" ? [parseKey(entry.k).scope] : [],
    );
    expect(new Set(merges)).toEqual(new Set(merges.map(() => "")));
  });

  it("an inserted receive that is settled at once is found again after a crash in between", async () => {
    const old = await play((ctx) => ctx.wait("end", 10), [], []);
    const code = (ctx: WorkflowContext) => {
      void ctx.waitForState(() => true);
      return ctx.wait("end", 10);
    };
    const changed = await play(code, old.journal, []);
    expect(changed.journal.map((entry) => (isIntent(entry) ? `${entry.kind} ${entry.n}` : entry.t))).toEqual([
      "WAIT end",
      "RECEIVE state",
      "SETTLED ok",
    ]);
    const { journal, machine } = await play(code, changed.journal.slice(0, 2), []);
    expect(machine.ended).toBe(false);
    expect(journal).toEqual(changed.journal);
  });
});
