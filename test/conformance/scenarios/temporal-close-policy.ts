/**
 * T18: every close policy on every way a parent can end. A child without an execution timeout of its own is not given
 * its parent's: what becomes of it when the parent times out is the policy's business alone.
 */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { ParentClosePolicy } from "../../../lib/kernel/journal.ts";
import { units, type Scenario, type TreeExpectation } from "../scenario.ts";

const policies = ["terminate", "request_cancel", "abandon"] as const satisfies readonly ParentClosePolicy[];
const ends = ["SUCCEEDED", "FAILED", "CANCELLED", "STOPPED", "TIMED_OUT"] as const;

/** Which row of Mistral's the policy belongs to. */
const rows = { terminate: "M04", request_cancel: "M05", abandon: "M03" } as const;

const childEnds = {
  terminate: { status: "STOPPED" },
  request_cancel: { status: "CANCELLED" },
  abandon: { status: "SUCCEEDED", output: "on my own" },
} as const satisfies Record<ParentClosePolicy, TreeExpectation>;

const longLived = (name: string) =>
  workflow({ name }, async (ctx) => {
    try {
      await ctx.wait("long", units(12));
      return "on my own";
    } catch (error) {
      await ctx.nonCancellable((c) => c.step("cleanup", () => "swept"));
      throw error;
    }
  });

const cleanup = { path: "/child", name: "cleanup" } as const;

function closes(policy: ParentClosePolicy, end: (typeof ends)[number]): Scenario {
  const id = `T18-${policy}-${end.toLowerCase()}`;
  const child = longLived(`${id}.child`);
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    await ctx.start(child, null, { name: "child", parentClosePolicy: policy });
    await ctx.waitForSignal("end");
    if (end === "FAILED") throw new Error("parent broke");
    return "gone";
  });
  const when = { path: "/child", waitsFor: "long" };
  return {
    id,
    rows: ["T18", rows[policy]],
    title: `${policy}, the parent ends ${end}: the child ends ${childEnds[policy].status}`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent`, ...(end === "TIMED_OUT" && { options: { executionTimeout: units(6) } }) }],
    ...(end !== "TIMED_OUT" && {
      script: [
        {
          when,
          do:
            end === "CANCELLED"
              ? { kind: "cancel", path: "/" }
              : end === "STOPPED"
                ? { kind: "stop", path: "/" }
                : { kind: "signal", path: "/", name: "end" },
        },
      ],
    }),
    expect: {
      status: end,
      tree: { "/child": childEnds[policy] },
      events: policy === "request_cancel" ? [{ type: "operation.succeeded", ...cleanup }] : [],
      noEvents: [
        ...(policy === "request_cancel" ? [] : [{ type: "operation.started", ...cleanup } as const]),
        ...(policy === "abandon" ? [{ type: "cancel.requested", path: "/child" } as const] : []),
      ],
    },
  };
}

/** Continue-as-new is no end (B): the child is still open in the next generation, whose end is the end. */
function closesAfterContinue(policy: ParentClosePolicy): Scenario {
  const id = `T18-${policy}-continued`;
  const child = longLived(`${id}.child`);
  const parent = workflow({ name: `${id}.parent` }, async (ctx, childId: string | null) => {
    if (childId === null) {
      const handle = await ctx.start(child, null, { name: "child", parentClosePolicy: policy });
      await ctx.waitForSignal("continue");
      return ctx.continueAsNew(handle.executionId);
    }
    await ctx.wait("second", units(2));
    const status = await ctx.attach(childId).status();
    return ["PENDING", "RUNNING", "WAITING"].includes(status) ? "still open" : status;
  });
  return {
    id,
    rows: ["T18", rows[policy], "D8"],
    title: `${policy}, the parent continues as new: the child is kept, and ends ${childEnds[policy].status} at the last end`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent`, input: null }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "continue" } }],
    expect: {
      status: "SUCCEEDED",
      output: "still open",
      tree: { "/": { status: "SUCCEEDED", generation: 2 }, "/child": childEnds[policy] },
    },
  };
}

export const scenarios: readonly Scenario[] = [
  ...policies.flatMap((policy) => ends.map((end) => closes(policy, end))),
  ...policies.map(closesAfterContinue),
];
