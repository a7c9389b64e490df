import { workflow } from "treeline";

export default workflow({ name: "order" }, async (ctx, input: { sku: string }) => {
  await ctx.step("charge", () => `charged for ${input.sku}`);
  await ctx.waitForSignal("packed");
  await ctx.step("ship", () => `shipped ${input.sku}`);
  return "shipped";
});
