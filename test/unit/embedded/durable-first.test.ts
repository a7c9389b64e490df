/** D20: nothing that depends on a result leaves before that result is durable. Code of this process may run ahead. */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import type { PayloadCodec } from "../../../lib/homes/embedded/store.ts";
import type { EventType } from "../../../lib/ports/client.ts";
import type { ClientStartOptions } from "../../../lib/ports/client.ts";
import { openAbandonable } from "../../../lib/homes/embedded/engine.ts";
import { collect } from "../../helpers/collect.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";

/** A disk whose commits can be held back, or refused. */
class Disk implements PayloadCodec {
  readonly keyId = "k";
  #held: PromiseWithResolvers<void> | undefined;
  #broken = false;

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  breakDown(): void {
    this.#broken = true;
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
    this.#broken = false;
  }

  async encode(text: string): Promise<string> {
    await this.#held?.promise;
    if (this.#broken) throw new Error("the disk is gone");
    return text;
  }

  async decode(text: string): Promise<string> {
    return text;
  }
}

/** Long enough for everything that can happen without the disk; far longer than what happens with it. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await turn();
}

/** Whether a promise has settled by now. */
function watch(promise: Promise<unknown>): { settled: boolean } {
  const watched = { settled: false };
  const note = (): void => void (watched.settled = true);
  promise.then(note, note);
  return watched;
}

const disks: [title: string, stop: (disk: Disk) => void, goOn: (disk: Disk, opened: VirtualEngine) => void][] = [
  ["holds commits back", (disk) => disk.hold(), (disk) => disk.release()],
  [
    "refuses commits",
    (disk) => disk.breakDown(),
    (disk, { clock }) => {
      disk.release();
      clock.fireNext(); // it is tried again every second
    },
  ],
];

describe.each(disks)("D20: while the disk %s,", (_title, stop, goOn) => {
  async function open(...workflows: Workflow<any, any>[]) {
    const disk = new Disk();
    const opened = await openVirtual({ workflows, codec: disk });
    const types = async (id: string): Promise<EventType[]> =>
      (await collect(opened.engine.events(id))).map(({ type }) => type);
    return { ...opened, types, stop: () => stop(disk), goOn: () => goOn(disk, opened) };
  }

  it("an execution that was started shows nowhere, and no body of a step runs", async () => {
    const ran: string[] = [];
    const child = workflow({ name: "child" }, async (ctx) => ctx.step("inner", () => ran.push("inner")));
    const root = workflow({ name: "root" }, async (ctx) => {
      ran.push("code");
      await ctx.step("own", () => ran.push("own"));
      await ctx.execute(child, null);
    });
    const { engine, settle, stop: halt, goOn: proceed } = await open(root, child);
    halt();
    const starting = engine.start(root, null);
    const started = watch(starting);
    await turns();
    expect([ran, started.settled, (await engine.list()).executions]).toEqual([["code"], false, []]);
    proceed();
    await (await starting).result();
    await settle();
    expect(ran).toEqual(["code", "own", "inner"]);
  });

  it("a signal is not acknowledged, and nobody hears of it", async () => {
    const root = workflow({ name: "root" }, async (ctx) => ctx.waitForSignal("go"));
    const { engine, types, stop: halt, goOn: proceed } = await open(root);
    const { executionId, result } = await engine.start(root, null);
    await engine.idle();
    halt();
    const sending = engine.signal(executionId, "go", 1);
    const [sent, ended] = [watch(sending), watch(result())];
    await turns();
    expect([sent.settled, ended.settled]).toEqual([false, false]);
    expect(await types(executionId)).not.toContain("signal.received");
    expect((await engine.get(executionId)).endedAt).toBeUndefined();
    proceed();
    await sending;
    expect(await result()).toBe(1);
    expect(await types(executionId)).toContain("signal.received");
  });

  it("a step's result is used by code, and by nothing beyond it", async () => {
    const gate = Promise.withResolvers<number>();
    const ran: string[] = [];
    const child = workflow({ name: "child" }, async (ctx) => {
      ran.push("child's code");
      await ctx.step("inner", () => ran.push("inner"));
    });
    const root = workflow({ name: "root" }, async (ctx) => {
      await ctx.step("slow", () => gate.promise);
      ran.push("code behind");
      const handle = await ctx.start(child, null);
      ran.push("start has resolved");
      await ctx.step("last", () => ran.push("last"));
      return handle.result();
    });
    const { engine, types, stop: halt, goOn: proceed } = await open(root, child);
    const { executionId, result } = await engine.start(root, null);
    const seen: EventType[] = [];
    const following = (async () => {
      for await (const { type } of engine.events(executionId, { follow: true })) seen.push(type);
    })();
    await turns();
    halt();
    gate.resolve(1);
    await turns();
    expect(ran).toEqual(["code behind", "child's code"]);
    expect(seen).toEqual(["execution.started", "operation.started"]);
    expect(await types(executionId)).toEqual(seen);
    expect((await engine.list()).executions).toHaveLength(1);
    proceed();
    await result();
    await following;
    expect(ran.slice(2).toSorted()).toEqual(["inner", "last", "start has resolved"]);
    expect(seen.at(-1)).toBe("execution.succeeded");
  });

  it("an end is told to nobody", async () => {
    const gate = Promise.withResolvers<number>();
    const root = workflow({ name: "root" }, async (ctx) => ctx.step("slow", () => gate.promise));
    const { engine, stop: halt, goOn: proceed } = await open(root);
    const { executionId, result, outcome } = await engine.start(root, null);
    await turns();
    halt();
    gate.resolve(7);
    const told = [watch(result()), watch(outcome()), watch((await engine.execution(executionId)).result())];
    await turns();
    expect(told.map(({ settled }) => settled)).toEqual([false, false, false]);
    expect((await engine.get(executionId)).status).toBe("RUNNING");
    proceed();
    expect(await result()).toBe(7);
    expect((await engine.get(executionId)).status).toBe("SUCCEEDED");
  });

  it("execute does not resolve", async () => {
    const root = workflow({ name: "root" }, async () => 7);
    const { engine, stop: halt, goOn: proceed } = await open(root);
    halt();
    const executing = engine.execute(root, null);
    const told = watch(executing);
    await turns();
    expect(told.settled).toBe(false);
    proceed();
    expect(await executing).toBe(7);
  });

  describe("a stop is not acknowledged, nor is a second one, of an execution that", () => {
    const child = workflow({ name: "child" }, async (ctx) => ctx.waitForSignal("never"));
    const ways: [how: string, root: Workflow, options?: ClientStartOptions][] = [
      ["waits", workflow({ name: "root" }, async (ctx) => ctx.waitForSignal("never"))],
      ["has a child", workflow({ name: "root" }, async (ctx) => ctx.execute(child, null))],
      ["is in a step", workflow({ name: "root" }, async (ctx) => ctx.step("slow", () => new Promise(() => undefined)))],
      ["has not begun", workflow({ name: "root" }, async () => 1), { startDelay: "1h" }],
    ];

    it.each(ways)("%s", async (_how, root, options) => {
      const { engine, stop: halt, goOn: proceed } = await open(root, child);
      const { executionId } = await engine.start(root, null, options);
      await turns();
      halt();
      const stops = [engine.stop(executionId), engine.stop(executionId)];
      const told = stops.map(watch);
      await turns();
      expect(told.map(({ settled }) => settled)).toEqual([false, false]);
      proceed();
      await Promise.all(stops);
      expect((await engine.get(executionId)).status).toBe("STOPPED");
    });
  });
});

it("D20: an engine that died acknowledges nothing", async () => {
  const root = workflow({ name: "root" }, async (ctx) => ctx.waitForSignal("never"));
  const engine = await openAbandonable({ file: ":memory:", workflows: [root] });
  const { executionId } = await engine.start(root, null);
  const told = watch(engine.stop(executionId));
  // By now its end has been appended; nobody has waited for the disk yet.
  await Promise.resolve();
  engine.abandon();
  await turns();
  expect(told.settled).toBe(false);
});

it("D20: a disk that is known to refuse lets nothing be started", async () => {
  const disk = new Disk();
  const root = workflow({ name: "root" }, async () => 1);
  const { engine, clock, logs } = await openVirtual({ workflows: [root], codec: disk });
  disk.breakDown();
  const first = engine.start(root, null);
  await turns();
  await expect(engine.start(root, null)).rejects.toMatchObject({ code: "store_failed" });
  expect(logs).toMatchObject([{ level: "error", fields: { code: "store_failed" } }]);
  disk.release();
  clock.fireNext();
  expect(await (await first).result()).toBe(1);
});
