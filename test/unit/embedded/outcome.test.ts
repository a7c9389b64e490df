/** D12: how an execution ended, with its final state and usage whatever the status, and whoever ended it. */
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { createIds } from "../../../lib/homes/real-ids.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";
import { temporaryFile } from "./store-fixtures.ts";

const worker = workflow({ name: "worker" }, async (ctx) => {
  ctx.state.set("done", "a part");
  await ctx.step("work", () => 1);
  await ctx.waitForSignal("never");
});

describe("D12: an execution that ends without its code has its state and usage at the end", () => {
  it("when it is stopped before it began", async () => {
    const { engine } = await openVirtual({ workflows: [worker] });
    const handle = await engine.start(worker, null, { startDelay: "1h", state: { given: new Date(5) } });
    await handle.stop();
    const usage = { operations: 0, attempts: 0, children: 0, bytes: 0 };
    expect(await handle.outcome()).toMatchObject({ status: "STOPPED", state: { given: new Date(5) }, usage });
  });

  it("when it is cancelled before it began, and its parent hears of it", async () => {
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const child = await ctx.start(worker, null, { startDelay: "2h", state: { given: 1 } });
      await child.cancel();
      const { status, state } = await child.outcome();
      return [status, state];
    });
    const { play } = await openVirtual({ workflows: [parent, worker] });
    const { result } = await play(parent);
    expect(await result()).toEqual(["CANCELLED", { given: 1 }]);
  });

  it("when its workflow is not loaded any more", async () => {
    const file = temporaryFile();
    const ids = createIds(() => Date.now());
    const first = await openVirtual({ workflows: [worker], file, socket: false, ids });
    const { executionId } = await first.engine.start(worker, null);
    await first.engine.idle();
    const { state, usage } = await first.engine.get(executionId);
    await first.engine.close();
    const { engine } = await openVirtual({ file, socket: false, ids });
    onTestFinished(() => engine.close());
    await engine.stop(executionId);
    expect(await (await engine.execution(executionId)).outcome()).toMatchObject({ status: "STOPPED", state, usage });
    expect([state, usage.attempts]).toEqual([{ done: "a part" }, 1]);
  });
});

describe("D12: the outcome of an execution that somebody else started, under an id that was taken", () => {
  const answer = workflow({ name: "answer" }, async (ctx) => {
    ctx.state.set("asked", true);
    return ctx.waitForSignal("go");
  });
  const asks = workflow({ name: "asks" }, async (ctx) => {
    const handle = await ctx.start(answer, null, { id: "mine", idConflict: "use_existing" });
    await ctx.wait(1_000);
    const { status, output, state } = await handle.outcome();
    return { of: handle.executionId, status, output, state };
  });

  it.each(["lru", "always"] as const)("is that execution's, live and replayed (%s)", async (eviction) => {
    const { engine, settle } = await openVirtual({ workflows: [asks, answer], eviction });
    const { executionId: of } = await engine.start(answer, null, { id: "mine" });
    const handles = [await engine.start(asks, null), await engine.start(asks, null)];
    await settle();
    await engine.signal("mine", "go", 7);
    await settle();
    const outcome = { of, status: "SUCCEEDED", output: 7, state: { asked: true } };
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual([outcome, outcome]);
    expect((await engine.list({ workflow: "answer" })).executions).toHaveLength(1);
  });
});
