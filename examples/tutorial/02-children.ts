import { workflow } from "treeline";
import { z } from "zod";

export const charge = workflow({ name: "charge", input: z.object({ price: z.number() }) }, (ctx, { price }) =>
  ctx.step("call the bank", () => `${price} € charged`),
);

export default workflow({ name: "order", input: z.object({ price: z.number() }) }, async (ctx, { price }) => {
  const receipt = await ctx.execute(charge, { price });
  return `your receipt: ${receipt}`;
});
