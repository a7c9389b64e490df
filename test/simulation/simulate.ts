/** A case is a plan and faults; running it gives everything that was wrong. */
import { type FaultPlan, fewerFaults, generateFaults, generateStorm } from "./faults.ts";
import { generatePlan, isHard, STORM_TASTE } from "./generate.ts";
import { predict, type Prediction } from "./oracle.ts";
import { violations } from "./invariants.ts";
import { differences } from "./outcomes.ts";
import type { NodePlan } from "./plan.ts";
import { Random } from "./random.ts";
import { replayAll } from "./replays.ts";
import type { Shrinker } from "./shrink.ts";
import { ROOT_LABEL, World } from "./world.ts";

export interface Case {
  readonly plan: NodePlan;
  readonly faults: FaultPlan;
}

export function caseOf(seed: number): Case {
  const random = new Random(seed);
  if (isHard(seed)) return { plan: generatePlan(random.fork(), STORM_TASTE), faults: generateStorm(random.fork()) };
  return { plan: generatePlan(random.fork()), faults: generateFaults(random.fork()) };
}

export async function simulate({ plan, faults }: Case): Promise<{ world: World; problems: string[] }> {
  const prediction = predict(plan, ROOT_LABEL);
  const world = new World(plan, faults, prediction);
  await world.run();
  const outcome = faults.chaos.length > 0 ? anything(prediction) : prediction;
  const problems = [
    ...world.problems,
    ...differences(outcome, world.disk),
    ...violations(world.disk, world.horizon),
    ...(await replayAll(world.disk, new Random(world.disk.commits))),
  ];
  return { world, problems };
}

function anything(prediction: Prediction): Prediction {
  return { ...prediction, loose: new Set([ROOT_LABEL]) };
}

export const shrinker: Shrinker<FaultPlan> = { play: async (each) => (await simulate(each)).problems, fewerFaults };
