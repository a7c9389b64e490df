import { ChildExecutionError, workflow } from "treeline";

export const search = workflow({ name: "search" }, async (ctx, site: string) => {
  await ctx.wait(site === "slow" ? "1h" : 10);
  return `found on ${site}`;
});

export default workflow({ name: "find" }, async (ctx) => {
  const sites = ["fast", "slow"];
  const found: string[] = [];
  for (const site of sites) {
    try {
      found.push(await ctx.execute(search, site, { executionTimeout: "1s" }));
    } catch (error) {
      if (!(error instanceof ChildExecutionError)) throw error;
      found.push(`nothing on ${site}: ${error.status}`);
    }
  }
  return found;
});
