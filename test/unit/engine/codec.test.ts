/** An engine with a codec (T30, D3): nothing of an application's data is to be read by whoever has the file. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { EngineOptions } from "../../../lib/homes/embedded/engine-options.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { ApplicationError } from "../../../lib/kernel/errors.ts";
import type { ExecutionEvent } from "../../../lib/ports/client.ts";
import { scrambler } from "../../helpers/scramble.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";

let folder = "";
const file = (): string => path.join(folder, "t.db");

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "treeline-codec-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const open = (options: EngineOptions = {}): Promise<VirtualEngine> =>
  openVirtual({ file: file(), socket: false, workflows, ...options });

/** Everything in the folder: the file, its WAL, its index. */
function bytes(): string {
  return readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), "latin1"))
    .join("\n");
}

// ---- workflows that put a canary wherever an application can put its data ----------------------------------------

const broken = (where: string): never => {
  throw new ApplicationError(`canary in the message of ${where}`, {
    data: `canary in the data of ${where}`,
    cause: new Error("canary in a cause"),
  });
};
const once = { retry: { maxAttempts: 2 } };

const leaf = workflow({ name: "leaf" }, async (ctx: WorkflowContext, input: { secret: string }) => {
  ctx.state.set("leaf", "canary in a child's state");
  return ctx.step("answer", () => input);
});
const failing = workflow({ name: "failing", retry: { maxAttempts: 2 } }, async () => broken("a child"));
const listening = workflow({ name: "listening" }, async (ctx: WorkflowContext) => {
  const heard = await ctx.waitForSignal("go");
  await ctx.waitForSignal("never").catch(() => undefined);
  return heard;
});
const vault = workflow(
  { name: "vault" },
  async (ctx: WorkflowContext, input: { round: number; secret: string }): Promise<unknown> => {
    if (input.round === 0) {
      ctx.state.set("carried", "canary that is carried over");
      return ctx.continueAsNew({ round: 1, secret: "canary in a generation's input" });
    }
    ctx.emit("told", { secret: "canary in an event" });
    ctx.document("shown", "canary in a document");
    await ctx.step("works", (s) => {
      s.emit("told", { secret: "canary in a step's event" });
      s.document("shown", "canary in a step's document");
      s.setState("step", "canary in a step's state");
      s.start(leaf, { secret: "canary in the input of a step's child" });
      return "canary in a step's result";
    });
    await ctx.step("fails", () => broken("a step"), once).catch(() => undefined);
    await ctx.waitForCondition((state: string) => `${state}, polled`, {
      initialState: "canary in a condition",
      waitStrategy: (_state, attempt) => (attempt < 2 ? { shouldContinue: true, delay: 1 } : { shouldContinue: false }),
    });
    await ctx.runInChildContext("succeeds", async (inside) => {
      inside.state.set("inside", "canary in a context's state");
      return "canary in a context's result";
    });
    await ctx.runInChildContext("throws", async () => broken("a context")).catch(() => undefined);
    await ctx.map("all", ["canary"], async () => "canary in a branch");
    await ctx.execute(
      leaf,
      { secret: "canary in a child's input" },
      { state: { given: "canary in the state that a child is given" } },
    );
    await ctx.execute(failing, null).catch(() => undefined);
    const child = await ctx.start(listening, null);
    await child.signal("go", "canary in a signal to a child");
    await child.cancel("canary in the reason of a cancel");
    await child.result();
    const [good] = ctx.createCallback("good");
    const [bad] = ctx.createCallback("bad");
    bad.catch(() => undefined);
    await ctx.waitForSignal("outside");
    await ctx.waitForState((state) => state["patched"] !== undefined);
    await Promise.allSettled([good, bad]);
    ctx.logger.info("logged", { secret: "canary in a log" });
    return { secret: "canary in the output" };
  },
);
const workflows: Workflow<any, any>[] = [leaf, failing, listening, vault];

/** Plays it all, the part of the outside included, and leaves the engine open. */
async function fill(options: EngineOptions): Promise<{ virtual: VirtualEngine; id: string }> {
  const virtual = await open(options);
  const { engine, settle } = virtual;
  const { executionId: id } = await engine.start(vault, { round: 0, secret: "canary in the input" });
  await settle();
  const callbacks = (await engine.pending(id)).filter(({ kind }) => kind === "CALLBACK");
  await engine.signal(id, "outside", "canary in a signal");
  await engine.patchState(id, { patched: "canary in a patch" });
  for (const { name, callbackId = "" } of callbacks) {
    if (name === "good") await engine.callbacks.succeed(callbackId, "canary in a callback");
    else
      await engine.callbacks.fail(callbackId, {
        message: "canary in a callback's failure",
        data: "canary in its data",
      });
  }
  await settle();
  await stopOne(virtual);
  return { virtual, id };
}

/** A last one ends from outside, with a reason. */
async function stopOne({ engine, settle }: VirtualEngine): Promise<void> {
  const waiting = await engine.start(listening, { secret: "canary of one that is stopped" });
  await engine.idle();
  await waiting.stop("canary in the reason of a stop");
  await settle();
}

/** Every canary of this file. */
function planted(): string[] {
  const texts = readFileSync(import.meta.filename, "utf8").matchAll(/["`](canary[^"`$]*)/g);
  return [...texts].map(([, text = ""]) => text).filter((text) => !text.includes(" log"));
}

async function events({ engine }: VirtualEngine, id: string): Promise<ExecutionEvent[]> {
  const seen: ExecutionEvent[] = [];
  for await (const event of engine.events(id)) seen.push(event);
  return seen;
}

/** All that carries data: in events, relative to their data. */
const REDACT = ["input", "output", "result", "payload", "value", "state", "reason", "secret", "error"];

describe("canaries in every payload", () => {
  it("T30 stand in the file where there is no codec: the search finds them", async () => {
    const { virtual, id } = await fill({});
    expect(await virtual.engine.get(id)).toMatchObject({ status: "SUCCEEDED" });
    expect(bytes()).toContain("canary in the output");
    await virtual.engine.close();
  });

  it.each(["lru", "always"] as const)(
    "T30 stand nowhere in the file and its WAL with one (eviction %s)",
    async (eviction) => {
      const { virtual, id } = await fill({ codec: scrambler("k1"), eviction });
      expect(bytes()).toContain(id);
      expect(bytes()).not.toContain("canary");
      await virtual.engine.close();
      expect(bytes()).toContain(id);
      expect(bytes()).not.toContain("canary");
    },
  );

  it("T30 are all there for whoever has the codec", async () => {
    const { virtual, id } = await fill({ codec: scrambler("k1") });
    const detail = await virtual.engine.get(id);
    expect(detail).toMatchObject({
      output: { secret: "canary in the output" },
      state: {
        carried: "canary that is carried over",
        patched: "canary in a patch",
        inside: "canary in a context's state",
      },
    });
    const { executions } = await virtual.engine.list({ limit: 100 });
    const journals = await Promise.all(executions.map((view) => virtual.engine.journal(view.id)));
    const read = JSON.stringify(journals);
    expect(planted().filter((canary) => !read.includes(canary))).toEqual([]);
    expect(JSON.stringify(await events(virtual, id))).toContain("canary in a document");
    await virtual.engine.close();
  });

  it("D3 show in no event and no line of the log where they are redacted", async () => {
    const { virtual, id } = await fill({ codec: scrambler("k1"), redact: REDACT });
    const shown = await events(virtual, id);
    expect(shown.length).toBeGreaterThan(60);
    expect(JSON.stringify(shown)).not.toContain("canary");
    expect(virtual.logs).toMatchObject([{ message: "logged", fields: { secret: "[redacted]" } }]);
    await virtual.engine.close();
  });

  it("T30 are encoded in the place where they stand: each execution's by its own id", async () => {
    const places = new Set<string>();
    const { virtual, id } = await fill({ codec: scrambler("k1", places) });
    const { executions } = await virtual.engine.list({ limit: 100 });
    expect([...places].toSorted()).toEqual(executions.map((view) => view.id).toSorted());
    expect(places).toContain(id);
    await virtual.engine.close();
  });
});

describe("an engine with an asynchronous codec", () => {
  const child = workflow({ name: "child" }, async (ctx: WorkflowContext, order: number) => {
    const { by } = await ctx.waitForSignal<{ by: string }>("approved");
    return { order, by, at: await ctx.step("stamp", () => new Date(0)) };
  });
  const parent = workflow({ name: "parent" }, async (ctx: WorkflowContext, order: number) => {
    const handle = await ctx.start(child, order, { id: `child-of-${order}` });
    await ctx.wait("pause", "1h");
    return handle.result();
  });
  const both = [child, parent];

  it("D3 carries a parent, its child and its signal over restarts, and over a change of keys", async () => {
    const first = await open({ workflows: both, codec: scrambler("k1") });
    const { executionId } = await first.engine.start(parent, 7);
    await first.engine.idle();
    await first.engine.close();

    const second = await open({ workflows: both, codec: scrambler("key 2"), clock: first.clock });
    await second.settle();
    expect((await second.engine.pending(executionId)).map(({ name }) => name)).toEqual(["child", "approved"]);
    await second.engine.signal("child-of-7", "approved", { by: "Ada" });
    await second.engine.close();

    const third = await open({ workflows: both, codec: scrambler("key three"), clock: first.clock });
    await third.settle();
    const handle = await third.engine.execution(executionId);
    expect(await handle.result()).toEqual({ order: 7, by: "Ada", at: new Date(0) });
    await third.engine.close();
  });

  it("D3 runs the same as one without", async () => {
    const types = async (options: EngineOptions): Promise<string[]> => {
      const virtual = await openVirtual({ workflows: both, ...options });
      const { executionId } = await virtual.engine.start(parent, 7);
      await virtual.engine.idle();
      await virtual.engine.signal("child-of-7", "approved", { by: "Ada" });
      await virtual.settle();
      const shown = await events(virtual, executionId);
      await virtual.engine.close();
      return shown.map(({ type, path: where, name }) => `${where} ${type} ${name ?? ""}`);
    };
    const plain = await types({});
    expect(await types({ codec: scrambler("k1") })).toEqual(plain);
    expect(await types({ codec: scrambler("k1"), eviction: "always" })).toEqual(plain);
  });

  it("D3 says which key is missing when it is opened without", async () => {
    const first = await open({ workflows: both, codec: scrambler("k1") });
    const { executionId } = await first.engine.start(parent, 7);
    await first.engine.idle();
    await first.engine.close();
    const without = await open({ workflows: both, paused: true });
    await expect(without.engine.get(executionId)).rejects.toThrow(/encoded with key k1. Open it with that codec/);
    await without.engine.close();
  });
});
