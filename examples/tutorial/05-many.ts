import { ApplicationError, workflow } from "treeline";

export const resize = workflow({ name: "resize" }, (ctx, image: number) =>
  ctx.step("resize", () => {
    if (image === 3) throw new ApplicationError("the file is damaged", { nonRetryable: true });
    return image * 100;
  }),
);

export default workflow({ name: "album" }, async (ctx) => {
  const batch = await ctx.executeAll(resize, [1, 2, 3, 4], {
    maxConcurrency: 2,
    completion: { toleratedFailureCount: 1 },
  });
  return { resized: batch.getResults(), failed: batch.failureCount };
});
