/** D26: a version goes when nobody runs on it, and not before. */
import { beforeEach, describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Item } from "../../../lib/homes/aws/table.ts";
import { describeStack } from "../../../lib/operator/stack.ts";
import { versionsOf, type VersionsOptions } from "../../../lib/operator/versions.ts";
import { FakeAws } from "../../helpers/aws/fake-aws.ts";
import { Refusal } from "../../helpers/aws/fake-refusal.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const SHORT = "orders-short";
const LONG = "orders-long";

async function run(aws: FakeAws, options: Partial<VersionsOptions> = {}) {
  const clients = aws.clients();
  const stack = await describeStack(clients.cloudFormation, "Orders");
  return versionsOf(clients, stack, { prune: false, force: false, waiting: aws.waiting(), ...options });
}

/** Of the short executor: its versions, and what is said of them. */
async function states(aws: FakeAws, options: Partial<VersionsOptions> = {}): Promise<Record<string, string>> {
  const { versions } = await run(aws, options);
  return Object.fromEntries(
    versions.filter(({ executor }) => executor === "short").map(({ version, state }) => [version, state]),
  );
}

/** Five versions of the short executor, one every ten days; the last one is live. */
function deployed(items: Iterable<Item> = []): FakeAws {
  const aws = new FakeAws(items);
  for (const version of [1, 2, 3, 4, 5]) aws.functions.publish(SHORT, version, aws.now - (60 - version * 10) * DAY);
  aws.functions.alias(SHORT, "live", 5);
  aws.functions.publish(LONG, 1, aws.now - 50 * DAY);
  aws.functions.alias(LONG, "live", 1);
  return aws;
}

const waits = workflow({ name: "versions.waits" }, async (ctx) => {
  await ctx.waitForSignal("go");
});
const runs = workflow({ name: "versions.runs" }, async (ctx) => {
  await ctx.step("for long", () => new Promise(() => undefined));
});
const ends = workflow({ name: "versions.ends" }, () => "done");

describe("what is counted", () => {
  it("are real heads: parked and running ones by their version, no ended ones, and those that have not begun", async () => {
    const cloud = new MemoryCloud({ workflows: [waits, runs, ends], settings: { version: "2" } });
    for (let count = 0; count < 9; count += 1) await cloud.client.start(waits, undefined);
    await cloud.client.start(runs, undefined);
    for (let count = 0; count < 20; count += 1) await cloud.client.start(ends, undefined);
    await cloud.idle();
    // Lingering ends in parks.
    const until = cloud.clock.now() + 10_000;
    while (cloud.clock.fireNext(until)) await cloud.idle();
    await cloud.client.start(ends, undefined);
    const items = [...cloud.table.items()];
    const heads = items.filter((item) => item["gpk"] !== undefined);
    const isRunning = (item: Item): boolean =>
      item["lv"] !== undefined && item["ppk"] === undefined && item["endAt"] === undefined;
    expect(heads.filter(isRunning)).toHaveLength(1);

    const report = await run(deployed(items));
    const open = report.versions.filter((each) => each.open > 0);
    expect(open).toMatchObject([{ executor: "short", version: "2", open: 10, state: "used" }]);
    expect(report.unpinned).toBe(1);
  });

  it("is everything, though pages end and reads are cut short", async () => {
    const aws = deployed(Array.from({ length: 300 }, (_, at) => head(String(at), at % 2 === 0 ? "2" : "3")));
    aws.table.readsAtOnce = 3;
    const { versions } = await run(aws);
    expect(versions.filter(({ open }) => open > 0)).toMatchObject([
      { version: "2", open: 150 },
      { version: "3", open: 150 },
    ]);
  });

  it("is told of versions that are gone, and each executor has its own", async () => {
    const aws = deployed([head("a", "9"), head("b", "1", "long"), head("c", "3", "long")]);
    const { versions } = await run(aws);
    expect(versions.filter(({ open }) => open > 0)).toMatchObject([
      { executor: "short", version: "9", state: "missing", open: 1 },
      { executor: "long", version: "1", state: "live", open: 1 },
      { executor: "long", version: "3", state: "missing", open: 1 },
    ]);
  });

  it("is refused where a newer version wrote it", async () => {
    const aws = deployed([{ ...head("a", "1"), fmt: 99 }]);
    await expect(run(aws, { prune: true })).rejects.toMatchObject({ code: "store_newer" });
    expect(aws.functions.deleted).toEqual([]);
  });
});

describe("what is deleted", () => {
  let aws: FakeAws;
  beforeEach(() => {
    aws = deployed([head("a", "2")]);
  });

  it("is nothing, unless it is asked for", async () => {
    expect(await states(aws)).toEqual({ 1: "unused", 2: "used", 3: "unused", 4: "unused", 5: "live" });
    expect(aws.functions.deleted).toEqual([]);
  });

  it("are versions that nobody runs on, never the function", async () => {
    expect(await states(aws, { prune: true })).toEqual({
      1: "deleted",
      2: "used",
      3: "deleted",
      4: "deleted",
      5: "live",
    });
    expect(aws.functions.deleted).toEqual([`${SHORT}:1`, `${SHORT}:3`, `${SHORT}:4`]);
    expect(await states(aws, { prune: true })).toEqual({ 2: "used", 5: "live" });
    expect(aws.functions.deleted).toHaveLength(3);
  });

  it("is not what an invocation of the last day may still pin an execution to, unless forced", async () => {
    aws.functions.publish(SHORT, 6, aws.now - HOUR);
    aws.functions.alias(SHORT, "live", 6);
    expect(await states(aws)).toMatchObject({ 4: "unused", 5: "recent", 6: "live" });
    expect(await states(aws, { prune: true })).toMatchObject({ 4: "deleted", 5: "recent", 6: "live" });
    expect(await states(aws, { prune: true, force: true })).toEqual({ 2: "used", 5: "deleted", 6: "live" });
  });

  it("is not what is newer than the live one, forced or not", async () => {
    aws.functions.alias(SHORT, "live", 3);
    const kept = { 3: "live", 4: "newer", 5: "newer" };
    expect(await states(aws, { prune: true, force: true })).toEqual({ 1: "deleted", 2: "used", ...kept });
  });

  it("is not what any alias sends calls to", async () => {
    aws.functions.alias(SHORT, "live", 5, 4);
    aws.functions.alias(SHORT, "mine", 1);
    expect(await states(aws, { prune: true })).toEqual({ 1: "aliased", 2: "used", 3: "deleted", 4: "live", 5: "live" });
  });

  it("is not what Lambda refuses to delete", async () => {
    aws.fail("lambda:DeleteFunction", new Refusal("ResourceConflictException", "an alias", 409), 1);
    aws.fail("lambda:DeleteFunction", new Refusal("ResourceNotFoundException", "gone", 404), 1);
    expect(await states(aws, { prune: true })).toMatchObject({ 1: "refused", 3: "deleted", 4: "deleted" });
    expect(aws.functions.deleted).toEqual([`${SHORT}:4`]);
  });

  it("is not what is published while executions are counted", async () => {
    aws.table.betweenPages = () => {
      if (!aws.functions.versions.get(SHORT)?.some(({ version }) => version === "6"))
        aws.functions.publish(SHORT, 6, aws.now - 3 * DAY);
    };
    expect(await states(aws, { prune: true, force: true })).not.toHaveProperty("6");
    expect(aws.functions.deleted).not.toContain(`${SHORT}:6`);
  });

  it("is nothing when a right is missing", async () => {
    aws.fail("dynamodb:BatchGetItem", new Refusal("AccessDeniedException", "not authorized", 400));
    await expect(run(aws, { prune: true })).rejects.toMatchObject({ code: "aws_refused" });
    aws.functions.aliases.delete(SHORT);
    await expect(run(aws, { prune: true })).rejects.toMatchObject({ code: "stack_unknown" });
    expect(aws.functions.deleted).toEqual([]);
  });
});

/** Of an open execution that runs, or is parked. */
function head(id: string, version: string, executor = "short"): Item {
  return { pk: `t#${id}`, sk: "h#", gpk: "default#w#0", gsk: id, id, fmt: 1, cls: executor, lv: version };
}
