/**
 * Many children of one workflow, some at a time, a share of which may fail.
 *
 *   npx treeline run examples/fan-out.ts --input '{"images":12}'
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ApplicationError, workflow } from "treeline";
import { z } from "zod";

export const resize = workflow({ name: "resize", input: z.object({ image: z.number() }) }, async (ctx, { image }) =>
  ctx.step("resize", async () => {
    await sleep(100 + ((image * 137) % 300));
    // Not worth a retry: it will be as broken the next time.
    if (image % 10 === 7) throw new ApplicationError(`image ${image} is damaged`, { nonRetryable: true });
    return { image, bytes: 1_000 + image };
  }),
);

const album = workflow(
  { name: "album", input: z.object({ images: z.number().int().min(1).max(500).default(12) }).default({ images: 12 }) },
  async (ctx, { images }) => {
    const inputs = Array.from({ length: images }, (_, image) => ({ image }));
    const batch = await ctx.executeAll(resize, inputs, {
      maxConcurrency: 4,
      completion: { toleratedFailurePercentage: 20 },
    });
    return {
      resized: batch.successCount,
      damaged: batch.failed().map(({ index }) => index),
      ended: batch.completionReason,
    };
  },
);

export default album;
