/** fault:B3: a wait for an execution keeps to the one that it found, whoever has the public id later. */
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { VirtualClock } from "../../helpers/virtual-clock.ts";
import { temporaryFile } from "./store-fixtures.ts";

const tagged = workflow({ name: "tagged" }, async (ctx, tag: string) => {
  await ctx.waitForSignal("go");
  return tag;
});

const waits: readonly [how: string, parent: Workflow<any, any>][] = [
  ["attach", workflow({ name: "parent" }, (ctx) => ctx.attach("X").result())],
  ["attach, for its outcome", workflow({ name: "parent" }, async (ctx) => (await ctx.attach("X").outcome()).output)],
  [
    "a child that is waited for, with use_existing",
    workflow({ name: "parent" }, (ctx) => ctx.execute(tagged, "own", { id: "X", idConflict: "use_existing" })),
  ],
  [
    "the handle of a child that was started with use_existing",
    workflow({ name: "parent" }, async (ctx) => {
      const handle = await ctx.start(tagged, "own", { id: "X", idConflict: "use_existing" });
      await ctx.wait("1m");
      return handle.result();
    }),
  ],
];

describe("fault:B3 the execution that a wait found", () => {
  it.each(waits)("stays the same over a restart: %s", async (_how, parent) => {
    const file = temporaryFile();
    const clock = new VirtualClock();
    const open = async (workflows: readonly Workflow<any, any>[]): ReturnType<typeof openEngine> => {
      const engine = await openEngine({ file, workflows, clock, socket: false, log: () => {} });
      onTestFinished(() => engine.close());
      await engine.idle();
      return engine;
    };
    const first = await open([tagged, parent]);
    await first.start(tagged, "first", { id: "X" });
    const { executionId } = await first.start(parent, undefined);
    await first.idle();
    await first.close();

    const without = await open([tagged]);
    await without.signal("X", "go");
    await without.idle();
    await without.start(tagged, "second", { id: "X" });
    await without.close();

    const second = await open([tagged, parent]);
    do await second.idle();
    while (clock.fireNext());
    await second.signal("X", "go");
    await second.idle();
    expect(await second.get(executionId)).toMatchObject({ status: "SUCCEEDED", output: "first" });
  });

  it("is what `pending` shows", async () => {
    const [, parent] = waits[0] ?? [];
    if (parent === undefined) throw new Error("there is no such wait");
    const engine = await openEngine({ file: ":memory:", workflows: [tagged, parent] });
    onTestFinished(() => engine.close());
    const target = await engine.start(tagged, "first", { id: "X" });
    const { executionId } = await engine.start(parent, undefined);
    await engine.idle();
    expect(await engine.pending(executionId)).toMatchObject([{ kind: "ATTACH", childId: target.executionId }]);
  });
});
