/** M08: the user's own ids. Policies on conflict and reuse: temporal-ids.ts. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf, told } from "./treeline-errors.ts";

function idOfChild(): Scenario {
  const child = workflow({ name: "M08.child" }, (ctx) => ctx.info.publicId);
  const parent = workflow({ name: "M08.parent" }, async (ctx) => {
    const named = await ctx.execute(child, null, { name: "named", id: "M08-case-1-charge" });
    const one = await ctx.execute(child, null, { name: "one" });
    const two = await ctx.execute(child, null, { name: "two" });
    return { named, ownIds: one !== two && one !== ctx.info.publicId };
  });
  return {
    id: "M08",
    rows: ["M08", "T02"],
    title: "a child has the id that its parent gives it, and one of its own otherwise",
    workflows: [parent, child],
    start: [{ workflow: "M08.parent", options: { id: "M08-case-1" } }],
    expect: {
      status: "SUCCEEDED",
      output: { named: "M08-case-1-charge", ownIds: true },
      tree: {
        "id:M08-case-1": { status: "SUCCEEDED", workflow: "M08.parent" },
        "id:M08-case-1-charge": { status: "SUCCEEDED", workflow: "M08.child" },
        "/named": { status: "SUCCEEDED", output: "M08-case-1-charge" },
      },
    },
  };
}

function lengthOfIds(): Scenario {
  const child = workflow({ name: "M08-length.child" }, (ctx) => ctx.info.publicId.length);
  const parent = workflow({ name: "M08-length.parent" }, async (ctx) => {
    const longest = await ctx.execute(child, null, { name: "longest", id: `M08-length-${"x".repeat(245)}` });
    const tooLong = await caught(() => ctx.execute(child, null, { id: "x".repeat(257) }));
    return { longest, tooLong: codeOf(tooLong) };
  });
  return {
    id: "M08-length",
    rows: ["M08", "D5"],
    title: "an id may have 256 characters, not 257",
    workflows: [parent, child],
    start: [
      { workflow: "M08-length.parent" },
      { workflow: "M08-length.child", options: { id: "x".repeat(257) }, refused: { code: "invalid_argument" } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: { longest: 256, tooLong: "invalid_argument" },
      tree: { "/": { status: "SUCCEEDED" }, "/longest": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

function strangeIds(): Scenario {
  const ids = ["M08/a b/é#1", "M08.__proto__", "M08:ärger?x=1&y=%2F", "M08-🌲"];
  const child = workflow({ name: "M08-strange.child" }, (ctx) => ctx.info.publicId);
  const parent = workflow({ name: "M08-strange.parent" }, async (ctx) => {
    const handles = await ctx.promise.all(ids.map((id) => ctx.start(child, null, { id })));
    return ctx.promise.all(handles.map((handle) => handle.result()));
  });
  return {
    id: "M08-strange",
    rows: ["M08", "D5"],
    title: "an id may hold any characters",
    workflows: [parent, child],
    start: [{ workflow: "M08-strange.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: ids,
      tree: Object.fromEntries(ids.map((id) => [`id:${id}`, { status: "SUCCEEDED", output: id }])),
    },
  };
}

function runningIdIsRefusedOutside(): Scenario {
  const options = { id: "M08-outside-1" };
  const root = workflow({ name: "M08-outside.root" }, async (ctx) => {
    await ctx.waitForSignal("end");
    return "first";
  });
  const next = workflow({ name: "M08-outside.next" }, () => "second");
  return {
    id: "M08-outside",
    rows: ["M08", "T15"],
    title: "an id that is running is refused to the next who asks for it, and free once its execution has ended",
    workflows: [root, next],
    start: [
      { workflow: "M08-outside.root", options },
      {
        workflow: "M08-outside.next",
        options,
        refused: { type: "ExecutionAlreadyStartedError", code: "execution_already_started" },
      },
    ],
    script: [
      { when: { path: "/", waitsFor: "end" }, do: { kind: "signal", path: "/", name: "end" } },
      {
        when: { path: "/", status: "SUCCEEDED" },
        do: { kind: "start", start: { workflow: "M08-outside.next", options } },
      },
    ],
    expect: {
      status: "SUCCEEDED",
      output: "first",
      // The id now means the later one; the path still means the first.
      tree: { "id:M08-outside-1": { status: "SUCCEEDED", workflow: "M08-outside.next", output: "second" } },
    },
  };
}

/** The pattern of Mistral's guide: an id made from the case, so that a parent that is retried finds its child again. */
function retriedParentFindsItsChild(): Scenario {
  const id = "M08-retried-charge";
  const child = workflow({ name: "M08-retried.child" }, async (ctx) => {
    await ctx.wait(units(6));
    return `charged once by ${ctx.info.publicId}`;
  });
  const parent = workflow({ name: "M08-retried.parent" }, async (ctx) => {
    const started = await told(async () => {
      const handle = await ctx.start(child, null, { name: "child", id });
      return handle.workflow;
    });
    if (ctx.info.attempt === 1) throw new Error("parent broke");
    return { started, result: await ctx.attach(id).result() };
  });
  return {
    id: "M08-retried",
    rows: ["M08", "T15", "T17"],
    title: "a parent that is retried meets the child of its first attempt and attaches to it",
    workflows: [parent, child],
    start: [
      {
        workflow: "M08-retried.parent",
        options: { retry: { maxAttempts: 2, initialDelay: units(1), jitter: "NONE" } },
      },
    ],
    expect: {
      status: "SUCCEEDED",
      output: { started: { error: ["ExecutionAlreadyStartedError"] }, result: `charged once by ${id}` },
      tree: { "/": { status: "SUCCEEDED", generation: 2 }, [`id:${id}`]: { status: "SUCCEEDED" } },
    },
  };
}

function idAfterClose(): Scenario {
  const child = workflow({ name: "M08-again.child" }, (_ctx, turn: number) => turn);
  const parent = workflow({ name: "M08-again.parent" }, async (ctx) => {
    const first = await ctx.execute(child, 1, { name: "first", id: "M08-again-1" });
    const second = await ctx.execute(child, 2, { name: "second", id: "M08-again-1" });
    const attached = await ctx.attach("M08-again-1").result();
    return { first, second, attached };
  });
  return {
    id: "M08-again",
    rows: ["M08", "T16"],
    title: "an id may be used again once its execution has ended; it then means the later one",
    workflows: [parent, child],
    start: [{ workflow: "M08-again.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { first: 1, second: 2, attached: 2 },
      tree: { "/first": { status: "SUCCEEDED", output: 1 }, "/second": { status: "SUCCEEDED", output: 2 } },
    },
  };
}

function attachToNobody(): Scenario {
  const root = workflow({ name: "M08-nobody.root" }, async (ctx) => {
    const handle = ctx.attach("M08-nobody-knows");
    const result = await caught(() => handle.result());
    const status = await caught(() => handle.status());
    return [chain(result), chain(status)];
  });
  return {
    id: "M08-nobody",
    rows: ["M08", "T22"],
    title: "attaching to an id that nobody has is an error once something is asked of it",
    workflows: [root],
    start: [{ workflow: "M08-nobody.root" }],
    expect: { status: "SUCCEEDED", output: [["ExecutionNotFoundError"], ["ExecutionNotFoundError"]] },
  };
}

export const scenarios: readonly Scenario[] = [
  idOfChild(),
  lengthOfIds(),
  strangeIds(),
  runningIdIsRefusedOutside(),
  retriedParentFindsItsChild(),
  idAfterClose(),
  attachToNobody(),
];
