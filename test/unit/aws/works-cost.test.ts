/**
 * What the works of `npm run bench:aws` are billed, counted in memory: a unit more is a price rise, and shows here
 * before it shows there.
 */
import { describe, expect, it } from "vitest";
import { gbSecondsOf } from "../../../bench/aws/results.ts";
import { AWS_TARGETS } from "../../../bench/aws/targets.ts";
import { LONG_MS, SLOW_MS, type WorkName, worksWith } from "../../../bench/aws/works.ts";
import { costOf } from "../../../lib/homes/aws/cost.ts";
import type { Counts } from "../../../lib/homes/aws/meter.ts";
import { usdOf } from "../../../lib/homes/aws/prices.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

async function countsOf(work: WorkName): Promise<Counts> {
  const cloud: MemoryCloud = new MemoryCloud({
    workflows: worksWith({
      sleep: (ms) => new Promise((resolve) => cloud.clock.at(cloud.clock.now() + ms, resolve)),
      longMs: LONG_MS,
    }),
    settings: { hostAfterMs: 8_000 },
  });
  const run = async (): Promise<string> => {
    const { executionId } = await cloud.client.start(work, { n: 1 });
    do await cloud.idle();
    while (cloud.clock.fireNext());
    return executionId;
  };
  // Workflows are registered once.
  await run();
  return (await costOf(cloud.context(), await run(), "default")).subtree;
}

/** Of a million. @param steps what is no waiting of the engine */
function usdOfWork(counts: Counts, stepsMs: number): number {
  const waitedMs = (counts.gbSeconds / 0.5) * 1_000 - stepsMs;
  return usdOf({ ...counts, gbSeconds: gbSecondsOf(counts.invocations, waitedMs) }) * 1e6;
}

describe("the bill of a work", () => {
  it.each([
    ["fast-child", { writeUnits: 9, requests: 6, transitions: 0, invocations: 2 }, 0],
    ["slow-child", { writeUnits: 13, requests: 12, transitions: 0, invocations: 4 }, SLOW_MS],
    ["long-child", { writeUnits: 17, requests: 12, transitions: 1, invocations: 4 }, LONG_MS],
    ["steps-20", { writeUnits: 23, requests: 3, transitions: 0, invocations: 1 }, 0],
  ] as const)("%s", async (work, counts, stepsMs) => {
    const counted = await countsOf(work);
    expect(counted).toMatchObject(counts);
    expect(usdOfWork(counted, stepsMs)).toBeLessThanOrEqual(AWS_TARGETS[work].usd.must);
  });
});
