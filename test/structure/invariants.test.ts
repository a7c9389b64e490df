import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { plays as changedCode } from "../crash/changed-code.ts";
import { plays as oneEnd } from "../crash/one-end.ts";
import { plays as oneWriter } from "../crash/one-writer.ts";
import { loadScenarios } from "../conformance/runner-scenarios.ts";

const root = path.resolve(import.meta.dirname, "../..");
const invariants = readFileSync(path.join(root, "lib/kernel/INVARIANTS.md"), "utf8");
const rules = Array.from({ length: 12 }, (_, i) => `K${i + 1}`);
const sources = globSync("lib/**/*.ts", { cwd: root }).map((file) => readFileSync(path.join(root, file), "utf8"));

function sectionOf(rule: string): string {
  return invariants.split(/^## /mu).find((section) => section.startsWith(`${rule}. `)) ?? "";
}

describe("the kernel's rules", () => {
  it("are twelve, in order", () => {
    expect([...invariants.matchAll(/^## (K\d+)\. /gmu)].map(([, rule]) => rule)).toEqual(rules);
  });

  it.each(rules)("%s stands in INVARIANTS.md, and is cited by code", (rule) => {
    expect(sectionOf(rule)).toMatch(/\*\*Held:\*\*[^\n]+\n- \*\*Pinned:\*\*/u);
    expect(sources.filter((source) => new RegExp(String.raw`\b${rule}\b`, "u").test(source))).not.toEqual([]);
  });

  it("are held by files that exist", () => {
    const files = [...invariants.matchAll(/`([a-z]+\/[\w/-]+\.ts)`/gu)].map(([, file]) => String(file));
    const missing = files.filter((file) => globSync(`{lib/,}${file}`, { cwd: root }).length === 0);
    expect(files.length).toBeGreaterThan(rules.length);
    expect(missing).toEqual([]);
  });

  it("are pinned by scenarios that exist, and code cites no other rule", async () => {
    const known = new Set([...(await loadScenarios()), ...oneWriter, ...oneEnd, ...changedCode].map(({ id }) => id));
    const named = rules.flatMap((rule) => {
      const [, pinned = ""] = sectionOf(rule).split("**Pinned:**");
      return [...pinned.matchAll(/(?<![\w/])(?:K\d+-[\w-]+|[MTD]\d+(?:-[\w-]+)?|\d+-\d+)(?![\w.])/gu)].map(
        ([id]) => id,
      );
    });
    expect(named.length).toBeGreaterThan(rules.length);
    expect(named.filter((id) => !known.has(id))).toEqual([]);
    const cited = sources.flatMap((source) => [...source.matchAll(/\bK\d+\b/gu)].map(([rule]) => rule));
    expect(cited.filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});
