/** T15, T16: two executions, one id. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ExecutionAlreadyStartedError } from "../../../lib/kernel/errors.ts";
import type { IdReusePolicy } from "../../../lib/kernel/journal.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf, told } from "./treeline-errors.ts";

function runningIdIsRefused(): Scenario {
  const child = workflow({ name: "T15.child" }, async (ctx) => {
    await ctx.waitForSignal("finish");
    return "first";
  });
  const other = workflow({ name: "T15.other" }, () => "other");
  const parent = workflow({ name: "T15.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child", id: "T15-1" });
    const refusals: unknown[] = [];
    const ids: string[] = [];
    for (const refuse of [
      () => ctx.execute(other, null, { id: "T15-1" }),
      () => ctx.start(other, null, { id: "T15-1" }),
      () => ctx.start(child, null, { id: "T15-1" }),
    ]) {
      const error = await caught(refuse);
      if (!(error instanceof ExecutionAlreadyStartedError)) return chain(error);
      refusals.push([error.code, error.workflow]);
      ids.push(error.executionId);
    }
    await handle.signal("finish");
    // What the refusal names is the one that runs: it can be attached to.
    const attached = await ctx.promise.all(ids.map((id) => ctx.attach(id).result()));
    return { refusals, attached, result: await handle.result() };
  });
  const refusal = ["execution_already_started", "T15.child"];
  return {
    id: "T15",
    rows: ["T15", "M08"],
    title: "an id that is running is refused, unwrapped, naming the one that has it; the parent goes on",
    workflows: [parent, child, other],
    start: [{ workflow: "T15.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { refusals: [refusal, refusal, refusal], attached: ["first", "first", "first"], result: "first" },
      tree: { "/": { status: "SUCCEEDED" }, "/child": { status: "SUCCEEDED", output: "first" } },
      exact: true,
    },
  };
}

function sameTick(): Scenario {
  const child = workflow({ name: "T15-tick.child" }, async (ctx, n: number) => {
    await ctx.wait(units(2));
    return n;
  });
  const parent = workflow({ name: "T15-tick.parent" }, async (ctx) => {
    const both = await ctx.promise.allSettled([
      ctx.execute(child, 1, { name: "one", id: "T15-tick-1" }),
      ctx.execute(child, 2, { name: "two", id: "T15-tick-1" }),
    ]);
    return both.map((result) => (result.status === "fulfilled" ? result.value : chain(result.reason)));
  });
  return {
    id: "T15-tick",
    rows: ["T15"],
    title: "of two starts of one id in the same tick, the first wins",
    workflows: [parent, child],
    start: [{ workflow: "T15-tick.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: [1, ["ExecutionAlreadyStartedError"]],
      tree: { "/": { status: "SUCCEEDED" }, "/one": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

function refusalEscapes(): Scenario {
  const child = workflow({ name: "T15-escapes.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "T15-escapes.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", id: "T15-escapes-1", parentClosePolicy: "terminate" });
    await ctx.execute(child, null, { name: "again", id: "T15-escapes-1" });
  });
  return {
    id: "T15-escapes",
    rows: ["T15"],
    title: "a refusal that the parent does not catch fails it; the one that runs gets its close policy",
    workflows: [parent, child],
    start: [{ workflow: "T15-escapes.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ExecutionAlreadyStartedError", code: "execution_already_started" },
      tree: { "/": { status: "FAILED" }, "/child": { status: "STOPPED" } },
      exact: true,
    },
  };
}

/** Ours; Temporal's children cannot say what a conflict does. */
function useExisting(): Scenario {
  const child = workflow({ name: "T15-use.child" }, async (ctx, n: number) => {
    await ctx.waitForSignal("finish");
    return n;
  });
  const parent = workflow({ name: "T15-use.parent" }, async (ctx) => {
    const first = await ctx.start(child, 1, { name: "first", id: "T15-use-1" });
    const again = ctx.execute(child, 2, { name: "again", id: "T15-use-1", idConflict: "use_existing" });
    await ctx.wait(units(1));
    await first.signal("finish");
    return { first: await first.result(), again: await again };
  });
  return {
    id: "T15-use",
    rows: ["T15", "D5"],
    title: "use_existing waits for the one that runs; its own input starts nothing",
    workflows: [parent, child],
    start: [{ workflow: "T15-use.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { first: 1, again: 1 },
      tree: { "/": { status: "SUCCEEDED" }, "/first": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

/** An execution that is only used, not started, is nobody's child here: no close policy touches it. */
function usedIsNotOwned(): Scenario {
  const child = workflow({ name: "T15-owned.child" }, async (ctx) => {
    await ctx.wait("long", units(8));
    return "its own";
  });
  const parent = workflow({ name: "T15-owned.parent" }, async (ctx) => {
    await ctx.wait(units(2));
    const options = { id: "T15-owned-1", idConflict: "use_existing", parentClosePolicy: "terminate" } as const;
    await ctx.start(child, null, { name: "used", ...options });
    return "gone";
  });
  return {
    id: "T15-owned",
    rows: ["T15", "T18", "field:h"],
    title: "a close policy does not touch an execution that somebody else started",
    workflows: [parent, child],
    start: [{ workflow: "T15-owned.parent" }, { workflow: "T15-owned.child", options: { id: "T15-owned-1" } }],
    expect: {
      status: "SUCCEEDED",
      output: "gone",
      tree: { "id:T15-owned-1": { status: "SUCCEEDED", output: "its own", depth: 0 } },
    },
  };
}

function terminateExisting(): Scenario {
  const child = workflow({ name: "T15-terminate.child" }, async (ctx, n: number) => {
    if (n === 1) await ctx.wait("long", units(60));
    return n;
  });
  const parent = workflow({ name: "T15-terminate.parent" }, async (ctx) => {
    const first = await ctx.start(child, 1, { name: "first", id: "T15-terminate-1" });
    await ctx.wait(units(1));
    const second = await ctx.execute(child, 2, {
      name: "second",
      id: "T15-terminate-1",
      idConflict: "terminate_existing",
    });
    return { first: await told(() => first.result()), second };
  });
  return {
    id: "T15-terminate",
    rows: ["T15"],
    title: "terminate_existing stops the one that runs and takes its id; whoever awaited it hears",
    workflows: [parent, child],
    start: [{ workflow: "T15-terminate.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { first: { error: ["ChildExecutionError", "StoppedError"] }, second: 2 },
      tree: {
        "/first": { status: "STOPPED" },
        "/second": { status: "SUCCEEDED" },
        "id:T15-terminate-1": { status: "SUCCEEDED", output: 2 },
      },
    },
  };
}

const firstEnds = ["SUCCEEDED", "FAILED", "STOPPED", "CANCELLED", "TIMED_OUT"] as const;

function reuse(policy: IdReusePolicy, first: (typeof firstEnds)[number]): Scenario {
  const id = `T16-${policy}-${first.toLowerCase()}`;
  const allowed = policy === "allow" || (policy === "allow_failed_only" && first !== "SUCCEEDED");
  const child = workflow({ name: `${id}.child` }, async (ctx, turn: number) => {
    if (turn === 2 || first === "SUCCEEDED") return turn;
    if (first === "FAILED") throw new Error("broken");
    await ctx.wait("long", units(60));
    return turn;
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const handle = await ctx.start(child, 1, {
      name: "first",
      id,
      ...(first === "TIMED_OUT" && { executionTimeout: units(2) }),
    });
    if (first === "STOPPED") await handle.stop();
    if (first === "CANCELLED") await handle.cancel();
    const { status } = await handle.outcome();
    return { status, second: await told(() => ctx.execute(child, 2, { name: "second", id, idReuse: policy })) };
  });
  return {
    id,
    rows: ["T16"],
    title: `${policy}: the id of one that ended ${first} ${allowed ? "may be used again" : "is refused"}`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: {
      status: "SUCCEEDED",
      output: { status: first, second: allowed ? { value: 2 } : { error: ["ExecutionAlreadyStartedError"] } },
      tree: {
        "/": { status: "SUCCEEDED" },
        "/first": { status: first },
        ...(allowed && { "/second": { status: "SUCCEEDED" } }),
      },
      exact: true,
    },
  };
}

/** The reuse policy is about ended executions: no policy lets a running one share its id. */
function reuseOfRunning(): Scenario {
  const child = workflow({ name: "T16-running.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "T16-running.parent" }, async (ctx) => {
    const id = "T16-running-1";
    await ctx.start(child, null, { name: "child", id, parentClosePolicy: "terminate" });
    const codes: unknown[] = [];
    for (const idReuse of ["allow", "allow_failed_only", "reject"] as const) {
      codes.push(codeOf(await caught(() => ctx.start(child, null, { id, idReuse }))));
    }
    return codes;
  });
  return {
    id: "T16-running",
    rows: ["T16", "T15"],
    title: "no reuse policy gives out an id that is running",
    workflows: [parent, child],
    start: [{ workflow: "T16-running.parent" }],
    expect: { status: "SUCCEEDED", output: Array.from({ length: 3 }, () => "execution_already_started") },
  };
}

export const scenarios: readonly Scenario[] = [
  runningIdIsRefused(),
  sameTick(),
  refusalEscapes(),
  useExisting(),
  usedIsNotOwned(),
  terminateExisting(),
  ...(["allow", "allow_failed_only", "reject"] as const).flatMap((policy) =>
    firstEnds.map((end) => reuse(policy, end)),
  ),
  reuseOfRunning(),
];
