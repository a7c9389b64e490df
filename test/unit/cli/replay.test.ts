/** `treeline replay`: code is checked against recorded journals, and nothing of it is carried out (fault:A2). */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { projectFolder, run, start } from "./spawn.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const code = (step: string, end = "") => `
import { workflow } from "treeline";
export const order = workflow({ name: "order" }, async (ctx, input) => {
  await ctx.step("${step}", () => { console.error("step ${step} ran"); return input.sku; });
  await ctx.waitForSignal("go");
  ${end}
});
`;

/** A project whose database has one execution of `order`, which waits for its signal. */
async function recorded(): Promise<string> {
  const folder = projectFolder({ "order.ts": code("pay"), "changed.ts": code("bill") });
  const order = workflow({ name: "order" }, async (ctx, input: { sku: string }) => {
    await ctx.step("pay", () => input.sku);
    await ctx.waitForSignal("go");
  });
  const engine = await openEngine({ file: path.join(folder, ".treeline/treeline.db"), workflows: [order] });
  await engine.start(order, { sku: "a" }, { id: "one" });
  await engine.idle();
  await engine.close();
  return folder;
}

describe("fault:A2 treeline replay", () => {
  it("tells whether a file fits the executions of a database, and runs no step", async () => {
    const folder = await recorded();
    expect(await run(folder, ["replay", "order.ts"])).toEqual({ code: 0, out: "1 of 1 journal fits\n", err: "" });
    expect(await run(folder, ["replay", "order.ts", "one", "--open"])).toMatchObject({ code: 0 });
    const { code: exit, out, err } = await run(folder, ["replay", "changed.ts", "--open"]);
    expect(exit).toBe(1);
    expect(out).toContain("one (order) does not fit: the record has /STEP:pay#1, the code asks for /STEP:bill#1");
    expect(out).toContain("0 of 1 journal fits");
    expect(err).toBe("");
    const json = await run(folder, ["replay", "changed.ts", "one", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject([{ publicId: "one", workflow: "order", version: "1", fits: false }]);
    expect((await run(folder, ["replay", "order.ts", "nobody"])).code).toBe(3);
  });

  it("takes journals from files, as `show --journal` writes them", async () => {
    const folder = await recorded();
    const journal = await run(folder, ["show", "one", "--journal"]);
    expect(JSON.parse(journal.out)).toMatchObject({ format: 1, execution: { publicId: "one", workflow: "order" } });
    fs.mkdirSync(path.join(folder, "journals"));
    fs.writeFileSync(path.join(folder, "journals", "one.json"), journal.out);
    expect((await run(folder, ["replay", "order.ts", "--journals", "journals"])).code).toBe(0);
    expect((await run(folder, ["replay", "changed.ts", "--journals", "journals"])).code).toBe(1);
    expect((await run(folder, ["replay", "changed.ts", "other", "--journals", "journals"])).code).toBe(0);
    fs.writeFileSync(path.join(folder, "journals", "two.json"), "{}");
    const broken = await run(folder, ["replay", "order.ts", "--journals", "journals"]);
    expect(broken).toMatchObject({ code: 2 });
    expect(broken.err).toContain("two.json is not a journal");
    expect((await run(folder, ["replay", "order.ts", "--journals", "nowhere"])).code).toBe(2);
  });

  it("asks an engine elsewhere", async () => {
    const folder = await recorded();
    const dev = start(folder, ["dev", "order.ts", "--port", "0", "--json"]);
    await dev.printed('"url"');
    const { url } = JSON.parse(/\{[^]*\}/.exec(dev.text())?.[0] ?? "{}") as { url: string };
    expect((await run(folder, ["replay", "order.ts", "--remote", url])).code).toBe(0);
    expect((await run(folder, ["replay", "changed.ts", "--open", "--remote", url])).code).toBe(1);
    expect(JSON.parse((await run(folder, ["show", "one", "--journal", "--remote", url])).out)).toMatchObject({
      execution: { workflow: "order" },
    });
  });
});
