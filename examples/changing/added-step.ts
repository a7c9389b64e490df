import { workflow } from "treeline";

export default workflow({ name: "order" }, async (ctx, input: { sku: string }) => {
  await ctx.step("charge", () => `charged for ${input.sku}`);
  // False in executions that came past this line before the change, true in all others.
  const isInsured = ctx.patched("insurance");
  if (isInsured) await ctx.step("insure", () => `insured ${input.sku}`);
  await ctx.waitForSignal("packed");
  await ctx.step("ship", () => `shipped ${input.sku}`);
  return isInsured ? "shipped, insured" : "shipped";
});
