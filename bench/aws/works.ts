/** What is measured on AWS: the workflows of the table in README.md. */
import { type Workflow, workflow } from "treeline";
import { z } from "zod";

const Input = z.object({ n: z.number() });
const Output = z.object({ n: z.number() });

export type WorkName = "fast-child" | "slow-child" | "long-child" | "fan-out-100" | "steps-20";

export const WORKS: readonly WorkName[] = ["fast-child", "slow-child", "long-child", "fan-out-100", "steps-20"];

/** How long the steps of the children work. */
export const SLOW_MS = 5_000;
export const LONG_MS = 12_000;
/** From then on Step Functions holds a wait of the stack that is measured: lowered, as long ones take long. */
export const HOST_AFTER_SECONDS = 8;

export interface WorkSettings {
  readonly sleep: (ms: number) => Promise<void>;
  /** Beyond the threshold from which on Step Functions holds a wait. */
  readonly longMs: number;
}

export function worksWith({ sleep, longMs }: WorkSettings): readonly Workflow[] {
  const leafOf = (name: string, ms: number): Workflow =>
    workflow({ name, input: Input, output: Output, executor: ms > 20_000 ? "long" : "short" }, (ctx, { n }) =>
      ctx.step("work", async () => {
        if (ms > 0) await sleep(ms);
        return { n: n + 1 };
      }),
    ) as Workflow;
  const [fast, slow, long] = [leafOf("fast-leaf", 0), leafOf("slow-leaf", SLOW_MS), leafOf("long-leaf", longMs)];
  const parentOf = (name: string, leaf: Workflow): Workflow =>
    workflow(
      { name, input: Input, output: Output },
      async (ctx, { n }) => ctx.execute(leaf.name, { n }) as never,
    ) as Workflow;
  const fanOut = workflow({ name: "fan-out-100", input: Input, output: Output }, async (ctx, { n }) => {
    const ends = await Promise.all(
      Array.from({ length: 100 }, (_, at) => ctx.execute(fast.name, { n: n + at }) as Promise<{ n: number }>),
    );
    return { n: ends.reduce((sum, end) => sum + end.n, 0) };
  });
  const steps = workflow({ name: "steps-20", input: Input, output: Output }, async (ctx, { n }) => {
    let sum = n;
    for (let at = 0; at < 20; at += 1) sum += await ctx.step("work", () => at);
    return { n: sum };
  });
  return [
    fast,
    slow,
    long,
    parentOf("fast-child", fast),
    parentOf("slow-child", slow),
    parentOf("long-child", long),
    fanOut as Workflow,
    steps as Workflow,
  ];
}
