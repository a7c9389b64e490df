/** What an author's code can do to itself, to its engine and to other executions (issue 8, isolation). */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, codeOf } from "./treeline-errors.ts";

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

/** Every member of the context that records or draws, by the name that the refusal gives it. */
const CALLS: Readonly<Record<string, (ctx: WorkflowContext) => unknown>> = {
  "ctx.uuid": (ctx) => ctx.uuid(),
  "ctx.random": (ctx) => ctx.random(),
  "ctx.now": (ctx) => ctx.now(),
  "ctx.patched": (ctx) => ctx.patched("p"),
  "ctx.emit": (ctx) => ctx.emit("event"),
  "ctx.document": (ctx) => ctx.document("d", 1),
  "ctx.state.set": (ctx) => ctx.state.set("k", 1),
  "ctx.state.delete": (ctx) => ctx.state.delete("k"),
  "ctx.step": (ctx) => ctx.step("inner", () => 1),
  "ctx.wait": (ctx) => ctx.wait(1),
  "ctx.waitForSignal": (ctx) => ctx.waitForSignal("s"),
  "ctx.waitForState": (ctx) => ctx.waitForState(() => true),
  "ctx.waitForCallback": (ctx) => ctx.waitForCallback("c", () => undefined),
  "ctx.waitForCondition": (ctx) =>
    ctx.waitForCondition("c", () => 1, { initialState: 1, waitStrategy: () => ({ shouldContinue: false }) }),
  "ctx.createCallback": (ctx) => ctx.createCallback("c"),
  "ctx.receive": (ctx) => ctx.receive({ signals: ["s"] }),
  "ctx.runInChildContext": (ctx) => ctx.runInChildContext("c", () => 1),
  "ctx.nonCancellable": (ctx) => ctx.nonCancellable(() => 1),
  "ctx.parallel": (ctx) => ctx.parallel([() => 1]),
  "ctx.map": (ctx) => ctx.map([1], () => 1),
  "ctx.execute": (ctx) => ctx.execute("fault-B2.other", null),
  "ctx.start": (ctx) => ctx.start("fault-B2.other", null),
  "ctx.executeAll": (ctx) => ctx.executeAll("fault-B2.other", [null]),
  "ctx.continueAsNew": (ctx) => ctx.continueAsNew(null),
  "the result of a handle": (ctx) => ctx.attach("x").result(),
  "status of a handle": (ctx) => ctx.attach("x").status(),
};

/** Which calls were not refused with a sentence that names `where`, and themselves. */
async function taken(ctx: WorkflowContext, where: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [name, call] of Object.entries(CALLS)) {
    const error = await caught(() => call(ctx));
    const message = error instanceof Error ? error.message : "";
    const isRefused = codeOf(error) === "context_misplaced" && message.startsWith(name) && message.includes(where);
    if (!isRefused) names.push(`${name}: ${message}`);
  }
  return names;
}

function contextInABody(): Scenario {
  const other = workflow({ name: "fault-B2.other" }, () => 1);
  const root = workflow({ name: "fault-B2.root" }, async (ctx) => {
    const where = (name: string): string => `in the body of step "${name}"`;
    const atOnce = await ctx.step("at once", () => taken(ctx, where("at once")));
    const later = await ctx.step("later", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return taken(ctx, where("later"));
    });
    const polled = await ctx.waitForCondition<readonly string[]>("polled", () => taken(ctx, where("polled")), {
      initialState: [],
      waitStrategy: () => ({ shouldContinue: false }),
    });
    const id = ctx.uuid();
    await ctx.wait(units(1));
    return { atOnce, later, polled, isDrawn: id.length === 36, isRead: await ctx.step("reads", () => ctx.info.path) };
  });
  return {
    id: "fault-B2",
    rows: ["fault:B2"],
    title: "the context is refused in the bodies of steps and conditions, also after an await",
    workflows: [root, other],
    start: [{ workflow: "fault-B2.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { atOnce: [], later: [], polled: [], isDrawn: true, isRead: "fault-B2.root" },
      operations: [
        { kind: "STEP", name: "at once", status: "SUCCEEDED" },
        { kind: "STEP", name: "later", status: "SUCCEEDED" },
        { kind: "CONDITION", name: "polled", status: "SUCCEEDED" },
        { kind: "WAIT", name: "wait", status: "SUCCEEDED" },
        { kind: "STEP", name: "reads", status: "SUCCEEDED" },
      ],
    },
  };
}

function contextInALeftBranch(): Scenario {
  const root = workflow({ name: "fault-B2-left.root" }, async (ctx) => {
    let found: readonly string[] = ["nothing was tried"];
    await ctx.parallel(
      "race",
      [
        () => "first",
        async (branch: WorkflowContext) => {
          for (let n = 0; n < 100; n += 1) await Promise.resolve();
          found = await taken(branch, "in /CONTEXT:race#1/CONTEXT:branch-1#1, which its batch had left");
        },
      ],
      { completion: { minSuccessful: 1 } },
    );
    await ctx.wait(units(1));
    return found;
  });
  return {
    id: "fault-B2-left",
    rows: ["fault:B2"],
    title: "the context of a branch is refused once its batch has ended without the branch",
    workflows: [root],
    start: [{ workflow: "fault-B2-left.root" }],
    expect: { status: "SUCCEEDED", output: [] },
  };
}

export const scenarios: readonly Scenario[] = [
  contextInABody(),
  contextInALeftBranch(),
  circleOfCauses(),
  handledLater(),
  neverHandled(),
  inEveryScope(),
  otherwiseALine(),
  rejectedByACancel(),
];
