/** What one execution's code must not do to the others, to the engine, or to the process (issue 8, isolation). */
import assert from "node:assert/strict";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import { DeterminismGuard } from "../../lib/homes/embedded/determinism-guard.ts";
import { createTestEngine } from "../../lib/testing/test-engine.ts";
import { playsOn } from "./play.ts";
import type { Stage } from "./stage.ts";

const child = workflow({ name: "isolation.child" }, () => 1);
const loop = workflow({ name: "isolation.loop" }, async (ctx, n: number) => {
  for (let i = 0; i < n; i += 1) await ctx.execute(child, undefined);
  return "done";
});
const other = workflow({ name: "isolation.other" }, async (ctx) => {
  await ctx.step("first", () => 1);
  return ctx.step("second", () => 2);
});

async function othersRun(stage: Stage): Promise<void> {
  const engine = await stage.open([child, loop, other]);
  const ends: string[] = [];
  const looping = engine.execute(loop, 2_000).then(() => ends.push("loop"));
  await engine.execute(other, undefined).then(() => ends.push("other"));
  await looping;
  assert.deepEqual(ends, ["other", "loop"]);
}

async function isStartedAndStopped(stage: Stage): Promise<void> {
  const endless = workflow({ name: "isolation.endless" }, async (ctx) => {
    for (;;) await ctx.execute(child, undefined);
  });
  const engine = await stage.open([child, endless]);
  const handle = await engine.start(endless, undefined);
  await handle.stop();
  assert.equal((await handle.outcome()).status, "STOPPED");
}

async function takesOneCommit(stage: Stage): Promise<void> {
  const engine = await stage.open([child, loop]);
  const before = engine.commits;
  await engine.execute(loop, 300);
  assert.equal(engine.commits - before, 1);
}

async function putsBackWhatItFound(): Promise<void> {
  const { Date: real } = globalThis;
  class Fake extends real {}
  const guard = (): DeterminismGuard => new DeterminismGuard("warn", () => undefined);
  globalThis.Date = Fake as DateConstructor;
  const first = guard();
  first.close();
  assert.equal(globalThis.Date, Fake);
  const second = guard();
  globalThis.Date = real;
  second.close();
  assert.equal(globalThis.Date, real);
}

async function ownCallsAreNotTheWorkflows(): Promise<void> {
  await using kit = await createTestEngine({ workflows: [child, loop] });
  assert.equal(await (await kit.run(loop, 200)).result(), "done");
}

async function theSinkIsNotTheWorkflow(): Promise<void> {
  const talks = workflow({ name: "isolation.talks" }, (ctx) => {
    ctx.logger.info("line");
    return "done";
  });
  const times: number[] = [];
  await using kit = await createTestEngine({ workflows: [talks], log: () => void times.push(Date.now()) });
  assert.equal(await (await kit.run(talks, undefined)).result(), "done");
  assert.equal(times.length, 1);
}

export const plays = playsOn(
  ["fault:A3", "fault:A7", "fault:A8"],
  [
    { id: "A3-others", title: "a loop without end lets the others run", act: othersRun },
    { id: "A3-alone", title: "a loop without end is started, and can be stopped", act: isStartedAndStopped },
    { id: "A3-commit", title: "a loop takes one commit while nobody else waits", act: takesOneCommit },
    { id: "A7-globals", title: "a guard puts back what it found, where it still is its own", act: putsBackWhatItFound },
    { id: "A8-sink", title: "the sink of the log may look at the clock", act: theSinkIsNotTheWorkflow },
    {
      id: "A8-rounds",
      title: "what the engine does for workflow code is not the workflow's",
      act: ownCallsAreNotTheWorkflows,
    },
  ],
);
