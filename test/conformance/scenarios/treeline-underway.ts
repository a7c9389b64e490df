/** A12: what an execution asks of a child goes behind the child's launch, however long the launch takes (K10). */
import { setImmediate } from "node:timers/promises";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

/** The launch waits for its answer: long enough that a request made in the same round would overtake it. */
const slow: StandardSchema<unknown, null> = {
  "~standard": {
    version: 1,
    vendor: "scenario",
    validate: async () => {
      for (let turns = 0; turns < 20; turns += 1) await setImmediate();
      return { value: null };
    },
  },
};

/** A batch that ends while the child it would wait for is being launched. */
function leftByBatch(policy: "request_cancel" | "terminate", status: "CANCELLED" | "STOPPED"): Scenario {
  const id = `A12-${policy}`;
  const child = workflow({ name: `${id}.child`, input: slow }, (ctx) => ctx.waitForSignal("never"));
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const options = { name: "child", parentClosePolicy: policy };
    const batch = await ctx.parallel("race", [() => 1, (inner) => inner.execute(child, null, options)], {
      completion: { minSuccessful: 1 },
      nesting: "FLAT",
    });
    await ctx.wait(units(2));
    return batch.successCount;
  });
  return {
    id,
    rows: ["fault:A12", "K10"],
    title: `fault:A12 a batch ends while a child of it is being launched: the child ends ${status}`,
    workflows: [root, child],
    start: [{ workflow: `${id}.root` }],
    expect: { status: "SUCCEEDED", output: 1, tree: { "/child": { status } } },
  };
}

/** The starter asks for a cancel and for the outcome while the child of what it started is being launched. */
function cancelledWhileLaunching(): Scenario {
  const child = workflow({ name: "A12-outcome.child", input: slow }, async (ctx) => {
    await caught(() => ctx.waitForSignal("never"));
    await ctx.nonCancellable((inner) => inner.step("cleanup", () => 1));
    return "cleaned up";
  });
  const middle = workflow({ name: "A12-outcome.middle" }, (ctx) =>
    ctx.execute(child, null, { name: "child", parentClosePolicy: "request_cancel" }),
  );
  const root = workflow({ name: "A12-outcome.root" }, async (ctx) => {
    const handle = await ctx.start(middle, null, { name: "middle" });
    await handle.cancel();
    return (await handle.outcome()).status;
  });
  return {
    id: "A12-outcome",
    rows: ["fault:A12", "K10"],
    title: "fault:A12 an execution is asked to cancel while its child is being launched: both end",
    workflows: [root, middle, child],
    start: [{ workflow: "A12-outcome.root" }],
    expect: { status: "SUCCEEDED" },
  };
}

export const scenarios: readonly Scenario[] = [
  leftByBatch("request_cancel", "CANCELLED"),
  leftByBatch("terminate", "STOPPED"),
  cancelledWhileLaunching(),
];
