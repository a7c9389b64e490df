/** fault:A3: code that never comes to rest delays nobody else, keeps nothing in memory, and can be stopped. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { type GroupSize, OUTSIDE, RoundLimit } from "../../../lib/homes/embedded/round-limit.ts";
import { SEVERAL } from "../../../lib/homes/turns.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const other = workflow({ name: "other" }, async (ctx) => {
  await ctx.step("first", () => 1);
  return ctx.step("second", () => 2);
});

describe("fault:A3 generations that do nothing", () => {
  const spin = workflow({ name: "spin" }, (ctx, n: number) => ctx.continueAsNew(n + 1));

  it("begin so seldom that others run, and can be stopped", async () => {
    const { engine, clock } = await openVirtual({ workflows: [spin, other] });
    const handle = await engine.start(spin, 0);
    expect(await engine.execute(other, undefined)).toBe(2);
    const begun = clock.now();
    for (let generation = 2; generation <= 4; generation += 1) {
      clock.fireNext();
      await engine.idle();
      expect(await handle.get()).toMatchObject({ generation: generation + 1 });
    }
    expect(clock.now() - begun).toBe(300);
    await handle.stop();
    expect(await handle.outcome()).toMatchObject({ status: "STOPPED" });
    await engine.close();
  });

  it("follow each other at once where they take something in", async () => {
    const counts = workflow({ name: "counts" }, async (ctx, n: number) => {
      if (n === 5) return n;
      await ctx.step("s", () => 1);
      return ctx.continueAsNew(n + 1);
    });
    const reads = workflow({ name: "reads" }, async (ctx, n: number) => {
      if (n === 3) return n;
      await ctx.waitForSignal("go");
      return ctx.continueAsNew(n + 1);
    });
    const { engine, clock } = await openVirtual({ workflows: [counts, reads] });
    const begun = clock.now();
    expect(await engine.execute(counts, 0)).toBe(5);
    const reading = await engine.start(reads, 0);
    for (let i = 0; i < 3; i += 1) await reading.signal("go");
    expect(await reading.result()).toBe(3);
    expect(clock.now()).toBe(begun);
    await engine.close();
  });
});

describe("fault:A3 a group is committed although code can run", () => {
  const size = (change: Partial<GroupSize>): GroupSize => ({
    entries: 1,
    bytes: 1,
    since: 0,
    waiting: new Set(),
    ...change,
  });
  const patience = 8;

  it.each<[string, Partial<GroupSize>, boolean]>([
    ["small and young", {}, false],
    ["of many entries", { entries: 50_000 }, true],
    ["of many bytes", { bytes: 16 * 1024 * 1024 }, true],
    ["old", { since: -100 }, true],
    ["old and empty", { since: -100, entries: 0 }, false],
  ])("%s", (_title, change, over) => {
    expect(new RoundLimit().isOver(size(change), "a", 0)).toBe(over);
  });

  it.each<[string, readonly string[], string | typeof SEVERAL, boolean]>([
    ["nobody waits", [], SEVERAL, false],
    ["only the tree whose code runs waits", ["a"], "a", false],
    ["another tree waits", ["b"], "a", true],
    ["another tree waits, too", ["a", "b"], "a", true],
    ["several run", ["a"], SEVERAL, true],
    ["somebody outside waits", [OUTSIDE], "a", true],
  ])("after a few rounds when %s", (_title, waiting, running, over) => {
    const limit = new RoundLimit();
    const group = size({ waiting: new Set(waiting) });
    for (let round = 0; round < patience; round += 1) expect(limit.isOver(group, running, 0)).toBe(false);
    expect(limit.isOver(group, running, 0)).toBe(over);
    expect(limit.isOver(group, running, 0)).toBe(false);
  });
});
