/** D13: the state of an execution, patched from outside. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { EngineOptions } from "../../../lib/homes/embedded/engine-options.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const kept = workflow({ name: "kept" }, async (ctx) => {
  ctx.state.set("mine", 1);
  await ctx.waitForState((state) => state["done"] === true);
  await ctx.wait(1_000);
  return ctx.state.all();
});

const CONFLICT = { code: "state_conflict" };

describe.each<[title: string, options: Pick<EngineOptions, "eviction">]>([
  ["in memory", {}],
  ["evicted at every wait", { eviction: "always" }],
])("D13: patchState of an execution %s", (_title, options) => {
  it("merges, deletes with null, raises the version, and wakes who waits for it", async () => {
    const { engine, settle } = await openVirtual({ workflows: [kept], ...options });
    const { executionId, result } = await engine.start(kept, null);
    await engine.idle();
    const state = async () => {
      const detail = await engine.get(executionId);
      return [detail.state, detail.stateVersion];
    };
    expect(await state()).toEqual([{ mine: 1 }, 1]);
    await engine.patchState(executionId, { a: new Date(5), b: [1] }, 1);
    expect(await state()).toEqual([{ mine: 1, a: new Date(5), b: [1] }, 2]);
    await engine.patchState(executionId, { b: null, mine: 2 }, 2);
    expect(await state()).toEqual([{ mine: 2, a: new Date(5) }, 3]);
    await engine.patchState(executionId, { done: true });
    await settle();
    expect(await result()).toEqual({ mine: 2, a: new Date(5), done: true });
  });

  it("is refused when the version is another, and changes nothing then", async () => {
    const { engine } = await openVirtual({ workflows: [kept], ...options });
    const { executionId } = await engine.start(kept, null);
    await engine.idle();
    const journal = await engine.journal(executionId);
    for (const version of [0, 2]) {
      await expect(engine.patchState(executionId, { a: 1 }, version)).rejects.toMatchObject(CONFLICT);
    }
    expect(await engine.journal(executionId)).toEqual(journal);
  });

  it("by many at once for one version: one of them has it", async () => {
    const { engine } = await openVirtual({ workflows: [kept], ...options });
    const { executionId } = await engine.start(kept, null);
    const patches = [1, 2, 3].map((by) => engine.patchState(executionId, { by }, 1));
    const results = await Promise.allSettled(patches);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(results.slice(1)).toMatchObject([{ reason: CONFLICT }, { reason: CONFLICT }]);
    expect((await engine.get(executionId)).state).toMatchObject({ by: 1 });
  });

  it("that has not begun holds the version, too", async () => {
    const { engine, settle } = await openVirtual({ workflows: [kept], ...options });
    const { executionId, result } = await engine.start(kept, null, { startDelay: "1h", state: { given: 1 } });
    await engine.patchState(executionId, { done: true }, 0);
    await expect(engine.patchState(executionId, { done: false }, 0)).rejects.toMatchObject(CONFLICT);
    await settle();
    expect(await result()).toEqual({ given: 1, mine: 1, done: true });
  });

  it("that has ended is refused", async () => {
    const { engine, settle } = await openVirtual({ workflows: [kept], ...options });
    const { executionId } = await engine.start(kept, null, { state: { done: true } });
    await settle();
    await expect(engine.patchState(executionId, { a: 1 })).rejects.toMatchObject({ code: "execution_closed" });
  });
});
