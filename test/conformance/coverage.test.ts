import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { gaps } from "./gaps.ts";
import { type CoveredElsewhere, coveredElsewhere, MAX_GAPS, neverGaps, rows } from "./rows.ts";
import { loadScenarios } from "./runner-scenarios.ts";

const root = path.resolve(import.meta.dirname, "../..");
const scenarios = await loadScenarios();
const known = new Set(rows);
const gapRows = gaps.map(({ row }) => row);
const inScenarios = new Set(scenarios.flatMap((scenario) => scenario.rows));
const elsewhere = new Set(coveredElsewhere.map(({ row }) => row));

describe("the scenarios", () => {
  it("have ids of their own", () => {
    expect(repeated(scenarios.map(({ id }) => id))).toEqual([]);
  });

  it("have workflows of their own, so that all can be loaded together", () => {
    const names = scenarios.flatMap(({ workflows }) => [...new Set(workflows)].map(({ name }) => name));
    expect(repeated(names)).toEqual([]);
  });

  it("name only rows that exist", () => {
    const published = [...inScenarios].filter((row) => /^(M\d|T\d|aws:)/.test(row));
    expect(published.filter((row) => !known.has(row))).toEqual([]);
  });

  it("start only workflows that they bring", () => {
    const missing = scenarios.flatMap(({ id, workflows, start }) =>
      start
        .filter(({ workflow, refused }) => refused === undefined && !workflows.some(({ name }) => name === workflow))
        .map(({ workflow }) => `${id} starts ${workflow}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("the rows", () => {
  it("all have a scenario, a test elsewhere, or a declared gap", () => {
    console.info(`${rows.length} rows, ${scenarios.length} scenarios, ${gaps.length} gaps`);
    const gap = new Set(gapRows);
    expect(rows.filter((row) => !inScenarios.has(row) && !elsewhere.has(row) && !gap.has(row))).toEqual([]);
  });

  it.each(coveredElsewhere)("$row has a test that names it in $file", (covered) => {
    expect(titlesNaming(covered)).not.toEqual([]);
  });
});

describe("the gaps", () => {
  it("are rows that exist, each once, and covered nowhere else", () => {
    expect(gapRows.filter((row) => !known.has(row) || elsewhere.has(row))).toEqual([]);
    expect(repeated(gapRows)).toEqual([]);
  });

  it("are at most 3 % of the rows", () => {
    expect(gaps.length / rows.length).toBeLessThanOrEqual(MAX_GAPS);
  });

  it("are none of the rows that make the product", () => {
    expect(gapRows.filter((row) => neverGaps.has(row))).toEqual([]);
  });

  it("say why", () => {
    expect(gaps.filter(({ reason }) => reason.length < 20)).toEqual([]);
  });
});

function repeated(items: readonly string[]): string[] {
  return [...new Set(items.filter((item, index) => items.indexOf(item) !== index))];
}

/** Titles: the first argument of `it`, `test` and `describe`, or the first item of a row of a table of tests. */
function titlesNaming({ row, file }: CoveredElsewhere): string[] {
  const absolute = path.join(root, file);
  if (!existsSync(absolute)) return [];
  const titles = readFileSync(absolute, "utf8").matchAll(/[([]\s*(["'`])(?<title>(?:(?!\1).)+)\1/g);
  const named = new RegExp(`(?<![\\w-])(aws:)?${row.replace("aws:", "")}(?![\\d-])`);
  return [...titles].map((match) => match.groups?.["title"] ?? "").filter((title) => named.test(title));
}
