/** T01, T02, T19, T25 to T29: starting children. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { SerdesFailedError } from "../../../lib/kernel/errors.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf, told } from "./treeline-errors.ts";

function startedThenEnded(): Scenario {
  const child = workflow({ name: "T01.child" }, async (ctx) => {
    await ctx.waitForSignal("finish");
    return "done";
  });
  const parent = workflow({ name: "T01.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    // The child cannot have ended: it waits for what comes next.
    const early = await told(() => handle.result({ timeout: units(2) }));
    await handle.signal("finish");
    return { early, late: await handle.result() };
  });
  return {
    id: "T01",
    rows: ["T01", "field:a"],
    title: "start resolves while the child runs; its result comes when it has ended",
    workflows: [parent, child],
    start: [{ workflow: "T01.parent" }],
    expect: { status: "SUCCEEDED", output: { early: { error: ["ChildWaitTimeoutError"] }, late: "done" } },
  };
}

function refusedStart(): Scenario {
  const child = workflow({ name: "T01-refused.child" }, (ctx) => ctx.wait("long", units(60)));
  const parent = workflow({ name: "T01-refused.parent" }, async (ctx) => {
    const options = { id: "T01-refused-1", parentClosePolicy: "terminate" } as const;
    await ctx.start(child, null, options);
    // Nobody listens to this refusal; it must not end the parent.
    void ctx.start(child, null, options);
    void ctx.execute(child, null, options);
    const result = await told(async () => {
      const handle = await ctx.start(child, null, options);
      await handle.result();
    });
    await ctx.wait(units(1));
    return result;
  });
  return {
    id: "T01-refused",
    rows: ["T01", "T25"],
    title: "a refused start rejects whoever awaits it, and nobody else",
    workflows: [parent, child],
    start: [{ workflow: "T01-refused.parent" }],
    expect: { status: "SUCCEEDED", output: { error: ["ExecutionAlreadyStartedError"] } },
  };
}

function idsOfChildren(): Scenario {
  const child = workflow({ name: "T02.child" }, (ctx) => ({ id: ctx.info.executionId, publicId: ctx.info.publicId }));
  const parent = workflow({ name: "T02.parent" }, async (ctx) => {
    const first = await ctx.start(child, null, { name: "child" });
    const second = await ctx.start(child, null, { name: "child" });
    const before = [first.executionId, second.executionId];
    await ctx.wait(units(1));
    const after = [(await first.result()).id, (await second.result()).id];
    return {
      differ: before[0] !== before[1],
      same: before[0] === after[0] && before[1] === after[1],
      shape: before.every((id) => /^[a-z0-9-]{1,60}$/.test(id)),
    };
  });
  return {
    id: "T02",
    rows: ["T02", "D5"],
    title: "children have ids of their own, which stay the same when the parent is replayed",
    workflows: [parent, child],
    start: [{ workflow: "T02.parent" }],
    expect: { status: "SUCCEEDED", output: { differ: true, same: true, shape: true } },
  };
}

/** As if the start had been awaited: temporal#685, #2829, #4812. */
function startedInTheLastTick(policy: "abandon" | "request_cancel"): Scenario {
  const id = `T19-${policy}`;
  const child = workflow({ name: `${id}.child` }, async (ctx) => {
    await ctx.wait("long", units(3));
    return "ran";
  });
  const parent = workflow({ name: `${id}.parent` }, (ctx) => {
    void ctx.start(child, null, { name: "child", parentClosePolicy: policy });
    return "gone";
  });
  return {
    id,
    rows: ["T19", "M03"],
    title: `a parent that returns in the same tick has started its child (${policy})`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: {
      status: "SUCCEEDED",
      output: "gone",
      tree: { "/child": policy === "abandon" ? { status: "SUCCEEDED", output: "ran" } : { status: "CANCELLED" } },
    },
  };
}

function startedByOneThatFails(): Scenario {
  const child = workflow({ name: "T19-fails.child" }, () => "ran");
  const parent = workflow({ name: "T19-fails.parent" }, (ctx) => {
    void ctx.start(child, null, { name: "child" });
    throw new Error("at once");
  });
  return {
    id: "T19-fails",
    rows: ["T19"],
    title: "a parent that fails in the same tick has started its child",
    workflows: [parent, child],
    start: [{ workflow: "T19-fails.parent" }],
    expect: { status: "FAILED", tree: { "/child": { status: "SUCCEEDED", output: "ran" } } },
  };
}

function unawaitedFailure(): Scenario {
  const child = workflow({ name: "T25.child" }, () => {
    throw new Error("nobody listens");
  });
  const parent = workflow({ name: "T25.parent" }, async (ctx) => {
    void ctx.execute(child, null, { name: "first" });
    const late = ctx.execute(child, null, { name: "second" });
    await ctx.wait(units(3));
    return chain(await caught(() => late));
  });
  return {
    id: "T25",
    rows: ["T25"],
    title: "a child's failure that nobody awaits, or not yet, does not crash the parent",
    workflows: [parent, child],
    start: [{ workflow: "T25.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: ["ChildExecutionError", "Error"],
      tree: { "/first": { status: "FAILED" }, "/second": { status: "FAILED" } },
    },
  };
}

class Money {
  readonly amount = 5;
}

function inputThatCannotBeStored(): Scenario {
  const child = workflow({ name: "T26.child" }, () => "ran");
  const waiting = workflow({ name: "T26.waiting" }, async (ctx) => {
    const got = await ctx.waitForSignal("item");
    return got;
  });
  const parent = workflow({ name: "T26.parent" }, async (ctx) => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const bad = [() => 1, Symbol("s"), cycle, new Money(), { list: [{ deep: () => 1 }] }];
    const errors = await ctx.promise.all(bad.map((input) => caught(() => ctx.execute(child, input))));
    const started = await caught(() => ctx.start(child, { f: () => 1 }));
    const handle = await ctx.start(waiting, null, { name: "waiting" });
    const signal = await caught(() => handle.signal("item", { f: () => 1 }));
    await handle.signal("item", "good");
    return {
      codes: [...errors, started, signal].map(codeOf),
      path: errors[4] instanceof SerdesFailedError && errors[4].path,
      waiting: await handle.result(),
    };
  });
  return {
    id: "T26",
    rows: ["T26", "D1"],
    title: "input and signals that cannot be stored are refused at once; no child exists, nothing is sent",
    workflows: [parent, child, waiting],
    start: [{ workflow: "T26.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        codes: Array.from({ length: 7 }, () => "not_serializable"),
        path: "$.list[0].deep",
        waiting: "good",
      },
      tree: { "/": { status: "SUCCEEDED" }, "/waiting": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

function outputThatCannotBeStored(): Scenario {
  const child = workflow({ name: "T26-output.child" }, () => ({ f: () => 1 }));
  const parent = workflow({ name: "T26-output.parent" }, (ctx) => ctx.execute(child, null, { name: "child" }));
  const cause = { type: "SerdesFailedError", code: "not_serializable" };
  return {
    id: "T26-output",
    rows: ["T26"],
    title: "a child whose output cannot be stored fails",
    workflows: [parent, child],
    start: [{ workflow: "T26-output.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause },
      tree: { "/child": { status: "FAILED", error: cause } },
    },
  };
}

function voidResults(): Scenario {
  const nothing = workflow({ name: "T27.undefined" }, () => undefined);
  const empty = workflow({ name: "T27.null" }, () => null);
  const parent = workflow({ name: "T27.parent" }, async (ctx) => {
    const handle = await ctx.start(nothing, undefined, { name: "started" });
    return {
      undefined: (await ctx.execute(nothing, undefined, { name: "undefined" })) === undefined,
      null: (await ctx.execute(empty, null, { name: "null" })) === null,
      started: (await handle.result()) === undefined,
    };
  });
  return {
    id: "T27",
    rows: ["T27", "M13"],
    title: "undefined stays undefined, null stays null",
    workflows: [parent, nothing, empty],
    start: [{ workflow: "T27.parent" }],
    expect: { status: "SUCCEEDED", output: { undefined: true, null: true, started: true } },
  };
}

function pendingChildren(): Scenario {
  const child = workflow({ name: "T28.child" }, async (ctx, n: number) => {
    if (n === 0) await ctx.waitForSignal("finish");
    else await ctx.wait(units(6));
    return n;
  });
  const parent = workflow({ name: "T28.parent" }, async (ctx) => {
    const run = (n: number) => ctx.execute(child, n, { name: `child-${n}` });
    const [first, second, third] = [run(0), run(1), run(2)];
    const refused = codeOf(await caught(() => run(3)));
    await first;
    // One has ended, so there is room again.
    return { refused, results: await ctx.promise.all([first, second, third, run(4)]) };
  });
  return {
    id: "T28",
    rows: ["T28", "D22"],
    title: "children that a parent waits for are limited; one more is refused, and allowed when one has ended",
    workflows: [parent, child],
    start: [{ workflow: "T28.parent" }],
    script: [
      { when: { path: "/child-0", waitsFor: "finish" }, do: { kind: "signal", path: "/child-0", name: "finish" } },
    ],
    engine: { maxPendingChildren: 3 },
    expect: {
      status: "SUCCEEDED",
      output: { refused: "pending_children_exceeded", results: [0, 1, 2, 4] },
      tree: {
        "/": { status: "SUCCEEDED" },
        "/child-0": { status: "SUCCEEDED" },
        "/child-1": { status: "SUCCEEDED" },
        "/child-2": { status: "SUCCEEDED" },
        "/child-4": { status: "SUCCEEDED" },
      },
      exact: true,
    },
  };
}

function thousandChildren(): Scenario {
  const child = workflow({ name: "T28-1000.child" }, (_ctx, n: number) => n * 2);
  const parent = workflow({ name: "T28-1000.parent" }, async (ctx) => {
    const inputs = Array.from({ length: 1_000 }, (_, n) => n);
    const results = await ctx.promise.all(inputs.map((n) => ctx.execute(child, n, { name: "child" })));
    return { inOrder: results.every((value, n) => value === n * 2), count: results.length };
  });
  return {
    id: "T28-1000",
    rows: ["T28"],
    title: "a thousand children",
    workflows: [parent, child],
    start: [{ workflow: "T28-1000.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { inOrder: true, count: 1_000 },
      tree: { "/child#1000": { status: "SUCCEEDED", output: 1_998 } },
    },
  };
}

function inheritedPriority(): Scenario {
  const leaf = workflow({ name: "T29.leaf" }, (ctx) => ctx.info.priority);
  const child = workflow({ name: "T29.child" }, async (ctx) => ({
    own: ctx.info.priority,
    leaf: await ctx.execute(leaf, null, { name: "leaf" }),
  }));
  const parent = workflow({ name: "T29.parent" }, async (ctx) => ({
    own: ctx.info.priority,
    inherits: await ctx.execute(child, null, { name: "inherits", summary: "as its parent" }),
    overrides: await ctx.execute(child, null, { name: "overrides", priority: 1, attributes: { customer: "c1" } }),
  }));
  return {
    id: "T29",
    rows: ["T29"],
    title: "a child inherits its parent's priority unless it is given another",
    workflows: [parent, child, leaf],
    start: [{ workflow: "T29.parent", options: { priority: 5 } }],
    expect: {
      status: "SUCCEEDED",
      output: { own: 5, inherits: { own: 5, leaf: 5 }, overrides: { own: 1, leaf: 1 } },
    },
  };
}

export const scenarios: readonly Scenario[] = [
  startedThenEnded(),
  refusedStart(),
  idsOfChildren(),
  startedInTheLastTick("abandon"),
  startedInTheLastTick("request_cancel"),
  startedByOneThatFails(),
  unawaitedFailure(),
  inputThatCannotBeStored(),
  outputThatCannotBeStored(),
  voidResults(),
  pendingChildren(),
  thousandChildren(),
  inheritedPriority(),
];
