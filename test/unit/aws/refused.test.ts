/** An execution that is not run any more fails, and its end is one like every other: close policies apply (K10). */
import { expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const waits = workflow({ name: "refused.waits" }, (ctx) => ctx.waitForSignal("end"));
const parent = workflow({ name: "refused.parent" }, (ctx) => ctx.execute(waits, undefined));

it("K10: what fails without progress takes its children with it", async () => {
  const cloud = new MemoryCloud({ workflows: [waits, parent], settings: { lingerMs: 0 }, limits: { idleWakes: 2 } });
  const { executionId: id } = await cloud.client.start(parent, undefined);
  await cloud.idle();
  for (let wake = 0; wake < 4; wake += 1) {
    await cloud.queues.send([{ queue: "completions", executor: "short", message: { kind: "wake", id } }]);
    await cloud.idle();
  }
  const { execution, children } = await cloud.client.tree(id);
  expect(execution.status).toBe("FAILED");
  expect(children.map((child) => child.execution.status)).toEqual(["STOPPED"]);
});
