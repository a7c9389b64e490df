/** AWS's requirements for steps, 1-1 to 1-20. */
import { z } from "zod";
import { ApplicationError, StepError } from "../../../lib/kernel/errors.ts";
import type { RetryPolicy } from "../../../lib/kernel/definition.ts";
import { step, wait } from "../expect-operations.ts";
import { requirement } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

/** Without jitter, so that how long a retry takes is known. */
function attempts(maxAttempts: number, backoffRate = 1): RetryPolicy {
  return { maxAttempts, initialDelay: units(1), backoffRate, jitter: "NONE" };
}

function transient(): ApplicationError {
  return new ApplicationError("try again", { type: "TransientError" });
}

const retryTransient = (error: unknown, attempt: number) => ({
  shouldRetry: error instanceof Error && error.name === "TransientError" && attempt < 3,
  delay: units(1),
});

const profile = { user: { name: "Alice", tags: ["admin", "active"], address: { city: "Oslo", zip: null } }, count: 2 };

const results: readonly Scenario[] = [
  requirement({
    id: "1-1",
    title: "a step succeeds on its first attempt",
    run: (ctx) => ctx.step(() => "Hello, World!"),
    expect: { status: "SUCCEEDED", output: "Hello, World!", operations: [step(undefined, { attempts: 1 })] },
  }),
  requirement({
    id: "1-2",
    title: "a step has the name it is given",
    run: (ctx) => ctx.step("greet", () => "Hello, World!"),
    expect: { status: "SUCCEEDED", output: "Hello, World!", operations: [step("greet", { result: "Hello, World!" })] },
  }),
  requirement({
    id: "1-3",
    title: "a step uses the result of the one before",
    run: async (ctx) => {
      const first = await ctx.step("first", () => "first");
      return ctx.step("second", () => `${first}_second`);
    },
    expect: {
      status: "SUCCEEDED",
      output: "first_second",
      operations: [step("first", { result: "first" }), step("second", { result: "first_second" })],
    },
  }),
  requirement({
    id: "1-4",
    title: "a step returns a nested object",
    run: (ctx) => ctx.step("profile", () => profile),
    expect: { status: "SUCCEEDED", output: profile, operations: [step("profile", { result: profile })] },
  }),
  requirement({
    id: "1-5",
    title: "a step returns nothing, or null",
    run: async (ctx) => {
      const nothing = await ctx.step("nothing", () => undefined);
      const none = await ctx.step("null", () => null);
      return { nothing: nothing === undefined, none };
    },
    expect: {
      status: "SUCCEEDED",
      output: { nothing: true, none: null },
      operations: [step("nothing", { result: undefined }), step("null", { result: null })],
    },
  }),
  requirement({
    id: "1-6",
    title: "a step's schema transforms its result before it is recorded",
    run: (ctx) =>
      ctx.step("shout", () => "hello world", { schema: z.string().transform((text) => text.toUpperCase()) }),
    expect: { status: "SUCCEEDED", output: "HELLO WORLD", operations: [step("shout", { result: "HELLO WORLD" })] },
  }),
  requirement({
    id: "1-7",
    title: "fault:C20 a step writes to its logger, once, however often its workflow is replayed",
    input: "Kiro",
    run: async (ctx, name: string) => {
      const text = await ctx.step("greet", (s) => {
        s.logger.info("greeting", { name });
        return `Hello, ${name}!`;
      });
      await ctx.wait(units(1));
      return text;
    },
    expect: {
      status: "SUCCEEDED",
      output: "Hello, Kiro!",
      operations: [step("greet"), wait()],
      logs: ["greeting"],
    },
  }),
];

const replay: readonly Scenario[] = [
  requirement({
    id: "1-8",
    title: "a step's result outlives a wait",
    run: async (ctx) => {
      const value = await ctx.step("compute", () => "computed");
      await ctx.wait("pause", units(1));
      return value;
    },
    expect: { status: "SUCCEEDED", output: "computed", operations: [step("compute"), wait("pause")] },
  }),
  requirement({
    id: "1-9",
    title: "a step that succeeded is not run again",
    run: async (ctx) => {
      const value = await ctx.step("cache", (s) => {
        s.emit("ran", { attempt: s.attempt });
        return "cached_value";
      });
      await ctx.wait(units(1));
      await ctx.wait(units(1));
      return value;
    },
    expect: {
      status: "SUCCEEDED",
      output: "cached_value",
      operations: [step("cache", { attempts: 1, result: "cached_value" }), wait(), wait()],
      noEvents: [{ type: "operation.attempt_failed" }, { type: "operation.interrupted" }],
    },
  }),
  requirement({
    id: "1-10",
    title: "a step that failed fails again with the same error on replay",
    run: async (ctx) => {
      let caught: unknown;
      try {
        await ctx.step("fails", () => Promise.reject(new ApplicationError("no", { type: "Refused" })), {
          retry: false,
        });
      } catch (error) {
        caught = error;
      }
      await ctx.wait(units(1));
      if (!(caught instanceof StepError) || !(caught.cause instanceof Error)) return caught;
      return `${caught.name}: ${caught.cause.name}: ${caught.cause.message}`;
    },
    expect: {
      status: "SUCCEEDED",
      output: "StepError: Refused: no",
      operations: [step("fails", { status: "FAILED", attempts: 1 }), wait()],
    },
  }),
];

const retries: readonly Scenario[] = [
  requirement({
    id: "1-11",
    title: "a step fails, is retried, and succeeds",
    run: (ctx) =>
      ctx.step(
        "flaky",
        (s) => {
          if (s.attempt === 1) throw new Error("not yet");
          return "Operation succeeded";
        },
        { retry: attempts(2) },
      ),
    expect: {
      status: "SUCCEEDED",
      output: "Operation succeeded",
      operations: [step("flaky", { attempts: 2 })],
      events: [
        { type: "operation.attempt_failed", name: "flaky", attempt: 1 },
        { type: "operation.succeeded", name: "flaky" },
      ],
    },
  }),
  requirement({
    id: "1-12",
    title: "a step fails for good when its attempts are spent",
    run: (ctx) => ctx.step("broken", (s) => Promise.reject(new Error(`attempt ${s.attempt}`)), { retry: attempts(4) }),
    expect: {
      status: "FAILED",
      error: { type: "StepError", code: "step_failed", cause: { message: "attempt 4" } },
      operations: [step("broken", { status: "FAILED", attempts: 4 })],
    },
  }),
  requirement({
    id: "1-13",
    title: "a step is retried without being told: three attempts (AWS: six, a declared difference)",
    run: (ctx) =>
      ctx.step("flaky", (s) => {
        if (s.attempt < 3) throw new Error("not yet");
        return s.attempt;
      }),
    expect: { status: "SUCCEEDED", output: 3, operations: [step("flaky", { attempts: 3 })] },
  }),
  requirement({
    id: "1-13-spent",
    title: "a step that was told nothing fails after its third attempt",
    run: (ctx) => ctx.step("broken", (s) => Promise.reject(new Error(`attempt ${s.attempt}`))),
    expect: {
      status: "FAILED",
      error: { type: "StepError", cause: { message: "attempt 3" } },
      operations: [step("broken", { status: "FAILED", attempts: 3 })],
    },
  }),
  requirement({
    id: "1-14",
    title: "a step waits between attempts as its policy says: 1, then 2",
    run: async (ctx) => {
      const begin = ctx.now().getTime();
      const attempt = await ctx.step(
        "flaky",
        (s) => (s.attempt < 3 ? Promise.reject(new Error("not yet")) : s.attempt),
        { retry: attempts(3, 2) },
      );
      return { attempt, longEnough: ctx.now().getTime() - begin >= units(3) };
    },
    expect: {
      status: "SUCCEEDED",
      output: { attempt: 3, longEnough: true },
      operations: [step("flaky", { attempts: 3 })],
    },
  }),
  requirement({
    id: "1-15",
    title: "a strategy retries the error it is made for",
    run: (ctx) =>
      ctx.step("flaky", (s) => (s.attempt === 1 ? Promise.reject(transient()) : "recovered"), {
        retry: retryTransient,
      }),
    expect: { status: "SUCCEEDED", output: "recovered", operations: [step("flaky", { attempts: 2 })] },
  }),
  requirement({
    id: "1-16",
    title: "a strategy does not retry another error",
    run: (ctx) =>
      ctx.step("broken", () => Promise.reject(new ApplicationError("no", { type: "FatalError" })), {
        retry: retryTransient,
      }),
    expect: {
      status: "FAILED",
      error: { type: "StepError", cause: { type: "FatalError", message: "no" } },
      operations: [step("broken", { status: "FAILED", attempts: 1 })],
    },
  }),
  requirement({
    id: "1-16-policy",
    title: "a policy does not retry the types that it names",
    run: (ctx) =>
      ctx.step("broken", () => Promise.reject(new ApplicationError("no", { type: "FatalError" })), {
        retry: { ...attempts(3), nonRetryableTypes: ["FatalError"] },
      }),
    expect: {
      status: "FAILED",
      error: { type: "StepError", cause: { type: "FatalError" } },
      operations: [step("broken", { status: "FAILED", attempts: 1 })],
    },
  }),
];

const failures: readonly Scenario[] = [
  requirement({
    id: "1-17-uninterrupted",
    title: "a step that runs at most once, and is not interrupted (test/crash interrupts it)",
    rows: [],
    run: (ctx) => ctx.step("once", (s) => `attempt ${s.attempt}`, { semantics: "at-most-once", retry: false }),
    expect: { status: "SUCCEEDED", output: "attempt 1", operations: [step("once", { attempts: 1 })] },
  }),
  requirement({
    id: "1-18-uninterrupted",
    title: "a step that runs at most once per attempt fails, and is retried (test/crash interrupts it)",
    rows: [],
    run: (ctx) =>
      ctx.step("once", (s) => (s.attempt === 1 ? Promise.reject(new Error("not yet")) : `attempt ${s.attempt}`), {
        semantics: "at-most-once",
        retry: attempts(2),
      }),
    expect: { status: "SUCCEEDED", output: "attempt 2", operations: [step("once", { attempts: 2 })] },
  }),
  requirement({
    id: "1-19",
    title: "an error that is not retryable fails the step, and the execution, at once",
    run: (ctx) =>
      ctx.step("broken", () =>
        Promise.reject(new ApplicationError("never", { type: "Permanent", data: { why: 42 }, nonRetryable: true })),
      ),
    expect: {
      status: "FAILED",
      error: { type: "StepError", cause: { type: "Permanent", message: "never", data: { why: 42 } } },
      operations: [step("broken", { status: "FAILED", attempts: 1 })],
    },
  }),
  requirement({
    id: "1-20",
    title: "a caught error leads to another step",
    run: async (ctx) => {
      try {
        return await ctx.step("broken", () => Promise.reject(new Error("no")), { retry: false });
      } catch {
        return ctx.step("fallback", () => "fallback_result");
      }
    },
    expect: {
      status: "SUCCEEDED",
      output: "fallback_result",
      operations: [step("broken", { status: "FAILED" }), step("fallback")],
    },
  }),
];

export const scenarios: readonly Scenario[] = [...results, ...replay, ...retries, ...failures];
