/** D4: what was written to the table in a released format can be read, and continues, with every later version. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { decode } from "../../../lib/kernel/payload.ts";
import type { Item } from "../../../lib/homes/aws/table.ts";
import { workflows } from "../../fixtures/format-1/workflows.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const FIXTURE = path.join(import.meta.dirname, "../../fixtures/aws-format-1/items.json");
const HOUR_MS = 3_600_000;

/** A deployment whose table was restored from the fixture; its queues are empty and no host waits. */
async function restored(): Promise<MemoryCloud> {
  const cloud = new MemoryCloud({ workflows });
  for (const item of decode(readFileSync(FIXTURE, "utf8")) as readonly Item[]) await cloud.table.put(item);
  return cloud;
}

/** Lets hours pass, with the sweep at each, until nothing is left to do. */
async function letTimePass(cloud: MemoryCloud, hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour += 1) {
    await cloud.sweep();
    const until = cloud.clock.now() + HOUR_MS;
    do await cloud.idle();
    while (cloud.clock.fireNext(until));
    cloud.clock.moveTo(until);
  }
}

describe("D4: a table of format 1", () => {
  it("has that number on every head", async () => {
    const heads = [...(await restored()).table.items()].filter(({ sk }) => sk.startsWith("h#"));
    expect(heads.length).toBeGreaterThan(0);
    expect(heads.filter((head) => head["fmt"] !== 1)).toEqual([]);
  });

  it("shows all that it holds", async () => {
    const { client } = await restored();
    expect(await client.get("ended")).toMatchObject({
      status: "SUCCEEDED",
      output: 100_000,
      state: { at: new Date(5) },
      documents: [{ id: "report" }],
    });
    const { execution, children } = await client.tree("tree");
    expect(execution).toMatchObject({ attributes: { kind: "fixture" }, summary: "a tree", meta: { nodeId: "n1" } });
    expect(children.map((node) => node.execution.path)).toEqual(["tree/detached", "tree/waited"]);
    expect((await client.get("retrying", "other")).generation).toBe(2);
  });

  it("continues: trees, timers, callbacks, buffered signals, retries of steps and of whole executions, delayed starts", async () => {
    const cloud = await restored();
    const { client } = cloud;
    await letTimePass(cloud, 4);
    expect(await (await client.execution("stepping")).result()).toEqual(new Map([["attempt", 2]]));
    expect(await (await client.execution("retrying", "other")).result()).toBe("kept for the second");
    const { children } = await client.tree("tree");
    for (const { execution } of children) await client.signal(execution.id, "leaf-done", execution.path);
    const [wait] = (await client.pending("tree")).filter(({ kind }) => kind === "CALLBACK");
    await client.callbacks.succeed(wait?.callbackId ?? "", 7n);
    await letTimePass(cloud, 2);
    expect(await (await client.execution("tree")).result()).toEqual({
      early: new Set([1, 2]),
      mapped: [10, 20],
      late: "buffered",
      rest: ["tree/waited", 7n, "timer", "tree/detached"],
      state: { phase: "waiting", "item-1": 1, "item-2": 2 },
    });
  });

  it("starts an execution whose launch message was lost when its start is repeated", async () => {
    const cloud = await restored();
    await cloud.client.start("stepping", null, { id: "delayed", startDelay: "2h", idConflict: "use_existing" });
    await letTimePass(cloud, 4);
    expect(await (await cloud.client.execution("delayed")).result()).toEqual(new Map([["attempt", 2]]));
  });
});
