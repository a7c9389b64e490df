/** What is sent first is read first, and the inbox has a limit, whatever the execution is doing. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

/** Answers in the opposite order. */
function slowestFirst(count: number): StandardSchema<unknown, number> {
  const waiting: (() => void)[] = [];
  const validate = (value: unknown): Promise<{ value: number }> =>
    new Promise((resolve) => {
      waiting.push(() => resolve({ value: Number(value) }));
      if (waiting.length === count) for (const answer of waiting.toReversed()) answer();
    });
  return { "~standard": { version: 1, vendor: "test", validate } };
}

for (const eviction of ["lru", "always"] as const) {
  describe(`signals, eviction ${eviction}`, () => {
    it("fault:D3 are read in the order in which they were sent, however long their schema takes", async () => {
      const reads = workflow({ name: "reads", signals: { n: slowestFirst(5) } }, async (ctx) => {
        const read: unknown[] = [];
        for (let turn = 0; turn < 5; turn += 1) read.push(await ctx.waitForSignal("n"));
        return read;
      });
      const { engine } = await openVirtual({ workflows: [reads], eviction });
      const handle = await engine.start(reads, undefined);
      await engine.idle();
      await Promise.all([1, 2, 3, 4, 5].map((n) => handle.signal("n", n)));
      expect(await handle.result()).toEqual([1, 2, 3, 4, 5]);
    });

    it("fault:D3 do not wait for one that was refused", async () => {
      const refuses: StandardSchema<unknown, number> = {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: (value) => (value === 2 ? { issues: [{ message: "not two" }] } : { value: Number(value) }),
        },
      };
      const reads = workflow({ name: "reads", signals: { n: refuses } }, async (ctx) => {
        return [await ctx.waitForSignal("n"), await ctx.waitForSignal("n")];
      });
      const { engine } = await openVirtual({ workflows: [reads], eviction });
      const handle = await engine.start(reads, undefined);
      const sent = await Promise.allSettled([1, 2, 3].map((n) => handle.signal("n", n)));
      expect(sent.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(await handle.result()).toEqual([1, 3]);
    });

    it("fault:D2 are refused beyond the limit before the execution begins, and between two attempts", async () => {
      const waits = workflow({ name: "waits", retry: { initialDelay: "6h", jitter: "NONE" } }, async (ctx) => {
        if (ctx.info.attempt === 1) throw new Error("not yet");
        await ctx.waitForSignal("never");
      });
      const { engine } = await openVirtual({ workflows: [waits], eviction, limits: { inbox: 5 } });
      const delayed = await engine.start(waits, undefined, { startDelay: "1h" });
      const retried = await engine.start(waits, undefined);
      await engine.idle();
      for (const handle of [delayed, retried]) {
        const sent = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => handle.signal("s", n)));
        expect(sent.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
        await expect(handle.signal("s", 12)).rejects.toMatchObject({ code: "inbox_full" });
      }
    });

    it("fault:D2 are refused beyond the limit where many are sent at once to one that waits", async () => {
      const waits = workflow({ name: "waits" }, (ctx) => ctx.waitForSignal("never"));
      const { engine } = await openVirtual({ workflows: [waits], eviction, limits: { inbox: 5 } });
      const handle = await engine.start(waits, undefined);
      await engine.idle();
      const sent = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => handle.signal("s", n)));
      expect(sent.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    });
  });
}
