/**
 * What becomes of children that still run when their parent ends: each call may say so.
 *
 *   npx treeline run examples/parent-close-policy.ts
 */
import { setTimeout as sleep } from "node:timers/promises";
import { workflow } from "treeline";
import { z } from "zod";

export const ticker = workflow({ name: "ticker", input: z.object({ ticks: z.number() }) }, async (ctx, { ticks }) => {
  try {
    for (let tick = 1; tick <= ticks; tick += 1) await ctx.wait("tick", "250ms");
    return `${ticks} ticks`;
  } finally {
    // Reached on a cancel, for that is a request; not when the execution is stopped.
    await ctx.nonCancellable((cleanup) => cleanup.step("put the clock away", () => sleep(100)));
  }
});

const parent = workflow({ name: "close_policies" }, async (ctx) => {
  await ctx.start(ticker, { ticks: 4 }, { name: "abandoned", parentClosePolicy: "abandon" });
  await ctx.start(ticker, { ticks: 400 }, { name: "asked-to-cancel", parentClosePolicy: "request_cancel" });
  await ctx.start(ticker, { ticks: 400 }, { name: "terminated", parentClosePolicy: "terminate" });
  await ctx.wait("600ms");
  return "the parent ends now; see what its children do";
});

export default parent;
