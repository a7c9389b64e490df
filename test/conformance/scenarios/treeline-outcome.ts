/** D12: the outcome of a child, and waits for it that end before it does (field j). */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { OnTimeout } from "../../../lib/kernel/journal.ts";
import { units, type Scenario, type TreeExpectation } from "../scenario.ts";
import { caught, chain, told } from "./treeline-errors.ts";

const ends = ["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "STOPPED"] as const;
type End = (typeof ends)[number];

const errors: Record<End, string[]> = {
  SUCCEEDED: [],
  FAILED: ["TypeError"],
  TIMED_OUT: ["ExecutionTimeoutError"],
  CANCELLED: ["CancelledError"],
  STOPPED: ["StoppedError"],
};

/** Never thrown; state and usage are those of the moment of the end, whatever the end. */
function outcome(end: End): Scenario {
  const id = `D12-${end.toLowerCase()}`;
  const leaf = workflow({ name: `${id}.leaf` }, () => "leaf");
  const child = workflow({ name: `${id}.child` }, async (ctx) => {
    ctx.state.set("stage", "begun");
    await ctx.execute(leaf, null, { name: "leaf" });
    await ctx.step("work", () => "worked");
    ctx.state.set("stage", "worked");
    if (end === "FAILED") throw new TypeError("broken");
    if (end !== "SUCCEEDED") await ctx.wait("long", units(60));
    return "output";
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const handle = await ctx.start(child, null, {
      name: "child",
      ...(end === "TIMED_OUT" && { executionTimeout: units(6) }),
    });
    if (end === "CANCELLED" || end === "STOPPED") await ctx.waitForSignal("end");
    if (end === "CANCELLED") await handle.cancel();
    if (end === "STOPPED") await handle.stop();
    const result = await handle.outcome();
    const { operations, attempts, children, bytes } = result.usage;
    return {
      status: result.status,
      output: result.output,
      // The original, not wrapped: there is no throw here that would have to say whose it is.
      error: chain(result.error),
      state: result.state,
      children,
      counted: operations >= 2 && attempts >= 1 && bytes > 0,
      sameId: result.executionId === handle.executionId,
    };
  });
  return {
    id,
    rows: ["D12"],
    title: `the outcome of a child that ended ${end}`,
    workflows: [parent, child, leaf],
    start: [{ workflow: `${id}.parent` }],
    ...((end === "CANCELLED" || end === "STOPPED") && {
      script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } }],
    }),
    expect: {
      status: "SUCCEEDED",
      output: {
        status: end,
        output: end === "SUCCEEDED" ? "output" : undefined,
        error: errors[end],
        state: { stage: "worked" },
        children: 1,
        counted: true,
        sameId: true,
      },
    },
  };
}

const slow = (name: string) =>
  workflow({ name }, async (ctx) => {
    try {
      await ctx.wait("long", units(8));
      return "late";
    } catch (error) {
      await ctx.nonCancellable((c) => c.step("cleanup", () => "swept"));
      throw error;
    }
  });

const afterTimeout = {
  request_cancel: { status: "CANCELLED" },
  terminate: { status: "STOPPED" },
  abandon: { status: "SUCCEEDED", output: "late" },
} as const satisfies Record<OnTimeout, TreeExpectation>;

/** The close policy would leave the child alone: what becomes of it is the option's doing. */
function waitTimesOut(onTimeout: OnTimeout | undefined): Scenario {
  const id = `field-j-${onTimeout ?? "default"}`;
  const child = slow(`${id}.child`);
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const options = { name: "child", timeout: units(2), parentClosePolicy: "abandon" } as const;
    const error = await caught(() =>
      ctx.execute(child, null, { ...options, ...(onTimeout !== undefined && { onTimeout }) }),
    );
    return chain(error);
  });
  const end = afterTimeout[onTimeout ?? "request_cancel"];
  const cleanup = { path: "/child", name: "cleanup" };
  return {
    id,
    rows: ["field:j"],
    title: `the wait for a child times out, ${onTimeout ?? "nothing said"}: the child ends ${end.status}`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: {
      status: "SUCCEEDED",
      output: ["ChildWaitTimeoutError"],
      tree: { "/child": end },
      events: end.status === "CANCELLED" ? [{ type: "operation.succeeded", ...cleanup }] : [],
      noEvents: end.status === "CANCELLED" ? [] : [{ type: "operation.started", ...cleanup }],
    },
  };
}

function waitTimeoutEscapes(): Scenario {
  const child = slow("field-j-escapes.child");
  const parent = workflow({ name: "field-j-escapes.parent" }, (ctx) =>
    ctx.execute(child, null, { name: "child", timeout: units(2), onTimeout: "terminate" }),
  );
  return {
    id: "field-j-escapes",
    rows: ["field:j"],
    title: "a parent that lets the timeout of its wait escape fails; it is not timed out itself",
    workflows: [parent, child],
    start: [{ workflow: "field-j-escapes.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ChildWaitTimeoutError", code: "child_wait_timed_out" },
      tree: { "/child": { status: "STOPPED" } },
    },
  };
}

/** On a handle only the wait ends, unless said otherwise; the child can be awaited again. */
function handleWaitsAgain(): Scenario {
  const child = slow("field-j-again.child");
  const parent = workflow({ name: "field-j-again.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    const first = await told(() => handle.result({ timeout: units(1) }));
    const second = await told(() => handle.outcome({ timeout: units(1) }));
    return { first, second, third: await handle.result() };
  });
  const error = ["ChildWaitTimeoutError"];
  return {
    id: "field-j-again",
    rows: ["field:j", "D12"],
    title: "the wait of a handle times out, and a later one gets the result",
    workflows: [parent, child],
    start: [{ workflow: "field-j-again.parent" }],
    expect: { status: "SUCCEEDED", output: { first: { error }, second: { error }, third: "late" } },
  };
}

function handleStopsOnTimeout(onTimeout: "terminate" | "request_cancel"): Scenario {
  const id = `field-j-handle-${onTimeout}`;
  const child = slow(`${id}.child`);
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    const wait = await told(() => handle.result({ timeout: units(2), onTimeout }));
    return { wait, end: (await handle.outcome()).status };
  });
  return {
    id,
    rows: ["field:j"],
    title: `the wait of a handle times out, ${onTimeout}`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: {
      status: "SUCCEEDED",
      output: { wait: { error: ["ChildWaitTimeoutError"] }, end: afterTimeout[onTimeout].status },
    },
  };
}

export const scenarios: readonly Scenario[] = [
  ...ends.map(outcome),
  ...(["request_cancel", "terminate", "abandon", undefined] as const).map(waitTimesOut),
  waitTimeoutEscapes(),
  handleWaitsAgain(),
  handleStopsOnTimeout("terminate"),
  handleStopsOnTimeout("request_cancel"),
];
