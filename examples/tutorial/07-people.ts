import { workflow } from "treeline";
import { z } from "zod";

const Decision = z.object({ approved: z.boolean(), by: z.string() });

export const approval = workflow({ name: "approval", signals: { decision: Decision } }, async (ctx) =>
  ctx.waitForSignal("decision", { schema: Decision, timeout: "7d" }),
);

export default workflow({ name: "purchase" }, async (ctx) => {
  const { approved, by } = await ctx.execute(approval, undefined, { id: "purchase-1-approval" });
  return approved ? `bought, approved by ${by}` : `refused by ${by}`;
});
