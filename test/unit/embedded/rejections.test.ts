/** Which rejections the engine takes, and which it leaves to Node. In processes of their own, since Node ends them. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const folder = mkdtempSync(path.join(import.meta.dirname, "tmp-rejections-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a module that has an engine in memory with the workflow `w`. */
function host(body: string, args: readonly string[] = []): Promise<Ended> {
  const file = path.join(folder, `host-${Math.random()}.mts`);
  writeFileSync(
    file,
    `import { openEngine, workflow } from "treeline";
     const nap = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
     const w = workflow({ name: "w" }, async (ctx) => { await ctx.step("s", () => 1); return "done"; });
     const engine = await openEngine({ file: ":memory:", workflows: [w], log: ({ message }) => console.log(message) });
     ${body}`,
  );
  const child = spawn(process.execPath, ["--conditions=treeline-source", ...args, file], { stdio: "pipe" });
  let out = "";
  let err = "";
  child.stdout.on("data", (text) => (out += String(text)));
  child.stderr.on("data", (text) => (err += String(text)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

describe("fault:A1 a rejection that belongs to no execution", () => {
  it("ends the process, as without an engine", async () => {
    const { code, err } = await host(`
      await engine.execute(w, undefined);
      void Promise.reject(new Error("of the host"));
      await nap(60_000);`);
    expect(code).toBe(1);
    expect(err).toContain("of the host");
  });

  it("reaches the host's listeners, and only that does", async () => {
    const { code, out } = await host(`
      process.on("unhandledRejection", (reason) => console.log("host: " + reason.message));
      const loses = workflow({ name: "loses" }, async (ctx) => {
        void Promise.reject(new Error("of the workflow"));
        await ctx.step("s", () => { void Promise.reject(new Error("of the step")); });
        return 1;
      });
      const { status } = await (await engine.start(loses, undefined)).outcome();
      void Promise.reject(new Error("of the host"));
      await nap(20);
      console.log(status);
      await engine.close();`);
    expect(code).toBe(0);
    expect(out.split("\n").filter((line) => line.startsWith("host: "))).toEqual(["host: of the host"]);
    expect(out).toContain("loses, step s: a promise was rejected, and nothing handled it: Error: of the step");
    expect(out).toContain("FAILED");
  });

  it("is one also when the host's code runs beside an execution", async () => {
    const { code, err } = await host(`
      const handle = await engine.start(w, undefined);
      const late = handle.result().then(() => { throw new Error("in the host's own then"); });
      await nap(60_000);`);
    expect(code).toBe(1);
    expect(err).toContain("in the host's own then");
  });
});

describe("fault:A1 code that was left behind", () => {
  it("does not end the process when it rejects after its engine was closed", async () => {
    const { code, out } = await host(`
      const foreign = workflow({ name: "foreign" }, async () => { await nap(30); throw new Error("too late"); });
      await engine.start(foreign, undefined);
      await engine.close();
      await nap(60);
      console.log("alive");`);
    expect(code).toBe(0);
    expect(out).toContain("alive");
  });
});

describe("fault:A1 a line of the log", () => {
  it("tells a rejection that did not decide the end, once", async () => {
    const w = workflow({ name: "w" }, async (ctx) => {
      void Promise.reject(new Error("nobody looks"));
      await ctx.wait("1h");
      throw new TypeError("the end");
    });
    const { engine, logs, play } = await openVirtual({ workflows: [w], eviction: "always" });
    const run = await play(w);
    expect(await run.outcome()).toMatchObject({ status: "FAILED", error: { message: "the end" } });
    // Node tells it behind everything that runs in this turn.
    await new Promise(setImmediate);
    expect(logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn w: a promise was rejected, and nothing handled it: Error: nobody looks",
    ]);
    await engine.close();
  });

  it("does not repeat the failure with which the execution ended", async () => {
    const w = workflow({ name: "w" }, async (ctx) => {
      const lost = ctx.step("s", () => Promise.reject(new Error("down")), { retry: false });
      void lost.then(() => 1);
      await lost;
    });
    const { engine, logs, play } = await openVirtual({ workflows: [w] });
    expect(await (await play(w)).outcome()).toMatchObject({ status: "FAILED" });
    await new Promise(setImmediate);
    expect(logs).toEqual([]);
    await engine.close();
  });
});
