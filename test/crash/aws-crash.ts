/**
 * One scenario on the AWS home, with the death of a function before and behind chosen calls to its services. What was
 * delivered to it comes back: while its lease still holds (T0), or after (T1). Judges, but makes no tests of it.
 */
import { isGap } from "../conformance/gap-rows.ts";
import { type HomeUnderTest, observe, verify } from "../conformance/runner.ts";
import type { Scenario } from "../conformance/scenario.ts";
import { openCloud } from "../helpers/aws/aws-home.ts";
import type { MemoryCloud } from "../helpers/aws/memory-cloud.ts";
import { cloudViolations } from "../simulation/aws-invariants.ts";
import { diskOf } from "../simulation/aws-record.ts";
import { type CrashOutcome, differences, journalProblems, outcomeOf } from "./crash-outcome.ts";

export type Return = "T0" | "T1";

/** Much less than a unit of the scenarios, so that a crash changes no race of theirs. */
const LEASE_MS = 100;
const VISIBILITY_MS: Readonly<Record<Return, number>> = { T0: 40, T1: 150 };

export interface AwsPlay {
  /** Moments at which a function could die: before and behind every call. */
  readonly moments: number;
  readonly outcome: CrashOutcome;
  readonly problems: readonly string[];
}

/** @param deaths moments, counted from 1 over all functions */
export async function playAws(scenario: Scenario, back: Return, deaths: readonly number[]): Promise<AwsPlay> {
  let moments = 0;
  let cloud: MemoryCloud | undefined;
  const home: HomeUnderTest = {
    name: "aws, mortal",
    open: async (workflows, limits) => {
      const opened = openCloud(workflows, limits, {
        settings: { leaseMs: LEASE_MS, lingerMs: back === "T0" ? 0 : 50 },
        queues: { strict: true, visibilityMs: VISIBILITY_MS[back], batch: 3, maxReceives: 10_000, secondMs: LEASE_MS },
        adversary: {
          call: () => {
            moments += 1;
            return deaths.includes(moments) ? "die" : undefined;
          },
        },
      });
      ({ cloud } = opened);
      return opened;
    },
  };
  const observation = await observe(scenario, home);
  if (deaths.length === 0 && !isGap(scenario)) verify(scenario, observation);
  if (cloud === undefined) throw new Error("the home was not opened");
  const record = await diskOf(cloud.table);
  const problems = [...journalProblems(record), ...cloudViolations(cloud, new Map())];
  return { moments, outcome: outcomeOf(observation), problems };
}

export async function playAndDie(
  scenario: Scenario,
  back: Return,
  unharmed: AwsPlay,
  deaths: readonly number[],
): Promise<string[]> {
  const { outcome, problems } = await playAws(scenario, back, deaths);
  const found = [...problems, ...differences(unharmed.outcome, outcome)];
  return found.map((problem) => `${back}, death at moment ${deaths.join(" and ")}: ${problem}`);
}
