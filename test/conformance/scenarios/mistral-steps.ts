/** M17: steps (Mistral's activities), their retries and timeouts. */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StepContext, StepOptions } from "../../../lib/kernel/context.ts";
import { ApplicationError, StepError } from "../../../lib/kernel/errors.ts";
import { units, type ErrorExpectation, type Scenario } from "../scenario.ts";
import { caught, chain } from "./treeline-errors.ts";

function thirdTime(): Scenario {
  const root = workflow({ name: "M17.root" }, (ctx) =>
    ctx.step("flaky", (s) => {
      if (s.attempt < 3) throw new Error(`attempt ${s.attempt}`);
      return `attempt ${s.attempt}`;
    }),
  );
  return {
    id: "M17",
    rows: ["M17", "D8"],
    title: "a step has three attempts unless it says otherwise",
    workflows: [root],
    start: [{ workflow: "M17.root" }],
    expect: {
      status: "SUCCEEDED",
      output: "attempt 3",
      operations: [{ kind: "STEP", name: "flaky", status: "SUCCEEDED", attempts: 3, result: "attempt 3" }],
      events: [
        { type: "operation.attempt_failed", path: "/", name: "flaky", attempt: 1 },
        { type: "operation.attempt_failed", path: "/", name: "flaky", attempt: 2 },
        { type: "operation.succeeded", path: "/", name: "flaky" },
      ],
    },
  };
}

interface Failing {
  readonly id: string;
  readonly title: string;
  readonly options: () => StepOptions;
  readonly fail: (s: StepContext) => unknown;
  readonly attempts: number;
  readonly cause: ErrorExpectation;
}

/** A step that never succeeds: how often it is tried, and what its workflow gets. */
function fails({ id, title, options, fail, attempts, cause }: Failing): Scenario {
  const root = workflow({ name: `${id}.root` }, (ctx) => ctx.step("work", fail, options()));
  const error = { type: "StepError", code: "step_failed", cause };
  return {
    id,
    rows: ["M17"],
    title,
    workflows: [root],
    start: [{ workflow: `${id}.root` }],
    expect: {
      status: "FAILED",
      error,
      operations: [{ kind: "STEP", name: "work", status: "FAILED", attempts }],
      events: [{ type: "operation.failed", path: "/", name: "work" }],
    },
  };
}

const brokenAt = (s: StepContext): never => {
  throw new Error(`attempt ${s.attempt}`);
};

function doublingDelay(): Scenario {
  const root = workflow({ name: "M17-backoff.root" }, async (ctx) => {
    const begun = ctx.now().getTime();
    await ctx.step(
      "flaky",
      (s) => {
        if (s.attempt < 4) throw new Error("not yet");
      },
      { retry: { maxAttempts: 4, initialDelay: units(1), backoffRate: 2, maxDelay: units(3), jitter: "NONE" } },
    );
    // 1 + 2 + 3 units: doubled, then held at the longest delay.
    const units6 = units(6);
    const waited = ctx.now().getTime() - begun;
    return waited >= units6 && waited < units6 * 4;
  });
  return {
    id: "M17-backoff",
    rows: ["M17"],
    title: "delays between attempts double up to the longest one",
    workflows: [root],
    start: [{ workflow: "M17-backoff.root" }],
    expect: { status: "SUCCEEDED", output: true },
  };
}

function ownStrategy(): Scenario {
  const root = workflow({ name: "M17-strategy.root" }, async (ctx) => {
    const step = (name: string, message: string) =>
      ctx.step(
        name,
        (s) => {
          if (s.attempt < 2) throw new Error(message);
          return "second time";
        },
        {
          retry: (error, attempt) =>
            error.message === "busy" && attempt < 5 ? { shouldRetry: true, delay: units(1) } : { shouldRetry: false },
        },
      );
    return { busy: await step("busy", "busy"), gone: chain(await caught(() => step("gone", "gone"))) };
  });
  return {
    id: "M17-strategy",
    rows: ["M17"],
    title: "a function of error and attempt decides",
    workflows: [root],
    start: [{ workflow: "M17-strategy.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { busy: "second time", gone: ["StepError", "Error"] },
      operations: [
        { kind: "STEP", name: "busy", status: "SUCCEEDED", attempts: 2 },
        { kind: "STEP", name: "gone", status: "FAILED", attempts: 1 },
      ],
    },
  };
}

/** Ends when its time is over, as a request to the outside would that was given the signal. */
const untilAborted = (s: StepContext): Promise<never> =>
  new Promise((_resolve, reject) => {
    s.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
  });

function attemptTimesOut(): Scenario {
  const root = workflow({ name: "M17-timeout.root" }, async (ctx) => {
    const timeout = units(2);
    const once = await caught(() => ctx.step("once", untilAborted, { timeout, retry: false }));
    const again = await ctx.step("again", (s) => (s.attempt === 1 ? untilAborted(s) : "in time"), { timeout });
    return { types: chain(once), again };
  });
  return {
    id: "M17-timeout",
    rows: ["M17"],
    title: "an attempt that takes too long is aborted and counts as a failed one",
    workflows: [root],
    start: [{ workflow: "M17-timeout.root" }],
    expect: {
      status: "SUCCEEDED",
      output: { types: ["StepTimeoutError"], again: "in time" },
      operations: [
        { kind: "STEP", name: "once", status: "FAILED", attempts: 1, error: { code: "step_timed_out" } },
        { kind: "STEP", name: "again", status: "SUCCEEDED", attempts: 2 },
      ],
    },
  };
}

function fallback(): Scenario {
  const root = workflow({ name: "M17-fallback.root" }, async (ctx) => {
    try {
      return await ctx.step("primary", brokenAt, { retry: false });
    } catch (error) {
      const because = error instanceof StepError && (error.cause as Error).message;
      return await ctx.step("secondary", () => `instead of ${because}`);
    }
  });
  return {
    id: "M17-fallback",
    rows: ["M17"],
    title: "a failed step can be caught, and another one run instead",
    workflows: [root],
    start: [{ workflow: "M17-fallback.root" }],
    expect: {
      status: "SUCCEEDED",
      output: "instead of attempt 1",
      operations: [
        { kind: "STEP", name: "primary", status: "FAILED", attempts: 1 },
        { kind: "STEP", name: "secondary", status: "SUCCEEDED", attempts: 1 },
      ],
    },
  };
}

export const scenarios: readonly Scenario[] = [
  thirdTime(),
  fails({
    id: "M17-spent",
    title: "when its attempts are spent, a step fails with the last error",
    options: () => ({}),
    fail: brokenAt,
    attempts: 3,
    cause: { type: "Error", message: "attempt 3" },
  }),
  fails({
    id: "M17-once",
    title: "a step without retries is tried once",
    options: () => ({ retry: false }),
    fail: brokenAt,
    attempts: 1,
    cause: { type: "Error", message: "attempt 1" },
  }),
  fails({
    id: "M17-policy",
    title: "a policy says how often",
    options: () => ({ retry: { maxAttempts: 2, initialDelay: units(1), jitter: "NONE" } }),
    fail: brokenAt,
    attempts: 2,
    cause: { type: "Error", message: "attempt 2" },
  }),
  fails({
    id: "M17-final",
    title: "an error that says so is not retried",
    options: () => ({}),
    fail: () => {
      throw new ApplicationError("closed for good", { type: "Closed", nonRetryable: true, data: { since: 1999 } });
    },
    attempts: 1,
    cause: { type: "Closed", message: "closed for good", data: { since: 1999 } },
  }),
  fails({
    id: "M17-listed",
    title: "error types that the policy lists are not retried, others are",
    options: () => ({ retry: { initialDelay: units(1), jitter: "NONE", nonRetryableTypes: ["RangeError"] } }),
    fail: (s) => {
      throw s.attempt === 1 ? new TypeError("first") : new RangeError("second");
    },
    attempts: 2,
    cause: { type: "RangeError", message: "second" },
  }),
  doublingDelay(),
  ownStrategy(),
  attemptTimesOut(),
  fallback(),
];
