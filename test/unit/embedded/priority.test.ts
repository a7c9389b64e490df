import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { TurnQueue } from "../../../lib/homes/embedded/turn-queue.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const STARTS = [
  ["first", undefined],
  ["A", 1],
  ["B", 5],
  ["C", undefined],
  ["D", 3],
  ["E", 5],
  ["F", -2.5],
] as const;
const ORDER = ["first", "B", "E", "D", "A", "C", "F"];

describe("fault:C9: priority", () => {
  it.each<[limit: string, limits: { executions?: number; steps?: number }]>([
    ["steps", { steps: 1 }],
    ["executions", { executions: 1 }],
  ])("orders what waits at the limit of %s", async (_limit, limits) => {
    const begun: string[] = [];
    const one = workflow({ name: "one" }, (ctx, tag: string) =>
      ctx.step("s", async () => {
        begun.push(tag);
        await Promise.resolve();
      }),
    );
    const { engine } = await openVirtual({ limits, workflows: [one] });
    const results = STARTS.map(([tag, priority]) =>
      engine.execute(one, tag, priority === undefined ? {} : { priority }),
    );
    await Promise.all(results);
    expect(begun).toEqual(ORDER);
    await engine.close();
  });

  it("is the parent's for a child that has none of its own", async () => {
    const begun: string[] = [];
    const leaf = workflow({ name: "leaf" }, (ctx, tag: string) => ctx.step("s", () => void begun.push(tag)));
    const parent = workflow({ name: "parent" }, (ctx, tag: string) => ctx.execute(leaf, tag));
    const { engine } = await openVirtual({ limits: { steps: 1 }, workflows: [leaf, parent] });
    await Promise.all(
      (
        [
          ["first", 9],
          ["low", 1],
          ["high", 2],
        ] as const
      ).map(([tag, priority]) => engine.execute(parent, tag, { priority })),
    );
    expect(begun).toEqual(["first", "high", "low"]);
    await engine.close();
  });
});

describe("TurnQueue", () => {
  it("keeps the order of thousands, and is empty afterwards", () => {
    const queue = new TurnQueue<number>();
    for (let n = 0; n < 10_000; n += 1) queue.push(n, n % 3);
    const taken = Array.from({ length: 10_000 }, () => queue.shift());
    const wanted = [2, 1, 0].flatMap((rest) =>
      Array.from({ length: 10_000 }, (_, n) => n).filter((n) => n % 3 === rest),
    );
    expect(taken).toEqual(wanted);
    expect([queue.size, queue.shift()]).toEqual([0, undefined]);
  });
});
