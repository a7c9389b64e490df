/** AWS's requirements for waits, 2-1 to 2-5. */
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Duration } from "../../../lib/kernel/duration.ts";
import { wait } from "../expect-operations.ts";
import { requirement } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

/** Waits, and tells how many seconds that took. */
async function seconds(ctx: WorkflowContext, name: string, duration: Duration): Promise<number> {
  const begin = ctx.now().getTime();
  await ctx.wait(name, duration);
  return Math.floor((ctx.now().getTime() - begin) / 1_000);
}

export const scenarios: readonly Scenario[] = [
  requirement({
    id: "2-1",
    title: "an execution waits",
    run: async (ctx) => {
      const begin = ctx.now().getTime();
      await ctx.wait(units(2));
      return ctx.now().getTime() - begin >= units(2);
    },
    expect: { status: "SUCCEEDED", output: true, operations: [wait()] },
  }),
  requirement({
    id: "2-2",
    title: "a wait has the name it is given",
    run: (ctx) => ctx.wait("cool-down", units(1)),
    expect: { status: "SUCCEEDED", output: undefined, operations: [wait("cool-down")] },
  }),
  requirement({
    id: "2-3",
    title: "two waits, one after the other",
    run: async (ctx) => {
      await ctx.wait("first", units(1));
      await ctx.wait("second", units(1));
      return { completedWaits: 2 };
    },
    expect: { status: "SUCCEEDED", output: { completedWaits: 2 }, operations: [wait("first"), wait("second")] },
  }),
  // Real durations and not units: the units of time are what these two are about. A home of real time leaves them out.
  requirement({
    id: "2-4",
    title: "a wait takes its duration in any unit",
    run: async (ctx) => [
      await seconds(ctx, "seconds", { seconds: 2 }),
      await seconds(ctx, "minutes", { minutes: 1 }),
      await seconds(ctx, "both", { minutes: 1, seconds: 30 }),
      await seconds(ctx, "text", "2m"),
      await seconds(ctx, "number", 3_000),
    ],
    expect: {
      status: "SUCCEEDED",
      output: [2, 60, 90, 120, 3],
      operations: [wait("seconds"), wait("minutes"), wait("both"), wait("text"), wait("number")],
    },
  }),
  requirement({
    id: "2-5",
    title: "a wait lasts an hour",
    run: (ctx) => seconds(ctx, "hour", { hours: 1 }),
    expect: { status: "SUCCEEDED", output: 3_600, operations: [wait("hour")] },
  }),
];
