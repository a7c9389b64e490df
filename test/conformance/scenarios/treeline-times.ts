/**
 * Delays and deadlines, measured. Each is long against what a backend adds, so that a delay of twice the length is found
 * wherever the scenario is played.
 */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { RetryPolicy } from "../../../lib/kernel/definition.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario, type ScriptAction } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

const LONG = 20;
/** What a backend may add: queues hold messages back by whole seconds. */
const SLACK = 6;

interface Measured {
  readonly id: string;
  readonly what: string;
  readonly rows: readonly string[];
  readonly wait: (ctx: WorkflowContext) => Promise<unknown>;
  readonly script?: readonly ScriptAction[];
  /** @default LONG */
  readonly takes?: number;
}

const retry: RetryPolicy = { maxAttempts: 2, initialDelay: units(LONG), maxDelay: units(LONG), jitter: "NONE" };

const measures: readonly Measured[] = [
  {
    id: "poll",
    what: "the delay between two polls",
    rows: ["aws:6-5"],
    wait: (ctx) =>
      ctx.waitForCondition("poll", (n: number) => n + 1, {
        initialState: 0,
        waitStrategy: (n) => (n < 2 ? { shouldContinue: true, delay: units(LONG) } : { shouldContinue: false }),
      }),
  },
  {
    id: "callback",
    what: "the deadline of a callback",
    rows: ["aws:4-3", "aws:4-8"],
    wait: (ctx) => ctx.createCallback("answer", { timeout: units(LONG) })[0],
  },
  {
    id: "wait-for-callback",
    what: "the deadline of waitForCallback",
    rows: ["aws:7-5", "aws:7-14"],
    wait: (ctx) => ctx.waitForCallback("answer", () => undefined, { timeout: units(LONG) }),
  },
  {
    id: "heartbeat",
    what: "the first deadline of a heartbeat",
    rows: ["aws:4-4", "aws:7-12"],
    wait: (ctx) => ctx.createCallback("answer", { heartbeatTimeout: units(LONG) })[0],
  },
  {
    id: "next-heartbeat",
    what: "the deadline that a heartbeat moves",
    rows: ["aws:4-5", "aws:7-13"],
    wait: (ctx) => ctx.createCallback("answer", { heartbeatTimeout: units(LONG) })[0],
    script: [{ at: 15, do: { kind: "heartbeat", path: "/", name: "answer" } }],
    takes: LONG + 15,
  },
  {
    id: "signal",
    what: "the deadline of a wait for a signal",
    rows: ["M20"],
    wait: (ctx) => ctx.waitForSignal("never", { timeout: units(LONG) }),
  },
  {
    id: "receive",
    what: "the deadline of receive",
    rows: ["M20"],
    wait: (ctx) => ctx.receive({ signals: ["never"], timeout: units(LONG) }),
  },
  {
    id: "state",
    what: "the deadline of a wait for the state",
    rows: ["M20"],
    wait: (ctx) => ctx.waitForState(() => false, { timeout: units(LONG) }),
  },
  {
    id: "condition",
    what: "the deadline of a condition",
    rows: ["aws:6-5"],
    wait: (ctx) =>
      ctx.waitForCondition("poll", (n: number) => n + 1, {
        initialState: 0,
        timeout: units(LONG),
        waitStrategy: () => ({ shouldContinue: true, delay: units(LONG / 2 - 1) }),
      }),
    // Two polls fit into the deadline; what would follow them does not, so the wait ends with the third.
    takes: LONG - 2,
  },
  {
    id: "retry",
    what: "the delay before a step's next attempt",
    rows: ["aws:1-12", "aws:1-14", "aws:1-15"],
    wait: (ctx) =>
      ctx.step(
        "flaky",
        (s) => {
          if (s.attempt === 1) throw new Error("not yet");
        },
        { retry },
      ),
  },
];

function measured({ id: name, what, rows, wait, script = [], takes = LONG }: Measured): Scenario {
  const id = `C20-${name}`;
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const begun = ctx.now().getTime();
    await caught(() => wait(ctx));
    const took = (ctx.now().getTime() - begun) / units(1);
    return took >= takes && took <= takes + SLACK ? "as asked" : `${took} and not ${takes} units`;
  });
  return {
    id,
    rows: ["fault:C20", ...rows],
    title: `fault:C20 ${what} is as long as it was asked to be`,
    workflows: [root],
    start: [{ workflow: `${id}.root` }],
    script,
    expect: { status: "SUCCEEDED", output: "as asked" },
  };
}

function retriedChecks(): Scenario {
  const root = workflow({ name: "D4.root" }, async (ctx) => {
    // Fails at attempts 2, 4 and 5: never more than twice in a row.
    const state = await ctx.waitForCondition(
      "flaky",
      (n: number, s) => {
        if ([2, 4, 5].includes(s.attempt)) throw new Error(`attempt ${s.attempt}`);
        return n + 1;
      },
      {
        initialState: 0,
        retry: { maxAttempts: 3, initialDelay: units(1), jitter: "NONE" },
        waitStrategy: (n) => (n < 3 ? { shouldContinue: true, delay: units(1) } : { shouldContinue: false }),
      },
    );
    const spent = await caught(() =>
      ctx.waitForCondition(
        "broken",
        (_: number, s) => {
          throw new Error(`attempt ${s.attempt}`);
        },
        {
          initialState: 0,
          retry: { maxAttempts: 2, initialDelay: units(1), jitter: "NONE" },
          waitStrategy: () => ({ shouldContinue: false }),
        },
      ),
    );
    return { state, spent: (spent as Error).message };
  });
  return {
    id: "D4",
    rows: ["fault:D4"],
    title: "fault:D4 a check that throws runs again as its retry policy says, with the state of the last poll",
    workflows: [root],
    start: [{ workflow: "D4.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { state: 3, spent: "waitForCondition broken failed: attempt 2" },
      operations: [
        { kind: "CONDITION", name: "flaky", status: "SUCCEEDED", attempts: 6 },
        { kind: "CONDITION", name: "broken", status: "FAILED", attempts: 2 },
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [...measures.map(measured), retriedChecks()];
