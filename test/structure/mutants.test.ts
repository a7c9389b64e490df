import { readFileSync } from "node:fs";
import path from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { apply } from "../mutation/apply.ts";
import { faultMutants } from "../mutation/faults/index.ts";
import { mutants } from "../mutation/mutants.ts";
import { awsBugs } from "../simulation/aws-bugs.ts";
import { bugs } from "../simulation/bugs.ts";

const root = path.resolve(import.meta.dirname, "../..");
const rules = Array.from({ length: 12 }, (_, i) => `K${i + 1}`);

describe("code that is broken on purpose", () => {
  it.each([...mutants, ...faultMutants, ...bugs, ...awsBugs])(
    "is code still, or it goes red for nothing: $why",
    (change) => {
      const broken = apply(change, readFileSync(path.join(root, change.file), "utf8"));
      expect(() => transformSync(broken, { loader: "ts" })).not.toThrow();
    },
  );
});

describe("the mutants of npm run mutate", () => {
  it.each(mutants)("$rule: $why", (mutant) => {
    const source = readFileSync(path.join(root, mutant.file), "utf8");
    expect(mutant.replace).not.toBe(mutant.find);
    expect(apply(mutant, source)).not.toBe(source);
  });

  it.each(rules)("break %s in three ways at least", (rule) => {
    const ways = mutants.filter((mutant) => mutant.rule === rule).map(({ why }) => why);
    expect(new Set(ways).size).toBe(ways.length);
    expect(ways.length).toBeGreaterThanOrEqual(3);
  });

  it("break nothing else but what was mended as a fault", () => {
    const others = mutants.filter(({ rule }) => !rules.includes(rule) && !/^fault:[A-D]\d+$/.test(rule));
    expect(others).toEqual([]);
  });
});
