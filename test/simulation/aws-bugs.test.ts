/** The campaign of the AWS home has to find these bugs, each in a process of its own. */
import { describe, expect, it } from "vitest";
import { awsBugs } from "./aws-bugs.ts";
import { runCampaign } from "./campaign.ts";

const SEEDS = 1_500;
const PATIENCE_MS = 600_000;

describe("the simulation of the AWS home", () => {
  it.concurrent.each(awsBugs)("finds $id: $why", { timeout: PATIENCE_MS }, async ({ id }) => {
    const { failures } = await runCampaign({ from: 0, count: SEEDS, stopAtFailure: true }, 1, {
      bug: id,
      worker: "aws-worker.ts",
    });
    const [found] = failures;
    expect(found, `no seed of ${SEEDS} found it`).toBeDefined();
    process.stdout.write(`${id}: found by seed ${found?.seed}: ${found?.problems[0]?.split("\n")[0]}\n`);
  });
});
