/** What an author's code can do to itself, to its engine and to other executions (issue 8, isolation). */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

function circleOfCauses(): Scenario {
  const root = workflow({ name: "fault-A4.root" }, async (ctx) => {
    await caught(() => ctx.wait("long", units(60)));
    await ctx.nonCancellable((c) => c.step("refund", () => 1));
    const inner = new Error("inner");
    const outer = new Error("outer", { cause: inner });
    inner.cause = outer;
    throw outer;
  });
  return {
    id: "fault-A4",
    rows: ["fault:A4"],
    title: "a cancelled execution whose error has a circle of causes fails with that error",
    workflows: [root],
    start: [{ workflow: "fault-A4.root" }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "FAILED", error: { message: "outer", cause: { message: "inner" } } },
  };
}

function handledLater(): Scenario {
  const child = workflow({ name: "fault-A1.child" }, async (ctx, wait: number) => {
    await ctx.wait(units(wait));
    if (wait < 5) throw new Error("refused");
    return wait;
  });
  const trip = workflow({ name: "fault-A1.trip" }, async (ctx) => {
    const book = async (wait: number): Promise<number> => (await ctx.execute(child, wait)) + 1;
    const flight = book(9);
    const hotel = book(2);
    try {
      return [await flight, await hotel];
    } catch {
      return "compensated";
    }
  });
  return {
    id: "fault-A1",
    rows: ["fault:A1"],
    title: "a rejection that the code comes to await later is handled there",
    workflows: [trip, child],
    start: [{ workflow: "fault-A1.trip" }],
    expect: { status: "SUCCEEDED", output: "compensated" },
  };
}

function neverHandled(): Scenario {
  const root = workflow({ name: "fault-A1-never.root" }, async (ctx) => {
    const charge = async (): Promise<void> => {
      await ctx.step("charge", () => 1);
      throw new RangeError("too much");
    };
    void charge();
    await ctx.wait(units(3));
    return "fine";
  });
  return {
    id: "fault-A1-never",
    rows: ["fault:A1"],
    title: "a rejection that nothing handles fails an execution that would have succeeded",
    workflows: [root],
    start: [{ workflow: "fault-A1-never.root" }],
    expect: {
      status: "FAILED",
      error: {
        type: "UnhandledRejectionError",
        code: "unhandled_rejection",
        message: /too much/,
        cause: { type: "RangeError", message: "too much" },
      },
    },
  };
}

/** In every place where workflow code can stand: each execution fails with the rejection of its own. */
function inEveryScope(): Scenario {
  const places = ["microtask", "last", "context", "branch", "item", "derived"] as const;
  const child = workflow({ name: "fault-A1-places.child" }, async (ctx, place: (typeof places)[number]) => {
    const lose = async (): Promise<never> => Promise.reject(new Error(place));
    if (place === "microtask") queueMicrotask(() => void lose());
    if (place === "context") await ctx.runInChildContext("scope", () => void lose());
    if (place === "branch") await ctx.parallel([(branch) => branch.step("s", () => 1), () => void lose()]);
    if (place === "item") await ctx.map([1, 2], (item) => void item.wait(units(1)).then(lose));
    if (place === "derived") {
      const derived = ctx.wait(units(1)).then(lose);
      await Promise.race([derived.then(() => 1), ctx.wait(units(3))]).catch(() => undefined);
    }
    await ctx.wait(units(5));
    if (place === "last") void lose();
    return place;
  });
  const root = workflow({ name: "fault-A1-places.root" }, async (ctx) => {
    const ends = await ctx.executeAll(child, places, { completion: { toleratedFailureCount: places.length } });
    return ends.all.map(({ error }) => (error?.cause as Error | undefined)?.message.split(": ").at(-1)?.split(".")[0]);
  });
  return {
    id: "fault-A1-places",
    rows: ["fault:A1"],
    title: "a rejection belongs to the execution whose code made it, wherever in that code",
    workflows: [root, child],
    start: [{ workflow: "fault-A1-places.root" }],
    expect: { status: "SUCCEEDED", output: ["microtask", "last", "context", "branch", "item", undefined] },
  };
}

function otherwiseALine(): Scenario {
  const root = workflow({ name: "fault-A1-other.root" }, async (ctx) => {
    void Promise.reject(new Error("nobody looks"));
    await ctx.step("s", () => {
      void Promise.reject(new Error("of a step"));
    });
    throw new TypeError("the end");
  });
  return {
    id: "fault-A1-other",
    rows: ["fault:A1"],
    title: "a rejection that nothing handles does not replace the failure of the code, nor harm a step",
    workflows: [root],
    start: [{ workflow: "fault-A1-other.root" }],
    expect: {
      status: "FAILED",
      error: { type: "TypeError", message: "the end" },
      operations: [{ kind: "STEP", name: "s", status: "SUCCEEDED", attempts: 1 }],
    },
  };
}

function rejectedByACancel(): Scenario {
  const root = workflow({ name: "fault-A1-cancel.root" }, async (ctx) => {
    const after = async (): Promise<void> => ctx.wait("left alone", units(60));
    void after();
    await caught(() => ctx.wait("long", units(60)));
    return "cleaned up";
  });
  return {
    id: "fault-A1-cancel",
    rows: ["fault:A1"],
    title: "what a cancel rejects and nothing awaits any more does not fail the execution",
    workflows: [root],
    start: [{ workflow: "fault-A1-cancel.root" }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "SUCCEEDED", output: "cleaned up" },
  };
}

export const scenarios: readonly Scenario[] = [
  circleOfCauses(),
  handledLater(),
  neverHandled(),
  inEveryScope(),
  otherwiseALine(),
  rejectedByACancel(),
];
