/** A simulation that finds nothing proves nothing: it has to find these bugs, each in processes of its own. */
import { describe, expect, it } from "vitest";
import { bugs } from "./bugs.ts";
import { runCampaign } from "./campaign.ts";

/** Within the seeds of a build. */
const SEEDS = 5_000;
const PATIENCE_MS = 600_000;

describe("the simulation", () => {
  it.concurrent.each(bugs)("finds $id: $why", { timeout: PATIENCE_MS }, async ({ id }) => {
    const { failures } = await runCampaign({ from: 0, count: SEEDS, stopAtFailure: true }, 1, { bug: id });
    const [found] = failures;
    expect(found, `no seed of ${SEEDS} found it`).toBeDefined();
    const [problem] = found?.problems[0]?.split("\n") ?? [];
    process.stdout.write(`${id}: found by seed ${found?.seed}: ${problem}\n`);
  });

  it("has each of them once", () => {
    expect(new Set(bugs.map(({ id }) => id)).size).toBe(bugs.length);
  });
});
