/** How long an execution of one step takes beside code that never comes to rest, over how long it takes alone. */
import path from "node:path";
import { openEngine, workflow } from "treeline";
import { judge, type Result } from "./report.ts";
import { BYSTANDER } from "./targets.ts";

const leaf = workflow({ name: "idle-leaf" }, () => 1);
const loop = workflow({ name: "loop" }, async (ctx, n: number) => {
  for (let i = 0; i < n; i += 1) await ctx.execute(leaf, undefined);
});
const bystander = workflow({ name: "bystander" }, (ctx) => ctx.step("work", () => 1));

const WARM_UP = 500;

export async function measureBystander(folder: string): Promise<Result> {
  const { n, loops, children, must, aim } = BYSTANDER;
  const engine = await openEngine({
    file: path.join(folder, "bystander.db"),
    workflows: [leaf, loop, bystander],
    socket: false,
  });
  const sample = async (): Promise<number> => {
    const begin = performance.now();
    await engine.execute(bystander, undefined);
    return performance.now() - begin;
  };
  const times = async (count: number): Promise<number[]> => {
    const taken: number[] = [];
    for (let i = 0; i < count; i += 1) taken.push(await sample());
    return taken;
  };
  await times(WARM_UP);
  const alone = p99(await times(n));
  let isOver = false;
  const looping = Promise.all(
    Array.from({ length: loops }, async () => {
      while (!isOver) await engine.execute(loop, children);
    }),
  );
  await times(WARM_UP);
  const beside = p99(await times(n));
  isOver = true;
  await looping;
  await engine.close();
  const ratio = beside / alone;
  return judge({ work: "bystander", durability: "process", n, median: ratio, unit: "times", ratio, must, aim }, false);
}

function p99(taken: readonly number[]): number {
  return taken.toSorted((a, b) => a - b)[Math.floor(taken.length * 0.99)] ?? Number.NaN;
}
