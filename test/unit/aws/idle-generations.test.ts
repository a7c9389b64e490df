import { expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const spin = workflow({ name: "spin" }, (ctx, n: number) => ctx.continueAsNew(n + 1));

it("fault:A3 generations that do nothing end their invocation, and what they leave is durable", async () => {
  const cloud = new MemoryCloud({ workflows: [spin] });
  const handle = await cloud.client.start(spin, 0);
  for (let generation = 2; generation <= 5; generation += 1) {
    await cloud.idle();
    const { status, generation: reached } = await handle.get();
    expect([status, reached]).toEqual(["WAITING", generation]);
    expect(cloud.invocations).toBe(generation - 1);
    cloud.clock.fireNext();
  }
  await cloud.idle();
  await handle.stop();
  await cloud.idle();
  expect((await handle.get()).status).toBe("STOPPED");
});
