/** What a cancel does inside one execution (M27, K10); between parent and child: temporal-cancellation.ts. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StepContext } from "../../../lib/kernel/context.ts";
import { CancelledError, isCancellation } from "../../../lib/kernel/errors.ts";
import { units, type Scenario, type ScriptAction } from "../scenario.ts";
import { caught, chain } from "./treeline-errors.ts";

const cancelIn = (waitsFor: string): readonly ScriptAction[] => [
  { when: { path: "/", waitsFor }, do: { kind: "cancel", path: "/", reason: "enough" } },
];

function everyWait(): Scenario {
  const root = workflow({ name: "cancel-waits.root" }, async (ctx) => {
    const [callback] = ctx.createCallback("callback");
    const waits: Record<string, Promise<unknown>> = {
      signal: ctx.waitForSignal("never"),
      receive: ctx.receive({ signals: ["never"], timeout: units(60), name: "receive" }),
      state: ctx.waitForState(() => false),
      callback,
      submitted: ctx.waitForCallback("submitted", () => undefined),
      poll: ctx.waitForCondition("poll", (n: number) => n, {
        initialState: 0,
        waitStrategy: () => ({ shouldContinue: true, delay: units(60) }),
      }),
      scope: ctx.runInChildContext("scope", (c) => c.wait(units(60))),
      wait: ctx.wait("long", units(60)),
    };
    const names = Object.keys(waits);
    const ends = await ctx.promise.allSettled(Object.values(waits));
    return Object.fromEntries(
      ends.map((end, i) => [names[i], end.status === "rejected" && end.reason instanceof CancelledError]),
    );
  });
  const names = ["signal", "receive", "state", "callback", "submitted", "poll", "scope", "wait"];
  return {
    id: "cancel-waits",
    rows: ["M27", "K10"],
    title: "a cancel ends every kind of wait at once",
    workflows: [root],
    start: [{ workflow: "cancel-waits.root" }],
    script: cancelIn("long"),
    expect: { status: "SUCCEEDED", output: Object.fromEntries(names.map((name) => [name, true])) },
  };
}

function newOperations(): Scenario {
  const root = workflow({ name: "cancel-new.root" }, async (ctx) => {
    await caught(() => ctx.wait("long", units(60)));
    const attempts = [
      () => ctx.step("work", () => "ran"),
      () => ctx.wait(units(1)),
      () => ctx.waitForSignal("never", { timeout: units(1) }),
      () => ctx.receive({ signals: ["never"], timeout: units(1) }),
      () => ctx.createCallback("callback")[0],
      () => ctx.runInChildContext("scope", () => "ran"),
      () => ctx.parallel([() => "ran"]),
    ];
    const refused: unknown[] = [];
    for (const attempt of attempts) refused.push(chain(await caught(attempt)));
    // Facts need nothing from outside, so they can still be stated.
    ctx.state.set("noted", true);
    ctx.emit("noted");
    return refused;
  });
  return {
    id: "cancel-new",
    rows: ["K10", "T07"],
    title: "a cancelled execution is refused every new operation; it may still state facts",
    workflows: [root],
    start: [{ workflow: "cancel-new.root" }],
    script: cancelIn("long"),
    expect: {
      status: "SUCCEEDED",
      output: Array.from({ length: 7 }, () => ["CancelledError"]),
      state: { noted: true },
      events: [{ type: "custom", path: "/", name: "noted" }],
      noEvents: [{ type: "operation.started", path: "/", name: "work" }],
    },
  };
}

function runningStep(): Scenario {
  const untilAborted = (s: StepContext): Promise<string> =>
    new Promise((resolve) => {
      s.signal.addEventListener("abort", () => resolve("too late"), { once: true });
    });
  const root = workflow({ name: "cancel-step.root" }, async (ctx) => {
    const [step, side] = await ctx.promise.allSettled([
      // Its result comes after the cancel, and nobody gets it.
      ctx.step("work", untilAborted),
      ctx.wait("side", units(60)),
    ]);
    return [step, side].map((end) => end.status === "rejected" && end.reason instanceof CancelledError);
  });
  return {
    id: "cancel-step",
    rows: ["M27", "K10"],
    title: "a cancel aborts a running step through its signal; the step's result does not count any more",
    workflows: [root],
    start: [{ workflow: "cancel-step.root" }],
    script: cancelIn("side"),
    expect: {
      status: "SUCCEEDED",
      output: [true, true],
      someOperations: [{ kind: "STEP", name: "work", status: "CANCELLED" }],
      noEvents: [{ type: "operation.succeeded", path: "/", name: "work" }],
    },
  };
}

function signalOfTheContext(): Scenario {
  const root = workflow({ name: "cancel-signal.root" }, async (ctx) => {
    const before = ctx.cancellation.aborted;
    let heard = 0;
    ctx.cancellation.addEventListener("abort", () => (heard += 1));
    await caught(() => ctx.wait("long", units(60)));
    const reason: unknown = ctx.cancellation.reason;
    const shielded = await ctx.nonCancellable(async (c) => {
      await c.wait(units(1));
      return c.cancellation.aborted;
    });
    return { before, heard, reason: chain(reason), shielded, after: ctx.cancellation.aborted };
  });
  return {
    id: "cancel-signal",
    rows: ["M27", "T10"],
    title: "ctx.cancellation tells of the cancel, once, and not behind the shield",
    workflows: [root],
    start: [{ workflow: "cancel-signal.root" }],
    script: cancelIn("long"),
    expect: {
      status: "SUCCEEDED",
      output: { before: false, heard: 1, reason: ["CancelledError"], shielded: false, after: true },
    },
  };
}

type Ending = "rethrows" | "wraps" | "fails" | "returns";

const endings = {
  rethrows: { status: "CANCELLED" },
  // However deeply it is wrapped.
  wraps: { status: "CANCELLED" },
  fails: { status: "FAILED", error: { type: "TypeError", message: "cleanup broke" } },
  returns: { status: "SUCCEEDED", output: "went on" },
} as const;

function endsAfterCancel(ending: Ending): Scenario {
  const id = `cancel-${ending}`;
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    try {
      await ctx.wait("long", units(60));
    } catch (error) {
      if (ending === "rethrows") throw error;
      if (ending === "wraps") throw new Error("in my own words", { cause: error });
      if (ending === "fails") throw new TypeError("cleanup broke");
    }
    return "went on";
  });
  return {
    id,
    rows: ["M27", "T06"],
    title: `a cancelled execution that ${ending} ends ${endings[ending].status}`,
    workflows: [root],
    start: [{ workflow: `${id}.root` }],
    script: cancelIn("long"),
    expect: { ...endings[ending], events: [{ type: "cancel.requested", path: "/" }] },
  };
}

/** A CancelledError of one's own making is an error like any other. */
function nobodyAsked(): Scenario {
  const root = workflow({ name: "cancel-unasked.root" }, () => {
    throw new CancelledError("cancelled", "on my own");
  });
  return {
    id: "cancel-unasked",
    rows: ["M27"],
    title: "an execution that throws CancelledError without having been asked fails",
    workflows: [root],
    start: [{ workflow: "cancel-unasked.root" }],
    expect: { status: "FAILED", error: { type: "CancelledError", message: "on my own" } },
  };
}

function inBranches(): Scenario {
  const root = workflow({ name: "cancel-branches.root" }, async (ctx) => {
    const branch = (name: string) => ({
      name,
      run: async (c: typeof ctx) => {
        const error = await caught(() => c.wait(name, units(60)));
        const swept = await c.nonCancellable((s) => s.step(`sweep ${name}`, () => `swept ${name}`));
        return isCancellation(error) && swept;
      },
    });
    const batch = await ctx.parallel([branch("left"), branch("right")]);
    return batch.getResults();
  });
  return {
    id: "cancel-branches",
    rows: ["M27", "T09"],
    title: "every branch hears of the cancel, and cleans up for itself",
    workflows: [root],
    start: [{ workflow: "cancel-branches.root" }],
    script: cancelIn("right"),
    expect: { status: "SUCCEEDED", output: ["swept left", "swept right"] },
  };
}

function beforeItBegins(how: "cancel" | "stop"): Scenario {
  const id = `cancel-before-${how}`;
  const root = workflow({ name: `${id}.root` }, (ctx) => ctx.step("work", () => "ran"));
  return {
    id,
    rows: ["M27", "field:d"],
    title: `${how} of an execution that has not begun yet`,
    workflows: [root],
    start: [{ workflow: `${id}.root`, options: { startDelay: units(60) } }],
    script: [{ at: 1, do: { kind: how, path: "/" } }],
    expect: {
      status: how === "cancel" ? "CANCELLED" : "STOPPED",
      noEvents: [{ type: "operation.started", path: "/", name: "work" }],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  everyWait(),
  newOperations(),
  runningStep(),
  signalOfTheContext(),
  ...(["rethrows", "wraps", "fails", "returns"] as const).map(endsAfterCancel),
  nobodyAsked(),
  inBranches(),
  beforeItBegins("cancel"),
  beforeItBegins("stop"),
];
