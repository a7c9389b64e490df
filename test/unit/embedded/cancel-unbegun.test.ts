/** D37: a cancel that meets an execution of which no code runs ends it, wherever the execution is kept at that moment. */
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { EngineOptions } from "../../../lib/homes/embedded/engine-options.ts";
import { createIds } from "../../../lib/homes/real-ids.ts";
import { VirtualClock } from "../../helpers/virtual-clock.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";
import { temporaryFile } from "./store-fixtures.ts";

const HOUR = 3_600_000;

function charging() {
  const ran: string[] = [];
  const pay = workflow(
    { name: "pay", retry: { maxAttempts: 3, initialDelay: "6h", maxDelay: "6h", jitter: "NONE" } },
    async (ctx) => {
      await ctx.step("charge", () => void ran.push(`charge ${ctx.info.attempt}`));
      throw new Error("a later step failed");
    },
  );
  return { ran, pay };
}

/** Of one file, one after the other. */
function engines(options: EngineOptions) {
  const clock = new VirtualClock();
  const all = { ...options, file: temporaryFile(), socket: false, ids: createIds(() => clock.now()), clock };
  return {
    clock,
    open: async (more: EngineOptions = {}) => {
      const opened = await openVirtual({ ...all, ...more });
      onTestFinished(() => opened.engine.close());
      return opened.engine;
    },
  };
}

describe("fault:A6 a cancel between two attempts, after a restart", () => {
  it("fault:A6 ends the execution while its backoff lasts", async () => {
    const { ran, pay } = charging();
    const { open } = engines({ workflows: [pay] });
    const first = await open();
    const { executionId } = await first.start(pay, undefined);
    await first.idle();
    await first.close();
    const second = await open();
    await second.idle();
    await second.cancel(executionId, "gave up");
    expect(await second.get(executionId)).toMatchObject({ status: "CANCELLED", generation: 2 });
    expect(ran).toEqual(["charge 1"]);
  });

  it("fault:A6 ends the execution when its time to begin passed while nobody had the file", async () => {
    const { ran, pay } = charging();
    const { clock, open } = engines({ workflows: [pay] });
    const first = await open();
    const { executionId } = await first.start(pay, undefined);
    const { executionId: later } = await first.start(pay, undefined, { startDelay: "1h" });
    await first.idle();
    await first.close();
    clock.moveTo(clock.now() + 7 * HOUR);
    const second = await open({ paused: true });
    for (const id of [executionId, later]) await second.cancel(id, "gave up");
    await second.resume();
    await second.idle();
    for (const id of [executionId, later]) expect((await second.get(id)).status).toBe("CANCELLED");
    expect(ran).toEqual(["charge 1"]);
  });

  it("fault:A6 ends the execution where its workflow is not loaded", async () => {
    const { ran, pay } = charging();
    const { open } = engines({});
    const first = await open({ workflows: [pay] });
    const { executionId } = await first.start(pay, undefined);
    await first.idle();
    await first.close();
    const second = await open();
    await second.cancel(executionId, "gave up");
    expect((await second.get(executionId)).status).toBe("CANCELLED");
    expect(ran).toEqual(["charge 1"]);
  });

  it("fault:A6 asks code that was at work when its process died", async () => {
    const heard: string[] = [];
    const careful = workflow({ name: "careful" }, async (ctx) => {
      try {
        await ctx.waitForSignal("never");
      } finally {
        await ctx.nonCancellable((c) => c.step("clean up", () => void heard.push("cleaned up")));
      }
    });
    const { open } = engines({ workflows: [careful] });
    const first = await open();
    const { executionId } = await first.start(careful, undefined);
    await first.idle();
    await first.close();
    const second = await open({ paused: true });
    await second.cancel(executionId);
    await second.idle();
    expect((await second.get(executionId)).status).toBe("CANCELLED");
    expect(heard).toEqual(["cleaned up"]);
  });
});

describe("fault:A6 a cancel of an execution that waits for room", () => {
  it("fault:A6 ends it, whether it has not begun or is to be tried again", async () => {
    const { ran, pay } = charging();
    let release = (): void => undefined;
    const long = workflow({ name: "long" }, (ctx) =>
      ctx.step("work", () => new Promise<void>((resolve) => (release = resolve))),
    );
    const { engine, clock } = await openVirtual({ workflows: [pay, long], limits: { executions: 1 } });
    const retried = await engine.start(pay, undefined);
    await engine.idle();
    const holder = await engine.start(long, undefined);
    const pending = await engine.start(pay, undefined);
    await expect.poll(async () => (await holder.get()).operations.length).toBe(1);
    // Its backoff is over, and there is no room for it.
    while (clock.fireNext(clock.now() + 7 * HOUR));
    for (const handle of [retried, pending]) await handle.cancel("gave up");
    for (const handle of [retried, pending]) expect((await handle.get()).status).toBe("CANCELLED");
    expect(ran).toEqual(["charge 1"]);
    release();
    await engine.idle();
  });
});
