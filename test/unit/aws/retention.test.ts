/** D23 on AWS: a tree is kept, and goes, as one; what an open parent may read stays. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { prune } from "../../../lib/homes/aws/retention.ts";
import { HttpCloud } from "../../helpers/aws/http-cloud.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const DAY = 24 * 60 * 60 * 1_000;

const leaf = workflow({ name: "retention.leaf" }, () => "done");
const parent = workflow({ name: "retention.parent" }, async (ctx, big: string) => {
  await ctx.start(leaf, null);
  await ctx.execute(leaf, null, { name: "named", id: `named-${big.length}` });
  await ctx.waitForSignal("end");
  return big;
});

async function settle(cloud: MemoryCloud | HttpCloud, ms = 0): Promise<void> {
  const until = cloud.clock.now() + ms;
  await cloud.idle();
  while (cloud.clock.fireNext(until)) await cloud.idle();
  cloud.clock.moveTo(until);
  await cloud.idle();
}

describe("D23 on AWS", () => {
  it("lets DynamoDB delete a root alone, in its last write", async () => {
    const cloud = new MemoryCloud({ workflows: [leaf] });
    const { executionId } = await cloud.client.start(leaf, null);
    await settle(cloud, 1_000);
    const { endedAt = 0 } = await cloud.client.get(executionId);
    const heads = [...cloud.table.items()].filter((item) => item["id"] === executionId);
    expect(heads.map(({ exp }) => exp)).toEqual([Math.ceil((endedAt + 30 * DAY) / 1_000)]);
  });

  it("keeps a tree while any of it is open, and deletes all of it a month after its end", async () => {
    const cloud = new MemoryCloud({ workflows: [leaf, parent] });
    const { executionId } = await cloud.client.start(parent, "x".repeat(5_000));
    await settle(cloud, 1_000);
    cloud.clock.moveTo(cloud.clock.now() + 100 * DAY);
    expect(await prune(cloud.context())).toBe(0);
    await cloud.client.signal(executionId, "end");
    await settle(cloud, 1_000);
    expect((await cloud.client.get(executionId)).status).toBe("SUCCEEDED");
    expect(await prune(cloud.context())).toBe(0);
    cloud.clock.moveTo(cloud.clock.now() + 31 * DAY);
    expect(await prune(cloud.context())).toBe(3);
    const left = [...cloud.table.items()].filter(({ pk }) => !pk.startsWith("r#"));
    expect(left).toEqual([]);
    await expect(cloud.client.get(executionId)).rejects.toThrow("there is no execution");
  });
});

/** The same through the SDK: DynamoDB refuses what a table in memory takes. */
it("D23: a tree is deleted through DynamoDB's own API", async () => {
  const cloud = new HttpCloud({ workflows: [leaf, parent] });
  const { executionId } = await cloud.client.start(parent, "x".repeat(5_000));
  await settle(cloud, 1_000);
  await cloud.client.signal(executionId, "end");
  await settle(cloud, 1_000);
  expect(await prune(cloud.functions)).toBe(0);
  cloud.clock.moveTo(cloud.clock.now() + 31 * DAY);
  expect(await prune(cloud.functions)).toBe(3);
  expect(cloud.table.all.filter(({ pk }) => pk?.S?.startsWith("r#") !== true)).toEqual([]);
});
