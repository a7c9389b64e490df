/** A signal that no wait reads is named in the log when its execution ends. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { LogLine } from "../../../lib/ports/log-sink.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const decides = workflow({ name: "decides" }, (ctx) => ctx.waitForSignal("decision"));

function warned(logs: readonly LogLine[]): string[] {
  return logs.filter(({ level }) => level === "warn").map(({ message }) => message);
}

for (const eviction of ["lru", "always"] as const) {
  describe(`fault:B23 signals that nobody reads, eviction ${eviction}`, () => {
    it("fault:B23 are named when the execution ends, however it ends", async () => {
      const { engine, logs } = await openVirtual({ workflows: [decides], eviction });
      const ends = {
        SUCCEEDED: (id: string) => engine.signal(id, "decision", 1),
        CANCELLED: (id: string) => engine.cancel(id),
        STOPPED: (id: string) => engine.stop(id),
      };
      for (const [status, end] of Object.entries(ends)) {
        const { executionId } = await engine.start(decides, undefined);
        await engine.signal(executionId, "decison", { secret: "hush" });
        await engine.signal(executionId, "decison", 2);
        await end(executionId);
        await engine.idle();
        const [line, ...others] = warned(logs).filter((message) => message.includes(executionId));
        expect(line).toBe(`signal decison (2 times) was never read: decides (${executionId}) ended ${status}`);
        expect(others).toEqual([]);
      }
      expect(JSON.stringify(logs)).not.toContain("hush");
    });

    it("fault:B23 are silent where they came early and were read, also in a later generation", async () => {
      const reads = workflow({ name: "reads" }, async (ctx, turn: number) => {
        await ctx.wait("1h");
        if (turn === 1) return ctx.continueAsNew(2);
        return ctx.waitForSignal("early");
      });
      const { engine, settle, logs } = await openVirtual({ workflows: [reads], eviction });
      const handle = await engine.start(reads, 1);
      await handle.signal("early", 1);
      await handle.signal("late", 1);
      await settle();
      expect((await handle.get()).status).toBe("SUCCEEDED");
      expect(warned(logs)).toEqual([`signal late was never read: reads (${handle.executionId}) ended SUCCEEDED`]);
    });

    it("fault:B23 are named where the execution never began", async () => {
      const { engine, logs } = await openVirtual({ workflows: [decides], eviction });
      const handle = await engine.start(decides, undefined, { startDelay: "1h" });
      await handle.signal("decision", 1);
      await handle.cancel();
      await engine.idle();
      expect(warned(logs)).toHaveLength(1);
      expect(warned(logs)[0]).toContain("signal decision");
      expect(warned(logs)[0]).toContain(handle.executionId);
    });
  });
}

describe("fault:B23 on AWS", () => {
  it("fault:B23 names signals that nobody reads, whether code ended the execution or not", async () => {
    const cloud = new MemoryCloud({ workflows: [decides], settings: { lingerMs: 0 } });
    const ends = {
      SUCCEEDED: (id: string) => cloud.client.signal(id, "decision", 1),
      CANCELLED: (id: string) => cloud.client.cancel(id),
      STOPPED: (id: string) => cloud.client.stop(id),
    };
    for (const [status, end] of Object.entries(ends)) {
      const { executionId } = await cloud.client.start(decides, undefined);
      await cloud.idle();
      await cloud.client.signal(executionId, "decison", 1);
      await cloud.idle();
      await end(executionId);
      await cloud.idle();
      const lines = warned(cloud.logs).filter((message) => message.includes(executionId));
      expect(lines).toEqual([`signal decison was never read: decides (${executionId}) ended ${status}`]);
    }
  });
});
