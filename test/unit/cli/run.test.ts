/** `treeline run`, as a process of its own: the files it loads, what it prints, and what it ends with. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { example, projectFolder, run, SLOW } from "./spawn.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 30_000 });

const PARENT_CHILD = example("parent-child.ts");

describe("treeline run", () => {
  it("prints the tree as it goes, and the result", async () => {
    const folder = projectFolder({});
    const { code, out, err } = await run(folder, ["run", PARENT_CHILD, "--input", '{"data":"hello"}']);
    expect({ code, out }).toEqual({ code: 0, out: "Parent got: processed:hello\n" });
    expect(err.replaceAll(/\d+ms/g, "…")).toBe(
      [
        "▶ parent_workflow started",
        "  ▶ child_workflow started",
        "  ✔ child_workflow succeeded in …",
        "✔ parent_workflow succeeded in …",
        "",
      ].join("\n"),
    );
  });

  it("prints JSON, and nothing else, with --json", async () => {
    const folder = projectFolder({});
    const { code, out, err } = await run(
      folder,
      ["run", PARENT_CHILD, "--json", "--id", "first", "--input", "-"],
      '{"data":"in"}',
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ id: "first", status: "SUCCEEDED", output: "Parent got: processed:in" });
  });

  it("refuses input that does not fit, by its field, and creates nothing", async () => {
    const folder = projectFolder({});
    const { code, out, err } = await run(folder, ["run", PARENT_CHILD, "--input", '{"data":3}']);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("input of parent_workflow does not fit its schema\n  data: ");
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it("fault:D19 asks for --input where there has to be one", async () => {
    const { code, out, err } = await run(projectFolder({}), ["run", PARENT_CHILD]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("parent_workflow takes an input; pass it with --input\n  ");
  });

  it("ends with 1 when the execution fails, and says why", async () => {
    const folder = projectFolder({
      "broken.ts": `import { workflow } from "treeline";
export const broken = workflow({ name: "broken" }, async (ctx) =>
  ctx.step("fail", () => { throw new RangeError("out of range"); }, { retry: false }));`,
    });
    const { code, out, err } = await run(folder, ["run", "broken.ts"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("StepError: step fail failed: out of range\n  because RangeError: out of range");
    const json = await run(folder, ["run", "broken.ts", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({
      status: "FAILED",
      error: { type: "StepError", cause: { type: "RangeError" } },
    });
  });

  it.each([
    ["no workflow", "export const x = 1;", 3, "exports no workflow"],
    [
      "a syntax error",
      "const a = 1;\nexport const x: number = ;",
      2,
      ":2\nconst a = 1;\nexport const x: number = ;\n                         ^",
    ],
    ["what cannot be stripped", "enum Colour { Red }", 2, "write it without enum"],
    ["a throw", `throw new Error("at load");`, 2, "at load"],
    ["an unknown package", `import "no-such-package";`, 2, "no-such-package"],
    ["two workflows and no default", `${SLOW} export const other = { ...slow, name: "other" };`, 2, "--workflow: "],
  ])("tells what is wrong with a file that has %s", async (_title, text, code, message) => {
    const folder = projectFolder({ "file.ts": text });
    const ended = await run(folder, ["run", "file.ts"]);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(message);
    expect(ended.err).toContain(path.join(folder, "file.ts"));
  });

  it("takes the workflow that --workflow names, and one that ran here by its name alone", async () => {
    const folder = projectFolder({});
    const child = await run(folder, ["run", PARENT_CHILD, "-w", "child_workflow", "--input", '{"value":"x"}']);
    expect(child).toMatchObject({ code: 0, out: "processed:x\n" });
    const again = await run(folder, ["run", "child_workflow", "--input", '{"value":"y"}']);
    expect(again).toMatchObject({ code: 0, out: "processed:y\n" });
  });

  it("only records it with --detach; resume runs it", async () => {
    const folder = projectFolder({});
    const detached = await run(folder, ["run", PARENT_CHILD, "--detach", "--id", "later", "--input", '{"data":"d"}']);
    expect(detached).toMatchObject({ code: 0, out: "later\n" });
    expect(await run(folder, ["resume"])).toMatchObject({ code: 0, out: "Parent got: processed:d\n" });
  });

  it("waits for children that nobody waits for", async () => {
    const folder = projectFolder({});
    const { out, err } = await run(folder, ["run", example("fire-and-forget.ts"), "--input", '{"orderId":"A-1"}']);
    expect(JSON.parse(out)).toMatchObject({ orderId: "A-1" });
    expect(err).toContain("waits for 1 below that nobody waits for");
    expect(err).toContain("send_receipt succeeded");
  });
});
