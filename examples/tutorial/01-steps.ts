import { workflow } from "treeline";
import { z } from "zod";

const Order = z.object({ item: z.string(), price: z.number().positive() });

export default workflow({ name: "order", input: Order }, async (ctx, { item, price }) => {
  const reserved = await ctx.step("reserve", () => `one ${item}`);
  const receipt = await ctx.step("charge", () => `${price} € charged`);
  return `${reserved}, ${receipt}`;
});
