/** D14, M26: events as a client sees them: their order, their cursors, and those that are kept nowhere. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { EngineOptions } from "../../../lib/homes/embedded/engine-options.ts";
import { ReaderClient } from "../../../lib/homes/embedded/reader-client.ts";
import type { EventFilter, ExecutionEvent } from "../../../lib/ports/client.ts";
import { collect } from "../../helpers/collect.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";
import { openedReader, temporaryFile } from "../embedded/store-fixtures.ts";

const leaf = workflow({ name: "leaf" }, async (ctx, n: number) => {
  await ctx.step("work", (s) => {
    s.emit("half", n);
    return n;
  });
  await ctx.wait(n * 10);
  return n;
});
const branch = workflow({ name: "branch" }, async (ctx, n: number) => {
  const results = await ctx.map([1, 2], (each, k) => each.execute(leaf, n + k));
  return results.getResults();
});
const root = workflow({ name: "root" }, async (ctx) => {
  ctx.state.set("phase", "fan out");
  const detached = await ctx.start(leaf, 9);
  const all = await Promise.all([ctx.execute(branch, 10), ctx.execute(branch, 20), ctx.waitForSignal("go")]);
  return [all, await detached.result()];
});
const workflows = [root, branch, leaf];

async function open(options: EngineOptions = {}): Promise<VirtualEngine> {
  return openVirtual({ workflows, ...options });
}

/** Started, not yet ended: two thirds of what there will be. */
async function halfway(opened: VirtualEngine): Promise<string> {
  const { executionId } = await opened.engine.start(root, null);
  await opened.settle();
  return executionId;
}

/** A tree that has ended, and all that was told of it. */
async function told(opened: VirtualEngine): Promise<{ id: string; events: ExecutionEvent[] }> {
  const id = await halfway(opened);
  await opened.engine.signal(id, "go", 1);
  await opened.settle();
  return { id, events: await collect(opened.engine.events(id)) };
}

const ids = (events: readonly ExecutionEvent[]): string[] => events.map(({ id }) => id);

describe("D14: events", () => {
  it("have ids of their own, which are the same for every reader and after a restart", async () => {
    const file = temporaryFile();
    const first = await open({ file, eviction: "always" });
    const { id, events } = await told(first);
    expect(new Set(ids(events)).size).toBe(events.length);
    expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(events.length);
    expect(await collect(new ReaderClient(openedReader({ file })).events(id))).toEqual(events);
    await first.engine.close();
    const again = await open({ file });
    expect(await collect(again.engine.events(id))).toEqual(events);
    await again.engine.close();
  });

  it("of one execution stand in the order of its journal", async () => {
    const { engine, ...opened } = await open();
    const { id, events } = await told({ engine, ...opened });
    for (const executionId of new Set(events.map((event) => event.executionId))) {
      const own = events.filter((event) => event.executionId === executionId);
      expect(await collect(engine.events(executionId, { descendants: false }))).toEqual(own);
      const keys = (await engine.journal(executionId)).flatMap((entry) => (entry.t === "op" ? [entry.k] : []));
      expect(own.flatMap(({ type, operation = "" }) => (type === "operation.started" ? [operation] : []))).toEqual(
        keys,
      );
      expect(own.map(({ at }) => at)).toEqual(own.map(({ at }) => at).toSorted((a, b) => a - b));
    }
    expect(id).toBe(events[0]?.executionId);
  });

  it("are causal over the tree: a child begins behind its parent's start of it, and ends before that is told", async () => {
    const { events } = await told(await open());
    const place = (wanted: (event: ExecutionEvent) => boolean): number => {
      const found = events.findIndex(wanted);
      if (found < 0) throw new Error("there is no such event");
      return found;
    };
    const starts = events.filter(({ type, kind }) => type === "operation.started" && kind === "CHILD");
    expect(starts).toHaveLength(7);
    for (const { executionId: parent, operation, data } of starts) {
      const { childId, awaited } = data as { childId: string; awaited: boolean };
      const asked = place(
        (e) => e.executionId === parent && e.type === "operation.started" && e.operation === operation,
      );
      const begun = place((e) => e.executionId === childId && e.type === "execution.started");
      const ended = place((e) => e.executionId === childId && e.type === "execution.succeeded");
      expect(asked).toBeLessThan(begun);
      expect(begun).toBeLessThan(ended);
      if (!awaited) continue;
      const heard = place(
        (e) => e.executionId === parent && e.type === "operation.succeeded" && e.operation === operation,
      );
      expect(ended).toBeLessThan(heard);
    }
  });
});

describe("M26, D14: the stream of events", () => {
  const filters: [title: string, filter: EventFilter, keeps: (event: ExecutionEvent) => boolean][] = [
    ["everything", {}, () => true],
    ["one execution", { descendants: false }, ({ depth }) => depth === 0],
    ["by workflow", { workflow: "leaf" }, ({ workflow: name }) => name === "leaf"],
    [
      "by type",
      { types: ["custom", "execution.succeeded"] },
      ({ type }) => /^custom|n\.succeeded/.test(type) && type !== "operation.succeeded",
    ],
  ];

  it.each(filters)("M26 goes on behind any cursor without a duplicate or a gap: %s", async (_title, filter, keeps) => {
    const { engine, ...opened } = await open();
    const { id, events } = await told({ engine, ...opened });
    const wanted = events.filter(keeps);
    expect(wanted.length).toBeGreaterThan(3);
    expect(await collect(engine.events(id, filter))).toEqual(wanted);
    // A cursor of any event will do, also of one that the filter leaves out.
    for (const [index, { cursor }] of events.entries()) {
      const rest = await collect(engine.events(id, { ...filter, after: cursor }));
      expect(ids(rest)).toEqual(ids(events.slice(index + 1).filter(keeps)));
    }
  });

  it("M26 by parent: of the children of one execution, and of no others", async () => {
    const { engine, ...opened } = await open();
    const { id, events } = await told({ engine, ...opened });
    const parentId = events.find(({ workflow: name }) => name === "branch")?.executionId ?? "";
    const below = events.filter((event) => event.parentId === parentId);
    expect(new Set(below.map(({ executionId }) => executionId)).size).toBe(2);
    expect(await collect(engine.events(id, { parentId }))).toEqual(below);
    expect(await collect(engine.events(parentId, { parentId }))).toEqual(below);
  });

  it("M26 lets a reader that is cut off again and again, and follows, see each event once", async () => {
    const { engine, ...opened } = await open({ eviction: "always" });
    const id = await halfway({ engine, ...opened });
    const seen: ExecutionEvent[] = [];
    const follow = async (): Promise<void> => {
      for (let ended = false; !ended;) {
        const after = seen.at(-1)?.cursor;
        ended = true;
        for await (const event of engine.events(id, { follow: true, ...(after === undefined ? {} : { after }) })) {
          seen.push(event);
          if (seen.length % 3 !== 0) continue;
          ended = false;
          break; // the line is cut
        }
      }
    };
    const following = follow();
    await engine.signal(id, "go", 1);
    await opened.settle();
    await following;
    expect(ids(seen)).toEqual(ids(await collect(engine.events(id))));
    expect(seen.at(-1)?.type).toBe("execution.succeeded");
  });

  it("M26 ends for a follower with the tree, or with the one execution it follows", async () => {
    const { engine, ...opened } = await open();
    const id = await halfway({ engine, ...opened });
    const [tree, alone] = [true, false].map((descendants) => collect(engine.events(id, { follow: true, descendants })));
    await engine.signal(id, "go", 1);
    await opened.settle();
    expect((await tree)?.length).toBeGreaterThan((await alone)?.length ?? 0);
  });
});

describe("D14: what a step streams", () => {
  const streaming = workflow({ name: "streaming" }, async (ctx) => {
    await ctx.waitForSignal("go");
    return ctx.step(
      "answer",
      (s) => {
        s.stream("token", { text: "Hel" });
        s.stream("token", { text: s.attempt === 1 ? "?" : "lo" });
        if (s.attempt === 1) throw new Error("the line was cut");
        return "Hello";
      },
      { retry: { initialDelay: 1_000, jitter: "NONE" } },
    );
  });

  async function follow(options: EngineOptions, filter: EventFilter = {}) {
    const { engine, settle } = await openVirtual({ workflows: [streaming], ...options });
    const { executionId } = await engine.start(streaming, null);
    await engine.idle();
    const following = collect(engine.events(executionId, { follow: true, ...filter }));
    await engine.signal(executionId, "go");
    await settle();
    return { engine, executionId, shown: (await following).filter(({ ephemeral }) => ephemeral === true) };
  }

  it("reaches those who follow at that moment, with the attempt, and is kept nowhere", async () => {
    const { engine, executionId, shown } = await follow({});
    expect(shown).toMatchObject(
      [
        [1, "Hel"],
        [1, "?"],
        [2, "Hel"],
        [2, "lo"],
      ].map(([attempt, text]) => ({ type: "custom", name: "token", attempt, data: { text }, executionId })),
    );
    expect(new Set(ids(shown)).size).toBe(4);
    expect(JSON.stringify(await engine.journal(executionId))).not.toContain("token");
    expect((await collect(engine.events(executionId))).filter(({ name }) => name === "token")).toEqual([]);
  });

  it("is filtered and redacted as other events are", async () => {
    const { shown: others } = await follow({}, { types: ["execution.succeeded"] });
    expect(others).toEqual([]);
    const { shown } = await follow({ redact: ["text"] });
    expect(shown.map(({ data }) => data)).toEqual(Array.from({ length: 4 }, () => ({ text: "[redacted]" })));
  });
});
