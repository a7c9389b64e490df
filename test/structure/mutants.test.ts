import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { apply } from "../mutation/apply.ts";
import { mutants } from "../mutation/mutants.ts";

const root = path.resolve(import.meta.dirname, "../..");
const rules = Array.from({ length: 12 }, (_, i) => `K${i + 1}`);

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

  it("break nothing else", () => {
    expect(mutants.filter(({ rule }) => !rules.includes(rule))).toEqual([]);
  });
});
