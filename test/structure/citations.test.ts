/** A code such as `D33` in a comment is worth something only where a reader can look it up: docs/decisions. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { rows } from "../conformance/rows.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

/** Codes that begin a row, or a heading, of a document. */
function defined(file: string, pattern: RegExp): string[] {
  return Array.from(read(file).matchAll(pattern), ([, code = ""]) => code);
}

const ROW = /^\| ([A-Z]\d+) +\|/gm;
const known = new Set([
  ...defined("lib/kernel/INVARIANTS.md", /^## (K\d+)\./gm),
  ...defined("docs/decisions/design.md", ROW),
  ...defined("docs/decisions/aws-protocol.md", ROW),
  ...defined("docs/decisions/faults.md", /^\| (fault:[ABCD]\d+) +\|/gm),
  ...rows.filter((row) => /^[MT]\d/.test(row)),
]);

/** Faults have codes of their own, behind a prefix. */
const PREFIXED = /\b(?:fault|agno|loopstack|pipelit|fabro|aws):[A-Z]?[\w-]+/g;
const FAULT = /\bfault:[ABCD]\d+/g;
const BARE = /\b(?:[DK]\d{1,2}|[RP]\d|[MT]\d\d)\b/g;

/** The table of rows names those that Treeline leaves out. */
const TABLE = "test/conformance/rows.ts";

const sources = fs
  .globSync("{lib,infra,functions,test}/**/*.{ts,md}", { cwd: root, exclude: ["**/node_modules/**"] })
  .filter((file) => file !== TABLE)
  .toSorted();

function unresolved(file: string): string[] {
  const text = read(file);
  const cited = [...text.matchAll(FAULT), ...text.replaceAll(PREFIXED, "").matchAll(BARE)];
  return cited.map(([code]) => code).filter((code) => !known.has(code));
}

describe("codes of decisions, rules and rows", () => {
  it("are defined at all", () => {
    expect(known.size).toBeGreaterThan(100);
  });

  it("lead to an entry wherever they are cited", () => {
    const dangling = sources.flatMap((file) => unresolved(file).map((code) => `${file}: ${code}`));
    expect(dangling).toEqual([]);
  });
});
