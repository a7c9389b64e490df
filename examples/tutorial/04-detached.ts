import { workflow } from "treeline";

export const sendReceipt = workflow({ name: "receipt" }, async (ctx, orderId: string) => {
  await ctx.wait("1s");
  return ctx.step("send mail", () => `receipt of ${orderId} sent`);
});

export default workflow({ name: "order" }, async (ctx) => {
  const receipt = await ctx.start(sendReceipt, "A-17");
  const packed = await ctx.step("pack", () => "packed");
  ctx.logger.info("the receipt is on its way", { execution: receipt.executionId });
  return packed;
});
