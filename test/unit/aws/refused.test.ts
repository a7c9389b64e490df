/** An execution that is not run any more fails, and its end is one like every other: close policies apply (K10). */
import { expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { MemoryCloud } from "../../helpers/aws/memory-cloud.ts";

const waits = workflow({ name: "refused.waits" }, (ctx) => ctx.waitForSignal("end"));
const parent = workflow({ name: "refused.parent" }, (ctx) => ctx.execute(waits, undefined));

it("a child that the deployed module does not export is refused where it is asked for", async () => {
  const nested = workflow({ name: "refused.not-deployed" }, (ctx) => ctx.execute(waits, undefined));
  const cloud = new MemoryCloud({ workflows: [nested] });
  const { executionId: id } = await cloud.client.start(nested, undefined);
  await cloud.idle();
  const { status, error } = await cloud.client.get(id);
  expect([status, error?.code]).toEqual(["FAILED", "workflow_unknown"]);
  expect(error?.message).toContain("refused.waits in version 1 is not among the exports of the deployed module");
  expect((await cloud.client.tree(id)).children).toEqual([]);
});

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
