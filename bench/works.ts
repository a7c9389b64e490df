/** What is measured: small workflows, with schemas on both sides, whose cost is the engine's alone. */
import { type Engine, openEngine, workflow } from "treeline";
import { z } from "zod";

export type Durability = "process" | "power";

const Count = z.object({ n: z.number() });
const Sum = z.object({ sum: z.number() });

const leaf = workflow({ name: "leaf", input: Count, output: Count }, (ctx, { n }) =>
  ctx.step("work", () => ({ n: n + 1 })),
);

const pair = workflow({ name: "pair", input: Count, output: Count }, (ctx, { n }) => ctx.execute(leaf, { n }));

const fanOut = workflow({ name: "fan-out", input: Count, output: Sum }, async (ctx, { n }) => {
  const results = await Promise.all(Array.from({ length: n }, (_, i) => ctx.execute(leaf, { n: i })));
  return { sum: results.reduce((sum, result) => sum + result.n, 0) };
});

const nest = workflow({ name: "nest", input: Count, output: Count }, (ctx, { n }) =>
  n === 0 ? ctx.execute(leaf, { n }) : (ctx.execute("nest", { n: n - 1 }) as Promise<{ n: number }>),
);

const childrenInTurn = workflow({ name: "children-in-turn", input: Count, output: Sum }, async (ctx, { n }) => {
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += (await ctx.execute(leaf, { n: i })).n;
  return { sum };
});

const stepsInTurn = workflow({ name: "steps-in-turn", input: Count, output: Sum }, async (ctx, { n }) => {
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += await ctx.step("work", () => i);
  return { sum };
});

/** Has children that have ended, and waits for a signal. */
const waiting = workflow({ name: "waiting", input: Count, output: Sum }, async (ctx, { n }) => {
  await Promise.all(Array.from({ length: n }, (_, i) => ctx.execute(leaf, { n: i })));
  await ctx.waitForSignal("go");
  return { sum: n };
});

const workflows = [leaf, pair, fanOut, nest, childrenInTurn, stepsInTurn, waiting];

export function open(file: string, durability: Durability): Promise<Engine> {
  const limits = { depth: 200, pendingChildren: 10_000 };
  return openEngine({ file, durability, workflows, limits, socket: false });
}

/** Does its work `n` times, or with `n` parts. */
export type Work = (engine: Engine, n: number) => Promise<unknown>;

const IN_FLIGHT = 100;

export const works = {
  W1: async (engine, n) => {
    for (let i = 0; i < n; i += 1) await engine.execute(pair, { n: i });
  },
  "W1 x 100": async (engine, n) => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < n) await engine.execute(pair, { n: next++ });
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  },
  W2: (engine, n) => engine.execute(fanOut, { n }),
  W3: (engine, n) => engine.execute(nest, { n: n - 1 }),
  W4: (engine, n) => engine.execute(childrenInTurn, { n }),
  W5: (engine, n) => engine.execute(stepsInTurn, { n }),
} satisfies Record<string, Work>;

export type WorkName = keyof typeof works | "restart";

/** Leaves a parent of `n` ended children waiting in the file, which nobody has open. */
export async function leaveWaiting(file: string, durability: Durability, n: number): Promise<void> {
  const engine = await open(file, durability);
  await engine.start(waiting, { n });
  await engine.idle();
  await engine.close();
}
