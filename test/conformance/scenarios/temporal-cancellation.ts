/** T03 to T06: what a cancel of the parent does to the child that it awaits, and to the wait. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ChildExecutionError, isCancellation } from "../../../lib/kernel/errors.ts";
import type { CancellationType, ExecutionStatus } from "../../../lib/kernel/journal.ts";
import { units, type EventExpectation, type Scenario } from "../scenario.ts";
import { caught, chain } from "./treeline-errors.ts";

/** What a child does when it is asked to cancel; it takes its time over it. */
type Manner = "obeys" | "ignores" | "fails";
const manners = ["obeys", "ignores", "fails"] as const satisfies readonly Manner[];
const childEnds = { obeys: "CANCELLED", ignores: "SUCCEEDED", fails: "FAILED" } as const;

function childThat(name: string, manner: Manner) {
  return workflow({ name }, async (ctx) => {
    try {
      await ctx.wait("long", units(8));
      return "finished";
    } catch (error) {
      await ctx.nonCancellable((c) => c.wait("cleanup", units(3)));
      if (manner === "fails") throw new Error("cleanup broke");
      if (manner === "obeys") throw error;
      return "carried on";
    }
  });
}

const requested: EventExpectation = { type: "cancel.requested", path: "/child" };
const parentEnds: EventExpectation = { type: "execution.succeeded", path: "/" };
const cleanedUp: EventExpectation = { type: "operation.succeeded", path: "/child", name: "cleanup" };

interface Case {
  readonly row: string;
  /** Left out where undefined, to test the default. */
  readonly type: CancellationType | undefined;
  readonly manner: Manner;
  /** What the parent's wait gave. */
  readonly got: unknown;
  readonly child: ExecutionStatus;
  readonly events: readonly EventExpectation[];
  readonly noEvents?: readonly EventExpectation[];
}

/** The parent catches and returns, so it succeeds whatever it got; its own end leaves the child alone. */
function cancelledInWait({ row, type, manner, got, child: status, events, noEvents = [] }: Case): Scenario {
  const id = `${row}-${type ?? "default"}-${manner}`;
  const child = childThat(`${id}.child`, manner);
  const options = type === undefined ? {} : ({ cancellationType: type, parentClosePolicy: "abandon" } as const);
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    try {
      return await ctx.execute(child, null, { name: "child", ...options });
    } catch (error) {
      const end = error instanceof ChildExecutionError && { status: error.status, types: chain(error) };
      return { cancellation: isCancellation(error), ...end };
    }
  });
  return {
    id,
    rows: [row],
    title: `the parent is cancelled in its wait: ${type ?? "default cancellation type"}, the child ${manner}`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "SUCCEEDED", output: got, tree: { "/child": { status } }, events, noEvents },
  };
}

/** The child hears nothing, and its end is nobody's news. */
const abandon: Case = {
  row: "T03",
  type: "abandon",
  manner: "obeys",
  got: { cancellation: true },
  child: "SUCCEEDED",
  events: [parentEnds, { type: "execution.succeeded", path: "/child" }],
  noEvents: [requested],
};

/** The request is sent; the child still cleans up when its parent has gone. */
const tryCancel = manners.map((manner): Case => ({
  row: "T04",
  type: "try_cancel",
  manner,
  got: { cancellation: true },
  child: childEnds[manner],
  events: [parentEnds, cleanedUp],
}));

/** The parent goes on when the request is recorded. */
const waitRequested = manners.map((manner): Case => ({
  row: "T05",
  type: "wait_requested",
  manner,
  got: { cancellation: true },
  child: childEnds[manner],
  events: [requested, parentEnds, cleanedUp],
}));

/** The parent gets the child's own outcome, whatever it is. */
const outcomes = {
  obeys: { cancellation: true, status: "CANCELLED", types: ["ChildExecutionError", "CancelledError"] },
  ignores: "carried on",
  fails: { cancellation: false, status: "FAILED", types: ["ChildExecutionError", "Error"] },
} as const;
const waitCompleted = (["wait_completed", undefined] as const).flatMap((type) =>
  manners.map((manner): Case => ({
    row: "T06",
    type,
    manner,
    got: outcomes[manner],
    child: childEnds[manner],
    events: [requested, cleanedUp, parentEnds],
  })),
);

function escapes(manner: Manner): Scenario {
  const id = `T06-escapes-${manner}`;
  const child = childThat(`${id}.child`, manner);
  const parent = workflow({ name: `${id}.parent` }, (ctx) => ctx.execute(child, null, { name: "child" }));
  const parentStatus = childEnds[manner];
  return {
    id,
    rows: ["T06", "M27"],
    title: `a cancelled parent that passes on what its child gave (it ${manner}) ends ${parentStatus}`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: parentStatus,
      ...(manner === "fails" && {
        error: { type: "ChildExecutionError", cause: { type: "Error", message: "cleanup broke" } },
      }),
      ...(manner === "ignores" && { output: "carried on" }),
      tree: { "/child": { status: parentStatus } },
    },
  };
}

/** The child has closed: there is nobody to ask, and the cancel takes effect where the parent stands now. */
function afterTheChildEnded(type: CancellationType): Scenario {
  const id = `T04-closed-${type}`;
  const child = workflow({ name: `${id}.child` }, () => "done");
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const result = await ctx.execute(child, null, { name: "child", cancellationType: type });
    const error = await caught(() => ctx.wait("after", units(60)));
    return { result, cancelled: isCancellation(error) };
  });
  return {
    id,
    rows: ["T04", "T08"],
    title: `${type}: a child that has closed is not asked to cancel`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    script: [{ when: { path: "/", waitsFor: "after" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "SUCCEEDED",
      output: { result: "done", cancelled: true },
      tree: { "/child": { status: "SUCCEEDED" } },
      noEvents: [requested],
    },
  };
}

/** Between the start that is recorded and the child's first step: the delay keeps it there (field d). */
function beforeItRuns(type: CancellationType): Scenario {
  const id = `field-d-${type}`;
  const child = workflow({ name: `${id}.child` }, async (ctx) => {
    await ctx.step("work", () => "ran");
    return "ran";
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const error = await caught(() =>
      ctx.execute(child, null, {
        name: "child",
        startDelay: units(6),
        cancellationType: type,
        parentClosePolicy: "abandon",
      }),
    );
    return isCancellation(error);
  });
  const runs = type === "abandon";
  return {
    id,
    rows: ["field:d", "T07"],
    title: `${type}: the parent is cancelled when its child is recorded and does not run yet`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    script: [{ when: { path: "/", waitsFor: "child" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "SUCCEEDED",
      output: true,
      tree: { "/child": runs ? { status: "SUCCEEDED", output: "ran" } : { status: "CANCELLED" } },
      noEvents: runs ? [] : [{ type: "operation.started", path: "/child", name: "work" }],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  ...[abandon, ...tryCancel, ...waitRequested, ...waitCompleted].map(cancelledInWait),
  ...manners.map(escapes),
  ...(["try_cancel", "wait_requested", "wait_completed"] as const).map(afterTheChildEnded),
  ...(["abandon", "try_cancel", "wait_requested", "wait_completed"] as const).map(beforeItRuns),
];
