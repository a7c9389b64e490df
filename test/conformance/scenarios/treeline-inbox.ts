/** The inbox: what is refused at its door (D11), what counts once, names that are no ordinary words. */
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type OutsideAction, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf } from "./treeline-errors.ts";

const signal = (name: string, payload: unknown): OutsideAction => ({ kind: "signal", path: "/", name, payload });
const whileBusy = { when: { path: "/", waitsFor: "busy" } } as const;

function doorOfAWait(): Scenario {
  const root = workflow({ name: "D11.root" }, (ctx) =>
    ctx.waitForSignal("approve", { schema: z.object({ by: z.string() }) }),
  );
  const when = { path: "/", waitsFor: "approve" };
  return {
    id: "D11",
    rows: ["D11"],
    title: "a wait's own schema is held at the door, too",
    workflows: [root],
    start: [{ workflow: "D11.root" }],
    script: [
      { when, do: signal("approve", { by: 7 }), refused: { code: "validation_failed", message: /by/ } },
      { when, do: signal("approve", { by: "ann" }) },
    ],
    expect: { status: "SUCCEEDED", output: { by: "ann" } },
  };
}

function doorOfACallback(): Scenario {
  const root = workflow({ name: "D11-callback.root" }, (ctx) => {
    const [answer] = ctx.createCallback("answer", { schema: z.number() });
    return answer;
  });
  const answer = (succeed: unknown) => ({ kind: "callback", path: "/", name: "answer", succeed }) as const;
  const when = { path: "/", waitsFor: "answer" };
  return {
    id: "D11-callback",
    rows: ["D11"],
    title: "a callback's payload that does not fit is refused and leaves the callback open",
    workflows: [root],
    start: [{ workflow: "D11-callback.root" }],
    script: [
      { when, do: answer("forty-two"), refused: { code: "validation_failed" } },
      { when, do: answer(42) },
    ],
    expect: { status: "SUCCEEDED", output: 42 },
  };
}

/** Sent before anybody asked, so no door could refuse it: recorded as dropped, and the next one is taken. */
function droppedWhenRead(): Scenario {
  const root = workflow({ name: "D11-dropped.root" }, async (ctx) => {
    await ctx.wait("busy", units(3));
    return ctx.waitForSignal("n", { schema: z.number() });
  });
  return {
    id: "D11-dropped",
    rows: ["D10", "D11"],
    title: "a signal that does not fit the wait which reads it is dropped with the reason",
    workflows: [root],
    start: [{ workflow: "D11-dropped.root" }],
    script: [
      { ...whileBusy, do: signal("n", "one") },
      { ...whileBusy, do: signal("n", 2) },
    ],
    expect: { status: "SUCCEEDED", output: 2, events: [{ type: "operation.dropped", path: "/", name: "n" }] },
  };
}

function sameSignalTwice(): Scenario {
  const root = workflow({ name: "inbox-once.root" }, async (ctx) => {
    await ctx.wait("busy", units(3));
    const got: unknown[] = [];
    for (;;) {
      const item = await ctx.receive({ signals: ["n"], timeout: units(2) });
      if (item.kind !== "signal") return got;
      got.push(item.payload);
    }
  });
  const once = (payload: unknown, signalId: string) => ({ ...whileBusy, do: { ...signal("n", payload), signalId } });
  return {
    id: "inbox-once",
    rows: ["D10", "field:2.2"],
    title: "a signal that is sent twice under one id counts once; without an id it counts as often as it is sent",
    workflows: [root],
    start: [{ workflow: "inbox-once.root" }],
    script: [
      once("first", "k1"),
      once("again", "k1"),
      once("second", "k2"),
      { ...whileBusy, do: signal("n", "plain") },
      { ...whileBusy, do: signal("n", "plain") },
    ],
    expect: { status: "SUCCEEDED", output: ["first", "second", "plain", "plain"] },
  };
}

/** The id is remembered also when the signal has been read, and in the next generation. */
function sameSignalAfterItWasRead(): Scenario {
  const root = workflow({ name: "inbox-read.root" }, async (ctx, first: unknown) => {
    if (first === null) return ctx.continueAsNew(await ctx.waitForSignal("n"));
    const more = await ctx.receive({ name: "more", signals: ["n"], timeout: units(4) });
    return [first, more.kind];
  });
  const send = { ...signal("n", "once"), signalId: "k1" };
  return {
    id: "inbox-read",
    rows: ["D10", "D8"],
    title: "a signal that was read in one generation is not read again in the next",
    workflows: [root],
    start: [{ workflow: "inbox-read.root", input: null }],
    script: [
      { when: { path: "/", waitsFor: "n" }, do: send },
      { when: { path: "/", waitsFor: "more" }, do: send },
    ],
    expect: { status: "SUCCEEDED", output: ["once", "timeout"] },
  };
}

const hostileNames = ["__proto__", "constructor", "hasOwnProperty", "toString", "a/b#2:c%", "ünï", "two\nlines"];

function hostileSignalNames(): Scenario {
  const names = hostileNames;
  const root = workflow({ name: "inbox-hostile.root" }, async (ctx) => {
    await ctx.wait("busy", units(3));
    const got: unknown[] = [];
    for (const name of names) got.push(await ctx.waitForSignal(name, { timeout: units(2) }));
    const none = chain(await caught(() => ctx.waitForSignal("valueOf", { timeout: units(1) })));
    return { got, none };
  });
  return {
    id: "inbox-hostile",
    rows: ["D1", "D10"],
    title: "signals may have any name",
    workflows: [root],
    start: [{ workflow: "inbox-hostile.root" }],
    script: names.map((name, n) => ({ ...whileBusy, do: signal(name, n) })),
    expect: { status: "SUCCEEDED", output: { got: names.map((_, n) => n), none: ["WaitTimeoutError"] } },
  };
}

function hostileOperationNames(): Scenario {
  const child = workflow({ name: "inbox-names.child" }, (_ctx, name: string) => name);
  const root = workflow({ name: "inbox-names.root" }, async (ctx) => {
    const names = hostileNames;
    const got: unknown[] = [];
    for (const name of names) {
      const step = await ctx.step(name, () => name);
      await ctx.wait(name, units(0));
      const below = await ctx.execute(child, name, { name });
      const inner = await ctx.runInChildContext(name, (c) => c.step(name, () => name));
      ctx.state.set(name, name);
      ctx.document(name, name);
      got.push(step === name && below === name && inner === name && ctx.state.get(name) === name);
    }
    return { got, polluted: "polluted" in {}, keys: Object.keys(ctx.state.all()).length };
  });
  const count = hostileNames.length;
  return {
    id: "inbox-names",
    rows: ["D1", "D7"],
    title: "steps, waits, children, scopes, state and documents may have any name",
    workflows: [root, child],
    start: [{ workflow: "inbox-names.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { got: Array.from({ length: count }, () => true), polluted: false, keys: count },
    },
  };
}

function nobodyHome(): Scenario {
  const root = workflow({ name: "inbox-nobody.root" }, async (ctx) => {
    await ctx.wait("busy", units(3));
    return codeOf(await caught(() => ctx.attach("inbox-nobody-knows").signal("n")));
  });
  const gone = { path: "id:inbox-nobody-knows" } as const;
  const refused = { type: "ExecutionNotFoundError", code: "execution_not_found" };
  return {
    id: "inbox-nobody",
    rows: ["T21", "T22", "D6"],
    title: "signal, cancel and stop of an execution that nobody has are refused",
    workflows: [root],
    start: [{ workflow: "inbox-nobody.root" }],
    script: [
      { ...whileBusy, do: { kind: "signal", ...gone, name: "n" }, refused },
      { ...whileBusy, do: { kind: "cancel", ...gone }, refused },
      { ...whileBusy, do: { kind: "stop", ...gone }, refused },
    ],
    expect: { status: "SUCCEEDED", output: "execution_not_found" },
  };
}

export const scenarios: readonly Scenario[] = [
  doorOfAWait(),
  doorOfACallback(),
  droppedWhenRead(),
  sameSignalTwice(),
  sameSignalAfterItWasRead(),
  hostileSignalNames(),
  hostileOperationNames(),
  nobodyHome(),
];
