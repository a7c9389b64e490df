/** M18, M20: signals on a child's handle, and waiting for a condition. */
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, chain, codeOf } from "./treeline-errors.ts";

function inOrder(): Scenario {
  const child = workflow({ name: "M18.child" }, async (ctx) => {
    await ctx.wait("busy", units(2));
    const seen: unknown[] = [];
    while (seen.length < 6) seen.push(await ctx.waitForSignal("item"));
    return seen;
  });
  const parent = workflow({ name: "M18.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    // Before the child asks for any, and some of them before it runs at all.
    for (const n of [1, 2, 3]) await handle.signal("item", n);
    await ctx.wait(units(4));
    // Sent together: the order of the calls counts.
    await ctx.promise.all([4, 5, 6].map((n) => handle.signal("item", n)));
    return handle.result();
  });
  return {
    id: "M18",
    rows: ["M18", "T21"],
    title: "signals reach a child in the order in which they were sent, before and after it asks for them",
    workflows: [parent, child],
    start: [{ workflow: "M18.parent" }],
    expect: { status: "SUCCEEDED", output: [1, 2, 3, 4, 5, 6] },
  };
}

function refusedAtTheDoor(): Scenario {
  const signals = { approve: z.strictObject({ by: z.string() }) };
  const child = workflow({ name: "M18-door.child", signals }, async (ctx) => {
    const first = await ctx.waitForSignal("approve");
    const more = await caught(() => ctx.waitForSignal("approve", { timeout: units(1) }));
    return { first, more: chain(more) };
  });
  const parent = workflow({ name: "M18-door.parent" }, async (ctx) => {
    const handle = await ctx.start(child, null, { name: "child" });
    const refusals = [
      codeOf(await caught(() => handle.signal("approve", { by: 7 }))),
      codeOf(await caught(() => handle.signal("approve", { by: "ann", extra: true }))),
      codeOf(await caught(() => handle.signal("approve"))),
    ];
    // A workflow that declares its signals takes no others.
    const unknown = (await caught(() => handle.signal("aprove", { by: "ann" }))) instanceof Error;
    await handle.signal("approve", { by: "ann" });
    return { refusals, unknown, child: await handle.result() };
  });
  const code = "validation_failed";
  return {
    id: "M18-door",
    rows: ["M18", "D11"],
    title: "payloads that do not fit, and unknown signals, are refused to their sender and wake nobody",
    workflows: [parent, child],
    start: [{ workflow: "M18-door.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: {
        refusals: [code, code, code],
        unknown: true,
        child: { first: { by: "ann" }, more: ["WaitTimeoutError"] },
      },
    },
  };
}

function refusedFromOutside(): Scenario {
  const signals = { approve: z.strictObject({ by: z.string() }) };
  const root = workflow({ name: "M18-outside.root", signals }, (ctx) => ctx.waitForSignal("approve"));
  const when = { path: "/", waitsFor: "approve" };
  const signal = { kind: "signal", path: "/" } as const;
  return {
    id: "M18-outside",
    rows: ["M18", "D11"],
    title: "the same from outside",
    workflows: [root],
    start: [{ workflow: "M18-outside.root" }],
    script: [
      { when, do: { ...signal, name: "approve", payload: { by: 7 } }, refused: { code: "validation_failed" } },
      { when, do: { ...signal, name: "aprove", payload: { by: "ann" } }, refused: {} },
      { when, do: { ...signal, name: "approve", payload: { by: "ann" } } },
    ],
    expect: { status: "SUCCEEDED", output: { by: "ann" } },
  };
}

function tooLate(): Scenario {
  const child = workflow({ name: "M18-late.child" }, (_ctx, fail: boolean) => {
    if (fail) throw new Error("broken");
  });
  const parent = workflow({ name: "M18-late.parent" }, async (ctx) => {
    const codes: unknown[] = [];
    for (const fail of [false, true]) {
      const handle = await ctx.start(child, fail, { name: `child-${fail}` });
      await handle.outcome();
      codes.push(codeOf(await caught(() => handle.signal("item", 1))));
    }
    return codes;
  });
  return {
    id: "M18-late",
    rows: ["M18"],
    title: "a child that has ended takes no signals",
    workflows: [parent, child],
    start: [{ workflow: "M18-late.parent" }],
    script: [
      {
        when: { path: "/child-false", status: "SUCCEEDED" },
        do: { kind: "signal", path: "/child-false", name: "item" },
        refused: { type: "ExecutionClosedError", code: "execution_closed" },
      },
    ],
    expect: { status: "SUCCEEDED", output: ["execution_closed", "execution_closed"] },
  };
}

function alreadyTrue(): Scenario {
  const root = workflow({ name: "M20.root" }, async (ctx) => {
    ctx.state.set("ready", true);
    await ctx.waitForState((state) => state["ready"] === true);
    const polled = await ctx.waitForCondition("poll", (n: number) => n, {
      initialState: 5,
      waitStrategy: (n) => (n >= 5 ? { shouldContinue: false } : { shouldContinue: true, delay: units(60) }),
    });
    return polled;
  });
  return {
    id: "M20",
    rows: ["M20"],
    title: "a condition that is true already is not waited for",
    workflows: [root],
    start: [{ workflow: "M20.root" }],
    expect: { status: "SUCCEEDED", output: 5 },
  };
}

function becomesTrue(): Scenario {
  const root = workflow({ name: "M20-patched.root" }, async (ctx) => {
    await ctx.waitForState((state) => Number(state["count"]) >= 2);
    return ctx.state.get("count");
  });
  return {
    id: "M20-patched",
    rows: ["M20", "D13"],
    title: "a wait for state ends with the patch from outside that makes it true",
    workflows: [root],
    start: [{ workflow: "M20-patched.root" }],
    script: [
      { at: 1, do: { kind: "patch", path: "/", patch: { count: 1 } } },
      { at: 3, do: { kind: "patch", path: "/", patch: { count: 2 } } },
    ],
    expect: { status: "SUCCEEDED", output: 2, state: { count: 2 } },
  };
}

function neverTrue(): Scenario {
  const root = workflow({ name: "M20-never.root" }, async (ctx) => {
    const state = await caught(() => ctx.waitForState(() => false, { timeout: units(2) }));
    const poll = await caught(() =>
      ctx.waitForCondition("poll", (n: number) => n + 1, {
        initialState: 0,
        waitStrategy: () => ({ shouldContinue: true, delay: units(1) }),
        timeout: units(3),
      }),
    );
    return { state: codeOf(state), poll: chain(poll)[0] };
  });
  return {
    id: "M20-never",
    rows: ["M20"],
    title: "a condition that does not come true in time is an error",
    workflows: [root],
    start: [{ workflow: "M20-never.root" }],
    expect: { status: "SUCCEEDED", output: { state: "wait_timed_out", poll: "WaitForConditionError" } },
  };
}

function polls(): Scenario {
  const root = workflow({ name: "M20-polls.root" }, async (ctx) => {
    const begun = ctx.now().getTime();
    const n = await ctx.waitForCondition("poll", (state: number) => state + 1, {
      initialState: 0,
      waitStrategy: (state, attempt) =>
        state < 3 ? { shouldContinue: true, delay: units(attempt) } : { shouldContinue: false },
    });
    // Waited one unit behind the first poll and two behind the second.
    return { n, waited: ctx.now().getTime() - begun >= units(3) };
  });
  return {
    id: "M20-polls",
    rows: ["M20"],
    title: "a condition is polled with the state of the poll before, and the delay that the strategy says",
    workflows: [root],
    start: [{ workflow: "M20-polls.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { n: 3, waited: true },
      operations: [{ kind: "CONDITION", name: "poll", status: "SUCCEEDED", attempts: 3, result: 3 }],
      events: [
        { type: "operation.polled", path: "/", name: "poll", attempt: 1 },
        { type: "operation.polled", path: "/", name: "poll", attempt: 2 },
        { type: "operation.succeeded", path: "/", name: "poll" },
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  inOrder(),
  refusedAtTheDoor(),
  refusedFromOutside(),
  tooLate(),
  alreadyTrue(),
  becomesTrue(),
  neverTrue(),
  polls(),
];
