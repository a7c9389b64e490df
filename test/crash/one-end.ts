/** Ends that come at a bad moment: in the middle of a replay, twice at once, of an execution whose code is not there. */
import assert from "node:assert/strict";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import { parseKey } from "../../lib/kernel/keys.ts";
import { units } from "../conformance/scenario.ts";
import { playsOn } from "./play.ts";
import type { Stage } from "./stage.ts";

/** Ticks from the load of the journal to the end of its replay, with some to spare. */
const TICKS = 40;

/** Every delivery of a replay has a tick of its own: a stop may come in any of them. */
async function stopsWhileItReplays(stage: Stage): Promise<void> {
  const child = workflow({ name: "replaying.child" }, (ctx) => ctx.waitForSignal("never"));
  const root = workflow({ name: "replaying.root" }, async (ctx) => {
    for (let n = 0; n < 5; n += 1) await ctx.wait(n);
    await ctx.start(child, null, { name: "late", parentClosePolicy: "terminate" });
    return ctx.waitForSignal("never");
  });
  const engine = await stage.open([root, child], { eviction: "always" });
  for (let ticks = 0; ticks < TICKS; ticks += 1) {
    const { executionId } = await engine.start(root, null);
    await stage.settle(engine);
    const waking = engine.signal(executionId, "other", null).catch(() => undefined);
    for (let n = 0; n < ticks; n += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
    await Promise.all([waking, engine.stop(executionId)]);
    await stage.settle(engine);
    const { execution, children } = await engine.tree(executionId);
    const ends = [execution.status, ...children.map((each) => each.execution.status)];
    assert.deepEqual(ends, ["STOPPED", "STOPPED"], `stopped ${ticks} ticks behind its wake`);
  }
}

/** It cannot be brought into memory, so its journal is read to end it: others may do the same in the meantime. */
async function endsOnceWithoutItsCode(stage: Stage): Promise<void> {
  const root = workflow({ name: "codeless.root" }, async (ctx) => {
    await ctx.wait(units(1));
    return ctx.waitForSignal("never");
  });
  const first = await stage.open([root]);
  const { executionId } = await first.start(root, null);
  await stage.settle(first);
  await first.close();
  const second = await stage.open([]);
  await Promise.all([second.stop(executionId, "one"), second.stop(executionId, "two"), second.stop(executionId)]);
  await stage.settle(second);
  const journal = await second.journal(executionId);
  assert.equal(journal.filter(({ t }) => t === "fin").length, 1);
  assert.equal(journal.at(-1)?.t, "fin");
  assert.equal((await second.get(executionId)).status, "STOPPED");
  assert.deepEqual(stage.complaints, []);
}

/** Its journal tells what became of whom: the close policies are applied although nobody can replay it. */
async function appliesPoliciesWithoutItsCode(stage: Stage): Promise<void> {
  const child = workflow({ name: "codeless.child" }, (ctx) => ctx.waitForSignal("go"));
  const policies = ["terminate", "request_cancel", "abandon"] as const;
  const root = workflow({ name: "codeless.parent" }, async (ctx) => {
    for (const parentClosePolicy of policies)
      await ctx.start(child, null, { name: parentClosePolicy, parentClosePolicy });
    return ctx.waitForSignal("never");
  });
  const first = await stage.open([root, child]);
  const { executionId } = await first.start(root, null);
  await stage.settle(first);
  await first.close();
  const second = await stage.open([child]);
  await second.stop(executionId);
  await stage.settle(second);
  const { children } = await second.tree(executionId);
  const ends = Object.fromEntries(
    children.map(({ execution }) => [parseKey(execution.parentOperation ?? "").name, execution.status]),
  );
  assert.deepEqual(ends, { terminate: "STOPPED", request_cancel: "CANCELLED", abandon: "WAITING" });
}

export const plays = playsOn(
  ["K8", "K10"],
  [
    {
      id: "K10-replaying",
      title: "a stop in the middle of a replay reaches the children that have not been replayed yet",
      act: stopsWhileItReplays,
    },
    {
      id: "K8-codeless",
      title: "three stops at once of an execution whose workflow is not loaded are one end",
      act: endsOnceWithoutItsCode,
    },
    {
      id: "K10-codeless",
      title: "its close policies are applied all the same, and leave abandoned children alone",
      act: appliesPoliciesWithoutItsCode,
    },
  ],
);
