/** Every example runs, and does what it says. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import approvalExample, { approval } from "../../../examples/approval.ts";
import * as demo from "../../../examples/demo.ts";
import fanOut, { resize } from "../../../examples/fan-out.ts";
import fireAndForget, { sendReceipt } from "../../../examples/fire-and-forget.ts";
import parentChild, { childWorkflow } from "../../../examples/parent-child.ts";
import closePolicy, { ticker } from "../../../examples/parent-close-policy.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { openEngine, type Engine } from "../../../lib/homes/embedded/engine.ts";
import type { TreeNode } from "../../../lib/ports/client.ts";

// The examples take their time.
vi.setConfig({ testTimeout: 30_000 });

describe("examples", () => {
  it("parent-child: the parent gets its child's result", async () => {
    const engine = await engineWith(parentChild, childWorkflow);
    await expect(engine.execute(parentChild, { data: "hello" })).resolves.toBe("Parent got: processed:hello");
  });

  it("fire-and-forget: the child outlives its parent", async () => {
    const engine = await engineWith(fireAndForget, sendReceipt);
    const { receiptExecution } = await engine.execute(fireAndForget, { orderId: "A-17" });
    await expect(engine.get(receiptExecution)).resolves.toMatchObject({
      status: "RUNNING",
      parentClosePolicy: "abandon",
    });
    await expect((await engine.execution(receiptExecution)).result()).resolves.toBe("receipt of A-17 sent");
  });

  it("parent-close-policy: each child ends as its policy says", async () => {
    const engine = await engineWith(closePolicy, ticker);
    const handle = await engine.start(closePolicy, undefined);
    for await (const _event of engine.events(handle.executionId, { follow: true }));
    expect(statuses(await engine.tree(handle.executionId))).toEqual({
      close_policies: "SUCCEEDED",
      abandoned: "SUCCEEDED",
      "asked-to-cancel": "CANCELLED",
      terminated: "STOPPED",
    });
  });

  it("fan-out: a share may fail, and no more", async () => {
    const engine = await engineWith(fanOut, resize);
    await expect(engine.execute(fanOut, { images: 10 })).resolves.toEqual({
      resized: 9,
      damaged: [7],
      ended: "ALL_COMPLETED",
    });
  });

  it("approval: a child waits for a person, the parent for a supplier", async () => {
    const engine = await engineWith(approvalExample, approval);
    await expect(engine.execute(approvalExample, { item: "pen", price: -1 })).rejects.toThrow("price");
    const handle = await engine.start(approvalExample, { item: "laptop", price: 1_900 });
    await engine.idle();
    const [asked] = (await engine.list({ workflow: "approval" })).executions;
    await engine.signal(asked?.id ?? "", "decision", { approved: true, by: "Ada" });
    await engine.idle();
    const ordered = (await engine.pending(handle.executionId)).find(({ callbackId }) => callbackId !== undefined);
    await engine.callbacks.succeed(ordered?.callbackId ?? "", { trackingNumber: "T-1" });
    await expect(handle.result()).resolves.toBe("laptop: on its way, T-1");
  });

  it("demo: what fails once is tried again, what fails for good is left out", async () => {
    const engine = await engineWith(demo.default, demo.charge, demo.ship, demo.pack, demo.printLabel, demo.sendReceipt);
    const input = { customer: "ada@example.org", items: ["vase", "piano"], euros: 42 };
    await expect(engine.execute(demo.default, input)).resolves.toEqual({
      charged: "42 € charged",
      labels: ["label of vase"],
      refused: ["piano"],
    });
  });
});

async function engineWith(...workflows: Workflow<any, any>[]): Promise<Engine> {
  const engine = await openEngine({ file: ":memory:", workflows, log: () => {} });
  onTestFinished(() => engine.close());
  return engine;
}

function statuses({ execution, children }: TreeNode): Record<string, string> {
  const label = execution.path.slice(execution.path.lastIndexOf("/") + 1);
  return Object.assign({ [label]: execution.status }, ...children.map(statuses));
}
