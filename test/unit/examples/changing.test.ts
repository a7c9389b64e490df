/** The programs of docs/changing-workflows.md. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import addedStep from "../../../examples/changing/added-step.ts";
import broken from "../../../examples/changing/broken.ts";
import order from "../../../examples/changing/order.ts";
import raisedVersion from "../../../examples/changing/raised-version.ts";
import purchase, { order as renamedOrder } from "../../../examples/changing/renamed.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import type { ExecutionDetail } from "../../../lib/ports/client.ts";
import { temporaryFolder } from "../cli/fake-terminal.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

// Its test is a test of this file.
import "../../../examples/changing/replay.test.ts";

const root = path.resolve(import.meta.dirname, "../../..");

/** An order that waits goes on with other code. */
async function goesOn(...workflows: readonly Workflow<any, any>[]): Promise<ExecutionDetail> {
  const file = path.join(temporaryFolder(), "orders.db");
  const before = await openVirtual({ file, socket: false, workflows: [order] });
  const { executionId } = await before.play(order, { sku: "A-17" });
  await before.engine.close();
  const after = await openVirtual({ file, socket: false, workflows });
  await after.engine.signal(executionId, "packed");
  await after.settle();
  const detail = await after.engine.get(executionId);
  await after.engine.close();
  return detail;
}

describe("docs/changing-workflows.md", () => {
  it("shows the programs as they are", () => {
    const guide = fs.readFileSync(path.join(root, "docs/changing-workflows.md"), "utf8");
    for (const name of fs.readdirSync(path.join(root, "examples/changing"))) {
      expect(guide).toContain(fs.readFileSync(path.join(root, "examples/changing", name), "utf8"));
    }
  });

  it("lets an open order go on after each change that it recommends", async () => {
    expect(await goesOn(order)).toMatchObject({ output: "shipped" });
    expect(await goesOn(addedStep)).toMatchObject({ output: "shipped" });
    expect(await goesOn(raisedVersion)).toMatchObject({ version: "1", output: "shipped by version 2" });
    expect(await goesOn(purchase, renamedOrder)).toMatchObject({ output: "shipped" });
  });

  it("gives new orders what is new", async () => {
    for (const [workflow, output] of [
      [addedStep, "shipped, insured"],
      [purchase, "shipped"],
    ] as const) {
      const { engine, play, settle } = await openVirtual({ workflows: [workflow] });
      const { executionId, result } = await play(workflow, { sku: "B-2" });
      await engine.signal(executionId, "packed");
      await settle();
      expect(await result()).toBe(output);
      await engine.close();
    }
  });

  it("blocks an open order after the change that it warns of", async () => {
    const { status, blocked } = await goesOn(broken);
    expect([status, blocked?.reason]).toEqual(["WAITING", "code_changed"]);
    expect((await goesOn(purchase)).blocked?.reason).toBe("workflow_not_loaded");
  });
});
