/** Results, for programs and for people. */

export interface Result {
  readonly work: string;
  readonly durability: string;
  readonly n: number;
  readonly median: number;
  readonly unit: string;
  /** What is held against `must` and `aim`. */
  readonly ratio: number;
  readonly must: number;
  readonly aim: number;
  readonly mustMet: boolean;
  readonly aimMet: boolean;
}

/** @param atLeast a greater ratio is better */
export function judge(facts: Omit<Result, "mustMet" | "aimMet">, atLeast: boolean): Result {
  const meets = (goal: number): boolean => (atLeast ? facts.ratio >= goal : facts.ratio <= goal);
  return { ...facts, mustMet: meets(facts.must), aimMet: meets(facts.aim) };
}

export function toJson(results: readonly Result[]): string {
  return JSON.stringify({ results }, undefined, 2);
}

const HEADINGS = ["work", "durability", "n", "median", "ratio", "must", "", "aim", ""];

export function toTable(results: readonly Result[]): string {
  const rows = [HEADINGS, ...results.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cells(result: Result): string[] {
  const { work, durability, n, unit, ratio, must, aim, mustMet, aimMet } = result;
  const value = `${short(result.median)} ${unit}`;
  return [
    work,
    durability,
    short(n),
    value,
    short(ratio),
    short(must),
    mustMet ? "met" : "MISSED",
    short(aim),
    aimMet ? "met" : "not yet",
  ];
}

function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
