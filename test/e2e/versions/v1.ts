/** The code that executions begin with (D26). */
import { workflow } from "../../../lib/frontends/code/workflow.ts";

export const child = workflow({ name: "e2e.versions-child" }, async (ctx) => {
  await ctx.step("first", () => "v1");
  await ctx.waitForSignal("go");
  return ctx.step("second", () => "v1");
});

export const parent = workflow({ name: "e2e.versions" }, async (ctx) => {
  await ctx.step("first", () => "v1");
  const kid = await ctx.start(child, null, { name: "child" });
  await ctx.waitForSignal("go");
  const own = await ctx.step("second", () => "v1");
  return { own, child: await kid.result() };
});
