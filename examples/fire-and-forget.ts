/**
 * A parent that starts a child and does not wait. The child lives on when the parent has ended: its parent close
 * policy is `abandon`, as nobody waits for it at the call.
 *
 *   npx treeline run examples/fire-and-forget.ts --input '{"orderId":"A-17"}'
 */
import { setTimeout as sleep } from "node:timers/promises";
import { workflow } from "treeline";
import { z } from "zod";

export const sendReceipt = workflow(
  { name: "send_receipt", input: z.object({ orderId: z.string() }) },
  async (ctx, { orderId }) =>
    ctx.step("send mail", async () => {
      await sleep(1_000);
      return `receipt of ${orderId} sent`;
    }),
);

const takeOrder = workflow(
  { name: "take_order", input: z.object({ orderId: z.string() }) },
  async (ctx, { orderId }) => {
    // Resolves once the child is durably recorded: from here on it runs, whatever becomes of us.
    const receipt = await ctx.start(sendReceipt, { orderId }, { executionTimeout: "1h" });
    // Whoever wants its result later asks for it, here or in any other workflow: `await receipt.result()`.
    return { orderId, receiptExecution: receipt.executionId };
  },
);

export default takeOrder;
