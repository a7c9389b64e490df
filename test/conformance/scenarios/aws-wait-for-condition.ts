/** AWS's requirements for polling, 6-1 to 6-13. Each check is an attempt of one operation. 6-11 is a gap. */
import type { ConditionOptions } from "../../../lib/kernel/context.ts";
import { ApplicationError } from "../../../lib/kernel/errors.ts";
import { condition, step } from "../expect-operations.ts";
import { requirement } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

/** Begins with `initialState` and polls every unit until the state is as wanted. */
function until<S>(initialState: S, isDone: (state: S) => boolean): ConditionOptions<S> {
  return {
    initialState,
    waitStrategy: (state) => (isDone(state) ? { shouldContinue: false } : { shouldContinue: true, delay: units(1) }),
  };
}

const increment = (state: number): number => state + 1;

const results: readonly Scenario[] = [
  requirement({
    id: "6-1",
    title: "polls a counter until it reaches the input",
    input: 3,
    run: (ctx, threshold: number) =>
      ctx.waitForCondition(
        increment,
        until(0, (state) => state >= threshold),
      ),
    expect: {
      status: "SUCCEEDED",
      output: 3,
      operations: [condition(undefined, { attempts: 3, result: 3 })],
      events: [{ type: "operation.polled" }, { type: "operation.polled" }, { type: "operation.succeeded" }],
    },
  }),
  requirement({
    id: "6-2",
    title: "is satisfied by the first check",
    run: (ctx) =>
      ctx.waitForCondition(
        "ready",
        () => 5,
        until(0, (state) => state === 5),
      ),
    expect: {
      status: "SUCCEEDED",
      output: 5,
      operations: [condition("ready", { attempts: 1 })],
      noEvents: [{ type: "operation.polled" }],
    },
  }),
  requirement({
    id: "6-3",
    title: "has the name it is given, on every poll",
    run: (ctx) =>
      ctx.waitForCondition(
        "ready",
        increment,
        until(0, (state) => state >= 2),
      ),
    expect: {
      status: "SUCCEEDED",
      output: 2,
      operations: [condition("ready", { attempts: 2 })],
      events: [
        { type: "operation.polled", name: "ready" },
        { type: "operation.succeeded", name: "ready" },
      ],
    },
  }),
  requirement({
    id: "6-4",
    title: "the initial state is what the first check gets, and each state what the next gets",
    run: (ctx) =>
      ctx.waitForCondition(
        "ready",
        increment,
        until(5, (state) => state >= 8),
      ),
    expect: { status: "SUCCEEDED", output: 8, operations: [condition("ready", { attempts: 3 })] },
  }),
  requirement({
    id: "6-5",
    title: "waits as long between polls as its strategy says",
    run: async (ctx) => {
      const begin = ctx.now().getTime();
      const state = await ctx.waitForCondition(
        "ready",
        increment,
        until(0, (count) => count >= 3),
      );
      return { state, longEnough: ctx.now().getTime() - begin >= units(2) };
    },
    expect: {
      status: "SUCCEEDED",
      output: { state: 3, longEnough: true },
      operations: [condition("ready", { attempts: 3 })],
    },
  }),
  requirement({
    id: "6-9",
    title: "its state is an object",
    run: (ctx) =>
      ctx.waitForCondition(
        "job",
        ({ attempts }) => ({ status: attempts + 1 >= 2 ? "DONE" : "PENDING", attempts: attempts + 1 }),
        until({ status: "PENDING", attempts: 0 }, ({ status }) => status === "DONE"),
      ),
    expect: {
      status: "SUCCEEDED",
      output: { status: "DONE", attempts: 2 },
      operations: [condition("job", { attempts: 2, result: { status: "DONE", attempts: 2 } })],
    },
  }),
  requirement({
    id: "6-10",
    title: "stops at the first check with null",
    run: (ctx) =>
      ctx.waitForCondition(
        "nothing",
        () => null,
        until(null, () => true),
      ),
    expect: { status: "SUCCEEDED", output: null, operations: [condition("nothing", { attempts: 1, result: null })] },
  }),
];

const failures: readonly Scenario[] = [
  requirement({
    id: "6-6",
    title: "its strategy gives up after three polls",
    run: (ctx) =>
      ctx.waitForCondition("never", increment, {
        initialState: 0,
        waitStrategy: (_state, attempt) => {
          if (attempt >= 3) throw new ApplicationError("polled often enough", { type: "GaveUp" });
          return { shouldContinue: true, delay: units(1) };
        },
      }),
    expect: {
      status: "FAILED",
      error: { type: "WaitForConditionError", code: "condition_failed", cause: { message: "polled often enough" } },
      operations: [condition("never", { status: "FAILED", attempts: 3 })],
    },
  }),
  requirement({
    id: "6-6-timeout",
    title: "its timeout passes before the state is as wanted",
    run: (ctx) => ctx.waitForCondition("never", increment, { ...until(0, () => false), timeout: units(5) / 2 }),
    expect: { status: "FAILED", error: { type: "WaitForConditionError" } },
  }),
  requirement({
    id: "6-7",
    title: "its check throws: there is no retry",
    run: (ctx) =>
      ctx.waitForCondition(
        "broken",
        () => Promise.reject(new ApplicationError("no", { type: "Broken" })),
        until(0, () => true),
      ),
    expect: {
      status: "FAILED",
      error: { type: "WaitForConditionError", code: "condition_failed", cause: { type: "Broken", message: "no" } },
      operations: [condition("broken", { status: "FAILED", attempts: 1 })],
    },
  }),
  requirement({
    id: "6-8",
    title: "its check throws, and the failure is caught",
    run: async (ctx) => {
      try {
        return await ctx.waitForCondition<string>(
          "broken",
          () => Promise.reject(new Error("no")),
          until("", () => true),
        );
      } catch {
        return "recovered";
      }
    },
    expect: { status: "SUCCEEDED", output: "recovered", operations: [condition("broken", { status: "FAILED" })] },
  }),
];

const combined: readonly Scenario[] = [
  requirement({
    id: "6-12",
    title: "its final state feeds a step",
    run: async (ctx) => {
      const state = await ctx.waitForCondition(
        "ready",
        increment,
        until(0, (count) => count >= 2),
      );
      return ctx.step("times ten", () => state * 10);
    },
    expect: {
      status: "SUCCEEDED",
      output: 20,
      operations: [condition("ready", { attempts: 2 }), step("times ten", { attempts: 1, result: 20 })],
    },
  }),
  requirement({
    id: "6-13",
    title: "two, the first seeding the second",
    run: async (ctx) => {
      const first = await ctx.waitForCondition(
        "ready",
        increment,
        until(0, (count) => count >= 2),
      );
      return ctx.waitForCondition(
        "ready",
        increment,
        until(first, (count) => count >= 4),
      );
    },
    expect: {
      status: "SUCCEEDED",
      output: 4,
      operations: [condition("ready", { attempts: 2, result: 2 }), condition("ready", { attempts: 2, result: 4 })],
    },
  }),
];

export const scenarios: readonly Scenario[] = [...results, ...failures, ...combined];
