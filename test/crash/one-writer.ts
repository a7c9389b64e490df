/**
 * Two engines and one file (K1): at any time one of them writes, and one that has let go of the file, or lost it,
 * writes nothing any more, whatever still runs in it.
 */
import assert from "node:assert/strict";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import type { AbandonableEngine } from "../../lib/homes/embedded/engine.ts";
import type { Entry } from "../../lib/kernel/journal.ts";
import { units } from "../conformance/scenario.ts";
import { playsOn } from "./play.ts";
import { rest, type Stage } from "./stage.ts";

/** A step that ends when it is told to, and tells how often it began. */
class Gate {
  begun = 0;
  open: () => void = () => undefined;
  readonly step = async (): Promise<number> => {
    this.begun += 1;
    const nth = this.begun;
    await new Promise<void>((resolve) => {
      this.open = resolve;
    });
    return nth;
  };
}

function count(journal: readonly Entry[], wanted: (entry: Entry) => boolean): number {
  return journal.filter(wanted).length;
}

async function isRefusedWhileAnotherOwnsIt(stage: Stage): Promise<void> {
  const root = workflow({ name: "one-writer.waits" }, async (ctx) => {
    await ctx.wait(units(1));
    return ctx.step("last", () => "done");
  });
  const first = await stage.open([root]);
  const { executionId } = await first.start(root, null);
  await first.idle();
  await assert.rejects(stage.open([root]), { code: "store_locked" });
  await stage.settle(first);
  assert.deepEqual((await first.get(executionId)).output, "done");
  await first.close();
  const second = await stage.open([root]);
  await stage.settle(second);
  const journal = await second.journal(executionId);
  assert.equal(
    count(journal, ({ t }) => t === "ok"),
    2,
  );
  assert.equal(journal.at(-1)?.t, "fin");
}

async function isSilentOnceClosed(stage: Stage, leave: (engine: AbandonableEngine) => Promise<void>): Promise<void> {
  const gate = new Gate();
  const root = workflow({ name: "one-writer.works" }, async (ctx) => {
    const wait = ctx.wait(units(1));
    const nth = await ctx.step("gate", gate.step);
    await wait;
    return nth;
  });
  const first = await stage.open([root]);
  const { executionId } = await first.start(root, null);
  while (gate.begun < 1) await rest();
  await leave(first);
  const late = gate.open;
  const second = await stage.open([root]);
  while (gate.begun < 2) await rest();
  const before = (await second.journal(executionId)).length;
  // The body that the first engine began ends now; nobody hears of it.
  late();
  await rest();
  assert.equal((await second.journal(executionId)).length, before);
  gate.open();
  await stage.settle(second);
  const { status, output } = await second.get(executionId);
  assert.deepEqual({ status, output }, { status: "SUCCEEDED", output: 2 });
  const journal = await second.journal(executionId);
  assert.equal(
    count(journal, ({ t }) => t === "ok"),
    2,
  );
  assert.equal(
    count(journal, ({ t }) => t === "fin"),
    1,
  );
  assert.deepEqual(stage.complaints, []);
}

/** What a closed engine had set must not go off while another has the file. */
async function hasNoTimersOnceClosed(stage: Stage): Promise<void> {
  const root = workflow({ name: "one-writer.timer" }, async (ctx) => {
    await ctx.wait(units(1));
    return "woken";
  });
  const first = await stage.open([root]);
  const { executionId } = await first.start(root, null);
  await first.idle();
  await first.close();
  assert.equal(stage.clock.next(), undefined);
  stage.clock.moveTo(stage.clock.now() + units(2));
  const second = await stage.open([root]);
  await stage.settle(second);
  assert.equal((await second.get(executionId)).output, "woken");
  assert.equal(
    count(await second.journal(executionId), ({ t }) => t === "ok"),
    1,
  );
}

/** What is appended stands behind what was there, over all engines that had the file. */
async function appendsBehindWhatIsThere(stage: Stage): Promise<void> {
  const root = workflow({ name: "one-writer.signals" }, async (ctx) => {
    const seen: unknown[] = [];
    while (seen.length < 4) seen.push(await ctx.waitForSignal("item"));
    return seen;
  });
  let engine = await stage.open([root]);
  const { executionId } = await engine.start(root, null);
  let known: readonly Entry[] = [];
  for (let n = 1; n <= 4; n += 1) {
    await engine.signal(executionId, "item", n, { signalId: `item-${n}` });
    await engine.idle();
    const journal = await engine.journal(executionId);
    assert.deepEqual(journal.slice(0, known.length), known);
    known = journal;
    await engine.close();
    engine = await stage.open([root]);
    await engine.idle();
  }
  assert.deepEqual((await engine.get(executionId)).output, [1, 2, 3, 4]);
}

export const plays = playsOn(
  ["K1"],
  [
    {
      id: "K1-locked",
      title: "a second engine is refused as long as the first has the file",
      act: isRefusedWhileAnotherOwnsIt,
    },
    {
      id: "K1-closed",
      title: "a step that ends behind the close of its engine leaves nothing in the file that another has now",
      act: (stage) => isSilentOnceClosed(stage, (engine) => engine.close()),
    },
    {
      id: "K1-abandoned",
      title: "nor does one whose engine died",
      act: (stage) => isSilentOnceClosed(stage, async (engine) => engine.abandon()),
    },
    { id: "K1-timers", title: "a closed engine leaves no timer behind", act: hasNoTimersOnceClosed },
    {
      id: "K1-append",
      title: "every engine appends behind what the ones before it wrote",
      act: appendsBehindWhatIsThere,
    },
  ],
);
