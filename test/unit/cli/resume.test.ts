/** What becomes of a run that ends early, and of a second one beside it. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { projectFolder, run, SLOW, start, type Ended } from "./spawn.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 30_000 });

const TICKS = ["tick 1", "tick 2", "tick 3"];

/** What the command printed, and apart from it what its workflow did. */
function printed({ code, out, err }: Ended): { code: number | null; out: string; ticks: string[] } {
  return { code, out, ticks: err.split("\n").filter((line) => line.startsWith("tick ")) };
}

describe.runIf(process.platform !== "win32")("an interrupted run", () => {
  it("is durable after Ctrl-C; the command it names finishes it", async () => {
    const folder = projectFolder({ "slow.ts": SLOW });
    const running = start(folder, ["run", "slow.ts", "--file", "my db/t.db"]);
    await running.printed("tick 2");
    running.child.kill("SIGINT");
    const interrupted = await running.ended;
    expect(printed(interrupted)).toEqual({ code: 130, out: "", ticks: ["tick 1", "tick 2"] });
    expect(interrupted.err).toContain("treeline resume --file 'my db/t.db'");
    const resumed = await run(folder, ["resume", "--file", "my db/t.db"]);
    expect(printed(resumed)).toEqual({ code: 0, out: "slow is done\n", ticks: ["tick 2", "tick 3"] });
    expect(await run(folder, ["resume", "--file", "my db/t.db"])).toMatchObject({ code: 0, out: "" });
  });

  it("is found and finished in every namespace", async () => {
    const folder = projectFolder({ "slow.ts": SLOW });
    const args = ["--namespace", "team", "--input", '{"ms":1}'];
    await run(folder, ["run", "slow.ts", "--detach", "--id", "ours", ...args]);
    expect(await run(folder, ["show", "ours"])).toMatchObject({ code: 3 });
    expect(printed(await run(folder, ["resume"]))).toEqual({ code: 0, out: "slow is done\n", ticks: TICKS });
    expect((await run(folder, ["run", "slow.ts", ...args])).out).toContain("slow is done");
  });

  it("is durable after kill -9", async () => {
    const folder = projectFolder({ "slow.ts": SLOW });
    const running = start(folder, ["run", "slow.ts"]);
    await running.printed("tick 2");
    running.child.kill("SIGKILL");
    await running.ended;
    expect(printed(await run(folder, ["resume"]))).toMatchObject({ code: 0, ticks: ["tick 2", "tick 3"] });
  });

  it("waits with a notice where its file has gone, until somebody names another", async () => {
    const folder = projectFolder({ "slow.ts": SLOW });
    await run(folder, ["run", "slow.ts", "--detach", "--input", '{"ms":1}']);
    fs.renameSync(path.join(folder, "slow.ts"), path.join(folder, "moved.ts"));
    const blocked = await run(folder, ["resume"]);
    expect(blocked.code).toBe(1);
    expect(blocked.err).toContain(
      `workflow slow is not loaded here; it was loaded from ${path.join(folder, "slow.ts")}`,
    );
    const { out, err } = await run(folder, ["resume", "--json"]);
    const module = path.join(folder, "slow.ts");
    expect(JSON.parse(out)).toMatchObject({
      blocked: [{}],
      unloaded: [{ module, error: { code: "workflow_unknown" } }],
    });
    // The engine's own line says the same; nothing else is told beside the JSON.
    expect(err.trimEnd().split("\n")).toEqual([
      expect.stringContaining("is blocked: workflow slow is not loaded here"),
    ]);
    expect(printed(await run(folder, ["resume", "moved.ts"]))).toMatchObject({ code: 0, ticks: TICKS });
  });

  it("ends at once at the second Ctrl-C", async () => {
    const folder = projectFolder({
      "stubborn.ts": `import { workflow } from "treeline";
setInterval(() => {}, 1_000);
export const stubborn = workflow({ name: "stubborn" }, async (ctx) => ctx.step("stay", () => { console.log("in"); return new Promise(() => {}); }));`,
    });
    const running = start(folder, ["run", "stubborn.ts"]);
    await running.printed("in");
    running.child.kill("SIGINT");
    running.child.kill("SIGINT");
    expect((await running.ended).code).not.toBe(0);
  });
});
