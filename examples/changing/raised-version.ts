import { workflow } from "treeline";

export default workflow(
  { name: "order", version: "2", compatibleWith: ["1"] },
  async (ctx, input: { sku: string; gift?: boolean }) => {
    await ctx.step("charge", () => `charged for ${input.sku}`);
    await ctx.waitForSignal("packed");
    await ctx.step("ship", () => (input.gift === true ? `shipped ${input.sku}, wrapped` : `shipped ${input.sku}`));
    return "shipped by version 2";
  },
);
