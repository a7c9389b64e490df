/** Bugs of other engines, one scenario each: (a) to (k) of field.md §2. (d), (i), (j) stand where their theme is. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain } from "./treeline-errors.ts";

/** (a) trigger.dev #1171, #1296: the wake-up that comes before anybody sleeps. */
function endsBeforeTheParentParks(): Scenario {
  const child = workflow({ name: "field-a.child" }, (_ctx, n: number) => n);
  const parent = workflow({ name: "field-a.parent" }, async (ctx) => {
    const results: unknown[] = [];
    for (let n = 0; n < 20; n += 1) results.push(await ctx.execute(child, n, { name: "child" }));
    const handle = await ctx.start(child, 20, { name: "started" });
    await ctx.step("busy", () => "while the child ends");
    results.push(await handle.result());
    return results;
  });
  return {
    id: "field-a",
    rows: ["field:a", "K9"],
    title: "a child that ends before its parent has parked wakes it all the same, every time",
    workflows: [parent, child],
    start: [{ workflow: "field-a.parent" }],
    expect: { status: "SUCCEEDED", output: Array.from({ length: 21 }, (_, n) => n) },
  };
}

/** (b) n8n #31180: errors after a resume were swallowed. */
function failsAfterCallback(): Scenario {
  const child = workflow({ name: "field-b.child" }, async (ctx) => {
    const [answer] = ctx.createCallback<string>("approval");
    throw new Error(`approved with ${await answer}, and broke`);
  });
  const parent = workflow({ name: "field-b.parent" }, (ctx) => ctx.execute(child, null, { name: "child" }));
  return {
    id: "field-b",
    rows: ["field:b", "D10"],
    title: "a child that fails after a callback has resumed it fails its parent",
    workflows: [parent, child],
    start: [{ workflow: "field-b.parent" }],
    script: [
      {
        when: { path: "/child", waitsFor: "approval" },
        do: { kind: "callback", path: "/child", name: "approval", succeed: "yes" },
      },
    ],
    expect: {
      status: "FAILED",
      error: { type: "ChildExecutionError", cause: { message: "approved with yes, and broke" } },
      tree: { "/child": { status: "FAILED" } },
    },
  };
}

/** (c) n8n #22611: several children resumed the same parent twice. */
function endInTheSameMillisecond(): Scenario {
  const child = workflow({ name: "field-c.child" }, async (ctx, n: number) => {
    await ctx.wait(units(2));
    return n;
  });
  const parent = workflow({ name: "field-c.parent" }, async (ctx) => {
    let resumed = 0;
    const results = await ctx.promise.all(
      [1, 2].map(async (n) => {
        const result = await ctx.execute(child, n, { name: `child-${n}` });
        resumed += 1;
        return result;
      }),
    );
    const after = await ctx.step("after", () => "once");
    return { results, resumed, after };
  });
  return {
    id: "field-c",
    rows: ["field:c", "K8"],
    title: "two children that end in the same millisecond are both heard, each once",
    workflows: [parent, child],
    start: [{ workflow: "field-c.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { results: [1, 2], resumed: 2, after: "once" },
      operations: [
        { kind: "CHILD", name: "child-1", status: "SUCCEEDED", result: 1 },
        { kind: "CHILD", name: "child-2", status: "SUCCEEDED", result: 2 },
        { kind: "STEP", name: "after", status: "SUCCEEDED", attempts: 1 },
      ],
    },
  };
}

/** (e) n8n #32206: SUCCESS overwrote CANCELLED. Which of the two wins is open; that there is one, and the same for all, is not. */
function endsAndIsCancelled(how: "cancel" | "stop"): Scenario {
  const id = `field-e-${how}`;
  const child = workflow({ name: `${id}.child` }, async (ctx) => {
    await ctx.wait(units(2));
    return "done";
  });
  const parent = workflow({ name: `${id}.parent` }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    await ctx.wait(units(2));
    await handle[how]();
    const outcome = await handle.outcome();
    await ctx.wait(units(2));
    return {
      one: outcome.status === (await handle.status()),
      terminal: ["SUCCEEDED", "CANCELLED", "STOPPED"].includes(outcome.status),
      fits: (outcome.output === "done") === (outcome.status === "SUCCEEDED"),
    };
  });
  return {
    id,
    rows: ["field:e", "M25", "K8"],
    title: `a child that ends while it is asked to ${how} has one end, and it stays`,
    workflows: [parent, child],
    start: [{ workflow: `${id}.parent` }],
    expect: { status: "SUCCEEDED", output: { one: true, terminal: true, fits: true } },
  };
}

/** (f) temporal#10639: a parent that was begun anew waited forever for a child that had ended meanwhile. */
function begunAnewAfterTheChildEnded(): Scenario {
  const child = workflow({ name: "field-f.child" }, () => "ended before");
  const parent = workflow({ name: "field-f.parent" }, async (ctx) => {
    if (ctx.info.attempt === 1) {
      const handle = await ctx.start(child, null, { name: "child", id: "field-f-1" });
      await handle.result();
      throw new Error("first attempt");
    }
    return ctx.attach("field-f-1").result();
  });
  return {
    id: "field-f",
    rows: ["field:f", "T17"],
    title: "a parent that is begun anew sees the child that has ended",
    workflows: [parent, child],
    start: [{ workflow: "field-f.parent", options: { retry: { maxAttempts: 2, initialDelay: units(1) } } }],
    expect: { status: "SUCCEEDED", output: "ended before", tree: { "id:field-f-1": { status: "SUCCEEDED" } } },
  };
}

/** (g) dbos#1262, kibana#289957: a child that is still starting children must not outrun the cascade. */
function startsChildrenDuringTheCascade(): Scenario {
  const leaf = workflow({ name: "field-g.leaf" }, (ctx) => ctx.wait("long", units(60)));
  const child = workflow({ name: "field-g.child" }, async (ctx) => {
    const policy = { parentClosePolicy: "terminate" } as const;
    for (let n = 1; n <= 60; n += 1) {
      await ctx.start(leaf, null, { name: `leaf-${n}`, ...policy });
      await ctx.wait(units(1));
    }
  });
  const parent = workflow({ name: "field-g.parent" }, (ctx) => ctx.execute(child, null, { name: "child" }));
  return {
    id: "field-g",
    rows: ["field:g", "K10"],
    title: "a stop goes down to every leaf, the one that was started last included",
    workflows: [parent, child, leaf],
    start: [{ workflow: "field-g.parent" }],
    script: [{ when: { path: "/child/leaf-3", waitsFor: "long" }, do: { kind: "stop", path: "/" } }],
    expect: {
      status: "STOPPED",
      tree: {
        "/child": { status: "STOPPED" },
        "/child/leaf-1": { status: "STOPPED" },
        "/child/leaf-2": { status: "STOPPED" },
        "/child/leaf-3": { status: "STOPPED" },
      },
    },
  };
}

function refusesChildrenDuringTheCascade(): Scenario {
  const leaf = workflow({ name: "field-g-cancel.leaf" }, () => "ran");
  const child = workflow({ name: "field-g-cancel.child" }, async (ctx) => {
    await caught(() => ctx.wait("long", units(60)));
    return chain(await caught(() => ctx.start(leaf, null, { name: "leaf" })));
  });
  const parent = workflow({ name: "field-g-cancel.parent" }, (ctx) => ctx.execute(child, null, { name: "child" }));
  return {
    id: "field-g-cancel",
    rows: ["field:g", "K10", "T07"],
    title: "a child that was asked to cancel starts no grandchild any more",
    workflows: [parent, child, leaf],
    start: [{ workflow: "field-g-cancel.parent" }],
    script: [{ when: { path: "/child", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "SUCCEEDED",
      output: ["CancelledError"],
      tree: { "/": { status: "SUCCEEDED" }, "/child": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

/** (h) temporal#2390: the policy hit a later, unrelated execution with the same id. */
function laterOneOfTheSameId(): Scenario {
  const child = workflow({ name: "field-h.child" }, () => "first");
  const stranger = workflow({ name: "field-h.stranger" }, async (ctx) => {
    await ctx.wait("long", units(4));
    return "unharmed";
  });
  const parent = workflow({ name: "field-h.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "child", id: "field-h-1", parentClosePolicy: "terminate" });
    await ctx.waitForSignal("end");
    return "gone";
  });
  return {
    id: "field-h",
    rows: ["field:h", "T18"],
    title: "a close policy does not touch a later execution that has its child's id",
    workflows: [parent, child, stranger],
    start: [{ workflow: "field-h.parent" }],
    script: [
      {
        when: { path: "/child", status: "SUCCEEDED" },
        do: { kind: "start", start: { workflow: "field-h.stranger", options: { id: "field-h-1" } } },
      },
      { when: { path: "id:field-h-1", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: "gone",
      tree: {
        "/child": { status: "SUCCEEDED", output: "first" },
        "id:field-h-1": { status: "SUCCEEDED", output: "unharmed", workflow: "field-h.stranger" },
      },
    },
  };
}

/** (k) Azure/durable#2971: children that nobody awaits were joined by force. */
function doesNotDelayItsParent(): Scenario {
  const child = workflow({ name: "field-k.child" }, async (ctx) => {
    await ctx.wait(units(6));
    return "late";
  });
  const parent = workflow({ name: "field-k.parent" }, async (ctx) => {
    await ctx.start(child, null, { name: "started" });
    return "gone";
  });
  const grandparent = workflow({ name: "field-k.grandparent" }, (ctx) => ctx.execute(parent, null, { name: "parent" }));
  return {
    id: "field-k",
    rows: ["field:k", "M03"],
    title: "an un-awaited grandchild delays neither its parent nor whoever awaits that one",
    workflows: [grandparent, parent, child],
    start: [{ workflow: "field-k.grandparent" }],
    expect: {
      status: "SUCCEEDED",
      output: "gone",
      tree: { "/parent/started": { status: "SUCCEEDED", output: "late" } },
      events: [
        { type: "execution.succeeded", path: "/parent" },
        { type: "execution.succeeded", path: "/" },
        { type: "execution.succeeded", path: "/parent/started" },
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  endsBeforeTheParentParks(),
  failsAfterCallback(),
  endInTheSameMillisecond(),
  endsAndIsCancelled("cancel"),
  endsAndIsCancelled("stop"),
  begunAnewAfterTheChildEnded(),
  startsChildrenDuringTheCascade(),
  refusesChildrenDuringTheCascade(),
  laterOneOfTheSameId(),
  doesNotDelayItsParent(),
];
