/** Makes a test of every scenario on one home. A binding of a home is a file of ten lines that calls this. */
import { describe, expect, it } from "vitest";
import { course } from "./course.ts";
import { isMissing } from "./gap-rows.ts";
import { type HomeUnderTest, type Observation, observe, verify } from "./runner.ts";
import { loadScenarios } from "./runner-scenarios.ts";
import type { Scenario } from "./scenario.ts";

export interface BindOptions {
  /** Many at once: for homes of real time. @default false */
  readonly concurrent?: boolean;
  /** Those that take longest. */
  readonly first?: readonly string[];
  /** Those that disturb others. */
  readonly last?: readonly string[];
}

/**
 * A scenario of a declared gap, or one that the home does not support, must fail: a gap that was closed has to go from
 * its list. With `like`, every execution must also have run through the same operations as on that home.
 */
export async function bindScenarios(
  home: HomeUnderTest,
  like?: HomeUnderTest,
  { concurrent = false, first = [], last = [] }: BindOptions = {},
): Promise<void> {
  const loaded = await loadScenarios();
  const place = ({ id }: Scenario): number => (first.includes(id) ? 0 : last.includes(id) ? 2 : 1);
  const scenarios = loaded.toSorted((a, b) => place(a) - place(b));
  const passed = new Set<string>();
  describe(`on the home "${home.name}"`, { concurrent }, () => {
    for (const scenario of scenarios) {
      const test = isMissing(scenario, home) ? it.fails : it;
      test(`${scenario.id} ${scenario.title}`, async () => {
        verify(scenario, await observed(scenario, home));
        passed.add(scenario.id);
      });
    }
  });
  count(scenarios, passed, home);
  if (like !== undefined) compare(scenarios, home, like);
}

/** Says it, too: nobody should have to believe that nothing was left out. */
function count(scenarios: readonly Scenario[], passed: ReadonlySet<string>, home: HomeUnderTest): void {
  describe(`how many scenarios ran on the home "${home.name}"`, () => {
    it("all, less the declared gaps", () => {
      const gaps = scenarios.filter((scenario) => isMissing(scenario, home));
      console.log(`${home.name}: ${passed.size} of ${scenarios.length} scenarios, ${gaps.length} declared gaps`);
      expect(passed.size).toBe(scenarios.length - gaps.length);
    });
  });
}

/** Operations, not invocations: how often an execution was put away and replayed is no part of what it did. */
function compare(scenarios: readonly Scenario[], home: HomeUnderTest, like: HomeUnderTest): void {
  describe(`D1, D30: on the home "${home.name}" every execution does what it does on "${like.name}"`, () => {
    for (const scenario of scenarios.filter((each) => !isMissing(each, home))) {
      it(`${scenario.id} operation by operation`, async () => {
        expect(course(await observed(scenario, home))).toEqual(course(await observed(scenario, like)));
      });
    }
  });
}

const seen = new WeakMap<HomeUnderTest, Map<string, Promise<Observation>>>();

/** Each home plays each scenario once, however often it is looked at. */
async function observed(scenario: Scenario, home: HomeUnderTest): Promise<Observation> {
  const plays = seen.get(home) ?? new Map<string, Promise<Observation>>();
  seen.set(home, plays);
  const play = plays.get(scenario.id) ?? observe(scenario, home);
  plays.set(scenario.id, play);
  return play;
}
