/** D9: what a step does besides returning: children, documents, events, state. Committed with its result, or dropped. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StepContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain } from "./treeline-errors.ts";

function committed(): Scenario {
  const child = workflow({ name: "D9.child" }, (_ctx, n: number) => n * 2);
  const root = workflow({ name: "D9.root" }, async (ctx) => {
    const id = await ctx.step("work", (s) => {
      s.setState("count", 1);
      s.emit("progress", { percent: 50 });
      s.document("report", { link: "https://example.org/1" });
      // The id is there at once; the child is launched when the step's result is durable.
      return s.start(child, 21, { name: "child" });
    });
    return { count: ctx.state.get("count"), child: await ctx.attach(id).result() };
  });
  return {
    id: "D9",
    rows: ["D9"],
    title: "a step's effects are there with its result",
    workflows: [root, child],
    start: [{ workflow: "D9.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { count: 1, child: 42 },
      state: { count: 1 },
      documents: { report: { link: "https://example.org/1" } },
      tree: { "/": { status: "SUCCEEDED" }, "/child": { status: "SUCCEEDED", output: 42, depth: 1 } },
      exact: true,
      events: [
        { type: "operation.succeeded", path: "/", name: "work" },
        { type: "execution.started", path: "/child" },
      ],
    },
  };
}

const child = (name: string) => workflow({ name }, (_ctx, label: string) => label);

/** Does the same as its label, in all ways. */
function everything(s: StepContext, target: ReturnType<typeof child>, label: string): void {
  s.setState(label, true);
  s.emit(label, label);
  s.document(label, label);
  s.start(target, label, { name: label });
}

function droppedWithTheAttempt(): Scenario {
  const target = child("D9-dropped.child");
  const root = workflow({ name: "D9-dropped.root" }, async (ctx) => {
    await ctx.step("work", (s) => {
      everything(s, target, s.attempt === 1 ? "lost" : "kept");
      if (s.attempt === 1) throw new Error("first attempt");
    });
    await ctx.wait(units(1));
    return ctx.state.all();
  });
  return {
    id: "D9-dropped",
    rows: ["D9"],
    title: "what a failed attempt did is dropped; what the good one did is kept",
    workflows: [root, target],
    start: [{ workflow: "D9-dropped.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { kept: true },
      state: { kept: true },
      documents: { kept: "kept" },
      tree: { "/": { status: "SUCCEEDED" }, "/kept": { status: "SUCCEEDED", output: "kept" } },
      exact: true,
      events: [{ type: "custom", path: "/", name: "kept" }],
      noEvents: [{ type: "custom", path: "/", name: "lost" }],
    },
  };
}

function droppedWithTheStep(): Scenario {
  const target = child("D9-failed.child");
  const root = workflow({ name: "D9-failed.root" }, async (ctx) => {
    const error = await caught(() =>
      ctx.step(
        "work",
        (s) => {
          everything(s, target, "lost");
          throw new Error("broken");
        },
        { retry: false },
      ),
    );
    await ctx.wait(units(1));
    return { types: chain(error), state: ctx.state.all() };
  });
  return {
    id: "D9-failed",
    rows: ["D9"],
    title: "a step that fails for good has no effects",
    workflows: [root, target],
    start: [{ workflow: "D9-failed.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { types: ["StepError", "Error"], state: {} },
      state: {},
      documents: {},
      tree: { "/": { status: "SUCCEEDED" } },
      exact: true,
      noEvents: [{ type: "custom", path: "/", name: "lost" }],
    },
  };
}

/** A result that cannot be stored is a failed attempt like any other. */
function droppedWithTheResult(): Scenario {
  const target = child("D9-result.child");
  const root = workflow({ name: "D9-result.root" }, async (ctx) => {
    const error = await caught(() =>
      ctx.step(
        "work",
        (s) => {
          everything(s, target, "lost");
          return () => "not storable";
        },
        { retry: false },
      ),
    );
    return chain(error).includes("SerdesFailedError");
  });
  return {
    id: "D9-result",
    rows: ["D9", "D1"],
    title: "a step whose result cannot be stored fails, and has no effects",
    workflows: [root, target],
    start: [{ workflow: "D9-result.root" }],
    expect: { status: "SUCCEEDED", output: true, state: {}, tree: { "/": { status: "SUCCEEDED" } }, exact: true },
  };
}

function manyFromOneStep(): Scenario {
  const target = child("D9-many.child");
  const root = workflow({ name: "D9-many.root" }, async (ctx) => {
    const ids = await ctx.step("work", (s) => ["a", "b", "a"].map((label) => s.start(target, label)));
    const again = await ctx.step("work", (s) => s.start(target, "c"));
    const all = [...ids, again];
    return {
      distinct: new Set(all).size,
      results: await ctx.promise.all(all.map((id) => ctx.attach(id).result())),
    };
  });
  return {
    id: "D9-many",
    rows: ["D9", "K7"],
    title: "every start of a step is a child of its own, also with the same input and in a second step of the name",
    workflows: [root, target],
    start: [{ workflow: "D9-many.root" }],
    expect: { status: "SUCCEEDED", output: { distinct: 4, results: ["a", "b", "a", "c"] } },
  };
}

/** A child of a step is started, not awaited: abandoned unless the start says otherwise. */
function policyOfStepChildren(): Scenario {
  const target = workflow({ name: "D9-policy.child" }, async (ctx) => {
    await ctx.wait("long", units(6));
    return "on my own";
  });
  const root = workflow({ name: "D9-policy.root" }, async (ctx) => {
    await ctx.step("work", (s) => {
      s.start(target, null, { name: "free" });
      s.start(target, null, { name: "bound", parentClosePolicy: "terminate" });
    });
    await ctx.waitForSignal("end");
  });
  return {
    id: "D9-policy",
    rows: ["D9", "T18"],
    title: "close policies hold for a step's children",
    workflows: [root, target],
    start: [{ workflow: "D9-policy.root" }],
    script: [{ when: { path: "/bound", waitsFor: "long" }, do: { kind: "signal", path: "/", name: "end" } }],
    expect: {
      status: "SUCCEEDED",
      tree: { "/free": { status: "SUCCEEDED", output: "on my own" }, "/bound": { status: "STOPPED" } },
    },
  };
}

function lastWordOfDocuments(): Scenario {
  const root = workflow({ name: "D9-documents.root" }, async (ctx) => {
    ctx.document("link", { href: "/1" });
    ctx.document("message", "hello");
    await ctx.wait(units(1));
    ctx.document("link", { href: "/2", seen: new Date(0) });
    await ctx.step("work", (s) => {
      s.document("message", "between");
      s.document("message", "bye");
    });
    return "done";
  });
  return {
    id: "D9-documents",
    rows: ["D9", "D14"],
    title: "a document is replaced by the next one of its id",
    workflows: [root],
    start: [{ workflow: "D9-documents.root" }],
    expect: {
      status: "SUCCEEDED",
      documents: { link: { href: "/2", seen: new Date(0) }, message: "bye" },
      events: [
        { type: "document.updated", path: "/", name: "link" },
        { type: "document.updated", path: "/", name: "message" },
        { type: "document.updated", path: "/", name: "link" },
        { type: "document.updated", path: "/", name: "message" },
      ],
    },
  };
}

function eventsInOrder(): Scenario {
  const root = workflow({ name: "D9-events.root" }, async (ctx) => {
    ctx.emit("begun");
    await ctx.step("work", (s) => {
      s.emit("halfway", { percent: 50 });
    });
    ctx.emit("done", [1, 2]);
  });
  return {
    id: "D9-events",
    rows: ["D9", "D14"],
    title: "an execution's own events stand among the others, in order",
    workflows: [root],
    start: [{ workflow: "D9-events.root" }],
    expect: {
      status: "SUCCEEDED",
      events: [
        { type: "execution.started", path: "/" },
        { type: "custom", path: "/", name: "begun" },
        { type: "operation.started", path: "/", name: "work" },
        { type: "custom", path: "/", name: "halfway", data: { percent: 50 } },
        { type: "custom", path: "/", name: "done", data: [1, 2] },
        { type: "execution.succeeded", path: "/" },
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  committed(),
  droppedWithTheAttempt(),
  droppedWithTheStep(),
  droppedWithTheResult(),
  manyFromOneStep(),
  policyOfStepChildren(),
  lastWordOfDocuments(),
  eventsInOrder(),
];
