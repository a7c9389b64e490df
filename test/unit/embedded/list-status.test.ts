/** fault:B9: a filter by status gives exactly those whose view has that status, to every reader. */
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import { ReaderClient } from "../../../lib/homes/embedded/reader-client.ts";
import { OutsideClient } from "../../../lib/cli/outside-client.ts";
import type { Client, ExecutionView } from "../../../lib/ports/client.ts";
import { VirtualClock } from "../../helpers/virtual-clock.ts";
import { openedReader, temporaryFile } from "./store-fixtures.ts";

const STATUSES = ["PENDING", "RUNNING", "WAITING", "SUCCEEDED", "FAILED", "CANCELLED", "STOPPED", "TIMED_OUT"] as const;

const waits = workflow({ name: "waits" }, (ctx) => ctx.waitForSignal("go"));
const sleeps = workflow({ name: "sleeps" }, (ctx) => ctx.wait("1h"));
const works = workflow({ name: "works" }, (ctx) => ctx.step("work", () => new Promise(() => undefined)));
const parent = workflow({ name: "parent" }, (ctx) => ctx.execute(waits, undefined));
const retries = workflow({ name: "retries", retry: { maxAttempts: 2, initialDelay: "1h", jitter: "NONE" } }, () => {
  throw new Error("not yet");
});
const fails = workflow({ name: "fails" }, () => {
  throw new Error("no");
});

async function filled(file: string): ReturnType<typeof openEngine> {
  const workflows = [waits, sleeps, works, parent, retries, fails];
  const engine = await openEngine({
    file,
    workflows,
    clock: new VirtualClock(),
    socket: false,
    limits: { executions: 2 },
  });
  for (const one of [waits, sleeps, parent, retries, fails, works, works]) await engine.start(one, undefined);
  await engine.start(waits, undefined, { startDelay: "1d" });
  // There is no room for it: two executions run already.
  await engine.start(waits, undefined);
  const stopped = await engine.start(waits, undefined, { startDelay: "1d" });
  await stopped.stop();
  const cancelled = await engine.start(waits, undefined, { startDelay: "1d" });
  await cancelled.cancel();
  return engine;
}

async function allOf(client: Pick<Client, "list">, status?: ExecutionView["status"]): Promise<ExecutionView[]> {
  const found: ExecutionView[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const filter = { limit: 2, ...(status !== undefined && { status }), ...(cursor !== undefined && { cursor }) };
    const page = await client.list(filter);
    ({ cursor } = page);
    expect(page.executions.length).toBeLessThanOrEqual(2);
    // Every page but the last is full.
    if (cursor !== undefined) expect(page.executions.length).toBe(2);
    found.push(...page.executions);
  }
  return found;
}

async function check(client: Pick<Client, "list" | "get">): Promise<Record<string, number>> {
  const all = await allOf(client);
  const counts: Record<string, number> = {};
  for (const status of STATUSES) {
    const filtered = await allOf(client, status);
    expect(filtered).toEqual(all.filter((view) => view.status === status));
    for (const { id } of filtered) expect((await client.get(id)).status).toBe(status);
    if (filtered.length > 0) counts[status] = filtered.length;
  }
  return counts;
}

describe("fault:B9 list({ status })", () => {
  const live = { PENDING: 2, RUNNING: 2, WAITING: 5, FAILED: 1, STOPPED: 1, CANCELLED: 1 };

  it("agrees with the view: the engine, a reader beside it, a reader of a file that nobody has open", async () => {
    const file = temporaryFile();
    const engine = await filled(file);
    onTestFinished(() => engine.close());
    expect(await check(engine)).toEqual(live);
    const beside = new ReaderClient(openedReader({ file }));
    expect(await check(beside)).toEqual(live);
    await engine.close();
    const { RUNNING: _ran, ...closed } = { ...live, WAITING: 7 };
    expect(await check(new OutsideClient(openedReader({ file }), () => 0))).toEqual(closed);
  });
});
