import { expect, test } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine } from "../../../lib/homes/embedded/engine.ts";

test("who follows the events of an open execution hears the end when the engine closes", async () => {
  const waits = workflow({ name: "waits" }, (ctx) => ctx.waitForSignal("never"));
  const engine = await openEngine({ file: ":memory:", workflows: [waits] });
  const { executionId } = await engine.start(waits, undefined);
  const types: string[] = [];
  const followed = (async () => {
    for await (const { type } of engine.events(executionId, { follow: true })) types.push(type);
  })();
  await engine.idle();
  await engine.close();
  await followed;
  expect(types).toEqual(["execution.started", "operation.started"]);
});
