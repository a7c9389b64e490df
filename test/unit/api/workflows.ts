/** Workflows that the API is tried with. */
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";

export const Decision = z.object({ approved: z.boolean() });

export const approval = workflow({ name: "approval", signals: { decision: Decision } }, async (ctx) => {
  ctx.document("request", { item: "laptop", wanted: new Date(0) });
  ctx.state.set("asked", 1);
  return ctx.waitForSignal("decision", { schema: Decision });
});

export const buy = workflow(
  { name: "buy", description: "Buys things", input: z.object({ item: z.string() }) },
  async (ctx, { item }) => {
    const price = await ctx.step("price", () => 1_900n);
    const { approved } = await ctx.execute(approval, undefined);
    const number = await ctx.waitForCallback<string>("order", () => {});
    return { item, price, approved, number, at: new Date(0) };
  },
);

export const broken = workflow({ name: "broken" }, async (ctx) => {
  await ctx.step("fail", () => Promise.reject(new RangeError("out of range")), { retry: false });
});

export const echo = workflow({ name: "echo" }, async (_ctx, input: unknown) => input);

/** Ends after a minute. */
export const slow = workflow({ name: "slow" }, async (ctx) => {
  await ctx.wait("1m");
  return "done";
});
