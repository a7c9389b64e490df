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
    expect(() => opened({ file })).toThrow(/is open in this process already\. Use the engine that has it, or close/);
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

  it("fault:C11 is of the file, whatever path leads to it", () => {
    const file = temporaryFile();
    const store = opened({ file });
    const folder = path.dirname(file);
    fs.symlinkSync(file, path.join(folder, "link.db"));
    fs.linkSync(file, path.join(folder, "hard-link.db"));
    fs.symlinkSync(folder, path.join(folder, "itself"));
    const paths = ["link.db", "hard-link.db", `itself/${path.basename(file)}`].map((name) => path.join(folder, name));
    for (const each of [...paths, path.relative(process.cwd(), file)]) {
      expect(() => opened({ file: each })).toThrow(
        expect.objectContaining({ code: "store_locked", message: expect.stringContaining("open in this process") }),
      );
    }
    store.close();
    for (const each of paths) opened({ file: each }).close();
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
