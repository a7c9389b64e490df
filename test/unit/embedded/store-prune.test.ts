import { describe, expect, it } from "vitest";
import type { SqliteStore } from "../../../lib/homes/embedded/store-writer.ts";
import { collect, keysOf, manyCommits, opened, openedReader, temporaryFile } from "./store-fixtures.ts";
import { AT, creation, ending, group, ok, record, statics } from "./store-groups.ts";

const DAY = 24 * 60 * 60 * 1_000;

function rows(store: SqliteStore, table: string): number {
  return Number(Object.values(store.db.prepare(`SELECT count(*) FROM main.${table}`).get() ?? {})[0]);
}

describe("prune", () => {
  it("deletes what ended longer ago than its retention, 30 days unless it says otherwise", () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a", "b", statics("c", { retentionMs: DAY }), "d"));
    store.commit(ending(AT, "a", "c"));
    store.commit(ending(AT + 1, "b"));
    expect(store.prune(AT + DAY)).toEqual({ trees: 1, executions: 1, pages: 0, done: true });
    expect(store.prune(AT + 30 * DAY)).toEqual({ trees: 1, executions: 1, pages: 1, done: true });
    expect(store.list({}).heads.map(({ id }) => id)).toEqual(["d", "b"]);
    expect(store.prune(AT + DAY, { retentionMs: DAY - 1 })).toMatchObject({ trees: 1 });
    expect(store.head("d")?.status).toBe("RUNNING");
  });

  it("takes a tree as one, and never while anything in it is open", () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("r", "r-x-1", "r-x-2", statics("r-y-1", { retentionMs: 2 * DAY })));
    store.commit(ending(AT, "r", "r-x-1", "r-y-1"));
    expect(store.prune(AT + 99 * DAY)).toMatchObject({ trees: 0 });
    store.commit(ending(AT + 80 * DAY, "r-x-2"));
    expect(store.prune(AT + 99 * DAY)).toMatchObject({ trees: 0 });
    expect(store.prune(AT + 110 * DAY)).toEqual({ trees: 1, executions: 4, pages: 3, done: true });
    expect([rows(store, "executions"), rows(store, "journal")]).toEqual([0, 0]);
  });

  it("leaves nothing of what it deleted in pages that others need, and all of the others at its place", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a", "b", "c"));
    store.commit(group({ records: [record("a", ok("1", '"secret"')), record("b", ok("2")), record("a", ok("3"))] }));
    store.commit(group({ records: [record("c", ok("4")), record("b", ok("5"))] }));
    store.commit(ending(AT, "a"));
    const kept = (await collect(store.pages())).filter(({ executionId }) => executionId !== "a");

    expect(store.prune(AT + 30 * DAY)).toEqual({ trees: 1, executions: 1, pages: 1, done: true });
    expect(await collect(store.pages())).toEqual(kept);
    expect(await keysOf(store, "b")).toEqual(["2", "5"]);
    expect(await store.journal("a")).toEqual([]);
    const text = store.db.prepare("SELECT group_concat(page) AS pages FROM journal").get()?.["pages"];
    expect(text).not.toContain("secret");
    expect(text).not.toMatch(/"a"[^:]/);

    store.commit(ending(AT, "b", "c"));
    expect(store.prune(AT + 30 * DAY)).toMatchObject({ trees: 2, pages: 4 });
    expect(rows(store, "journal")).toBe(0);
  });

  it("never uses a position again, not even in an empty file", () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a"));
    store.commit(ending(AT, "a"));
    store.prune(AT + 30 * DAY);
    store.close();
    const again = opened({ file: store.file });
    expect([again.position(), openedReader({ file: store.file }).position()]).toEqual([2, 2]);
    again.commit(creation("b"));
    expect(again.position()).toBe(3);
  });

  it("frees names and items left for it, and no others", async () => {
    const store = opened({ file: temporaryFile() });
    const item = { kind: "signal", body: "{}", at: AT } as const;
    store.commit(creation(statics("a", { publicId: "mine" }), statics("b", { publicId: "yours" })));
    store.commit(creation(statics("c", { publicId: "yours" })));
    store.commit(ending(AT, "a", "b"));
    await store.leave({ ...item, executionId: "a" });
    await store.leave({ ...item, executionId: "c" });
    store.prune(AT + 30 * DAY);
    expect(store.headByName("default", "mine")).toBeUndefined();
    expect(store.headByName("default", "yours")?.id).toBe("c");
    expect((await store.inboxItems()).map(({ executionId }) => executionId)).toEqual(["c"]);
    expect(rows(store, "names")).toBe(1);
  });

  it("does a bounded amount of work per call, and comes to an end", () => {
    const store = opened({ file: ":memory:" });
    const ids = Array.from({ length: 250 }, (_, i) => `e${String(i).padStart(3, "0")}`);
    store.commit(creation(...ids));
    store.commit(ending(AT, ...ids.filter((id) => id !== "e005")));
    const calls = [];
    do calls.push(store.prune(AT + 30 * DAY));
    while (calls.at(-1)?.done === false);
    expect(calls.map(({ trees }) => trees)).toEqual([100, 100, 49]);
    expect(store.list({}).heads.map(({ id }) => id)).toEqual(["e005"]);
    expect(store.prune(AT + 30 * DAY, { limit: 1 })).toMatchObject({ trees: 0, done: true });
  });

  it("is seen whole by a reader beside it, which goes on reading the others", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a", "b"));
    const reader = openedReader({ file: store.file });
    manyCommits(store, "b");
    store.commit(ending(AT, "a"));
    expect(reader.head("a")?.status).toBe("SUCCEEDED");
    store.prune(AT + 30 * DAY);
    expect(reader.head("a")).toBeUndefined();
    expect(await reader.journal("a")).toEqual([]);
    expect(await keysOf(reader, "b")).toEqual(await keysOf(store, "b"));
    store.commit(group({ records: [record("b", ok("on"))] }));
    expect((await keysOf(reader, "b")).at(-1)).toBe("on");
  });
});
