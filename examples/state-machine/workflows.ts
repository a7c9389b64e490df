import { ApplicationError, workflow } from "treeline";
import { z } from "zod";

const PRICES: Readonly<Record<string, number>> = { cup: 8, lamp: 120 };

/** Run by a state machine: see app.ts. */
export const price = workflow({ name: "price", input: z.object({ item: z.string() }) }, async (ctx, { item }) =>
  ctx.step("look up", () => {
    const found = PRICES[item];
    if (found === undefined) {
      throw new ApplicationError(`we have no ${item}`, { type: "NoSuchItem", nonRetryable: true });
    }
    return { item, price: found };
  }),
);
