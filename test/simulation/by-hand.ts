/** The commands that run a simulation by hand: many seeds over several processes, one seed, or one case. */
import { readFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { type Campaign, type Failure, runCampaign, type Seeds } from "./campaign.ts";
import { dailySeeds, daysText } from "./daily-seeds.ts";
import { type Shrinker, shrink, type SomeCase } from "./shrink.ts";

/** One backend's simulation. */
export interface Simulation<Faults> {
  /** The file of its command, as it is typed. */
  readonly command: string;
  readonly worker: string;
  readonly caseOf: (seed: number) => SomeCase<Faults>;
  readonly shrinker: Shrinker<Faults>;
  /** What a campaign met, in words, and what it should have met and did not. */
  readonly summary: (campaign: Campaign) => { readonly text: string; readonly isMissing: boolean };
}

/** Seeds after which a campaign says how far it is. */
const PROGRESS = 1_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** @returns the exit code: 1 when anything failed */
export async function runByHand<Faults>(simulation: Simulation<Faults>): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: "string", default: "0" },
      count: { type: "string", default: "1000" },
      today: { type: "boolean", default: false },
      seed: { type: "string" },
      case: { type: "string" },
      jobs: { type: "string", default: String(os.availableParallelism()) },
    },
  });
  if (values.case !== undefined) return one(simulation, caseIn<Faults>(values.case));
  if (values.seed !== undefined) return one(simulation, simulation.caseOf(Number(values.seed)));
  const count = Number(values.count);
  const seeds = values.today ? dailySeeds(count) : { from: Number(values.from), count };
  if (values.today) say(daysText(seeds));
  return many(simulation, seeds, Number(values.jobs));
}

/** JSON, or a file of it; a record that was kept has its case under `case`. */
function caseIn<Faults>(text: string): SomeCase<Faults> {
  const found = JSON.parse(text.trimStart().startsWith("{") ? text : readFileSync(text, "utf8")) as
    | SomeCase<Faults>
    | { case: SomeCase<Faults> };
  return "case" in found ? found.case : found;
}

async function one<Faults>({ shrinker, command }: Simulation<Faults>, given: SomeCase<Faults>): Promise<number> {
  const problems = await shrinker.play(given);
  if (problems.length === 0) {
    say("as predicted");
    return 0;
  }
  say(`${problems.join("\n")}\n`);
  const { small, problems: left } = await shrink(given, shrinker);
  say(`made small:\n${left.join("\n")}\n`);
  say(`${JSON.stringify(small, null, 1)}\n\nnode ${command} --case '${JSON.stringify(small)}'`);
  return 1;
}

async function many<Faults>({ worker, summary }: Simulation<Faults>, seeds: Seeds, jobs: number): Promise<number> {
  const begin = performance.now();
  const told = new Set<number>();
  const failed = ({ seed, problems }: Failure): void => {
    if (!told.has(seed)) say(`seed ${seed}: ${problems.slice(0, 5).join("\n  ")}`);
    told.add(seed);
  };
  let begun = 0;
  const begins = (seed: number): void => {
    begun += 1;
    if (begun % PROGRESS === 0) say(`${begun} seeds begun, the last is ${seed}`);
  };
  const campaign = await runCampaign(seeds, jobs, { worker, begins, failed });
  // One whose process was lost could not be told before.
  for (const failure of campaign.failures) failed(failure);
  const { text, isMissing } = summary(campaign);
  say(text);
  const seconds = Math.round((performance.now() - begin) / 1_000);
  say(`${campaign.seeds} seeds from ${seeds.from}, ${campaign.failures.length} failures, ${seconds} s`);
  return campaign.failures.length > 0 || isMissing ? 1 : 0;
}
