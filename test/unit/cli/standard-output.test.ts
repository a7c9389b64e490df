/** Standard output belongs to the command, whatever user code prints; with `--json` it is JSON, errors included. */
import { describe, expect, it, vi } from "vitest";
import { projectFolder, run, start } from "./spawn.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 60_000 });

/** Prints in every way there is, while it is loaded and while it runs; the words tell where. */
const LOUD = `import { workflow } from "treeline";
import { stdout } from "node:process";
const { log } = console;
function shout(where) {
  for (const method of ["log", "info", "debug", "dir", "dirxml", "table", "group", "groupEnd", "trace", "warn", "error"])
    console[method](where + " " + method);
  console.count(where + " count"); console.time("t"); console.timeLog("t"); console.timeEnd("t"); console.assert(false, where);
  log(where + " kept"); process.stdout.write(where + " write\\n"); stdout.write(where + " imported\\n");
}
shout("loading");
const child = workflow({ name: "child" }, (ctx) => ctx.step("s", () => { shout("step"); return 1; }));
export default workflow({ name: "loud" }, async (ctx) => { shout("workflow"); return [await ctx.execute(child, undefined)]; });
export { child };
`;
const SAID = ["loading log", "loading table", "workflow info", "step dir", "step write", "step imported", "step kept"];

describe("fault:B13 standard output", () => {
  it("is the result, and nothing else", async () => {
    const folder = projectFolder({ "loud.ts": LOUD });
    const { code, out, err } = await run(folder, ["run", "loud.ts"]);
    expect({ code, out: JSON.parse(out) as unknown }).toEqual({ code: 0, out: [1] });
    for (const each of SAID) expect(err).toContain(each);
  });

  it.each([
    ["run", ["run", "loud.ts", "--json"], { status: "SUCCEEDED", output: [1] }],
    ["run --detach", ["run", "loud.ts", "--json", "--detach"], { id: expect.any(String) }],
    ["resume", ["resume", "loud.ts", "--json"], { ended: [{ status: "SUCCEEDED" }] }],
  ])("is JSON with --json: %s", async (_title, args, expected) => {
    const folder = projectFolder({ "loud.ts": LOUD });
    await run(folder, ["run", "loud.ts", "--detach"]);
    const { code, out, err } = await run(folder, args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject(expected);
    expect(err).toContain("loading log");
  });

  it("is JSON with --json: dev", async () => {
    const folder = projectFolder({ "loud.ts": LOUD });
    const running = start(folder, ["dev", "loud.ts", "--port", "0", "--json"]);
    await running.printed("workflows");
    running.child.kill("SIGINT");
    const { out, err } = await running.ended;
    expect(JSON.parse(out)).toMatchObject({ workflows: ["loud", "child"] });
    expect(err).toContain("loading log");
  });

  it.each([
    ["a usage error", ["list", "--json", "--limit", "x"], 2],
    ["an unknown command", ["fly", "--json"], 2],
    ["a missing argument", ["show", "--json"], 2],
    ["a missing database", ["tree", "x", "--json"], 3],
    ["a missing file", ["run", "none.ts", "--json"], 3],
    ["what is not JSON", ["signal", "a", "b", "{", "--json"], 2],
    ["a stack that is not named", ["redrive", "--json"], 2],
    ["what only goes elsewhere", ["cost", "x", "--json"], 2],
  ])("is JSON with --json for %s", async (_title, args, code) => {
    const ended = await run(projectFolder({}), args);
    expect({ code: ended.code, err: ended.err }).toEqual({ code, err: "" });
    expect(JSON.parse(ended.out)).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  });

  it.each([[["events", "--json"]], [["events", "x", "--json"]]])("is one line of JSON: %j", async (args) => {
    const { out } = await run(projectFolder({}), args);
    expect(out).toMatch(/^\{"error":\{.*\}\}\n$/);
  });
});

it("fault:D12 NO_COLOR counts more than FORCE_COLOR, without a word of Node's", async () => {
  const folder = projectFolder({ "loud.ts": LOUD });
  const { out, err } = await run(folder, ["list", "--file", "none.db"], undefined, { NO_COLOR: "1", FORCE_COLOR: "1" });
  expect({ out, err }).toEqual({ out: "", err: expect.stringMatching(/^there is no database none\.db; [^\n]*\n$/) });
});
