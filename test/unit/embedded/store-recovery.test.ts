import { describe, expect, it } from "vitest";
import {
  Child,
  COMMIT_FOREVER,
  collect,
  copyOfCrashed,
  keysOf,
  manyCommits,
  opened,
  openedReader,
  temporaryFile,
} from "./store-fixtures.ts";
import { AT, creation, ending, group, ok, record, statics } from "./store-groups.ts";

describe("a file whose owner crashed", () => {
  it.each([
    ["before the tables ever caught up", 0],
    ["in the midst of a run of commits", 1_100],
  ])("%s has everything that was committed", async (_, commits) => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a", statics("b", { publicId: "mine" }), "c"));
    manyCommits(store, "a", commits);
    store.commit(creation("d", statics("e", { publicId: "mine" })));
    store.commit({ ...ending(AT, "b"), rested: [{ id: "c", status: "WAITING", parked: true }] });
    store.commit(group({ records: [record("a", ok("last")), record("d", ok("1"))] }));
    const file = copyOfCrashed(store);

    for (const found of [openedReader({ file }), opened({ file })]) {
      expect([...found.openHeads()].map(({ id, status }) => `${id} ${status}`)).toEqual([
        "a RUNNING",
        "c WAITING",
        "d RUNNING",
        "e RUNNING",
      ]);
      expect(found.head("b")).toEqual(store.head("b"));
      expect(found.headByName("default", "mine")?.id).toBe("e");
      expect(await keysOf(found, "a")).toEqual(await keysOf(store, "a"));
      expect(await collect(found.pages())).toEqual(await collect(store.pages()));
      expect(found.position()).toBe(store.position());
    }
  });

  it("goes on where it was, chains unbroken", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a", "b"));
    manyCommits(store, "a");
    store.commit(group({ records: [record("b", ok("1"))] }));
    const next = opened({ file: copyOfCrashed(store) });
    next.commit(group({ records: [record("b", ok("2")), record("a", ok("3"))] }));
    expect(await keysOf(next, "b")).toEqual(["1", "2"]);
    expect((await keysOf(next, "a")).at(-1)).toBe("3");
    next.close();
    const again = opened({ file: next.file });
    again.commit(group({ records: [record("b", ok("4"))] }));
    expect(await keysOf(again, "b")).toEqual(["1", "2", "4"]);
  });
});

describe("kill -9 in the midst of commits", () => {
  it.each([
    ["process", 30],
    ["process", 700],
    ["process", 1_500],
    ["power", 60],
  ])("loses nothing that was acknowledged (%s, after %i)", async (durability, acknowledgements) => {
    const file = temporaryFile();
    const child = new Child(COMMIT_FOREVER, file, durability);
    await child.hasWritten(acknowledgements);
    await child.kill();
    const acknowledged = Number(child.lines.at(-1));

    const store = opened({ file });
    const keys = await keysOf(store, "r");
    expect(keys.length).toBeGreaterThanOrEqual(acknowledged);
    expect(keys).toEqual(keys.map((_, at) => String(at + 1)));
    const children = store.childHeads("r-x-");
    expect(children.length).toBe(keys.length);
    for (const [at, { id, status, endedAt }] of children.slice(0, acknowledged).entries()) {
      const number = at + 1;
      expect({ id: Number(id.slice(4)), status, endedAt }).toEqual(
        number % 2 === 0
          ? { id: number, status: "SUCCEEDED", endedAt: number }
          : { id: number, status: "WAITING", endedAt: undefined },
      );
    }
    const last = children[acknowledged - 1]?.id ?? "";
    expect((await store.journal(last))[0]).toEqual(creation(last).records[0]);
    expect(store.db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  });
});
