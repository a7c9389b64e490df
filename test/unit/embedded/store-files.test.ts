import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { keysOf, opened, openedReader, temporaryFile, temporaryFolder } from "./store-fixtures.ts";
import { AT, creation, ending, group, ok, record } from "./store-groups.ts";

/** Of util-linux; sets the limits of a process from outside. */
const PRLIMIT = "/usr/bin/prlimit";

const withCode = (code: string): unknown => expect.objectContaining({ name: "StoreError", code });

describe("a file that is not ours", () => {
  function sqliteFile(sql: string): string {
    const file = temporaryFile();
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
    return file;
  }

  it.each([
    ["of another program", "CREATE TABLE t(x); PRAGMA application_id = 77"],
    ["of another program without a number", "CREATE TABLE t(x)"],
    ["of another program without a table", "PRAGMA application_id = 77"],
  ])("%s is refused and left alone", (_, sql) => {
    const file = sqliteFile(sql);
    const before = fs.readFileSync(file);
    expect(() => opened({ file })).toThrow(withCode("store_foreign"));
    expect(() => openedReader({ file })).toThrow(withCode("store_foreign"));
    expect(fs.readFileSync(file)).toEqual(before);
    expect(fs.readdirSync(path.dirname(file))).toEqual([path.basename(file)]);
  });

  it("and not even SQLite's is refused and left alone", () => {
    const file = temporaryFile();
    fs.writeFileSync(file, "Dear diary, ".repeat(500));
    expect(() => opened({ file })).toThrow(withCode("store_foreign"));
    expect(() => openedReader({ file })).toThrow(withCode("store_foreign"));
    expect(fs.readFileSync(file, "utf8")).toBe("Dear diary, ".repeat(500));
  });

  it("but empty becomes ours", () => {
    const file = temporaryFile();
    fs.writeFileSync(file, "");
    expect(() => openedReader({ file })).toThrow(withCode("store_foreign"));
    opened({ file }).commit(creation("a"));
  });

  it("from a newer version of ours is refused, and says what to do", () => {
    const file = temporaryFile();
    const store = opened({ file });
    store.db.exec("PRAGMA user_version = 3");
    store.close();
    expect(() => opened({ file })).toThrow(withCode("store_newer"));
    expect(() => openedReader({ file })).toThrow(/format 3, and this version of treeline knows formats up to 2/);
  });
});

describe("a place that is no place", () => {
  it("fails with the path", () => {
    const file = path.join(temporaryFolder(), "missing", "store.db");
    expect(() => opened({ file })).toThrow(withCode("store_failed"));
    expect(() => opened({ file })).toThrow(`${file}: unable to open database file. Check that the path exists.`);
    expect(() => openedReader({ file: temporaryFile() })).toThrow(withCode("store_failed"));
  });
});

describe("a full disk", () => {
  it("refuses a group whole, and takes the same group when there is room again", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a"));
    const pages = Number(Object.values(store.db.prepare("PRAGMA page_count").get() ?? {})[0]);
    store.db.exec(`PRAGMA max_page_count = ${pages + 20}`);
    const long = group({
      ...creation("b"),
      records: ["1", "2", "3", "4"].map((key) => record("a", ok(key, JSON.stringify(noise(60_000))))),
      rested: [{ id: "a", status: "WAITING", parked: true }],
    });
    const position = store.position();
    for (let again = 0; again < 3; again++) expect(() => store.commit(long)).toThrow(withCode("store_full"));
    expect([store.position(), store.commits]).toEqual([position, 1]);
    expect(store.head("a")?.status).toBe("RUNNING");
    expect(store.head("b")).toBeUndefined();
    store.commit(group({ records: [record("a", ok("small"))] }));
    store.db.exec("PRAGMA max_page_count = 1000000");
    store.commit(long);
    expect(await keysOf(store, "a")).toEqual(["small", "1", "2", "3", "4"]);
    expect(store.head("b")?.id).toBe("b");
    expect(store.db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  });

  it("that is met while the tables catch up loses nothing either", async () => {
    const store = opened({ file: temporaryFile() });
    const ids = Array.from({ length: 3_000 }, (_, i) => `e${i}`);
    store.commit(creation(...ids));
    const pages = Number(Object.values(store.db.prepare("PRAGMA page_count").get() ?? {})[0]);
    store.db.exec(`PRAGMA max_page_count = ${pages + 4}`);
    expect(() => store.commit(ending(AT, "e1"))).toThrow(withCode("store_full"));
    expect(store.head("e1")?.status).toBe("RUNNING");
    expect(store.head("e2999")?.status).toBe("RUNNING");
    store.db.exec("PRAGMA max_page_count = 1000000");
    store.commit(ending(AT, "e1"));
    store.close();
    const again = opened({ file: store.file });
    expect([...again.openHeads()].length).toBe(2_999);
    expect((await again.journal("e1")).map(({ entry }) => entry.t)).toEqual(["run", "fin"]);
  });
});

/** Text that cannot be compressed. */
function noise(length: number): string {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed % 36).toString(36);
  }).join("");
}

describe("a disk that fails", () => {
  // A limit on the size of files stands for it: the operating system itself refuses to write, also in a commit.
  it.skipIf(!fs.existsSync(PRLIMIT))("refuses the group, and takes it when it works again", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a"));
    const limit = (bytes: number | "unlimited"): void => {
      execFileSync(PRLIMIT, [`--pid=${process.pid}`, `--fsize=${bytes}:unlimited`]);
    };
    try {
      limit(fs.statSync(`${store.file}-wal`).size + 8_192);
      const failing = group({ records: [record("a", ok("long", JSON.stringify(noise(50_000))))] });
      expect(() => store.commit(failing)).toThrow(withCode("store_failed"));
      limit("unlimited");
      store.commit(failing);
    } finally {
      limit("unlimited");
    }
    store.commit(group({ records: [record("a", ok("next"))] }));
    expect(await keysOf(store, "a")).toEqual(["long", "next"]);
  });
});

describe("a read-only file", () => {
  it("refuses commits, and takes them when it may be written again", async () => {
    const store = opened({ file: temporaryFile() });
    store.commit(creation("a"));
    store.db.exec("PRAGMA query_only = 1");
    const refused = group({ records: [record("a", ok("1"))] });
    expect(() => store.commit(refused)).toThrow(withCode("store_read_only"));
    store.db.exec("PRAGMA query_only = 0");
    store.commit(refused);
    expect(await keysOf(store, "a")).toEqual(["1"]);
  });

  it("can be opened so, beside its owner: to read and not to write", async () => {
    const owner = opened({ file: temporaryFile() });
    owner.commit(creation("a"));
    const store = opened({ file: owner.file, readOnly: true });
    expect(store.head("a")?.id).toBe("a");
    for (const write of [() => store.commit(creation("b")), () => store.setMeta("k", "v"), () => store.prune(AT)]) {
      expect(write).toThrow(withCode("store_read_only"));
    }
    await expect(store.commitEncoded(creation("b"))).rejects.toThrow(withCode("store_read_only"));
    store.close();
    owner.commit(creation("b"));
  });
});

describe("a damaged file", () => {
  it("says so", async () => {
    const store = opened({ file: ":memory:" });
    store.commit(creation("a", "b"));
    store.commit(group({ records: [record("a", ok("1")), record("b", ok("2"))] }));
    store.db.exec("UPDATE journal SET page = 'nonsense' WHERE pos = 2");
    await expect(store.journal("a")).rejects.toThrow(/damaged: page 2 of the journal cannot be read/);
    store.db.exec("DELETE FROM journal WHERE pos = 1");
    expect(() => [...store.openHeads()]).toThrow(withCode("store_failed"));
  });
});
