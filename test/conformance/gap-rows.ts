/** Which scenarios must fail: those of declared gaps, and those that a home says it cannot do. */
import { gaps } from "./gaps.ts";
import type { HomeUnderTest } from "./runner.ts";
import type { Scenario } from "./scenario.ts";

const rows = new Set(gaps.map(({ row }) => row));

export function isGap(scenario: Scenario): boolean {
  return scenario.rows.some((row) => rows.has(row));
}

export function isMissing(scenario: Scenario, home: HomeUnderTest): boolean {
  return isGap(scenario) || (home.unsupported?.some((gap) => gap.scenario === scenario.id) ?? false);
}
