/** One trace over a tree of executions, whatever becomes of it and wherever it runs. */
import path from "node:path";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { ApplicationError } from "../../../lib/kernel/errors.ts";
import { executionSpanId, traceIdOf } from "../../../lib/plugins/opentelemetry/span-ids.ts";
import { createTestEngine } from "../../../lib/testing/index.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";
import { temporaryFolder } from "../cli/fake-terminal.ts";
import { idOf, linksOf, Traces, type TracesOptions } from "./traces.ts";
import { VirtualClock } from "../../helpers/virtual-clock.ts";

const ROOT = "root0000000000000001";

const worker = workflow({ name: "worker" }, async (ctx: WorkflowContext, input: any) => {
  await ctx.wait("rest", { seconds: 1 });
  return ctx.step("work", () => `${input} done`);
});
const failing = workflow({ name: "failing" }, async (ctx: WorkflowContext) =>
  ctx.step(
    "fails",
    () => {
      throw new ApplicationError("no money", { type: "NoMoney", data: "SECRET" });
    },
    { retry: false },
  ),
);
/** Fails in its first generation. */
const flaky = workflow({ name: "flaky" }, async (ctx: WorkflowContext) => {
  await ctx.step("look", () => "seen");
  if (ctx.info.attempt === 1) throw new Error("not yet");
  return "well";
});
const endless = workflow({ name: "endless" }, async (ctx: WorkflowContext) => ctx.wait("for ever", { hours: 1 }));

const family = workflow({ name: "family" }, async (ctx: WorkflowContext) => {
  await ctx.execute(worker, "waited", { name: "waited" });
  await ctx.executeAll(worker, ["a", "b"], { name: "many" });
  await ctx.start(worker, "detached", { name: "detached" });
  await ctx.execute(failing, null).catch(() => undefined);
  await ctx.execute(flaky, null, { retry: { maxAttempts: 2, initialDelay: 1 } });
  const handle = await ctx.start(endless, null, { name: "cancelled" });
  await ctx.wait("a moment", { seconds: 1 });
  await handle.cancel("enough");
  await handle.outcome();
});

interface PlayOptions extends TracesOptions {
  readonly eviction?: "lru" | "always";
}

async function play(code: unknown, { eviction = "always", ...options }: PlayOptions = {}): Promise<Traces> {
  const traces = new Traces(options);
  const virtual = await openVirtual({ plugins: traces.plugins, eviction });
  await virtual.play(typeof code === "function" ? workflow({ name: "w" }, code as never) : (code as typeof family), {
    secret: "SECRET",
  });
  await virtual.engine.close();
  expect(traces.problems()).toEqual([]);
  return traces;
}

describe("one trace", () => {
  it("has a whole tree in it: waited, parallel, detached, failing, retried and cancelled children", async () => {
    const traces = await play(family);
    expect(traces.tree()).toEqual([
      "family SUCCEEDED",
      "  child waited SUCCEEDED",
      "    worker SUCCEEDED",
      "      wait rest SUCCEEDED",
      "      step work SUCCEEDED",
      "        step work attempt 1 SUCCEEDED",
      "  context executeAll many SUCCEEDED",
      "    child worker SUCCEEDED",
      "      worker SUCCEEDED",
      "        wait rest SUCCEEDED",
      "        step work SUCCEEDED",
      "          step work attempt 1 SUCCEEDED",
      "    child worker SUCCEEDED",
      "      worker SUCCEEDED",
      "        wait rest SUCCEEDED",
      "        step work SUCCEEDED",
      "          step work attempt 1 SUCCEEDED",
      "  child detached SUCCEEDED",
      "    worker SUCCEEDED",
      "      wait rest SUCCEEDED",
      "      step work SUCCEEDED",
      "        step work attempt 1 SUCCEEDED",
      "  child failing FAILED",
      "    failing FAILED",
      "      step fails FAILED",
      "        step fails attempt 1 FAILED",
      "  child flaky SUCCEEDED",
      "    flaky CONTINUED_AS_NEW",
      "      step look SUCCEEDED",
      "        step look attempt 1 SUCCEEDED",
      "      flaky SUCCEEDED",
      "        step look SUCCEEDED",
      "          step look attempt 1 SUCCEEDED",
      "  child cancelled SUCCEEDED",
      "    endless CANCELLED",
      "      wait for ever CANCELLED",
      "  wait a moment SUCCEEDED",
      "  attach endless CANCELLED",
      "  request cancel SUCCEEDED",
    ]);
    expect([...traces.traceByRoot()]).toEqual([[ROOT, new Set([traceIdOf(ROOT)])]]);
  });

  it("is the same when nothing is evicted", async () => {
    const [evicted, kept] = [await play(family), await play(family, { eviction: "lru" })];
    expect(kept.facts()).toEqual(evicted.facts());
    expect(kept.ended.length).toBeLessThan(evicted.ended.length);
  });

  it("has the times of the engine's clock", async () => {
    const traces = await play(async (ctx: WorkflowContext) => ctx.wait("pause", 2_500));
    const [wait, execution] = [traces.named("wait pause"), traces.named("w")];
    expect(wait.startTime).toEqual([Date.UTC(2026, 0, 1) / 1_000, 0]);
    expect(wait.duration).toEqual([2, 500_000_000]);
    expect(execution.endTime).toEqual(wait.endTime);
  });
});

describe("a restart", () => {
  const slow = async (ctx: WorkflowContext): Promise<unknown> => {
    await ctx.step("before", () => 1);
    await ctx.execute(worker, "x");
    return ctx
      .parallel("both", [async (b) => b.wait("short", 1_000), async (b) => b.wait("long", 9_000)])
      .then(() => 1);
  };
  const code = workflow({ name: "slow" }, slow);

  /** Lives of an engine on one file, each with a plugin of its own; as many timers fire in each as is said. */
  async function lives(...timers: number[]): Promise<Traces> {
    const file = path.join(temporaryFolder(), "restart.db");
    const [clock, all] = [new VirtualClock(), new Traces()];
    for (const [index, count] of timers.entries()) {
      const { plugins, ended } = new Traces();
      const virtual = await openVirtual({ file, clock, plugins, workflows: [code, worker], socket: false });
      if (index === 0) await virtual.engine.start(code, null);
      await virtual.engine.idle();
      for (let fired = 0; fired < count && clock.fireNext(); fired += 1) await virtual.engine.idle();
      await virtual.engine.close();
      all.ended.push(...ended);
    }
    expect(all.problems()).toEqual([]);
    return all;
  }

  it("makes no span twice, and hangs new ones below those of other processes", async () => {
    const [whole, parted] = [await lives(9), await lives(0, 2, 9)];
    expect(parted.facts()).toEqual(whole.facts());
    expect(parted.named("slow").attributes).toMatchObject({ "treeline.execution.status": "SUCCEEDED" });
    expect(parted.ended.filter(({ name }) => name === "slow invocation")).toHaveLength(3);
  });

  it("by a crash makes no operation twice that was durable, and an attempt anew", async () => {
    const traces = new Traces();
    let runs = 0;
    const stuck = workflow({ name: "stuck" }, async (ctx: WorkflowContext) => {
      await ctx.step("before", () => 1);
      await ctx.wait("pause", 1_000);
      return ctx.step("hangs", async () => {
        runs += 1;
        if (runs === 1) await new Promise(() => undefined);
      });
    });
    await using engine = await createTestEngine({ workflows: [stuck], plugins: traces.plugins });
    await engine.client.start(stuck, undefined);
    engine.clock.moveTo(engine.clock.now() + 1_000);
    while (runs === 0) {
      engine.clock.fireNext();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await engine.crash();
    await engine.settle();
    expect(runs).toBe(2);
    expect(traces.tree()).toEqual([
      "stuck SUCCEEDED",
      "  step before SUCCEEDED",
      "    step before attempt 1 SUCCEEDED",
      "  wait pause SUCCEEDED",
      "  step hangs SUCCEEDED",
      expect.stringContaining("    step hangs attempt 1"),
      "    step hangs attempt 1 SUCCEEDED",
    ]);
    expect(traces.problems()).toEqual([]);
  });
});

describe("generations", () => {
  it("hang below the first, linked to the one before: continue-as-new", async () => {
    const counting = async (ctx: WorkflowContext, input: any): Promise<unknown> => {
      const n = typeof input === "number" ? input : 1;
      await ctx.step(`count ${n}`, () => n);
      return n < 3 ? ctx.continueAsNew(n + 1) : n;
    };
    const traces = await play(counting);
    expect(traces.tree().filter((line) => line.includes("w "))).toEqual([
      "w CONTINUED_AS_NEW",
      "  w CONTINUED_AS_NEW",
      "  w SUCCEEDED",
    ]);
    const spans = traces.ended.filter(({ name }) => name === "w");
    expect(spans.map(idOf)).toEqual([1, 2, 3].map((generation) => executionSpanId(ROOT, generation)));
    expect(spans.map(linksOf)).toEqual([[], [executionSpanId(ROOT, 1)], [executionSpanId(ROOT, 2)]]);
  });

  it("say why they failed when they are retried", async () => {
    const traces = await play(async (ctx: WorkflowContext) =>
      ctx.execute(flaky, null, { retry: { maxAttempts: 2, initialDelay: 1 } }),
    );
    const [first, second] = traces.ended.filter(({ name }) => name === "flaky");
    expect(first?.events).toMatchObject([{ name: "exception", attributes: { "exception.message": "not yet" } }]);
    expect(second?.events).toEqual([]);
  });

  it("end what was open in the one before", async () => {
    const leaving = async (ctx: WorkflowContext, input: any): Promise<unknown> => {
      if (input === 2) return "done";
      void ctx.execute(worker, "left", { parentClosePolicy: "abandon" });
      await ctx.wait("a moment", 10);
      return ctx.continueAsNew(2);
    };
    const traces = await play(leaving);
    expect(traces.named("child worker").attributes).toMatchObject({ "treeline.operation.status": "DROPPED" });
    expect(traces.isAttached(traces.named("worker"), traces.named("child worker"))).toBe(true);
  });
});

describe("what is said", () => {
  it("are names and ids", async () => {
    const traces = await play(async (ctx: WorkflowContext) => ctx.execute(worker, "x"));
    expect(traces.named("worker").attributes).toEqual({
      "treeline.execution.id": expect.stringContaining(`${ROOT}-`),
      "treeline.root.id": ROOT,
      "treeline.parent.id": ROOT,
      "treeline.parent.operation": "/CHILD:worker#1",
      "treeline.workflow.name": "worker",
      "treeline.workflow.version": "1",
      "treeline.execution.path": "w/worker",
      "treeline.execution.depth": 1,
      "treeline.execution.generation": 1,
      "treeline.execution.status": "SUCCEEDED",
    });
    expect(traces.named("step work").attributes).toEqual({
      "treeline.execution.id": expect.stringContaining(`${ROOT}-`),
      "treeline.root.id": ROOT,
      "treeline.workflow.name": "worker",
      "treeline.operation.key": "/STEP:work#1",
      "treeline.operation.kind": "STEP",
      "treeline.operation.name": "work",
      "treeline.operation.status": "SUCCEEDED",
      "treeline.operation.attempts": 1,
    });
    expect(traces.named("step work attempt 1").attributes).toMatchObject({
      "treeline.operation.key": "/STEP:work#1",
      "treeline.attempt.number": 1,
      "treeline.attempt.outcome": "SUCCEEDED",
    });
  });

  it("are failures, as exceptions, on all levels; payloads nowhere", async () => {
    const traces = await play(async (ctx: WorkflowContext) => ctx.execute(failing, { secret: "SECRET" }));
    for (const name of ["w", "child failing", "failing", "step fails", "step fails attempt 1"]) {
      const span = traces.named(name);
      expect(span.status).toMatchObject({ code: SpanStatusCode.ERROR, message: expect.stringContaining("no money") });
      expect(span.events).toMatchObject([
        { name: "exception", attributes: { "exception.stacktrace": expect.any(String) } },
      ]);
    }
    expect(traces.named("step fails attempt 1").attributes).toMatchObject({ "error.type": "NoMoney" });
    const said = traces.ended.map(({ name, attributes, events, status }) => [name, attributes, events, status]);
    expect(JSON.stringify(said)).not.toContain("SECRET");
  });

  it("is no error where it was cancelled, or nobody waited any more", async () => {
    const traces = await play(async (ctx: WorkflowContext) =>
      ctx
        .parallel("race", [async (b) => b.wait("short", 1), async (b) => b.wait("long", 9)], {
          completion: { minSuccessful: 1 },
        })
        .then(() => 1),
    );
    expect(traces.named("wait long").status).toEqual({ code: SpanStatusCode.UNSET });
    expect(traces.named("wait short").status).toEqual({ code: SpanStatusCode.OK });
  });

  it("are links: from a wait for another execution to it", async () => {
    const traces = await play(async (ctx: WorkflowContext) => (await ctx.start(worker, "x")).result());
    expect(linksOf(traces.named("attach worker"))).toContain(idOf(traces.named("worker")));
  });

  it("is told of what is ended before its code has begun, too", async () => {
    const traces = new Traces();
    const virtual = await openVirtual({ plugins: traces.plugins });
    const handle = await virtual.engine.start(endless, null, { startDelay: { hours: 1 } });
    await handle.stop("not needed");
    await virtual.settle();
    expect(traces.tree()).toEqual(["endless STOPPED"]);
    expect(traces.named("endless").status.code).toBe(SpanStatusCode.ERROR);
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
