/** A case of the AWS home is a plan and faults; running it gives everything that was wrong. */
import { type AwsFaultPlan, fewerFaults, generateAwsFaults } from "./aws-faults.ts";
import { cloudViolations } from "./aws-invariants.ts";
import { AwsWorld } from "./aws-world.ts";
import { generatePlan, HARD_TASTE, isHard, PLAIN_TASTE } from "./generate.ts";
import { violations } from "./invariants.ts";
import { predict } from "./oracle.ts";
import { differences } from "./outcomes.ts";
import type { NodePlan } from "./plan.ts";
import { Random } from "./random.ts";
import { replayAll } from "./replays.ts";
import type { Shrinker } from "./shrink.ts";
import { ROOT_LABEL } from "./world.ts";

export interface AwsCase {
  readonly plan: NodePlan;
  readonly faults: AwsFaultPlan;
}

export function awsCaseOf(seed: number): AwsCase {
  const random = new Random(seed);
  const hard = isHard(seed);
  return {
    plan: generatePlan(random.fork(), hard ? HARD_TASTE : PLAIN_TASTE),
    faults: generateAwsFaults(random.fork(), hard),
  };
}

export async function simulateAws({ plan, faults }: AwsCase): Promise<{ world: AwsWorld; problems: string[] }> {
  const prediction = predict(plan, ROOT_LABEL);
  const world = new AwsWorld(plan, faults, prediction);
  await withoutStacks(() => world.run());
  const { disk, horizon, cloud } = world;
  const outcome = faults.chaos.length > 0 ? { ...prediction, loose: new Set([ROOT_LABEL]) } : prediction;
  const problems = [
    ...world.problems,
    ...cloudViolations(cloud, disk.labels),
    ...differences(outcome, disk),
    ...violations(disk, horizon),
    ...(await replayAll(disk, new Random(disk.journals.size))),
  ];
  return { world, problems };
}

/**
 * Stacks of errors stand in journals, and name files and lines. How much fits into an item would depend on where the
 * repository lies and on every line that is added to it, and a seed would not repeat elsewhere.
 */
async function withoutStacks(run: () => Promise<void>): Promise<void> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export const awsShrinker: Shrinker<AwsFaultPlan> = {
  play: async (each) => (await simulateAws(each)).problems,
  fewerFaults,
};
