/**
 * A workflow that events and a schedule start, where it is deployed (README, "On AWS"):
 *
 *   aws events put-events --entries '[{"Source":"shop","DetailType":"OrderPlaced","Detail":"{\"orderId\":\"A-17\"}"}]'
 *
 * Here nobody triggers anything, so it is run by hand:
 *
 *   npx treeline run examples/triggered.ts --input '{"orderId":"A-17"}'
 */
import { workflow } from "treeline";
import { z } from "zod";

const welcome = workflow(
  {
    name: "welcome",
    input: z.object({ orderId: z.string() }),
    // Paths into the event; what does not begin with `$.` is meant as it stands. Each event starts it once.
    triggers: [
      { event: { source: "shop", detailType: "OrderPlaced" }, input: { orderId: "$.detail.orderId" } },
      { schedule: "cron(0 8 * * ? *)", input: { orderId: "the daily test" } },
    ],
  },
  async (ctx, { orderId }) => ctx.step("write", () => `thank you for ${orderId}`),
);

export default welcome;
