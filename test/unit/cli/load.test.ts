/** Files of users: the ways to write and to break them, and what is said about it. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { projectFolder, run } from "./spawn.ts";

// Every test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const HEAD = `import { workflow } from "treeline";\n`;
const WORKFLOW = `${HEAD}export default workflow({ name: "w" }, () => "done");\n`;
const TYPES = `export interface Order { id: string }\n`;

/** Files may stand in folders. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = projectFolder({});
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

describe("fault:A9 an ES module", () => {
  const manifests = { "of no type": {}, commonjs: { type: "commonjs" }, module: { type: "module" } };
  const withHelper = `import { value } from "./helper.EXT";\n${HEAD}export default workflow({ name: "w" }, () => value);\n`;

  it.each(Object.entries(manifests))("is loaded in a package %s, whatever its extension", async (_title, manifest) => {
    const files = ["ts", "mts", "js", "mjs"].flatMap((extension) => [
      [`w.${extension}`, withHelper.replace("EXT", extension)],
      [`helper.${extension}`, extension.endsWith("ts") ? `export const value: number = 7;` : `export const value = 7;`],
    ]);
    const folder = project({ "package.json": JSON.stringify(manifest), ...Object.fromEntries(files) });
    for (const extension of ["ts", "mts", "js", "mjs"]) {
      const { code, out, err } = await run(folder, ["run", `w.${extension}`]);
      expect({ extension, code, out }).toEqual({ extension, code: 0, out: "7\n" });
      expect(err).not.toContain("Warning");
    }
  });

  it("is loaded by every command that loads one", async () => {
    const folder = project({ "package.json": `{"type":"commonjs"}`, "w.ts": WORKFLOW });
    await run(folder, ["run", "w.ts", "--detach"]);
    expect(await run(folder, ["resume", "w.ts"])).toMatchObject({ code: 0, out: "done\n" });
  });

  it("stands beside CommonJS, which stays CommonJS", async () => {
    const folder = project({
      "package.json": `{"type":"commonjs"}`,
      "w.ts": `import { value } from "./old.js";\n${HEAD}export default workflow({ name: "w" }, () => value);\n`,
      "old.js": `const { value } = require("./new.ts");\nexports.value = value + typeof module.exports;\n`,
      "new.ts": `export const value: string = "an ";\n`,
    });
    expect(await run(folder, ["run", "w.ts"])).toMatchObject({ code: 0, out: "an object\n" });
  });
});

describe("fault:C17 an import as TypeScript allows it", () => {
  const target = `export const value: number = 7;\n`;
  it.each([
    ["without an extension", "./other", { "other.ts": target }],
    ["with the extension of the output", "./other.js", { "other.ts": target }],
    ["with the extension of the output, as .mjs", "./other.mjs", { "other.mts": target }],
    ["of a folder", "./other", { "other/index.ts": target }],
    ["of a folder with a package.json", "./other", { "other/package.json": `{"main":"m.ts"}`, "other/m.ts": target }],
    ["of a name with a dot", "./other.model", { "other.model.ts": target }],
    ["from a folder above", "./deep/down", { "deep/down.ts": `export * from "../other";`, "other.ts": target }],
    ["of package.json's own", "#other", { "package.json": `{"imports":{"#other":"./other"}}`, "other.ts": target }],
  ])("%s", async (_title, specifier, files) => {
    const folder = project({
      "w.ts": `import { value } from "${specifier}";\n${HEAD}export default workflow({ name: "w" }, () => value);\n`,
      ...files,
    });
    expect(await run(folder, ["run", "w.ts"])).toMatchObject({ code: 0, out: "7\n" });
  });

  it("of JSON", async () => {
    const folder = project({
      "w.ts": `import data from "./data.json";\n${HEAD}export default workflow({ name: "w" }, () => data.value);\n`,
      "data.json": `{"value":7}`,
    });
    expect(await run(folder, ["run", "w.ts"])).toMatchObject({ code: 0, out: "7\n" });
  });

  it.each([
    ["an alias of tsconfig.json", `import "@/lib/x";`, { "tsconfig.json": "{}" }, "is an alias of"],
    ["a path to nothing", `import "./nothing";`, {}, "nothing"],
    ["a file of types only", `import "./types";`, { "types.d.ts": TYPES }, "write `import type`"],
    ["JSX", `import "./view";`, { "view.tsx": "export const a = <a/>;" }, "name it .ts"],
  ])("is refused for %s, with the place and advice", async (_title, text, files, advice) => {
    const folder = project({ "w.ts": `${HEAD}${text}\n`, ...files });
    const { code, out, err } = await run(folder, ["run", "w.ts"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(advice);
    expect(err).toContain(path.join(folder, "w.ts"));
    expect(err).not.toMatch(/lib\/cli|node:internal/);
  });
});

describe("fault:B11, fault:B12 a file that cannot be loaded", () => {
  const broken: [title: string, files: Readonly<Record<string, string>>, said: readonly (string | RegExp)[]][] = [
    [
      "an export that is missing",
      { "w.ts": `${HEAD}import { Order } from "./types.ts";\n`, "types.ts": TYPES },
      ["w.ts:2", "'./types.ts' does not provide an export named 'Order'", "if Order is a type, write `import type`"],
    ],
    [
      "a syntax error in JavaScript that it imports",
      { "w.ts": `import "./helper.mjs";\n${WORKFLOW}`, "helper.mjs": "\nexport const b = ;\n" },
      ["helper.mjs:2\nexport const b = ;\n", "Unexpected token ';'"],
    ],
    [
      "a syntax error in TypeScript that it imports",
      { "w.ts": `import "./helper.ts";\n${WORKFLOW}`, "helper.ts": "\nexport const b: number = ;\n" },
      ["helper.ts:2\n", "\nexport const b: number = ;\n"],
    ],
    [
      "an error that only the compiler finds",
      { "w.ts": `${WORKFLOW}let a: number = 1;\nlet a = 2;\n` },
      ["w.ts:4\nlet a = 2;\n", "'a' has already been declared"],
    ],
    [
      "a throw with causes",
      { "w.ts": `${WORKFLOW}throw new Error("outer", { cause: new TypeError("inner", { cause: "deepest" }) });\n` },
      ["Error: outer", /w\.ts:3:\d+/, "because TypeError: inner", "because it threw 'deepest'"],
    ],
    [
      "causes in a circle",
      { "w.ts": `${WORKFLOW}const a = new Error("round");\na.cause = a;\nthrow a;\n` },
      ["Error: round", /w\.ts:3:\d+/],
    ],
    ["a throw of text", { "w.ts": `throw "text";` }, ["it threw 'text'"]],
    ["a throw of nothing", { "w.ts": `throw undefined;` }, ["it threw undefined"]],
    ["a throw of an object", { "w.ts": `throw { status: 3 };` }, ["it threw { status: 3 }"]],
    ["a throw of a list of errors", { "w.ts": `throw new AggregateError([new Error("one")], "all");` }, ["all", "one"]],
    ["a throw in an import", { "w.ts": `import "./b.ts";`, "b.ts": `\nthrow new Error("b");` }, [/b\.ts:2:\d+/]],
    ["process.exit", { "w.ts": `${WORKFLOW}process.exit(0);\n` }, ["process.exit(0)", /w\.ts:3:\d+/]],
    [
      "process.exit in a callback, imported",
      {
        "w.ts": `import { exit } from "node:process";\nsetImmediate(() => exit());\nawait new Promise(() => {});\n`,
      },
      ["process.exit()", /w\.ts:2:\d+/],
    ],
    [
      "process.exit that it catches",
      { "w.ts": `${WORKFLOW}try { process.exit(0); } catch {}\nawait new Promise((done) => setTimeout(done, 10));\n` },
      ["process.exit(0)"],
    ],
    ["an await that never settles", { "w.ts": `await new Promise(() => {});\n` }, ["never settles"]],
    [
      "a throw in a callback",
      { "w.ts": `setImmediate(() => { throw new Error("late"); });\nawait new Promise(() => {});\n` },
      ["Error: late", /w\.ts:1:\d+/],
    ],
    ["a rejection", { "w.ts": `${WORKFLOW}void Promise.reject(new Error("loose"));\n` }, ["Error: loose"]],
  ];

  it.each(broken)("is told with its place: %s", async (_title, files, said) => {
    const folder = project(files);
    const { code, out, err } = await run(folder, ["run", "w.ts"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`${path.join(folder, "w.ts")} cannot be loaded: `);
    for (const each of said) expect(err).toMatch(typeof each === "string" ? new RegExp(escape(each)) : each);
    expect(err).not.toMatch(/lib\/cli|node:internal|node_modules|Warning/);
    expect(fs.existsSync(path.join(folder, ".treeline"))).toBe(false);
  });

  it.each(["run", "dev", "resume"])("is JSON with --json: %s", async (command) => {
    const folder = project({ "w.ts": WORKFLOW, "exits.ts": "process.exit(0);\n" });
    await run(folder, ["run", "w.ts", "--detach"]);
    const { code, out, err } = await run(folder, [command, "exits.ts", "--json"]);
    expect({ code, err }).toEqual({ code: 2, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      error: { code: "workflow_definition", message: expect.stringContaining("process.exit(0)") },
    });
  });

  it("may keep `exit` for later", async () => {
    const folder = project({
      "w.ts": `${HEAD}const { exit } = process;\nexport default workflow({ name: "w" }, () => exit(9));\n`,
    });
    expect(await run(folder, ["run", "w.ts"])).toMatchObject({ code: 9 });
  });
});

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

describe("fault:D9 a name that no file of workflows can have", () => {
  it.each([
    ["run", "x.tsx"],
    ["dev", "x.tsx"],
    ["resume", "x.tsx"],
    ["dev", "x.py"],
  ])("is refused once by `%s %s`", async (command, name) => {
    const folder = project({ "w.ts": WORKFLOW, [name]: WORKFLOW });
    await run(folder, ["run", "w.ts", "--detach"]);
    const { code, out, err } = await run(folder, [command, name]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(new RegExp(`^[^\n]*${name} cannot be a file of workflows: [^\n]*write \\.ts[^\n]*\n$`));
  });
});

describe("files that are named", () => {
  it("fault:D13 have to be there, whether or not there is something to do", async () => {
    const folder = project({ "w.ts": WORKFLOW });
    await run(folder, ["run", "w.ts"]);
    expect(await run(folder, ["resume", "nosuch.ts"])).toMatchObject({ code: 3, out: "" });
    expect(await run(folder, ["resume", "a.db", "b.db"])).toMatchObject({ code: 2, out: "" });
  });

  it("fault:D10 may export a list of workflows", async () => {
    const folder = project({
      "w.ts": `${HEAD}const a = workflow({ name: "a" }, () => "of a");
        export default [a, workflow({ name: "b" }, (ctx) => ctx.execute(a, undefined))];`,
    });
    expect(await run(folder, ["run", "w.ts", "--workflow", "b"])).toMatchObject({ code: 0, out: "of a\n" });
  });
});
