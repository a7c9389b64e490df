/** Workflows of the lane itself: what scenarios cannot say, since it breaks machines. Real durations, not units. */
import { createHash } from "node:crypto";
import { ApplicationError } from "../../lib/kernel/errors.ts";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import { hello } from "./warm-up.ts";

export { hello };

/** Less than a message takes to come back. */
const SOON_MS = 10_000;

/** Its first attempt takes the process down with it; attempts that were interrupted have no numbers of their own. */
export const crashesOnce = workflow({ name: "e2e.crashes-once" }, async (ctx) => {
  const before = await ctx.step("before", () => Date.now());
  const after = await ctx.step("crash", () => (Date.now() - before < SOON_MS ? process.exit(1) : Date.now()));
  return { before, after };
});

export const crashesAlways = workflow({ name: "e2e.crashes-always" }, async (ctx) =>
  ctx.step("crash", () => process.exit(1)),
);

export const crashesBelow = workflow({ name: "e2e.crashes-below" }, async (ctx) => {
  const child = await ctx.start(crashesAlways, null, { name: "child" });
  const { status, error } = await child.outcome();
  return { status, message: error?.message };
});

export const leaf = workflow({ name: "e2e.leaf" }, async (ctx, seconds: number) => {
  await ctx.step("begin", () => "begun");
  await ctx.wait("pause", { seconds });
  return ctx.step("end", () => seconds);
});

/** Three children that wait. */
export const family = workflow({ name: "e2e.family" }, async (ctx) => {
  await ctx.step("first", () => 1);
  return ctx.promise.all([1, 2, 3].map((seconds) => ctx.execute(leaf, seconds, { name: `leaf-${seconds}` })));
});

export const waits = workflow({ name: "e2e.waits" }, async (ctx, seconds: number) => {
  await ctx.wait("long", { seconds });
  return "waited";
});

/** The wait is a child's, so that its host has a lineage. */
export const waitsBelow = workflow({ name: "e2e.waits-below" }, async (ctx, seconds: number) =>
  ctx.execute(waits, seconds, { name: "child" }),
);

export const asks = workflow({ name: "e2e.asks" }, async (ctx) => ctx.waitForSignal("answer"));

export const bound = workflow({ name: "e2e.bound" }, async (ctx) => ctx.waitForSignal("never"));

export const middle = workflow({ name: "e2e.middle" }, async (ctx) => {
  await ctx.start(bound, null, { name: "bound", parentClosePolicy: "terminate" });
  return ctx.waitForSignal("never");
});

/** Hears how its child ends. */
export const hearsOfStop = workflow({ name: "e2e.hears-of-stop" }, async (ctx) => {
  const child = await ctx.start(middle, null, { name: "middle" });
  const { status } = await child.outcome();
  return status;
});

export const soonForgotten = workflow({ name: "e2e.soon-forgotten", retention: { seconds: 1 } }, async (ctx) => {
  await ctx.execute(hello, "child", { name: "child" });
  return ctx.step("end", () => "x".repeat(5_000));
});

export const echo = workflow({ name: "e2e.echo" }, async (_ctx, text: string) => text);

/** A value that no item holds, there and back through a child. */
export const carriesMuch = workflow({ name: "e2e.carries-much" }, async (ctx, text: string) => {
  const back = await ctx.execute(echo, text, { name: "echo" });
  return { digest: createHash("sha256").update(back).digest("hex"), back };
});

/** A journal of several pages, read again after a wait. */
export const writesMuch = workflow({ name: "e2e.writes-much", executor: "long" }, async (ctx, steps: number) => {
  const lengths: number[] = [];
  for (let n = 0; n < steps; n += 1) {
    const text = await ctx.step(`step-${n}`, () => String(n).padEnd(8_000, "x"));
    lengths.push(text.length);
  }
  await ctx.wait({ seconds: 2 });
  return lengths.length;
});

/** Run by a state machine of the user's. */
export const called = workflow({ name: "e2e.called" }, async (ctx, input: { item: string }) =>
  ctx.step("price", () => {
    if (input.item === "nothing")
      throw new ApplicationError("we have none", { type: "NoSuchItem", nonRetryable: true });
    return { item: input.item, price: 8 };
  }),
);
