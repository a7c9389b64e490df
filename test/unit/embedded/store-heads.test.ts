import { describe, expect, it } from "vitest";
import type { ListFilter } from "../../../lib/ports/client.ts";
import type { Store } from "../../../lib/homes/embedded/store.ts";
import { manyCommits, opened, openedReader, temporaryFile } from "./store-fixtures.ts";
import { AT, creation, ending, group, ok, record, statics } from "./store-groups.ts";

/** What the tables know, what only the journal knows, and what each of them knows a part of. */
const moments = ["at once", "after the tables have caught up", "from beside the owner"] as const;

describe.each(moments)("heads, %s", (moment) => {
  function settled(
    store: Store,
  ): Pick<Store, "head" | "headByName" | "openHeads" | "list" | "treeHeads" | "childHeads"> {
    if (moment === "at once") return store;
    if (moment === "from beside the owner") return openedReader({ file: store.file });
    store.commit(creation("zz"));
    manyCommits(store, "zz");
    store.commit(ending(AT, "zz"));
    return store;
  }

  const store = (): Store => opened({ file: temporaryFile() });
  const first = { generation: 1, attempt: 1, parked: false };
  const ids = (heads: Iterable<{ readonly id: string }>): string[] => [...heads].map(({ id }) => id);

  it("hold every static field", () => {
    const full = statics("r-a-b", {
      publicId: "mine",
      parentId: "r",
      parentOperation: "/CHILD:x#1",
      parentGeneration: 2,
      policy: "abandon",
      awaited: false,
      deadline: AT + 1,
      startAt: AT + 2,
      retry: { maxAttempts: 3, initialDelayMs: 1, maxDelayMs: 2, backoffRate: 2, jitter: "FULL" },
      idReuse: "reject",
      attributes: { region: "eu", size: 3, big: false },
      summary: "s",
      priority: 0,
      fingerprint: "x",
      module: "/w.ts",
      retentionMs: 5,
    });
    const one = store();
    one.commit(creation(full));
    const read = settled(one);
    expect(read.head("r-a-b")).toEqual({ ...full, ...first, status: "PENDING", parked: true, wakeAt: AT + 1 });
    expect(read.head("nobody")).toBeUndefined();
  });

  it("show what executions became", () => {
    const one = store();
    one.commit(creation("a", "b", "c"));
    one.commit({ ...ending(AT + 7, "a"), rested: [{ id: "b", status: "WAITING", parked: true }] });
    const read = settled(one);
    expect(read.head("a")).toEqual({ ...statics("a"), ...first, status: "SUCCEEDED", endedAt: AT + 7 });
    expect(read.head("b")).toEqual({ ...statics("b"), ...first, status: "WAITING", parked: true });
    expect(ids(read.openHeads())).toEqual(["b", "c"]);
  });

  it("tell how each execution rests, until its journal grows or something came for it", () => {
    const one = store();
    const blocked = { reason: "code_changed", since: AT, difference: "STEP:a#1" } as const;
    const watches = [{ key: "/ATTACH:x#1", target: "b" }];
    one.commit(creation("a", "b", "c", "d", "e"));
    one.commit(
      group({
        rested: [
          { id: "a", status: "WAITING", parked: true, wakeAt: AT + 5, watches },
          { id: "b", status: "WAITING", parked: false, wakeAt: AT + 6, blocked },
          { id: "c", status: "WAITING", parked: true, wakeAt: AT + 7 },
          { id: "d", status: "PENDING", parked: false },
        ],
        generations: [{ id: "e", generation: 3, attempt: 2 }],
      }),
    );
    one.commit(group({ records: [record("c", ok("k"))] }));
    one.commit(group({ woken: ["a"], rested: [{ id: "d", status: "WAITING", parked: true }] }));
    const read = settled(one);
    expect(read.head("a")).toEqual({ ...statics("a"), ...first, status: "WAITING", wakeAt: AT + 5 });
    expect(read.head("b")).toEqual({ ...statics("b"), ...first, status: "WAITING", wakeAt: AT + 6, blocked });
    expect(read.head("c")).toEqual({ ...statics("c"), ...first, status: "RUNNING" });
    expect(read.head("d")).toEqual({ ...statics("d"), ...first, status: "WAITING", parked: true });
    expect(read.head("e")).toMatchObject({ status: "RUNNING", generation: 3, attempt: 2 });
  });

  it("are found by the newest claim of a name, else by internal id, in their namespace only", () => {
    const one = store();
    one.commit(creation(statics("a", { publicId: "mine" }), statics("b", { publicId: "mine", namespace: "other" })));
    one.commit(creation(statics("c", { publicId: "mine" }), "d"));
    const read = settled(one);
    expect(read.headByName("default", "mine")?.id).toBe("c");
    expect(read.headByName("other", "mine")?.id).toBe("b");
    expect(read.headByName("default", "d")?.id).toBe("d");
    expect(read.headByName("other", "d")).toBeUndefined();
    expect(read.headByName("default", "nobody")).toBeUndefined();
  });

  it("form trees and collections of children", () => {
    const one = store();
    one.commit(creation("r", "r-p-2", "r-p-1", "r-q-1", "ra", "q"));
    const read = settled(one);
    expect(ids(read.treeHeads("r"))).toEqual(["r", "r-p-1", "r-p-2", "r-q-1"]);
    expect(ids(read.childHeads("r-p-"))).toEqual(["r-p-1", "r-p-2"]);
    expect(read.treeHeads("nobody")).toEqual([]);
  });

  it("are listed newest first, by every filter", () => {
    const one = store();
    one.commit(
      creation(
        statics("a", { workflow: "pay", createdAt: 1, attributes: { n: 1, s: "1", "odd.key": true } }),
        statics("b", { namespace: "other", createdAt: 2, attributes: { n: 2 } }),
        statics("c", { createdAt: 3 }),
        statics("c-x-1", { createdAt: 4, parentId: "c" }),
        statics("c-y-1", { createdAt: 5, parentId: "c-x-1" }),
      ),
    );
    one.commit(ending(AT, "c", "b"));
    const read = settled(one);
    const listed = (filter: ListFilter): string[] => {
      return ids(read.list(filter).heads).filter((id) => id !== "zz");
    };
    expect(listed({})).toEqual(["c-y-1", "c-x-1", "c", "b", "a"]);
    expect(listed({ workflow: "pay" })).toEqual(["a"]);
    expect(listed({ status: "SUCCEEDED" })).toEqual(["c", "b"]);
    expect(listed({ status: ["SUCCEEDED", "RUNNING"], namespace: "default" })).toEqual(["c-y-1", "c-x-1", "c", "a"]);
    expect(listed({ rootId: "c" })).toEqual(["c-y-1", "c-x-1", "c"]);
    expect(listed({ parentId: "c" })).toEqual(["c-x-1"]);
    expect(listed({ startedAfter: 2, startedBefore: 5 })).toEqual(["c-x-1", "c"]);
    expect(listed({ attributes: { n: 1, s: "1" } })).toEqual(["a"]);
    expect(listed({ attributes: { n: "1" } })).toEqual([]);
    expect(listed({ attributes: { "odd.key": true } })).toEqual(["a"]);
  });

  it("are listed page by page, and the last page says so", () => {
    const one = store();
    const all = Array.from({ length: 7 }, (_, i) => `r-p-${i}`);
    one.commit(creation(...all.map((id) => statics(id, { parentId: "r" })), "r"));
    const read = settled(one);
    for (const filter of [{ rootId: "r" }, { parentId: "r" }]) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = read.list({ ...filter, limit: 3, ...(cursor !== undefined && { cursor }) });
        found.push(...ids(page.heads));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(found).toEqual([...all.toReversed(), ...("rootId" in filter ? ["r"] : [])]);
    }
    expect(read.list({ rootId: "r", limit: 8 }).cursor).toBeUndefined();
  });
});

describe("open heads", () => {
  it("can be gone through while commits go on", () => {
    const store = opened({ file: ":memory:" });
    const all = Array.from({ length: 1_200 }, (_, i) => `e${String(i).padStart(4, "0")}`);
    store.commit(creation(...all));
    const seen: string[] = [];
    for (const { id } of store.openHeads()) {
      seen.push(id);
      store.commit(ending(AT, id));
    }
    expect(seen).toEqual(all);
    expect([...store.openHeads()]).toEqual([]);
  });

  it("rested without an entry keep their journal whole", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a"));
    store.commit(group({ rested: [{ id: "a", status: "WAITING", parked: true }] }));
    store.commit(ending(AT, "a"));
    expect((await store.journal("a")).map(({ entry }) => entry.t)).toEqual(["run", "fin"]);
  });
});
