/** Two runs of one database at the same time. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { projectFolder, run, SLOW, start } from "./spawn.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 30_000 });

/** The first run outlasts the second, however busy the machine is. */
const LONG = '{"ms":600000}';

describe("a second run of the same database", () => {
  it("joins the engine that owns it, when that has the same code", async () => {
    const folder = projectFolder({ "slow.ts": SLOW });
    const first = start(folder, ["run", "slow.ts", "--input", LONG]);
    await first.printed("tick 1");
    const second = await run(folder, ["run", "slow.ts", "--input", '{"ms":1}']);
    expect(second).toMatchObject({ code: 0, out: "slow is done\n" });
    expect(second.err).toContain(`process ${first.child.pid} owns .treeline/treeline.db`);
    expect(second.err).toContain("✔ slow succeeded");
    first.child.kill("SIGINT");
    expect(await first.ended).toMatchObject({ code: 130 });
  });

  it("uses a database of its own when the code differs, and says so", async () => {
    const folder = projectFolder({ "slow.ts": SLOW, "other.ts": SLOW.replace("slow is done", "other is done") });
    const first = start(folder, ["run", "slow.ts", "--input", LONG]);
    await first.printed("tick 1");
    const second = await run(folder, ["run", "other.ts", "--input", '{"ms":1}']);
    expect(second).toMatchObject({ code: 0 });
    expect(second.out).toContain("other is done");
    expect(second.err).toMatch(/has other code; this runs in .*treeline-\d+\.db/);
    first.child.kill("SIGINT");
    expect(await first.ended).toMatchObject({ code: 130 });
  });

  it("fault:B10 does not run what the owner loaded before a file was changed, be it a constant or a helper", async () => {
    const folder = projectFolder({
      "rate.ts": "export const RATE = 1;",
      "inv.ts": `import { workflow } from "treeline";
import { RATE } from "./rate";
const TAX = 1;
export default workflow({ name: "inv" }, (ctx) => ctx.step("a", () => 100 * TAX * RATE));`,
    });
    const dev = start(folder, ["dev", "inv.ts", "--port", "0"]);
    await dev.printed("from here");
    expect(await run(folder, ["run", "inv.ts"])).toMatchObject({ code: 0, out: "100\n" });
    for (const [file, before, after, out] of [
      ["inv.ts", "TAX = 1", "TAX = 2", "200\n"],
      ["rate.ts", "RATE = 1", "RATE = 3", "600\n"],
    ] as const) {
      const at = path.join(folder, file);
      fs.writeFileSync(at, fs.readFileSync(at, "utf8").replace(before, after));
      const again = await run(folder, ["run", "inv.ts"]);
      expect(again).toMatchObject({ code: 0, out });
      expect(again.err).toMatch(/has other code; this runs in .*That process has inv\.ts as it loaded it at \d{4}-/s);
    }
  });

  it("hears when the owner goes, and that nothing is lost", async () => {
    const folder = projectFolder({ "slow.ts": SLOW });
    const first = start(folder, ["run", "slow.ts", "--input", '{"ms":1000}']);
    await first.printed("tick 1");
    const second = start(folder, ["run", "slow.ts", "--id", "second"]);
    await second.printed("▶ slow started");
    first.child.kill("SIGKILL");
    const { code, err } = await second.ended;
    expect(code).toBe(4);
    expect(err).toContain("what runs is durable");
    expect((await run(folder, ["resume", "--json"])).code).toBe(0);
  });
});
