/**
 * The AWS backend under everything its services may do: fixed seeds, and fresh ones that the date decides. Of four seeds
 * one favours what found bugs (`isHard`). Thousands: aws-run.ts.
 */
import os from "node:os";
import { describe, expect, it } from "vitest";
import { type Campaign, runCampaign, type Seeds } from "./campaign.ts";
import { dailySeeds, daysText } from "./daily-seeds.ts";

const FIXED: Seeds = { from: 0, count: 300 };
const FRESH = dailySeeds(200);
const PATIENCE_MS = 600_000;

/** What a campaign must have met, or it proves nothing. */
const FAULTS = [
  "die",
  "freeze",
  "slow",
  "late",
  "copied",
  "same twice",
  "park lost",
  "wake lost",
  "kick lost",
  "host lost",
  "host failed",
  "stale read",
  "sweep",
];

describe("random trees of workflows on AWS: functions that die or freeze, messages twice, late or lost, old reads, hosts lost", () => {
  let fixed: Promise<Campaign> | undefined;
  const playFixed = (): Promise<Campaign> => (fixed ??= play(FIXED));

  it("come to what a plain evaluation says, and strand nobody", { timeout: PATIENCE_MS }, async () => {
    expect(reportOf(await playFixed(), FIXED)).toBe("");
  });

  it("meet every fault", { timeout: PATIENCE_MS }, async () => {
    const { coverage } = await playFixed();
    expect(FAULTS.filter((fault) => (coverage[fault] ?? 0) === 0)).toEqual([]);
  });

  it("fault:A13 do so with seeds that nobody has played before", { timeout: PATIENCE_MS }, async () => {
    process.stdout.write(`AWS simulation, ${daysText(FRESH)}\n`);
    expect(reportOf(await play(FRESH), FRESH)).toBe("");
  });
});

function play(seeds: Seeds): Promise<Campaign> {
  return runCampaign(seeds, os.availableParallelism(), { worker: "aws-worker.ts" });
}

/** Empty when all seeds were played and none failed. */
function reportOf({ seeds, failures }: Campaign, { count }: Seeds): string {
  const [first] = failures;
  if (first === undefined) return seeds === count ? "" : `${seeds} of ${count} seeds were played`;
  const words = [`${failures.length} of ${count} seeds failed. Seed ${first.seed}:`, ...first.problems.slice(0, 10)];
  return [...words, `Repeat it with: node test/simulation/aws-run.ts --seed ${first.seed}`].join("\n");
}
