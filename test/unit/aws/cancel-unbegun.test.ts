/** D37: on AWS, a cancel ends an execution of which no code runs, whenever its mark is found. */
import { describe, expect, it } from "vitest";
import { requestCancel } from "../../../lib/homes/aws/doors.ts";
import { workflow, type WorkflowContext } from "../../../lib/index.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const HOUR = 3_600_000;

function charging() {
  const ran: string[] = [];
  const pay = workflow(
    { name: "pay", retry: { maxAttempts: 3, initialDelay: "6h", maxDelay: "6h", jitter: "NONE" } },
    async (ctx: WorkflowContext) => {
      await ctx.step("charge", () => void ran.push(`charge ${ctx.info.attempt}`));
      throw new Error("a later step failed");
    },
  );
  return { ran, cloud: new MemoryCloud({ workflows: [pay] }) };
}

describe("fault:A6 a cancel on AWS", () => {
  it("fault:A6 ends an execution during its backoff, and a message that comes late changes nothing", async () => {
    const { ran, cloud } = charging();
    const handle = await cloud.client.start("pay", undefined, { state: { order: 7 } });
    await cloud.idle();
    await handle.cancel("gave up");
    await cloud.idle();
    expect(await handle.get()).toMatchObject({
      status: "CANCELLED",
      generation: 2,
      attempt: 2,
      state: { order: 7 },
      error: { message: "cancelled: gave up" },
    });
    const before = cloud.clock.now();
    while (cloud.clock.fireNext(before + 8 * HOUR)) await cloud.idle();
    expect((await cloud.client.list()).executions[0]).toMatchObject({ status: "CANCELLED", generation: 2, attempt: 2 });
    expect(ran).toEqual(["charge 1"]);
  });

  it("fault:A6 ends an execution whose next attempt is due when the mark is found", async () => {
    const { ran, cloud } = charging();
    const handle = await cloud.client.start("pay", undefined);
    await cloud.idle();
    // The sender died between its write and the message.
    await requestCancel(cloud.context(), handle.executionId, "gave up", "request");
    const due = cloud.clock.now() + 6 * HOUR;
    while (cloud.clock.fireNext(due + HOUR)) await cloud.idle();
    expect((await handle.get()).status).toBe("CANCELLED");
    expect(ran).toEqual(["charge 1"]);
  });

  it("fault:A6 gives an execution that never began the state it was started with", async () => {
    const { ran, cloud } = charging();
    const handle = await cloud.client.start("pay", undefined, { startDelay: "1h", state: { order: 7 } });
    await cloud.idle();
    await handle.cancel("gave up");
    expect(await handle.get()).toMatchObject({ status: "CANCELLED", state: { order: 7 } });
    expect(ran).toEqual([]);
  });
});
