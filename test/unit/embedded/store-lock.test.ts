import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Child, HOLD_LOCK, opened, openedReader, temporaryFile } from "./store-fixtures.ts";
import { creation } from "./store-groups.ts";

describe("ownership", () => {
  it("is refused to a second store of the same process, until the first is closed", () => {
    const file = temporaryFile();
    const first = opened({ file });
    expect(() => opened({ file })).toThrow(expect.objectContaining({ code: "store_locked" }));
    expect(() => opened({ file })).toThrow(/in use by this process/);
    first.commit(creation("a"));
    first.close();
    expect(opened({ file }).head("a")?.id).toBe("a");
  });

  it("is refused to another process by name of the owner, and ends with the owner's death", async () => {
    const file = temporaryFile();
    const owner = new Child(HOLD_LOCK, file);
    await owner.hasWritten(1);
    const refused = { code: "store_locked", data: { pid: owner.pid } };
    expect(() => opened({ file })).toThrow(expect.objectContaining(refused));
    expect(() => opened({ file })).toThrow(`in use by process ${owner.pid}`);
    expect(openedReader({ file }).position()).toBe(0);
    await owner.kill();
    opened({ file }).commit(creation("a"));
  });

  it("is of the file, whatever path leads to it", () => {
    const file = temporaryFile();
    opened({ file });
    const link = path.join(path.dirname(file), "link.db");
    fs.symlinkSync(file, link);
    expect(() => opened({ file: link })).toThrow(expect.objectContaining({ code: "store_locked" }));
  });

  it("is not asked for in memory, nor to read", () => {
    opened({ file: ":memory:" }).commit(creation("a"));
    expect(opened({ file: ":memory:" }).head("a")).toBeUndefined();
    const file = temporaryFile();
    opened({ file });
    opened({ file, readOnly: true });
  });

  it("may be given up twice", () => {
    const store = opened({ file: temporaryFile() });
    store.close();
    expect(() => store.close()).not.toThrow();
  });
});
