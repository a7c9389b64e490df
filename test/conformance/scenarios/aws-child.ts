/** AWS's requirements for child contexts, 3-1 to 3-18: scopes within one execution. */
import { ApplicationError } from "../../../lib/kernel/errors.ts";
import { context, step, wait } from "../expect-operations.ts";
import { requirement } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

const twice = { maxAttempts: 2, initialDelay: units(1), backoffRate: 1, jitter: "NONE" } as const;

/** More than fits into one message or one item on AWS. */
const LARGE = 300_000;

const results: readonly Scenario[] = [
  requirement({
    id: "3-1",
    title: "a child context with one step",
    input: "ping",
    run: (ctx, input: string) => ctx.runInChildContext((child) => child.step("echo", () => input)),
    expect: { status: "SUCCEEDED", output: "ping", operations: [context(), step("echo", { result: "ping" })] },
  }),
  requirement({
    id: "3-2",
    title: "a child context has the name it is given",
    input: "ping",
    run: (ctx, input: string) => ctx.runInChildContext("section", (child) => child.step("echo", () => input)),
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section", { scope: "", result: "ping" }), step("echo", { scope: "section" })],
    },
  }),
  requirement({
    id: "3-3",
    title: "a child context with steps that follow each other",
    input: "ping",
    run: (ctx, input: string) =>
      ctx.runInChildContext("section", async (child) => {
        const first = await child.step("first", () => input);
        return child.step("second", () => first);
      }),
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section"), step("first", { scope: "section" }), step("second", { scope: "section" })],
    },
  }),
  requirement({
    id: "3-6",
    title: "a child context within a child context",
    input: "ping",
    run: (ctx, input: string) =>
      ctx.runInChildContext("outer", async (outer) => {
        const first = await outer.step("first", () => input);
        return outer.runInChildContext("inner", (inner) => inner.step("second", () => first));
      }),
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [
        context("outer", { scope: "" }),
        step("first", { scope: "outer" }),
        context("inner", { scope: "outer" }),
        step("second", { scope: "outer/inner" }),
      ],
    },
  }),
  requirement({
    id: "3-16",
    title: "a child context returns null",
    run: (ctx) => ctx.runInChildContext("section", () => null),
    expect: { status: "SUCCEEDED", output: null, operations: [context("section", { result: null })] },
  }),
];

const failures: readonly Scenario[] = [
  requirement({
    id: "3-4",
    title: "a step that fails takes its child context and the execution with it",
    run: (ctx) =>
      ctx.runInChildContext("section", (child) =>
        child.step("broken", () => Promise.reject(new ApplicationError("no", { type: "Broken" })), { retry: false }),
      ),
    expect: {
      status: "FAILED",
      error: {
        type: "ChildContextError",
        code: "child_context_failed",
        cause: { type: "StepError", cause: { type: "Broken", message: "no" } },
      },
      operations: [
        context("section", { status: "FAILED" }),
        step("broken", { status: "FAILED", attempts: 1, scope: "section" }),
      ],
    },
  }),
  requirement({
    id: "3-5",
    title: "the failure of a child context is caught",
    input: "ping",
    run: async (ctx, input: string) => {
      try {
        return await ctx.runInChildContext("section", (child) =>
          child.step("broken", () => Promise.reject(new Error("no")), { retry: false }),
        );
      } catch {
        return ctx.step("fallback", () => input);
      }
    },
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [
        context("section", { status: "FAILED" }),
        step("broken", { status: "FAILED", scope: "section" }),
        step("fallback", { scope: "" }),
      ],
    },
  }),
  requirement({
    id: "3-7",
    title: "a step of a child context is retried",
    input: "ping",
    run: (ctx, input: string) =>
      ctx.runInChildContext("section", (child) =>
        child.step("flaky", (s) => (s.attempt === 1 ? Promise.reject(new Error("not yet")) : input), { retry: twice }),
      ),
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section"), step("flaky", { attempts: 2, scope: "section" })],
    },
  }),
  requirement({
    id: "3-8",
    title: "a step of a child context spends its attempts",
    run: (ctx) =>
      ctx.runInChildContext("section", (child) =>
        child.step("broken", (s) => Promise.reject(new Error(`attempt ${s.attempt}`)), { retry: twice }),
      ),
    expect: {
      status: "FAILED",
      error: { type: "ChildContextError", cause: { type: "StepError", cause: { message: "attempt 2" } } },
      operations: [context("section", { status: "FAILED" }), step("broken", { status: "FAILED", attempts: 2 })],
    },
  }),
  requirement({
    id: "3-15",
    title: "the body of a child context throws",
    run: (ctx) =>
      ctx.runInChildContext("section", () => {
        throw new ApplicationError("no", { type: "Broken" });
      }),
    expect: {
      status: "FAILED",
      error: { type: "ChildContextError", cause: { type: "Broken", message: "no" } },
      operations: [context("section", { status: "FAILED" })],
    },
  }),
];

const replay: readonly Scenario[] = [
  requirement({
    id: "3-9",
    title: "the result of a child context outlives a wait",
    input: "ping",
    run: async (ctx, input: string) => {
      const result = await ctx.runInChildContext("section", (child) => child.step("echo", () => input));
      await ctx.wait(units(1));
      return result;
    },
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section"), step("echo", { attempts: 1 }), wait()],
    },
  }),
  requirement({
    id: "3-10",
    title: "a wait within a child context",
    input: "ping",
    run: (ctx, input: string) =>
      ctx.runInChildContext("section", async (child) => {
        const result = await child.step("echo", () => input);
        await child.wait("pause", units(1));
        return result;
      }),
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section"), step("echo", { attempts: 1 }), wait("pause", { scope: "section" })],
    },
  }),
  requirement({
    id: "3-11",
    title: "fault:C20 a child context with a large result: only the step's is stored, and the context runs again",
    run: async (ctx) => {
      const result = await ctx.runInChildContext("section", (child) => {
        child.logger.info("in the section");
        return child.step("large", () => "x".repeat(LARGE));
      });
      await ctx.wait(units(1));
      return result.length;
    },
    expect: {
      status: "SUCCEEDED",
      output: LARGE,
      operations: [
        context("section", { result: undefined }),
        step("large", { attempts: 1, result: "x".repeat(LARGE) }),
        wait(),
      ],
      logs: ["in the section"],
    },
  }),
  requirement({
    id: "3-12-uninterrupted",
    title: "a child context whose step is not interrupted (test/crash interrupts it)",
    rows: [],
    input: "ping",
    run: (ctx, input: string) => ctx.runInChildContext("section", (child) => child.step("echo", () => input)),
    expect: { status: "SUCCEEDED", output: "ping", operations: [context("section"), step("echo", { attempts: 1 })] },
  }),
  requirement({
    id: "3-13",
    title: "a child context that only waits, and a step behind it",
    input: "ping",
    run: async (ctx, input: string) => {
      await ctx.runInChildContext("section", (child) => child.wait("pause", units(1)));
      return ctx.step("after", () => input);
    },
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section"), wait("pause", { scope: "section" }), step("after", { scope: "" })],
    },
  }),
  requirement({
    id: "3-17",
    title: "fault:C20 a child context that only writes to the logger, once",
    input: "ping",
    run: async (ctx, input: string) => {
      const result = await ctx.runInChildContext("section", (child) => {
        child.logger.info("in the section", { input });
        return input;
      });
      await ctx.wait(units(1));
      return result;
    },
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section", { result: "ping" }), wait()],
      logs: ["in the section"],
    },
  }),
  requirement({
    id: "3-18",
    title: "a step and a wait within, a step and a wait behind",
    input: "ping",
    run: async (ctx, input: string) => {
      const inside = await ctx.runInChildContext("section", async (child) => {
        const result = await child.step("inside", () => input);
        await child.wait("inside", units(1));
        return result;
      });
      const after = await ctx.step("after", () => inside);
      await ctx.wait("after", units(1));
      return after;
    },
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [
        context("section"),
        step("inside", { attempts: 1, scope: "section" }),
        wait("inside", { scope: "section" }),
        step("after", { attempts: 1, scope: "" }),
        wait("after", { scope: "" }),
      ],
    },
  }),
];

export const scenarios: readonly Scenario[] = [...results, ...failures, ...replay];
