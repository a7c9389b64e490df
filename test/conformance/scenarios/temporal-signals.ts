/** T21: signals between executions. Order and closed targets: mistral-signals.ts; unknown targets: T22. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf } from "./treeline-errors.ts";

function withSeveralValues(): Scenario {
  const child = workflow({ name: "T21.child" }, async (ctx) => {
    const [id, name] = await ctx.waitForSignal<[number, string]>("details");
    await ctx.waitForSignal("unblock");
    return { id, name };
  });
  const parent = workflow({ name: "T21.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    await handle.signal("details", [123, "kid"]);
    await handle.signal("unblock");
    return handle.result();
  });
  return {
    id: "T21",
    rows: ["T21", "M18"],
    title: "a parent signals its child, with and without a payload",
    workflows: [parent, child],
    start: [{ workflow: "T21.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { id: 123, name: "kid" },
      events: [
        { type: "signal.received", path: "/child", name: "details" },
        { type: "signal.received", path: "/child", name: "unblock" },
      ],
    },
  };
}

function beforeItStarts(): Scenario {
  const child = workflow({ name: "T21-early.child" }, async (ctx) => [
    await ctx.waitForSignal("item"),
    await ctx.waitForSignal("item"),
  ]);
  const parent = workflow({ name: "T21-early.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child", startDelay: units(4) });
    await handle.signal("item", 1);
    await handle.signal("item", 2);
    return handle.result();
  });
  return {
    id: "T21-early",
    rows: ["T21"],
    title: "signals to a child that has not begun yet are kept for it",
    workflows: [parent, child],
    start: [{ workflow: "T21-early.parent" }],
    expect: { status: "SUCCEEDED", output: [1, 2] },
  };
}

function cancelledSignal(): Scenario {
  const child = workflow({ name: "T21-cancelled.child" }, async (ctx) =>
    chain(await caught(() => ctx.waitForSignal("item", { timeout: units(6) }))),
  );
  const parent = workflow({ name: "T21-cancelled.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    await caught(() => ctx.wait("long", units(60)));
    return chain(await caught(() => handle.signal("item", 1)));
  });
  return {
    id: "T21-cancelled",
    rows: ["T21"],
    title: "a signal that a cancelled parent sends is refused and not delivered",
    workflows: [parent, child],
    start: [{ workflow: "T21-cancelled.parent" }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: {
      status: "SUCCEEDED",
      output: ["CancelledError"],
      tree: { "/child": { status: "SUCCEEDED", output: ["WaitTimeoutError"] } },
      noEvents: [{ type: "signal.received", path: "/child" }],
    },
  };
}

/** Three executions that talk past their parent: any execution may signal any other by id. */
function betweenSiblings(): Scenario {
  const listener = workflow({ name: "T21-siblings.listener" }, (ctx) => ctx.waitForSignal("greeting"));
  const speaker = workflow({ name: "T21-siblings.speaker" }, async (ctx, listenerId: string) => {
    await ctx.attach(listenerId).signal("greeting", `from ${ctx.info.workflow}`);
    return codeOf(await caught(() => ctx.attach("T21-siblings-nobody").signal("greeting")));
  });
  const parent = workflow({ name: "T21-siblings.parent" }, async (ctx) => {
    const heard = await ctx.start(listener, null, { name: "listener" });
    const missing = await ctx.execute(speaker, heard.executionId, { name: "speaker" });
    return { heard: await heard.result(), missing };
  });
  return {
    id: "T21-siblings",
    rows: ["T21", "T22"],
    title: "a child signals its sibling by id; one that nobody has is an error",
    workflows: [parent, listener, speaker],
    start: [{ workflow: "T21-siblings.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { heard: "from T21-siblings.speaker", missing: "execution_not_found" },
    },
  };
}

function childSignalsItsParent(): Scenario {
  const child = workflow({ name: "T21-up.child" }, async (ctx, n: number) => {
    const parentId = ctx.lineage.parentId ?? "";
    for (const done of [1, 2, 3]) await ctx.attach(parentId).signal("progress", n * done);
    return "done";
  });
  const parent = workflow({ name: "T21-up.parent" }, async (ctx) => {
    const handle = await ctx.start(child, 10, { name: "child" });
    const progress: unknown[] = [];
    while (progress.length < 3) progress.push(await ctx.waitForSignal("progress"));
    return { progress, result: await handle.result() };
  });
  return {
    id: "T21-up",
    rows: ["T21"],
    title: "a child reports its progress to its parent",
    workflows: [parent, child],
    start: [{ workflow: "T21-up.parent" }],
    expect: { status: "SUCCEEDED", output: { progress: [10, 20, 30], result: "done" } },
  };
}

function signalThenResult(): Scenario {
  const child = workflow({ name: "T21-both.child" }, async (ctx) => `got ${await ctx.waitForSignal<string>("item")}`);
  const parent = workflow({ name: "T21-both.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    // At the same time: the wait for the result is not in the way of the signal.
    const [result] = await ctx.promise.all([handle.result(), handle.signal("item", "it")]);
    return result;
  });
  return {
    id: "T21-both",
    rows: ["T21"],
    title: "a child is signalled while its result is awaited",
    workflows: [parent, child],
    start: [{ workflow: "T21-both.parent" }],
    expect: { status: "SUCCEEDED", output: "got it" },
  };
}

export const scenarios: readonly Scenario[] = [
  withSeveralValues(),
  beforeItStarts(),
  cancelledSignal(),
  betweenSiblings(),
  childSignalsItsParent(),
  signalThenResult(),
];
