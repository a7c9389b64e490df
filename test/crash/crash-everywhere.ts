/**
 * Plays every scenario with a crash behind every one of its calls: N calls, N + 1 runs. All of them must end alike, and
 * use each recorded result once.
 */
import { afterAll, describe, expect, it } from "vitest";
import { loadScenarios } from "../conformance/runner-scenarios.ts";
import { CHANGED_BY_A_CRASH, crashPoints, diesAt, type Mode, playAndCrash, playUnharmed } from "./crash-plays.ts";

/** @param again a second crash, so many calls behind the first */
export async function crashEverywhere(what: string, mode: Mode, again?: number): Promise<void> {
  const scenarios = await loadScenarios();
  const told = { scenarios: 0, runs: 0, sampled: [] as string[] };
  describe(`${what}`, () => {
    afterAll(() => {
      const sampled = told.sampled.length === 0 ? "" : `; a sample of crashes only: ${told.sampled.join(", ")}`;
      process.stdout.write(`crash, ${what}: ${told.runs} runs of ${told.scenarios} scenarios${sampled}\n`);
    });
    for (const scenario of scenarios) {
      const reason = CHANGED_BY_A_CRASH.get(scenario.id);
      const test = reason === undefined ? it : it.fails;
      test(`${scenario.id} ${scenario.title}`, async () => {
        const { calls, outcome, problems } = await playUnharmed(scenario, mode);
        expect(problems).toEqual([]);
        const points = crashPoints(calls);
        if (points.length < calls) told.sampled.push(`${scenario.id} ${points.length} of ${calls}`);
        told.scenarios += 1;
        told.runs += points.length + 1;
        const found: string[] = [];
        for (const call of points) found.push(...(await playAndCrash(scenario, outcome, mode, diesAt(call, again))));
        expect(found).toEqual([]);
      });
    }
  });
}
