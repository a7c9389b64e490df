/** A disk that is full, a file that somebody else owns, and readers beside a running engine. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import { LocalDefinitions } from "../../lib/homes/embedded/definitions.ts";
import { type Engine, openEngine } from "../../lib/homes/embedded/engine.ts";
import { EngineClient } from "../../lib/homes/embedded/engine-client.ts";
import { DEFAULT_LIMITS, type EngineOptions } from "../../lib/homes/embedded/engine-options.ts";
import { ReaderClient } from "../../lib/homes/embedded/reader-client.ts";
import { createIds } from "../../lib/homes/real-ids.ts";
import { Runtime } from "../../lib/homes/embedded/runtime.ts";
import type { SqliteStore } from "../../lib/homes/embedded/store-writer.ts";
import { StoreError } from "../../lib/kernel/errors.ts";
import { createRandom } from "../../lib/kernel/random.ts";
import type { LogLine } from "../../lib/ports/log-sink.ts";
import { VirtualClock } from "../helpers/virtual-clock.ts";
import { opened, openedReader, temporaryFile, temporaryFolder } from "../unit/embedded/store-fixtures.ts";

/** More than what is free on the pages that the file has already, also when it is compressed. */
const random = createRandom("large");
const LARGE = Array.from({ length: 20_000 }, () => random().toString(36).slice(2, 12)).join("");

/** An engine whose store the test can make full, and whose time it moves. */
function engineOn(store: SqliteStore, workflows: EngineOptions["workflows"] = []) {
  const clock = new VirtualClock();
  const log: LogLine[] = [];
  const definitions = new LocalDefinitions({ log: () => undefined, now: () => 0 });
  definitions.add(workflows);
  const runtime = new Runtime({
    store,
    definitions,
    clock,
    ids: createIds(() => clock.now()),
    limits: DEFAULT_LIMITS,
    log: (line) => log.push(line),
    plugins: [],
    eviction: "lru",
    encoded: false,
  });
  void runtime.reopening.resume();
  return { runtime, clock, log, client: new EngineClient(runtime, []) };
}

function allowPages(store: SqliteStore, more: number): void {
  const { page_count: pages } = store.db.prepare("PRAGMA page_count").get() as { page_count: number };
  store.db.exec(`PRAGMA max_page_count = ${pages + more}`);
}

/** Until nothing moves by itself; with a full disk an engine is not idle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}

describe("a disk that becomes full", () => {
  it("holds everything back, refuses new executions, and goes on when there is room again", async () => {
    const bodies: string[] = [];
    const flow = workflow({ name: "disk.flow" }, async (ctx) => {
      const made = await ctx.step("make", () => {
        bodies.push("make");
        return LARGE;
      });
      return ctx.step("use", () => {
        bodies.push("use");
        return made.length;
      });
    });
    const store = opened({ file: temporaryFile() });
    const { clock, log, client, runtime } = engineOn(store, [flow]);
    const handle = await client.start(flow, null);
    allowPages(store, 5);
    await settle();

    // The result of the first step is not on the disk: nothing that depends on it leaves (K5).
    expect(bodies).toEqual(["make"]);
    expect(log).toMatchObject([{ level: "error", fields: { code: "store_full" } }]);
    expect(log[0]?.message).toMatch(/the disk is full.*Executions wait; trying again every second/s);
    await expect(client.start(flow, null)).rejects.toMatchObject({ code: "store_full" });
    const seen = await client.get(handle.executionId);
    expect(seen).toMatchObject({ status: "RUNNING", operations: [{ name: "make", status: "STARTED" }] });

    // It is tried again, and says so again.
    clock.fireNext();
    await settle();
    expect(bodies).toEqual(["make"]);
    expect(log).toHaveLength(2);

    store.db.exec("PRAGMA max_page_count = 1000000");
    clock.fireNext();
    expect(await handle.result()).toBe(LARGE.length);
    expect(bodies).toEqual(["make", "use"]);
    await expect(client.execute(flow, null)).resolves.toBe(LARGE.length);
    await runtime.close();
  });

  it("loses nothing when the process ends before there is room again", async () => {
    let bodies = 0;
    const flow = workflow({ name: "disk.ends" }, (ctx) =>
      ctx.step("make", () => {
        bodies += 1;
        return LARGE;
      }),
    );
    const file = temporaryFile();
    const store = opened({ file });
    const { client, runtime } = engineOn(store, [flow]);
    const { executionId } = await client.start(flow, null);
    allowPages(store, 5);
    await settle();
    await expect(runtime.close()).rejects.toMatchObject({ code: "store_full" });
    store.close();

    const next = await openedEngine({ file, workflows: [flow] });
    expect(await (await next.execution(executionId)).result()).toBe(LARGE);
    expect(bodies).toBe(2);
  });

  it("holds back a signal to an execution that has not begun, and does not fail its sender", async () => {
    const child = workflow({ name: "disk.child" }, (ctx) => ctx.waitForSignal("go"));
    const parent = workflow({ name: "disk.parent" }, async (ctx) => {
      const handle = await ctx.start(child, null, { startDelay: "1m" });
      await handle.signal("go", "late");
      return handle.result();
    });
    const store = opened({ file: temporaryFile() });
    const leave = store.leave.bind(store);
    let refusals = 2;
    store.leave = async (item) => {
      refusals -= 1;
      if (refusals >= 0) throw new StoreError("store_full", "no room");
      return leave(item);
    };
    const { clock, client, runtime } = engineOn(store, [parent, child]);
    const handle = await client.start(parent, null);
    const result = handle.result();
    let isOver = false;
    void result.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await runtime.idle();
      clock.fireNext();
      await settle();
    }
    expect(await result).toBe("late");
    expect(refusals).toBeLessThan(0);
    await runtime.close();
  });

  it.runIf(canMount())("is the same with a real file system that has no room left", () => {
    const told = runOnSmallDisk(path.join(import.meta.dirname, "full-disk-worker.ts"));
    expect(told).toEqual({
      whileFull: { refused: "store_full", logged: ["store_full"], bodies: ["make"] },
      atTheEnd: { output: 200_000, bodies: ["make", "use"] },
    });
  });
});

describe("a file that an engine owns", () => {
  const waiter = workflow({ name: "disk.waiter" }, async (ctx) => {
    await ctx.step("before", () => "seen");
    return ctx.waitForSignal<string>("go");
  });

  it("is refused to a second engine with store_locked, and the first one goes on", async () => {
    const file = temporaryFile();
    const first = await openedEngine({ file, workflows: [waiter] });
    const handle = await first.start(waiter, null);
    await expect(openEngine({ file, workflows: [waiter] })).rejects.toMatchObject({
      code: "store_locked",
      data: { pid: process.pid },
    });
    await handle.signal("go", "went on");
    expect(await handle.result()).toBe("went on");
  });

  it("shows readers beside the engine what is durable, while it runs and when it has ended", async () => {
    const file = temporaryFile();
    const engine = await openedEngine({ file, workflows: [waiter] });
    const handle = await engine.start(waiter, null, { id: "watched" });
    await engine.idle();
    const reader = new ReaderClient(openedReader({ file }));
    expect(await reader.pending("watched")).toMatchObject([{ kind: "RECEIVE", name: "go" }]);
    expect(await reader.get("watched")).toMatchObject({
      operations: [{ name: "before", result: "seen" }, { name: "go" }],
    });

    await handle.signal("go", "read");
    await handle.result();
    expect(await reader.get("watched")).toMatchObject({ status: "SUCCEEDED", output: "read" });
    expect((await reader.list()).executions.map(({ publicId }) => publicId)).toEqual(["watched"]);
    expect(await reader.journal("watched")).toEqual(await engine.journal("watched"));
  });

  it("is open before the steps that are repeated have ended", async () => {
    const file = temporaryFile();
    const gate = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const flow = workflow({ name: "disk.slow" }, (ctx) =>
      ctx.step("slow", () => {
        begun.resolve();
        return gate.promise;
      }),
    );
    const first = await openEngine({ file, workflows: [flow] });
    await first.start(flow, null, { id: "slow" });
    await begun.promise;
    await first.close();
    const second = await openedEngine({ file, workflows: [flow] });
    gate.resolve("ended at last");
    expect(await (await second.execution("slow")).result()).toBe("ended at last");
  });

  it("is taken up again, restart after restart, with the same result", async () => {
    const file = temporaryFile();
    let life = 0;
    const flow = workflow({ name: "disk.restarts" }, async (ctx) => {
      const results: string[] = [];
      for (let n = 1; n <= 3; n += 1) {
        results.push(await ctx.step(`step-${n}`, () => `${life}`));
        await ctx.waitForSignal("next");
      }
      return results;
    });
    for (life = 1; life <= 3; life += 1) {
      const engine = await openEngine({ file, workflows: [flow] });
      if (life === 1) await engine.start(flow, null, { id: "restarted" });
      await engine.idle();
      await engine.signal("restarted", "next", null, { signalId: `next-${life}` });
      await engine.idle();
      await engine.close();
    }
    const last = await openedEngine({ file, workflows: [flow] });
    expect(await (await last.execution("restarted")).result()).toEqual(["1", "1", "2"]);
  });
});

async function openedEngine(options: EngineOptions): Promise<Engine> {
  const engine = await openEngine(options);
  onTestFinished(() => engine.close());
  return engine;
}

// ---- a real small disk --------------------------------------------------------------------------------------------

/** In a namespace of its own, so that neither rights nor cleaning up are needed. */
function onSmallDisk(command: string): string[] {
  const folder = temporaryFolder();
  return [
    "-Urm",
    "sh",
    "-c",
    `mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"`,
    "sh",
    folder,
    ...command.split("\n"),
    folder,
  ];
}

function runOnSmallDisk(script: string): unknown {
  const command = [process.execPath, "--conditions=treeline-source", script].join("\n");
  return JSON.parse(execFileSync("unshare", onSmallDisk(command), { encoding: "utf8" }));
}

function canMount(): boolean {
  try {
    execFileSync("unshare", ["-Urm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
