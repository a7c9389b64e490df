import { workflow, type WorkflowContext } from "treeline";

async function run(ctx: WorkflowContext, input: { sku: string }): Promise<string> {
  // A step's name is its identity in the journal: open executions keep the old name.
  await ctx.step(ctx.patched("collect") ? "collect payment" : "charge", () => `charged for ${input.sku}`);
  await ctx.waitForSignal("packed");
  await ctx.step("ship", () => `shipped ${input.sku}`);
  return "shipped";
}

/** Goes on with the executions that began under the old name. */
export const order = workflow({ name: "order" }, run);
export default workflow({ name: "purchase" }, run);
