/** D32: what the tools ask of the sources and of package.json. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

interface Manifest {
  readonly version: string;
  readonly type: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
}
const manifest = JSON.parse(read("package.json")) as Manifest;

/** Syntax that is more than types: Node cannot strip it. */
const NOT_ERASABLE: ReadonlySet<string> = new Set([
  "Decorator",
  "TSEnumDeclaration",
  "TSParameterProperty",
  "TSImportEqualsDeclaration",
  "TSExportAssignment",
]);

function notErasable(file: string, source: string): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type, declare } = value as { readonly type?: unknown; readonly declare?: unknown };
    if (typeof type === "string" && declare !== true) {
      if (NOT_ERASABLE.has(type) || type === "TSModuleDeclaration") found.push(`${file}: ${type}`);
    }
    for (const child of Object.values(value)) walk(child);
  };
  walk(parseSync(file, source).program);
  return found;
}

describe("D32: types can be stripped", () => {
  const files = globSync("{lib,examples}/**/*.ts", { cwd: root });

  it("of every file in lib and of every example: no enums, decorators, parameter properties, namespaces", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((file) => notErasable(file, read(file)))).toEqual([]);
  });

  const broken: [syntax: string, source: string][] = [
    ["TSEnumDeclaration", "export enum Color { Red }"],
    ["Decorator", "@sealed class A {}"],
    ["TSParameterProperty", "class A { constructor(private readonly a: string) {} }"],
    ["TSModuleDeclaration", "namespace A { export const b = 1; }"],
    ["TSImportEqualsDeclaration", `import a = require("a");`],
  ];
  it.each(broken)("and %s would be found", (syntax, source) => {
    expect(notErasable("a.ts", source)).toEqual([`a.ts: ${syntax}`]);
  });

  it("but what only declares is left alone", () => {
    expect(notErasable("a.ts", `declare module "treeline" { interface Register {} } declare enum A { B }`)).toEqual([]);
  });
});

describe("D32: package.json", () => {
  it("D35: needs Node 24, and brings one to its own scripts only", () => {
    expect(manifest.devDependencies["node"]).toMatch(/^24\./);
    expect(manifest.dependencies["node"]).toBeUndefined();
    expect(manifest.engines.node).toBe(">=24");
  });

  it("has the linter that knows TypeScript 7, and none that does not", () => {
    expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining(["oxlint", "oxlint-tsgolint"]));
    const all = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter((name) => name.includes("eslint"))).toEqual([]);
  });

  it("means the sources by a condition, and what was built without it: npm cannot swap exports when it packs", () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      if (typeof target === "string") continue;
      expect([name, ...Object.keys(target)]).toEqual([name, "treeline-source", "types", "default"]);
      expect(target["treeline-source"]).toMatch(/^\.\/(lib|infra)\/.*\.ts$/);
      expect(target["default"]).toMatch(/^\.\/dist\/.*\.js$/);
    }
    expect(manifest.files).toEqual(["bin/treeline.mjs", "dist"]);
  });
});

describe("D32: the shim", () => {
  const shim = manifest.bin["treeline"] ?? "";

  it("is plain JavaScript that Node 20 reads, and says what runs it", () => {
    expect(path.extname(shim)).toBe(".mjs");
    expect(read(shim)).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(parseSync(shim, read(shim)).errors).toEqual([]);
  });

  it("runs the sources where there are sources", () => {
    const { stdout, status } = spawnSync(process.execPath, [path.join(root, shim), "--version"], { encoding: "utf8" });
    expect([status, stdout]).toEqual([0, `${manifest.version}\n`]);
  });
});
