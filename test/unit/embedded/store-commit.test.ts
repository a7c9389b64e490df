import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommitGroup, LogRecord } from "../../../lib/homes/embedded/records.ts";
import { collect, keysOf, manyCommits, opened, temporaryFile } from "./store-fixtures.ts";
import { creation, fin, group, ok, record, run } from "./store-groups.ts";

describe("a commit", () => {
  it("is read back entry by entry, in order", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a", "b"));
    store.commit(group({ records: [record("a", ok("1")), record("b", ok("2")), record("a", ok("3"))] }));
    expect(await store.journal("a")).toEqual([record("a", run()), record("a", ok("1")), record("a", ok("3"))]);
    expect(await keysOf(store, "b")).toEqual(["2"]);
  });

  it("keeps every character of a payload", async () => {
    const store = opened({ file: temporaryFile() });
    const payload = JSON.stringify("\n\u0000\u2028 \ud800 ö 🌲 \\ '".repeat(3_000));
    store.commit(creation("a"));
    store.commit(group({ records: [record("a", ok("k", payload))] }));
    expect((await store.journal("a"))[1]).toEqual(record("a", ok("k", payload)));
  });

  it("counts groups, and does not count an empty one", () => {
    const store = opened({ file: ":memory:" });
    store.commit(group({}));
    expect([store.commits, store.position()]).toEqual([0, 0]);
    store.commit(creation("a"));
    expect([store.commits, store.position()]).toEqual([1, 1]);
  });

  it("refuses entries of an execution that nobody created, and changes nothing", () => {
    const store = opened({ file: ":memory:" });
    expect(() => store.commit(group({ records: [record("ghost", ok("1"))] }))).toThrow(/no execution ghost/);
    expect(store.position()).toBe(0);
    store.commit(creation("ghost"));
    expect(store.head("ghost")?.status).toBe("RUNNING");
  });

  it("spreads a long group over pages and keeps their order", async () => {
    const store = opened({ file: temporaryFile() });
    const long = JSON.stringify("x".repeat(20_000));
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const ids = ["a", "b", "c"];
    store.commit({
      ...creation(...ids),
      records: [...creation(...ids).records, ...keys.flatMap((key) => ids.map((id) => record(id, ok(key, long))))],
    });
    expect(store.position()).toBeGreaterThan(10);
    expect(store.commits).toBe(1);
    for (const id of ids) expect(await keysOf(store, id)).toEqual(keys);
    store.commit(group({ records: [record("b", ok("next"))] }));
    expect(await keysOf(store, "b")).toEqual([...keys, "next"]);
    const order = (await collect(store.pages())).map(
      ({ executionId, entry }) => executionId + ("k" in entry ? entry.k : ""),
    );
    expect(order.slice(0, 6)).toEqual(["a", "b", "c", "ak0", "bk0", "ck0"]);
    expect(order.at(-2)).toBe("ck39");
  });

  it("is the same whatever groups the entries of many executions arrive in", async () => {
    const steps = fc.array(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (groups, catchUp) => {
        const store = opened({ file: ":memory:" });
        store.commit(creation("x"));
        const written = new Map<string, LogRecord[]>();
        for (const [at, numbers] of groups.entries()) {
          store.commit(toGroup(numbers, at, written));
          if (catchUp && at === 20) manyCommits(store, "x");
        }
        for (const [id, records] of written) expect(await store.journal(id)).toEqual(records);
        store.close();
      }),
      { numRuns: 40 },
    );
  });
});

/** Entries of the numbered executions, which are created when they first come. */
function toGroup(numbers: readonly number[], at: number, written: Map<string, LogRecord[]>): CommitGroup {
  const fresh = [...new Set(numbers.map((number) => `e${number}`))].filter((id) => !written.has(id));
  const { created } = creation(...fresh);
  const records = numbers.map((number, index) => record(`e${number}`, ok(`${at}.${index}`)));
  for (const one of records) written.set(one.executionId, [...(written.get(one.executionId) ?? []), one]);
  return group({ created, records });
}

describe("the journal of an execution", () => {
  it("spans hundreds of pages among those of others", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a", "b"));
    for (let i = 0; i < 1_500; i++) {
      store.commit(group({ records: [record(i % 3 === 0 ? "a" : "b", ok(String(i)))] }));
    }
    const keys = Array.from({ length: 500 }, (_, i) => String(i * 3));
    expect(await keysOf(store, "a")).toEqual(keys);
  });

  it("has all generations, or the newest alone", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a"));
    store.commit(
      group({ records: [record("a", ok("1")), record("a", fin()), record("a", run(2), 2), record("a", ok("2"), 2)] }),
    );
    store.commit(group({ records: [record("a", ok("3"), 2)] }));
    expect((await store.journal("a")).map(({ entry }) => entry.t)).toEqual(["run", "ok", "fin", "run", "ok", "ok"]);
    const newest = await store.journal("a", { latestGeneration: true });
    expect(newest).toEqual([record("a", run(2), 2), record("a", ok("2"), 2), record("a", ok("3"), 2)]);
  });

  it("is empty for an execution that is not there", async () => {
    expect(await opened({ file: ":memory:" }).journal("nobody")).toEqual([]);
  });
});

describe("the global order", () => {
  it("gives each record a place behind which reading goes on", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a", "b"));
    store.commit(group({ records: [record("b", ok("1")), record("a", ok("2")), record("b", ok("3"))] }));
    const all = await collect(store.pages());
    expect(all.map(({ cursor }) => `${cursor.pos}:${cursor.index}`)).toEqual(["1:0", "1:1", "2:0", "2:1", "2:2"]);
    for (const [at, { cursor }] of all.entries()) {
      expect(await collect(store.pages({ after: cursor }))).toEqual(all.slice(at + 1));
    }
  });

  it("can be that of one tree, near the end and over a long way", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("r1", "r1-x-1", "r2", "other"));
    const wanted: string[] = [];
    for (let i = 0; i < 900; i++) {
      const id = ["r1", "r1-x-1", "r2", "other", "other", "other"][i % 6] ?? "";
      if (id.startsWith("r1")) wanted.push(String(i));
      store.commit(group({ records: [record(id, ok(String(i)))] }));
    }
    const keys = async (after: number): Promise<string[]> => {
      const records = await collect(store.pages({ rootId: "r1", after: { pos: after, index: 0 } }));
      return records.flatMap(({ entry }) => (entry.t === "ok" ? [entry.k] : []));
    };
    expect(await keys(1)).toEqual(wanted);
    expect(await keys(890)).toEqual(wanted.filter((key) => Number(key) + 2 > 890));
  });

  it("ends with what was durable when it was asked for", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a"));
    let pages = 0;
    for await (const _ of store.pages()) {
      pages += 1;
      store.commit(group({ records: [record("a", ok(String(pages)))] }));
    }
    expect(pages).toBe(1);
  });
});
