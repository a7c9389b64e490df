/** What an execution costs, and what one write or read is billed. */
import { describe, expect, it } from "vitest";
import { workflow } from "treeline";
import { z } from "zod";
import { costOf } from "../../../lib/homes/aws/cost.ts";
import { Meter } from "../../../lib/homes/aws/meter.ts";
import { meteredContext, settle } from "../../../lib/homes/aws/metered.ts";
import { PRICES, usdOf } from "../../../lib/homes/aws/prices.ts";
import { itemBytes, queryUnits, readUnits, refusedUnits, writeUnits } from "../../../lib/homes/aws/units.ts";
import { headKey } from "../../../lib/homes/aws/keys.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const Count = z.object({ n: z.number() });
const leaf = workflow({ name: "leaf", input: Count, output: Count }, (ctx, { n }) =>
  ctx.step("work", () => ({ n: n + 1 })),
);
const pair = workflow({ name: "pair", input: Count, output: Count }, (ctx, { n }) => ctx.execute(leaf, { n }));

async function ranPair(): Promise<{ cloud: MemoryCloud; id: string }> {
  const cloud = new MemoryCloud({ workflows: [leaf, pair] });
  const { executionId: id } = await cloud.client.start(pair, { n: 1 });
  do await cloud.idle();
  while (cloud.clock.fireNext());
  return { cloud, id };
}

describe("the cost of an execution", () => {
  it("is its own, and with all that is below it", async () => {
    const { cloud, id } = await ranPair();
    const { executions } = await cloud.client.list({ parentId: id });
    const parent = await costOf(cloud.context(), id, "default");
    const child = await costOf(cloud.context(), executions[0]?.id ?? "", "default");
    expect(child.execution).toEqual(child.subtree);
    expect(parent.subtree.usd).toBeCloseTo(parent.execution.usd + child.subtree.usd, 12);
    expect(parent.subtree).toMatchObject({ invocations: 2, requests: 6, transitions: 0 });
    // Its lease, and its end.
    expect(child.execution).toMatchObject({ writeUnits: 2, readUnits: 1, requests: 3, invocations: 1 });
    expect(parent.prices).toEqual({ date: PRICES.date, region: "us-east-1" });
  });

  it("is what the prices say", () => {
    const counts = { writeUnits: 9, readUnits: 2, requests: 6, transitions: 1, invocations: 2, gbSeconds: 0.06 };
    expect(usdOf(counts) * 1e6).toBeCloseTo(5.625 + 0.25 + 2.4 + 25 + 0.4 + 0.8, 3);
  });

  it("is nobody's when there is no such execution", async () => {
    const { cloud } = await ranPair();
    await expect(costOf(cloud.context(), "nobody", "default")).rejects.toMatchObject({ code: "execution_not_found" });
  });

  it("is never a reason to fail", async () => {
    const { cloud, id } = await ranPair();
    const outer = cloud.context();
    const broken = Object.assign(Object.create(outer.table) as typeof outer.table, {
      update: () => Promise.reject(new Error("throttled")),
    });
    const meter = new Meter(id);
    meter.count({ readUnits: 1 });
    await settle(meteredContext({ ...outer, table: broken }, meter));
    expect(cloud.logs.at(-1)?.message).toContain("is not all counted: Error: throttled");
  });

  it("is put right by one write when something else followed than was expected", async () => {
    const { cloud, id } = await ranPair();
    const before = await costOf(cloud.context(), id, "default");
    const cx = meteredContext(cloud.context(), new Meter(id));
    await cx.table.get(headKey(id), true);
    await settle(cx);
    await settle(cx);
    const { execution } = await costOf(cloud.context(), id, "default");
    expect(execution).toMatchObject({
      readUnits: before.execution.readUnits + 1,
      writeUnits: before.execution.writeUnits + 1,
    });
  });
});

describe("units of DynamoDB", () => {
  const item = (bytes: number, more: object = {}) => ({ pk: "p", sk: "s", d: "x".repeat(bytes - 7), ...more });

  it("counts names, text, numbers and bytes as DynamoDB does", () => {
    expect(itemBytes(item(100))).toBe(100);
    expect(itemBytes({ pk: "p", sk: "ü", n: 0, m: -12.5, k: 1_700_000, b: new Uint8Array(10) })).toBe(
      3 + 4 + 2 + 5 + 3 + 11,
    );
  });

  it("reads in steps of 4 KB, half as dear where they need not be strong, and never for nothing", () => {
    expect([readUnits(0, true), readUnits(4_096, true), readUnits(4_097, true), readUnits(1, false)]).toEqual([
      1, 1, 2, 0.5,
    ]);
    expect(queryUnits([], true)).toBe(1);
    expect(
      queryUnits(
        Array.from({ length: 8 }, () => item(1_024)),
        true,
      ),
    ).toBe(2);
  });

  it("reads a query page by page", () => {
    const big = Array.from({ length: 3 }, () => item(390 * 1_024));
    expect(queryUnits(big, true)).toBe(Math.ceil((780 * 1_024) / 4_096) + Math.ceil((390 * 1_024) / 4_096));
  });

  it("writes the bigger of what was there and what is there then", () => {
    expect(writeUnits(item(1_025), item(100))).toBe(2);
    expect(writeUnits(undefined, item(1_024))).toBe(1);
    expect(writeUnits(item(2_049), undefined)).toBe(3);
    expect([refusedUnits(undefined), refusedUnits(item(1_500))]).toEqual([1, 2]);
  });

  it("writes into an index what is new there, and what is gone", () => {
    const listed = { gpk: "a", gsk: "1" };
    expect(writeUnits(undefined, item(100, listed))).toBe(2);
    expect(writeUnits(item(100, listed), item(200, listed))).toBe(1);
    expect(writeUnits(item(100), item(100, { ppk: "0", psk: 1 }))).toBe(2);
    expect(writeUnits(item(100, { ppk: "0", psk: 1 }), item(100, { ppk: "0", psk: 2 }))).toBe(3);
  });
});
