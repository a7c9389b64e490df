/**
 * Code that changes under executions that are open (D33): an execution that the loaded code does not fit is kept, shown
 * as blocked, and goes on with code that fits. Each engine of a play loads other code over the same file.
 */
import assert from "node:assert/strict";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import type { AbandonableEngine } from "../../lib/homes/embedded/engine.ts";
import type { WorkflowContext } from "../../lib/kernel/context.ts";
import type { Workflow, WorkflowOptions } from "../../lib/kernel/definition.ts";
import type { EventType } from "../../lib/ports/client.ts";
import { type Act, type Play, playsOn } from "./play.ts";
import type { Stage } from "./stage.ts";

/** `order` in one version: its step has a name, and so may be changed. */
function order(version: string, step: string, more: Partial<WorkflowOptions> = {}): Workflow<unknown, string> {
  return workflow({ name: "order", version, ...more }, async (ctx) => {
    await ctx.step(step, () => 1);
    await ctx.waitForSignal("go");
    return `${step} in code ${version}`;
  });
}

const buyer = (child: Workflow<unknown, string>): Workflow<unknown, string> =>
  workflow({ name: "buyer" }, async (ctx) => `bought: ${await ctx.execute(child, null)}`);

/** Opens other code over the file, and brings what is open into memory with it. */
async function reopen(
  stage: Stage,
  before: AbandonableEngine,
  workflows: readonly Workflow<any, any>[],
  options?: Parameters<Stage["open"]>[1],
): Promise<AbandonableEngine> {
  await before.close();
  const engine = await stage.open(workflows, options);
  await stage.settle(engine);
  return engine;
}

async function begun(stage: Stage, workflows: readonly Workflow<any, any>[], name = "order") {
  const engine = await stage.open(workflows);
  const { executionId } = await engine.start(name, null);
  await stage.settle(engine);
  return { engine, id: executionId };
}

async function eventsOf(engine: AbandonableEngine, id: string, types: readonly EventType[]): Promise<EventType[]> {
  const found: EventType[] = [];
  for await (const { type } of engine.events(id, { types })) found.push(type);
  return found;
}

async function sent(stage: Stage, engine: AbandonableEngine, id: string): Promise<void> {
  await engine.signal(id, "go");
  await stage.settle(engine);
}

const acts: readonly Act[] = [
  {
    id: "fault:A2-changed",
    title: "a journal that does not fit is blocked, shown everywhere, and goes on with code that fits",
    act: async (stage) => {
      const { engine: first, id } = await begun(stage, [order("1", "pay")]);
      let engine = await reopen(stage, first, [order("1", "bill")]);
      await sent(stage, engine, id);
      const { status, blocked, waits } = await engine.get(id);
      assert.equal(status, "WAITING");
      assert.equal(blocked?.reason, "code_changed");
      assert.match(blocked.difference, /the record has \/STEP:pay#1, the code asks for \/STEP:bill#1/);
      assert.match(blocked.difference, /version 1 /);
      assert.deepEqual(waits.map(({ kind }) => kind).toSorted(), ["CODE", "RECEIVE"]);
      assert.deepEqual((await engine.list({ blocked: true })).executions, [(await engine.tree(id)).execution]);
      assert.deepEqual((await engine.list({ blocked: false })).executions, []);
      assert.equal((await engine.pending(id))[0]?.blocked?.reason, "code_changed");
      assert.deepEqual(await eventsOf(engine, id, ["execution.blocked"]), ["execution.blocked"]);

      const { since } = blocked;
      stage.clock.moveTo(stage.clock.now() + 60_000);
      engine = await reopen(stage, engine, [order("1", "bill")]);
      assert.equal((await engine.get(id)).blocked?.since, since);
      assert.deepEqual(await eventsOf(engine, id, ["execution.blocked"]), ["execution.blocked"]);

      engine = await reopen(stage, engine, [order("1", "pay")]);
      const end = await engine.get(id);
      assert.deepEqual([end.status, end.output, end.blocked], ["SUCCEEDED", "pay in code 1", undefined]);
      assert.deepEqual(await eventsOf(engine, id, ["execution.code_changed"]), ["execution.code_changed"]);
    },
  },
  {
    id: "fault:A2-version",
    title: "a version that is not loaded is never replaced by another; registering the version brings it back",
    act: async (stage) => {
      const { engine: first, id } = await begun(stage, [order("1", "pay")]);
      const engine = await reopen(stage, first, [order("2", "pay")]);
      await sent(stage, engine, id);
      const { status, blocked } = await engine.get(id);
      assert.deepEqual([status, blocked?.reason], ["WAITING", "version_not_loaded"]);
      assert.match(blocked?.difference ?? "", /version 1 of workflow order is not loaded here.*Loaded: 2\./);
      engine.register([order("1", "pay")]);
      await stage.settle(engine);
      assert.equal((await engine.get(id)).output, "pay in code 1");
    },
  },
  {
    id: "fault:A2-compatible",
    title: "a later version goes on with the executions of the versions that it names, and no others",
    act: async (stage) => {
      const first = await begun(stage, [order("1", "pay"), order("2", "pay")]);
      const { executionId: second } = await first.engine.start(order("1", "pay"), null);
      await stage.settle(first.engine);
      const engine = await reopen(stage, first.engine, [order("3", "pay", { compatibleWith: ["1"] })]);
      for (const id of [first.id, second]) await sent(stage, engine, id);
      const [newer, older] = [await engine.get(first.id), await engine.get(second)];
      assert.deepEqual([older.version, older.output], ["1", "pay in code 3"]);
      assert.deepEqual([newer.version, newer.blocked?.reason], ["2", "version_not_loaded"]);
    },
  },
  {
    id: "fault:A2-introduced",
    title: "a workflow that is handed over as an object wakes exactly the executions that wait for it",
    act: async (stage) => {
      const { engine: first, id } = await begun(stage, [order("1", "pay")]);
      const engine = await reopen(stage, first, []);
      assert.equal((await engine.get(id)).blocked?.reason, "workflow_not_loaded");
      await engine.start(order("2", "pay"), null);
      await stage.settle(engine);
      assert.equal((await engine.get(id)).blocked?.reason, "version_not_loaded");
      await engine.start(order("1", "pay"), null);
      await sent(stage, engine, id);
      assert.equal((await engine.get(id)).output, "pay in code 1");
    },
  },
  {
    id: "fault:A2-parent",
    title: "a blocked child does not fail its parent, and ends for it when code fits",
    act: async (stage) => {
      const { engine: first, id } = await begun(stage, [buyer(order("1", "pay")), order("1", "pay")], "buyer");
      let engine = await reopen(stage, first, [buyer(order("1", "bill")), order("1", "bill")]);
      const child = (await engine.tree(id)).children[0]?.execution.id ?? "";
      await sent(stage, engine, child);
      assert.equal((await engine.get(child)).blocked?.reason, "code_changed");
      assert.deepEqual([(await engine.get(id)).status, (await engine.get(id)).blocked], ["WAITING", undefined]);
      engine = await reopen(stage, engine, [buyer(order("1", "pay")), order("1", "pay")]);
      assert.equal((await engine.get(id)).output, "bought: pay in code 1");
    },
  },
  {
    id: "fault:A2-stopped",
    title: "stop and the execution's own timeout end a blocked execution",
    act: async (stage) => {
      const timed = (step: string) => order("1", step, { executionTimeout: "1h" });
      const { engine: first, id } = await begun(stage, [order("1", "pay")]);
      let engine = await reopen(stage, first, [order("1", "bill")]);
      await sent(stage, engine, id);
      await engine.stop(id, "no such code any more");
      assert.equal((await engine.get(id)).status, "STOPPED");
      await engine.close();

      engine = await stage.open([timed("pay")]);
      const { executionId } = await engine.start("order", null);
      await engine.idle();
      await engine.close();
      engine = await stage.open([timed("bill")]);
      await engine.signal(executionId, "go");
      await engine.idle();
      assert.equal((await engine.get(executionId)).blocked?.reason, "code_changed");
      await stage.settle(engine);
      assert.equal((await engine.get(executionId)).status, "TIMED_OUT");
    },
  },
  {
    id: "fault:A2-cancelled",
    title: "a cancel of a blocked execution is recorded, and obeyed when code fits",
    act: async (stage) => {
      const careful = (step: string) =>
        workflow({ name: "careful" }, async (ctx) => {
          await ctx.step(step, () => 1);
          try {
            await ctx.waitForSignal("go");
          } catch (error) {
            await ctx.nonCancellable((c) => c.step("refund", (s) => s.setState("refunded", true)));
            throw error;
          }
        });
      const { engine: first, id } = await begun(stage, [careful("pay")], "careful");
      let engine = await reopen(stage, first, [careful("bill")]);
      await engine.cancel(id, "too late");
      await stage.settle(engine);
      assert.equal((await engine.get(id)).blocked?.reason, "code_changed");
      engine = await reopen(stage, engine, [careful("bill")]);
      assert.equal((await engine.get(id)).status, "WAITING");
      engine = await reopen(stage, engine, [careful("pay")]);
      const { status, state } = await engine.get(id);
      assert.deepEqual([status, state], ["CANCELLED", { refunded: true }]);
    },
  },
  {
    id: "fault:A2-callback",
    title: "a callback of a blocked execution is kept, and delivered when code fits",
    act: async (stage) => {
      const asks = (step: string) =>
        workflow({ name: "asks" }, async (ctx: WorkflowContext) => {
          await ctx.step(step, () => 1);
          return ctx.createCallback("decision")[0];
        });
      const { engine: first, id } = await begun(stage, [asks("pay")], "asks");
      const { callbackId = "" } = (await first.pending(id))[0] ?? {};
      let engine = await reopen(stage, first, [asks("bill")]);
      await engine.callbacks.succeed(callbackId, "yes");
      await stage.settle(engine);
      assert.equal((await engine.get(id)).blocked?.reason, "code_changed");
      await assert.rejects(engine.callbacks.succeed(`${callbackId}x`, "yes"), { code: "callback_not_found" });
      engine = await reopen(stage, engine, [asks("pay")]);
      assert.equal((await engine.get(id)).output, "yes");
    },
  },
  {
    id: "fault:A2-untouched",
    title: "code that does not fit leaves nothing in the journal but the entry that tells so",
    act: async (stage) => {
      // The inserted step stands behind the last delivery, where insertions are allowed; the receive is missing.
      const inserted = workflow({ name: "order" }, async (ctx) => {
        await ctx.step("pay", () => 1);
        void ctx.step("inserted", () => 2);
        await ctx.wait("1h");
      });
      const { engine: first, id } = await begun(stage, [order("1", "pay")]);
      const before = await first.journal(id);
      let engine = await reopen(stage, first, [inserted]);
      await sent(stage, engine, id);
      const after = await engine.journal(id);
      assert.deepEqual(after.slice(0, before.length), before);
      assert.deepEqual(
        after.slice(before.length).map(({ t }) => t),
        ["blocked"],
      );
      engine = await reopen(stage, engine, [order("1", "pay")]);
      assert.equal((await engine.get(id)).output, "pay in code 1");
    },
  },
  {
    id: "fault:A2-fail",
    title: "an engine may fail such an execution instead",
    act: async (stage) => {
      const { engine: first, id } = await begun(stage, [order("1", "pay")]);
      const engine = await reopen(stage, first, [order("1", "bill")], { onCodeMismatch: "fail" });
      await engine.signal(id, "go").catch(() => undefined);
      await stage.settle(engine);
      assert.equal((await engine.get(id)).error?.code, "non_deterministic");
    },
  },
  {
    id: "fault:A2-pending",
    title: "an execution whose code never began, and one between two attempts, keep their time while blocked",
    act: async (stage) => {
      const started = await stage.open([order("1", "pay")]);
      const { executionId: id } = await started.start("order", null, { startDelay: "1h" });
      await started.idle();
      await started.close();
      let engine = await stage.open([order("2", "pay")]);
      await engine.idle();
      assert.equal((await engine.get(id)).blocked?.reason, "version_not_loaded");
      await engine.close();
      engine = await stage.open([order("1", "pay")]);
      await engine.idle();
      assert.equal((await engine.get(id)).status, "PENDING");
      await stage.settle(engine);
      await sent(stage, engine, id);
      assert.equal((await engine.get(id)).status, "SUCCEEDED");
    },
  },
];

export const plays: readonly Play[] = playsOn(["K4"], acts);
