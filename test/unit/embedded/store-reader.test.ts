import { describe, expect, it } from "vitest";
import {
  Child,
  COMMIT_FOREVER,
  collect,
  keysOf,
  manyCommits,
  opened,
  openedReader,
  temporaryFile,
} from "./store-fixtures.ts";
import { AT, creation, ending, group, ok, record, statics } from "./store-groups.ts";

describe("a reader beside the owner", () => {
  it("sees every commit, before and after the tables catch up", async () => {
    const store = opened({ file: temporaryFile() });
    const reader = openedReader({ file: store.file });
    expect(reader.head("a")).toBeUndefined();
    store.commit(creation("a", statics("b", { publicId: "mine" })));
    const seen: number[] = [];
    for (let round = 0; round < 8; round++) {
      expect(reader.headByName("default", "mine")?.id).toBe("b");
      expect(reader.position()).toBe(store.position());
      seen.push((await keysOf(reader, "a")).length);
      for (let i = 0; i < 300; i++) store.commit(group({ records: [record("a", ok(`${round}.${i}`))] }));
    }
    expect(seen).toEqual([0, 300, 600, 900, 1_200, 1_500, 1_800, 2_100]);
    store.commit(ending(AT, "a"));
    expect(reader.head("a")?.endedAt).toBe(AT);
    expect(await collect(reader.pages())).toEqual(await collect(store.pages()));
  });

  it("reads on when the owner is gone", async () => {
    const store = opened({ file: temporaryFile() });
    const reader = openedReader({ file: store.file });
    store.commit(creation("a"));
    store.close();
    expect(reader.head("a")?.id).toBe("a");
    await reader.leave({ executionId: "a", kind: "stop", body: "{}", at: AT });
    expect(await reader.inboxItems()).toHaveLength(1);
  });

  it("sees whole groups of a process at work", async () => {
    const file = temporaryFile();
    const child = new Child(COMMIT_FOREVER, file, "process");
    await child.hasWritten(5);
    const reader = openedReader({ file });
    for (let read = 0; read < 20; read++) {
      const written = child.lines.length;
      const [children, keys] = [reader.childHeads("r-x-"), await keysOf(reader, "r")];
      expect(children.length).toBeGreaterThanOrEqual(written);
      expect(keys.length).toBeGreaterThanOrEqual(children.length);
      expect(keys).toEqual(keys.map((_, at) => String(at + 1)));
      await child.hasWritten(written + 5);
    }
  });
});

describe("the outside inbox", () => {
  const signal = { executionId: "a", kind: "signal", body: '{"n":1}', at: AT } as const;

  it("keeps what anybody leaves until the owner has applied it, in one commit with its entries", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a"));
    const reader = openedReader({ file: store.file });
    const first = await reader.leave(signal);
    const second = await store.leave({ ...signal, kind: "cancel" });
    const items = [
      { rowid: first, ...signal },
      { rowid: second, ...signal, kind: "cancel" },
    ];
    expect(await store.inboxItems()).toEqual(items);
    expect(await reader.inboxItems()).toEqual(items);
    store.commit(group({ records: [record("a", ok("applied"))], inboxApplied: [first] }));
    expect(await reader.inboxItems()).toEqual(items.slice(1));
    store.commit(group({ inboxApplied: [second] }));
    expect([await reader.inboxItems(), store.position(), store.commits]).toEqual([[], 2, 3]);
    expect(await reader.leave(signal)).toBeGreaterThan(second);
  });

  it("is not emptied by a commit that fails", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a"));
    const rowid = await store.leave(signal);
    expect(() => store.commit(group({ records: [record("ghost", ok("1"))], inboxApplied: [rowid] }))).toThrow(/ghost/);
    store.db.exec("PRAGMA query_only = 1");
    expect(() => store.commit(group({ inboxApplied: [rowid] }))).toThrow(/read-only/);
    store.db.exec("PRAGMA query_only = 0");
    expect(await store.inboxItems()).toHaveLength(1);
  });
});

describe("meta", () => {
  it("is set by the owner and read by all", () => {
    const store = opened({ file: temporaryFile() });
    store.setMeta("key", "1");
    store.setMeta("key", "2");
    expect(store.meta("key")).toBe("2");
    expect(openedReader({ file: store.file }).meta("key")).toBe("2");
    expect(store.meta("none")).toBeUndefined();
  });
});

describe("pages that were read", () => {
  it("do not gather in memory without bound, and come again when asked for", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a", "b"));
    const long = JSON.stringify("x".repeat(9_000));
    for (let i = 0; i < 200; i++) store.commit(group({ records: [record(i % 2 ? "a" : "b", ok(String(i), long))] }));
    manyCommits(store, "b", 10);
    for (let read = 0; read < 2; read++) {
      for (const id of ["a", "b"]) expect((await keysOf(store, id)).length).toBe(id === "a" ? 100 : 110);
    }
  });
});
