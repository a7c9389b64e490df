import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { violations } from "./source-rules.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("the repository", () => {
  const files = globSync("{lib,functions,infra}/**/*.ts", { cwd: root });
  const sources = new Map(files.map((file) => [toPosix(file), readFileSync(path.join(root, file), "utf8")]));

  it("has sources to look at", () => {
    expect([...sources.keys()]).toContain("lib/index.ts");
  });

  it("keeps the direction of its dependencies, and its deterministic layers deterministic", () => {
    expect(violations(sources)).toEqual([]);
  });
});

describe("the rules", () => {
  const holds: [title: string, file: string, source: string][] = [
    ["the kernel may import the kernel", "lib/kernel/a.ts", `import { b } from "./b.ts";`],
    ["the engine may import kernel and ports", "lib/engine/a.ts", `import "../kernel/b.ts"; import "../ports/c.ts";`],
    ["the command line may import anything in lib", "lib/cli/main.ts", `import "../homes/embedded/b.ts";`],
    ["a comment is no import", "lib/kernel/a.ts", `/** import { x } from "treeline"; */ // import "node:fs"`],
    ["a date may be built from a number", "lib/kernel/a.ts", `export const at = (ms: number) => new Date(ms);`],
    ["a clock may have such a method", "lib/engine/a.ts", `declare const clock: Clock; clock.setTimeout(1);`],
    ["the word any may stand in text", "lib/kernel/a.ts", `export const text = "as any : any <any>"; // as any`],
    ["a home may read the environment", "lib/homes/aws/env.ts", `export const env = process.env;`],
  ];
  it.each(holds)("%s", (_title, file, source) => {
    expect(violations(new Map([[file, source]]))).toEqual([]);
  });

  const broken: [source: string, file: string, why: string][] = [
    [`import "node:fs";`, "lib/kernel/a.ts", "must not import node:fs"],
    [`import type { z } from "zod";`, "lib/kernel/a.ts", "must not import zod"],
    [`import type { P } from "../ports/p.ts";`, "lib/kernel/a.ts", "must not import ../ports/p.ts"],
    [`export * from "../engine/e.ts";`, "lib/ports/a.ts", "must not import ../engine/e.ts"],
    [`type S = import("../homes/embedded/s.ts").S;`, "lib/engine/a.ts", "must not import ../homes/embedded/s.ts"],
    [`await import("../../homes/aws/s.ts");`, "lib/frontends/code/a.ts", "must not import ../../homes/aws/s.ts"],
    [`import "../../frontends/index.ts";`, "lib/homes/embedded/a.ts", "must not import ../../frontends/index.ts"],
    [`import "../../test/helpers/x.ts";`, "lib/cli/a.ts", "must not import ../../test/helpers/x.ts"],
    [`import "../../examples/x.ts";`, "lib/testing/a.ts", "must not import ../../examples/x.ts"],
    [`await import(name);`, "lib/kernel/a.ts", "must not import <Identifier>"],
    [`import "../lib/engine/e.ts";`, "infra/app.ts", "must not import ../lib/engine/e.ts"],
    [`export {};`, "lib/misc/a.ts", "belongs to no layer"],
    [`export {};`, "lib/kernel/index.ts", "is a barrel"],
    [`Date.now();`, "lib/kernel/a.ts", "must not use Date.now"],
    [`Date["now"]();`, "lib/kernel/a.ts", "must not use Date.now"],
    [`new Date();`, "lib/engine/a.ts", "must not use Date without an argument"],
    [`Math.random();`, "lib/engine/a.ts", "must not use Math.random"],
    [`process.env.HOME;`, "lib/engine/a.ts", "must not use process.env"],
    [`setTimeout(() => {}, 1);`, "lib/kernel/a.ts", "must not use setTimeout"],
    [`globalThis.setTimeout(() => {}, 1);`, "lib/kernel/a.ts", "must not use globalThis.setTimeout"],
    [`performance.now();`, "lib/engine/a.ts", "must not use performance"],
    [`let x: any;`, "lib/kernel/a.ts", "must not use any"],
    [`x as any;`, "lib/ports/a.ts", "must not use any"],
    [`f<any>(x);`, "lib/engine/a.ts", "must not use any"],
    [`const x = <any>y;`, "lib/homes/aws/a.ts", "must not use any"],
  ];
  it.each(broken)("refuse %s in %s", (source, file, why) => {
    expect(violations(new Map([[file, source]]))).toEqual([`${file} ${why}`]);
  });

  it("refuse a cycle, but not one that only types make", () => {
    const cycle = (statement: string): string[] =>
      violations(
        new Map([
          ["lib/kernel/a.ts", `import { b } from "./b.ts";`],
          ["lib/kernel/b.ts", `export { c } from "./c.ts";`],
          ["lib/kernel/c.ts", statement],
        ]),
      );
    expect(cycle(`import { a } from "./a.ts";`)).toEqual([
      "cycle: lib/kernel/a.ts -> lib/kernel/b.ts -> lib/kernel/c.ts -> lib/kernel/a.ts",
    ]);
    expect(cycle(`import type { A } from "./a.ts";`)).toEqual([]);
  });
});

function toPosix(file: string): string {
  return file.split(path.sep).join("/");
}
