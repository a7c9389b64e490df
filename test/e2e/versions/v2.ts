/** The same, changed so that no record of v1 fits it. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";

export const child = workflow({ name: "e2e.versions-child" }, async (ctx) => {
  await ctx.step("renamed", () => "v2");
  await ctx.waitForSignal("go");
  return ctx.step("second", () => "v2");
});

export const parent = workflow({ name: "e2e.versions" }, async (ctx) => {
  await ctx.step("renamed", () => "v2");
  const kid = await ctx.start(child, null, { name: "child" });
  await ctx.waitForSignal("go");
  const own = await ctx.step("second", () => "v2");
  return { own, child: await kid.result() };
});
