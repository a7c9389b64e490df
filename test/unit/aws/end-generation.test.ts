/** K8 on AWS: an end names the generation that it came in, since tails and retention are redone by what the head says. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/index.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const child = workflow({ name: "child" }, (ctx) => ctx.waitForSignal("go"));

const twice = workflow<number>({ name: "twice" }, async (ctx, round) => {
  if (round === 1) {
    await ctx.start(child, undefined, { parentClosePolicy: "abandon" });
    return ctx.continueAsNew(2);
  }
  return "done";
});

describe("fault:A13 an execution on AWS that ends in the invocation in which its second generation began", () => {
  it("says so in its head, and is not deleted as one that is alone", async () => {
    const cloud = new MemoryCloud({ workflows: [twice, child] });
    const handle = await cloud.client.start(twice, 1);
    await cloud.idle();
    expect(await handle.get()).toMatchObject({ status: "SUCCEEDED", generation: 2 });
    const head = [...cloud.table.items()].find(({ id }) => id === handle.executionId);
    expect(head).toMatchObject({ gen: 2 });
    expect(head?.["exp"]).toBeUndefined();
  });
});
