/**
 * A person in the loop: a child waits for a decision, as long as it takes, and costs nothing meanwhile. Stop the
 * process if you like; `npx treeline resume` goes on where it was.
 *
 *   npx treeline run examples/approval.ts --input '{"item":"laptop","price":1900}'
 *
 * and, in another terminal, `npx treeline list` for the id, `npx treeline pending <id>` for what it waits for, then
 *
 *   npx treeline signal <id of approval> decision '{"approved":true,"by":"Ada"}'
 */
import { workflow } from "treeline";
import { z } from "zod";

const Decision = z.object({ approved: z.boolean(), by: z.string() });
const Purchase = z.object({ item: z.string(), price: z.number().positive() });

export const approval = workflow(
  { name: "approval", input: Purchase, signals: { decision: Decision } },
  async (ctx, purchase) => {
    ctx.document("request", purchase);
    return ctx.waitForSignal("decision", { schema: Decision, timeout: "7d" });
  },
);

const purchase = workflow({ name: "purchase", input: Purchase }, async (ctx, { item, price }) => {
  if (price > 100) {
    const decision = await ctx.execute(approval, { item, price });
    if (!decision.approved) return `${item}: refused by ${decision.by}`;
  }
  // The supplier is handed an id and answers with it, perhaps days later: `treeline callback <callbackId> --succeed …`.
  const tracking = await ctx.waitForCallback("order", (callbackId) => placeOrder(item, callbackId), {
    timeout: "30d",
    schema: z.object({ trackingNumber: z.string() }),
  });
  return `${item}: on its way, ${tracking.trackingNumber}`;
});

async function placeOrder(item: string, callbackId: string): Promise<void> {
  console.log(`ordered ${item}; the supplier answers to ${callbackId}`);
}

export default purchase;
