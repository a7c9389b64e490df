import { ApplicationError, workflow } from "treeline";
import { z } from "zod";

const PRICES: Readonly<Record<string, number>> = { cup: 8, lamp: 120 };

/** Run by a state machine: see app.ts. What the workflow itself throws, the state machine catches by its type. */
export const price = workflow({ name: "price", input: z.object({ item: z.string() }) }, async (ctx, { item }) => {
  const found = await ctx.step("look up", () => PRICES[item] ?? 0);
  if (found === 0) throw new ApplicationError(`we have no ${item}`, { type: "NoSuchItem", nonRetryable: true });
  return { item, price: found };
});
