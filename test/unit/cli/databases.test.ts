/** The database that a command is given: none, an empty name, what is missing, and what cannot be one. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { openReader, openStore } from "../../../lib/homes/embedded/store.ts";
import { fakeTerminal, temporaryFolder, type FakeTerminalOptions } from "./fake-terminal.ts";
import { projectFolder, run } from "./spawn.ts";

const WORKFLOW = `import { workflow } from "treeline";
export default workflow({ name: "w" }, () => "done");
`;

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function treeline(args: readonly string[], options: FakeTerminalOptions = {}): Promise<Answer> {
  const terminal = fakeTerminal({ files: { "w.ts": WORKFLOW }, ...options });
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

/** What every command about a database is called with. */
const READING = [
  ["list"],
  ["show", "x"],
  ["tree", "x"],
  ["events", "x"],
  ["pending", "x"],
  ["signal", "x", "go"],
  ["callback", "x", "--succeed"],
  ["cancel", "x"],
  ["stop", "x"],
  ["prune"],
  ["resume"],
  ["replay", "w.ts"],
];
const MAKING = [
  ["run", "w.ts"],
  ["dev", "w.ts", "--port", "0"],
];

describe("fault:A5 an empty name", () => {
  vi.setConfig({ testTimeout: 30_000 });

  it.each([...READING, ...MAKING].map((args) => [args]))("is refused by %j", async (args) => {
    expect(await treeline([...args, "--file", ""])).toMatchObject({ code: 2, out: "" });
  });

  it("is refused as the argument of resume", async () => {
    expect(await treeline(["resume", ""])).toMatchObject({ code: 2, out: "" });
  });

  it("means none in TREELINE_FILE", async () => {
    const folder = projectFolder({ "w.ts": WORKFLOW });
    const env = { TREELINE_FILE: "" };
    expect(await run(folder, ["run", "w.ts", "--detach", "--id", "kept"], "", env)).toMatchObject({ code: 0 });
    expect(fs.readdirSync(folder).toSorted()).toEqual([".treeline", "w.ts"]);
    expect((await run(folder, ["list"], "", env)).out).toContain("kept");
    expect((await run(folder, ["resume"], "", env)).out).toBe("done\n");
  });

  it("is refused by engines, stores and readers, and no other name means memory", async () => {
    const before = fs.readdirSync(".");
    for (const file of ["", "a\0b"]) {
      await expect(openEngine({ file })).rejects.toMatchObject({ code: "invalid_argument" });
      expect(() => openStore({ file, durability: "process" })).toThrow(withCode("invalid_argument"));
      expect(() => openReader({ file })).toThrow(withCode("invalid_argument"));
    }
    expect(fs.readdirSync(".")).toEqual(before);
  });

  it("is not what a URI is taken for", async () => {
    const folder = temporaryFolder();
    const engine = await openEngine({ file: path.relative(process.cwd(), path.join(folder, "file:x?mode=memory")) });
    await engine.close();
    expect(fs.readdirSync(folder)).toContain("file:x?mode=memory");
  });
});

function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}

describe("fault:C16 the exit code", () => {
  it.each(READING.map((args) => [args]))("is 3 for a missing database: %j", async (args) => {
    for (const file of ["none.db", "none/none.db", "w.ts/none.db"]) {
      const missing = path.join(projectFolder({ "w.ts": WORKFLOW }), file);
      expect(await treeline([...args, "--file", missing])).toMatchObject({ code: 3, out: "" });
    }
  });

  it.each([...READING, ...MAKING].map((args) => [args]))("is 4 for what cannot be a database: %j", async (args) => {
    const folder = temporaryFolder();
    const file = path.join(folder, "text.db");
    fs.writeFileSync(file, "Dear diary");
    for (const each of [folder, file, ...(process.platform === "win32" ? [] : ["/", "/dev/null"])]) {
      expect(await treeline([...args, "--file", each])).toMatchObject({ code: 4, out: "" });
    }
  });

  it.each(MAKING.map((args) => [args]))("is 4 where no database can be made: %j", async (args) => {
    const file = path.join(projectFolder({ "text.txt": "" }), "text.txt/below/a.db");
    const ended = await treeline([...args, "--file", file]);
    expect(ended).toMatchObject({ code: 4, out: "" });
    expect(ended.err).toContain("text.txt is not a folder");
  });

  it.runIf(process.platform === "linux")("fault:D14 is 4 at once in a folder where nothing can be made", async () => {
    const folder = projectFolder({ "w.ts": WORKFLOW });
    expect(await run(folder, ["run", "w.ts", "-f", "/proc/x/y.db"])).toMatchObject({ code: 4, out: "" });
  });
});

/** Rights mean nothing to the superuser. */
const asNobody = process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0;

describe.runIf(process.platform !== "win32")("fault:D16 a database in a folder without write permission", () => {
  it("can be read", async () => {
    const folder = projectFolder({ "w.ts": WORKFLOW });
    await run(folder, ["run", "w.ts", "--id", "kept", "-f", "data/a.db"]);
    fs.chmodSync(folder, 0o755);
    fs.chmodSync(path.join(folder, "data"), 0o555);
    const list = ["--conditions=treeline-source", "bin/treeline.mjs", "list", "-f", path.join(folder, "data/a.db")];
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath];
    const command: [string, string[]] = asNobody ? ["setpriv", [...nobody, ...list]] : [process.execPath, list];
    const { stdout, stderr } = spawnSync(...command, { encoding: "utf8" });
    fs.chmodSync(path.join(folder, "data"), 0o755);
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining("kept"), stderr: "" });
  });
});
