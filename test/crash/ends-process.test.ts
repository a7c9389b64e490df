/** An execution whose replay ends the process is set aside; those beside it go on. In processes that really end. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

const folder = fs.mkdtempSync(path.join(import.meta.dirname, "tmp-ends-process-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const INNOCENT = 50;
const BUDGET = 2;

const script = `
import { openEngine, workflow } from "treeline";
const [file, mode] = process.argv.slice(2);
const innocent = workflow({ name: "innocent" }, async (ctx, n) => {
  await ctx.step("s", () => n);
  await ctx.waitForSignal("go");
  return n;
});
const culprit = workflow({ name: "culprit", version: mode === "mended" ? "2" : "1", ...(mode === "mended" && { compatibleWith: ["1"] }) }, async (ctx) => {
  await ctx.step("s", () => 1);
  if (mode === "again") process.exit(9);
  await ctx.waitForSignal("go");
  return "done";
});
const log = ({ level, message }) => level !== "info" && console.log("log", message);
const engine = await openEngine({ file, workflows: [innocent, culprit], socket: false, log, limits: { interruptions: ${BUDGET} } });
if (mode === "first") {
  for (let n = 0; n < ${INNOCENT}; n += 1) await engine.start(innocent, n, { id: "i" + n });
  await engine.start(culprit, undefined, { id: "culprit" });
  await engine.idle();
  process.exit(0);
}
// What merely waits is not replayed until something comes for it.
if (mode === "again") await engine.signal("culprit", "poke");
console.log(JSON.stringify({ culprit: await engine.get("culprit") }));
if (mode === "again") {
  for (let n = 0; n < ${INNOCENT}; n += 1) {
    await engine.signal("i" + n, "go");
  }
  await engine.idle();
  const { executions } = await engine.list({ workflow: "innocent", limit: 100 });
  console.log(JSON.stringify({ innocent: executions.map(({ status }) => status) }));
  process.exit(0);
}
await engine.signal("culprit", "go");
await engine.idle();
console.log(JSON.stringify({ culprit: await engine.get("culprit") }));
await engine.close();
`;

function run(mode: "first" | "again" | "mended"): { code: number | null; out: string; said: readonly unknown[] } {
  const module = path.join(folder, "host.mjs");
  fs.writeFileSync(module, script);
  const args = ["--conditions=treeline-source", module, path.join(folder, "t.db"), mode];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const said = stdout.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as unknown] : []));
  return { code: status, out: stdout + stderr, said };
}

it("fault:A3 an execution whose replay ends the process is set aside after the budget, and nobody else is", () => {
  expect(run("first").code).toBe(0);
  for (let death = 0; death < BUDGET; death += 1) expect(run("again").code).toBe(9);
  const survived = run("again");
  expect(survived.out).toContain("ended the process while it was replayed, 2 times in a row");
  expect(survived.said).toMatchObject([
    { culprit: { status: "WAITING", blocked: { reason: "ends_process" } } },
    { innocent: Array.from({ length: INNOCENT }, () => "SUCCEEDED") },
  ]);
  // Other code is given another chance, and what was counted is forgotten when it comes through.
  const mended = run("mended");
  expect(mended.said).toMatchObject([{ culprit: { status: "WAITING" } }, { culprit: { status: "SUCCEEDED" } }]);
  expect(fs.readdirSync(folder).filter((name) => name.endsWith("-replay"))).toEqual([]);
});
