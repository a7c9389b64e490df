/** The seeds of every build. One that fails is made small and printed with the command that repeats it. */
import os from "node:os";
import { describe, expect, it } from "vitest";
import { type Campaign, type Failure, runCampaign } from "./campaign.ts";
import { emptyCells, matrixText } from "./coverage.ts";
import { dailySeeds, daysText } from "./daily-seeds.ts";
import { shrink } from "./shrink.ts";
import { caseOf, shrinker } from "./simulate.ts";

const SEEDS = 5_000;
const TODAYS_SEEDS = 1_500;
/** For all seeds; a busy machine takes several times as long as an idle one. */
const PATIENCE_MS = 600_000;

describe("random trees of workflows, crashed, and their messages duplicated, delayed and reordered", () => {
  let campaign: Promise<Campaign> | undefined;
  const run = (): Promise<Campaign> => (campaign ??= runCampaign({ from: 0, count: SEEDS }, os.availableParallelism()));

  it("come to what a plain evaluation in memory says, and keep every invariant", { timeout: PATIENCE_MS }, async () => {
    const { seeds, failures } = await run();
    expect(seeds).toBe(SEEDS);
    if (failures[0] !== undefined) expect.fail(await report(failures[0], failures.length, seeds));
  });

  it("do so on seeds that no build has played before", { timeout: PATIENCE_MS }, async () => {
    const today = dailySeeds(TODAYS_SEEDS);
    process.stdout.write(`embedded simulation, ${daysText(today)}\n`);
    const { seeds, failures } = await runCampaign(today, os.availableParallelism());
    expect(seeds).toBe(TODAYS_SEEDS);
    if (failures[0] !== undefined) expect.fail(await report(failures[0], failures.length, seeds));
  });

  it(
    "meet every operation with every fault, close policy and final status, deep in the tree",
    { timeout: PATIENCE_MS },
    async () => {
      const { coverage } = await run();
      process.stdout.write(`${matrixText(coverage)}\n`);
      expect(emptyCells(coverage)).toEqual([]);
    },
  );
});

async function report({ seed, problems }: Failure, count: number, seeds: number): Promise<string> {
  const { small, problems: left } = await shrink(caseOf(seed), shrinker);
  return [
    `${count} of ${seeds} seeds failed. Seed ${seed}:`,
    ...problems.slice(0, 10),
    "made small:",
    ...left.slice(0, 10),
    JSON.stringify(small, null, 1),
    `Repeat it with: node test/simulation/run.ts --seed ${seed}`,
  ].join("\n");
}
