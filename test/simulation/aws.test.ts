/** The AWS home under everything its services may do: the seeds of every build. Thousands: aws-run.ts. */
import os from "node:os";
import { describe, expect, it } from "vitest";
import { type Campaign, runCampaign } from "./campaign.ts";

const SEEDS = 400;
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
  let campaign: Promise<Campaign> | undefined;
  const run = (): Promise<Campaign> =>
    (campaign ??= runCampaign({ from: 0, count: SEEDS }, os.availableParallelism(), { worker: "aws-worker.ts" }));

  it("come to what a plain evaluation says, and strand nobody", { timeout: PATIENCE_MS }, async () => {
    const { seeds, failures } = await run();
    expect(seeds).toBe(SEEDS);
    const [first] = failures;
    if (first === undefined) return;
    const words = [`${failures.length} of ${SEEDS} seeds failed. Seed ${first.seed}:`, ...first.problems.slice(0, 10)];
    expect.fail([...words, `Repeat it with: node test/simulation/aws-run.ts --seed ${first.seed}`].join("\n"));
  });

  it("meet every fault", { timeout: PATIENCE_MS }, async () => {
    const { coverage } = await run();
    expect(FAULTS.filter((fault) => (coverage[fault] ?? 0) === 0)).toEqual([]);
  });
});
