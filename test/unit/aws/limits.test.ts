/** Limits that are ours to guard, with lowered thresholds: pages, chunks, fan-out, wakes without progress, full inboxes. */
import { describe, expect, it } from "vitest";
import { workflow, type WorkflowContext } from "../../../lib/index.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

/** Until nothing moves any more, or `ms` have passed. Work on thousands of operations takes turns without any call. */
async function settle(cloud: MemoryCloud, ms = Number.POSITIVE_INFINITY): Promise<void> {
  const until = cloud.clock.now() + ms;
  for (let quiet = 0; quiet < 20; quiet += 1) {
    await cloud.idle();
    if (cloud.clock.fireNext(until)) quiet = -1;
  }
}

describe("limits of the AWS home", () => {
  it("reads a journal of 5,000 entries over several pages", { timeout: 60_000 }, async () => {
    const long = workflow({ name: "long" }, async (ctx: WorkflowContext) => {
      let sum = 0;
      for (let step = 0; step < 2_500; step += 1) sum += await ctx.step(`s${step}`, () => 1);
      await ctx.wait("rest", 1_000);
      return sum;
    });
    const cloud = new MemoryCloud({ workflows: [long], settings: { lingerMs: 0 }, table: { pageBytes: 64 * 1024 } });
    const { executionId } = await cloud.client.start(long, undefined);
    await settle(cloud, 500);
    const pages = cloud.table.pages;
    await settle(cloud);
    const detail = await cloud.client.get(executionId);
    expect(detail).toMatchObject({ status: "SUCCEEDED", output: 2_500 });
    expect((await cloud.client.journal(executionId)).length).toBeGreaterThan(5_000);
    expect(cloud.table.pages - pages).toBeGreaterThan(5);
  });

  it("keeps the head of a parent of 1,000 children small", { timeout: 60_000 }, async () => {
    const leaf = workflow({ name: "leaf" }, async (_ctx: WorkflowContext, n: number) => n);
    const wide = workflow({ name: "wide" }, async (ctx: WorkflowContext) => {
      const inputs = Array.from({ length: 1_000 }, (_, n) => n);
      return (await ctx.executeAll(leaf, inputs, { maxConcurrency: 1_000 })).successCount;
    });
    const cloud = new MemoryCloud({ workflows: [leaf, wide], table: { pageBytes: 256 * 1024 }, queues: { batch: 10 } });
    const { executionId } = await cloud.client.start(wide, undefined);
    await settle(cloud);
    expect(await cloud.client.get(executionId)).toMatchObject({ status: "SUCCEEDED", output: 1_000 });
    const heads = [...cloud.table.items()].filter(({ sk }) => sk.startsWith("h#"));
    expect(heads.length).toBe(1_001);
    expect(Math.max(...heads.map((head) => JSON.stringify(head).length))).toBeLessThan(8 * 1024);
  });

  it("D25: fails an execution that is woken without progress", async () => {
    const idle = workflow({ name: "idle" }, (ctx: WorkflowContext) => ctx.waitForSignal("never"));
    const cloud = new MemoryCloud({ workflows: [idle], settings: { lingerMs: 0 }, limits: { idleWakes: 10 } });
    const { executionId } = await cloud.client.start(idle, undefined);
    await cloud.idle();
    for (let wake = 0; wake < 12; wake += 1) {
      await cloud.queues.send([
        { queue: "completions", executor: "short", message: { kind: "wake", id: executionId } },
      ]);
      await cloud.idle();
    }
    const detail = await cloud.client.get(executionId);
    expect(detail).toMatchObject({ status: "FAILED", error: { code: "no_progress" } });
  });

  it("carries big values through chunks: input, result, signal, state", async () => {
    // Hard to compress, so that it takes many chunks.
    const big = Array.from({ length: 3_000 }, (_, n) => ((n * 2_654_435_761) % 4_294_967_296).toString(36)).join("");
    const echo = workflow({ name: "echo" }, async (ctx: WorkflowContext, text: string) => {
      ctx.state.set("kept", text);
      const told = await ctx.waitForSignal<string>("told");
      return ctx.step("join", () => text + told);
    });
    const cloud = new MemoryCloud({ workflows: [echo], settings: { lingerMs: 0, chunkBytes: 1_000 } });
    const { executionId } = await cloud.client.start(echo, big);
    await cloud.idle();
    // The same signal twice: its chunks must not be mixed (`at` differs).
    await cloud.client.signal(executionId, "told", big, { signalId: "one" });
    await cloud.client.signal(executionId, "told", big, { signalId: "one" });
    await settle(cloud);
    const detail = await cloud.client.get(executionId);
    expect(detail).toMatchObject({ status: "SUCCEEDED", output: big + big, state: { kept: big } });
  });

  it("D22: refuses what an inbox cannot take", async () => {
    const idle = workflow({ name: "full" }, (ctx: WorkflowContext) => ctx.waitForSignal("never"));
    const cloud = new MemoryCloud({ workflows: [idle], settings: { lingerMs: 0 }, limits: { inbox: 3 } });
    const { executionId } = await cloud.client.start(idle, undefined);
    await cloud.idle();
    for (let n = 0; n < 3; n += 1) await cloud.client.signal(executionId, "other", n);
    await cloud.idle();
    await expect(cloud.client.signal(executionId, "other", 4)).rejects.toMatchObject({ code: "inbox_full" });
  });

  it("the sweep finds what nobody reported, when every other net is gone", async () => {
    const child = workflow({ name: "kid" }, (ctx: WorkflowContext) => ctx.wait("a while", 2_000));
    const parent = workflow({ name: "alone" }, async (ctx: WorkflowContext) => {
      await ctx.execute(child, undefined);
      return "heard";
    });
    const cloud = new MemoryCloud({
      workflows: [child, parent],
      settings: { lingerMs: 0 },
      // Of the parent's messages none but its launch arrives: no wake, no "still parked?", so no host either.
      adversary: {
        arrivals: ({ message }) =>
          "id" in message && !message.id.includes("-") && message.kind !== "launch" ? [] : [{}],
      },
    });
    const { executionId } = await cloud.client.start(parent, undefined);
    await settle(cloud);
    expect(await cloud.client.get(executionId)).toMatchObject({ status: "WAITING" });
    expect(await cloud.sweep()).toMatchObject({ parked: 0 });
    cloud.clock.moveTo(cloud.clock.now() + 51 * 60_000);
    await cloud.sweep();
    expect(cloud.logs.some(({ message }) => message.includes(`the sweep wakes execution ${executionId}`))).toBe(true);
  });
});
