/**
 * What can go red: scenarios on a live home and on one that puts executions away at every wait, plays with several
 * engines, simulation seeds, and scenarios with a crash behind every call. Loaded behind the hook that changes the
 * source, and without vitest, so that a process per mutant is cheap.
 */
import assert from "node:assert/strict";
import { plays as changedCode } from "../crash/changed-code.ts";
import {
  CHANGED_BY_A_CRASH,
  crashPoints,
  diesAt,
  type Mode,
  playAndCrash,
  playUnharmed,
} from "../crash/crash-plays.ts";
import { plays as isolation } from "../crash/isolation.ts";
import { plays as oneEnd } from "../crash/one-end.ts";
import { plays as oneWriter } from "../crash/one-writer.ts";
import { course } from "../conformance/course.ts";
import { isGap } from "../conformance/gap-rows.ts";
import { type HomeUnderTest, observe, verify } from "../conformance/runner.ts";
import { loadScenarios } from "../conformance/runner-scenarios.ts";
import type { Scenario } from "../conformance/scenario.ts";
import { embeddedHome } from "../helpers/embedded-home.ts";
import { caseOf, simulate } from "../simulation/simulate.ts";

/** One thing that is green or red. */
export interface Trial {
  /** `live M02`, `evicted M02`, `play K1-locked`, `seed 17`, `crash M02`. */
  readonly name: string;
  /** @throws Error when it is red */
  run(): Promise<void>;
}

const SEEDS = 150;
/** Every so many scenarios one is crashed after every call. */
const CRASHED_EACH = 6;

const CRASH_MODES: Readonly<Record<string, Mode>> = {
  crash: {},
  "crash-evicted": { eviction: "always" },
  "crash-slow": { eviction: "always", slowDisk: true },
};

/** All, in the order in which they are tried: cheap ones first. */
export async function loadTrials(): Promise<readonly Trial[]> {
  const scenarios = (await loadScenarios()).filter((scenario) => !isGap(scenario));
  return [
    ...scenarios.flatMap(ofScenario),
    ...[...oneWriter, ...oneEnd, ...changedCode, ...isolation].map(({ id, run }) => ({ name: `play ${id}`, run })),
    ...Array.from({ length: SEEDS }, (_, seed) => ofSeed(seed)),
    ...crashes(scenarios.filter((_, at) => at % CRASHED_EACH === 0)),
  ];
}

/** Also of what is not in the sample. */
export async function trialOf(name: string): Promise<Trial> {
  const [kind = "", id = ""] = name.split(" ");
  if (kind === "seed") return ofSeed(Number(id));
  const scenarios = (await loadScenarios()).filter((scenario) => scenario.id === id);
  const found = kind in CRASH_MODES ? crashes(scenarios) : scenarios.flatMap(ofScenario);
  const trial = [...found, ...(await loadTrials())].find((each) => each.name === name);
  if (trial === undefined) throw new Error(`there is no trial ${name}`);
  return trial;
}

function ofScenario(scenario: Scenario): readonly Trial[] {
  const live = embeddedHome();
  const evicted = embeddedHome({ eviction: "always" });
  return [
    { name: `live ${scenario.id}`, run: () => play(scenario, live) },
    { name: `evicted ${scenario.id}`, run: () => play(scenario, evicted, live) },
  ];
}

async function play(scenario: Scenario, home: HomeUnderTest, like?: HomeUnderTest): Promise<void> {
  const observation = await observe(scenario, home);
  verify(scenario, observation);
  if (like !== undefined) assert.deepEqual(course(observation), course(await observe(scenario, like)));
}

function ofSeed(seed: number): Trial {
  return {
    name: `seed ${seed}`,
    run: async () => {
      const { problems } = await simulate(caseOf(seed));
      requireNone(problems);
    },
  };
}

function crashes(scenarios: readonly Scenario[]): readonly Trial[] {
  const crashable = scenarios.filter(({ id }) => !CHANGED_BY_A_CRASH.has(id));
  return Object.entries(CRASH_MODES).flatMap(([kind, mode]) =>
    crashable.map((scenario) => ({ name: `${kind} ${scenario.id}`, run: () => crash(scenario, mode) })),
  );
}

async function crash(scenario: Scenario, mode: Mode): Promise<void> {
  const { calls, outcome, problems } = await playUnharmed(scenario, mode);
  requireNone(problems);
  for (const call of crashPoints(calls)) {
    requireNone(await playAndCrash(scenario, outcome, mode, diesAt(call, undefined)));
  }
}

function requireNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
