/**
 * AWS's requirements for traces: twenty scenarios in two views, and waits of a day. Every wait is an eviction: what runs
 * after it is a new invocation. Ours differ in one thing: a child's spans are in its parent's trace, below the operation
 * that started it, where AWS has two workflow roots that are linked.
 */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StepContext, WorkflowContext } from "../../../lib/kernel/context.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";
import { expectedTrace } from "./aws-traces.ts";
import { Traces } from "./traces.ts";

type Code = (ctx: WorkflowContext) => unknown;

const step = async (ctx: WorkflowContext): Promise<string> => ctx.step("work", () => "done");
const wait = async (ctx: WorkflowContext): Promise<void> => ctx.wait("pause", { seconds: 2 });
const fail = (): never => {
  throw new Error("boom");
};
const failingStep = async (ctx: WorkflowContext): Promise<unknown> => ctx.step("fails", fail, { retry: false });
const flaky = (s: StepContext): string => (s.attempt === 1 ? fail() : "done");
const day = { hours: 24 };

const child = workflow({ name: "child" }, async (ctx: WorkflowContext) => {
  await ctx.wait("inside", { seconds: 1 });
  return step(ctx);
});
const failingChild = workflow({ name: "child" }, failingStep);
const dayChild = workflow({ name: "child" }, async (ctx: WorkflowContext) => ctx.wait("inside", day));

interface Play {
  readonly code: Code;
  readonly act?: (virtual: VirtualEngine, id: string) => Promise<void>;
  readonly executionTimeout?: number;
}

async function play({ code, act, executionTimeout }: Play, view: "execution" | "invocation"): Promise<Traces> {
  const traces = new Traces({ view });
  const virtual = await openVirtual({ plugins: traces.plugins, eviction: "always" });
  const options = executionTimeout === undefined ? {} : { executionTimeout };
  const handle = await virtual.play(workflow({ name: "w" }, code), null, options);
  await act?.(virtual, handle.executionId);
  await virtual.settle();
  await virtual.engine.close();
  expect(traces.problems()).toEqual([]);
  return traces;
}

async function answerCallback({ engine, settle }: VirtualEngine, id: string, succeed: boolean): Promise<void> {
  const [waits] = await engine.pending(id);
  const callbackId = waits?.callbackId ?? "";
  if (succeed) await engine.callbacks.succeed(callbackId, "answer");
  else await engine.callbacks.fail(callbackId, { message: "refused" });
  await settle();
}

const callback: Code = async (ctx) => ctx.waitForCallback("answer", () => undefined);
const untilTwo: Code = async (ctx) =>
  ctx.waitForCondition("ready", (n: number) => n + 1, {
    initialState: 0,
    waitStrategy: (n) => (n < 2 ? { shouldContinue: true, delay: 1 } : { shouldContinue: false }),
  });

const rows: [title: string, Play][] = [
  ["aws:otel-execution-1 aws:otel-invocation-1 a step and its attempt", { code: step }],
  [
    "aws:otel-execution-2 aws:otel-invocation-2 a wait, and a step behind it",
    {
      code: async (ctx) => {
        await wait(ctx);
        await step(ctx);
      },
    },
  ],
  [
    "aws:otel-execution-3 aws:otel-invocation-3 attempts of a step in several invocations",
    { code: async (ctx) => ctx.step("flaky", flaky, { retry: { maxAttempts: 2 } }) },
  ],
  ["aws:otel-execution-4 aws:otel-invocation-4 a failure that ends it", { code: failingStep }],
  [
    "aws:otel-execution-5 aws:otel-invocation-5 a step in a child context",
    { code: async (ctx) => ctx.runInChildContext("inside", step) },
  ],
  [
    "aws:otel-execution-6 aws:otel-invocation-6 branches",
    { code: async (ctx) => (await ctx.parallel("both", [step, wait])).throwIfError() },
  ],
  [
    "aws:otel-execution-7 aws:otel-invocation-7 items of a map",
    {
      code: async (ctx) =>
        (await ctx.map("items", ["a", "b"], async (each, item) => each.step(item, () => item))).getResults(),
    },
  ],
  [
    "aws:otel-execution-8 aws:otel-invocation-8 a step that fails, and one that makes up for it",
    {
      code: async (ctx) => {
        await failingStep(ctx).catch(() => undefined);
        await ctx.step("recover", () => "well");
      },
    },
  ],
  ["aws:otel-execution-9 aws:otel-invocation-9 polls of a condition", { code: untilTwo }],
  [
    "aws:otel-execution-10 aws:otel-invocation-10 a callback, with the step that asks for it",
    { code: callback, act: async (virtual, id) => answerCallback(virtual, id, true) },
  ],
  [
    "aws:otel-execution-11 aws:otel-invocation-11 a child, in its parent's trace",
    { code: async (ctx) => ctx.execute(child, null) },
  ],
  [
    "aws:otel-execution-12 aws:otel-invocation-12 a child context that fails",
    { code: async (ctx) => ctx.runInChildContext("inside", failingStep) },
  ],
  [
    "aws:otel-execution-13 aws:otel-invocation-13 a branch that fails",
    { code: async (ctx) => (await ctx.parallel("both", [step, failingStep])).throwIfError() },
  ],
  [
    "aws:otel-execution-14 aws:otel-invocation-14 an item that fails",
    { code: async (ctx) => (await ctx.map("items", [1], async (each) => failingStep(each))).throwIfError() },
  ],
  [
    "aws:otel-execution-15 aws:otel-invocation-15 a wait that the execution's timeout cuts off",
    { code: wait, executionTimeout: 1_000 },
  ],
  [
    "aws:otel-execution-16 aws:otel-invocation-16 a condition whose poll fails",
    {
      code: async (ctx) =>
        ctx.waitForCondition("ready", fail, { initialState: 0, waitStrategy: () => ({ shouldContinue: false }) }),
    },
  ],
  [
    "aws:otel-execution-17 aws:otel-invocation-17 a callback that is failed",
    { code: callback, act: async (virtual, id) => answerCallback(virtual, id, false) },
  ],
  [
    "aws:otel-execution-18 aws:otel-invocation-18 a child that fails",
    { code: async (ctx) => ctx.execute(failingChild, null) },
  ],
  ["aws:otel-execution-19 aws:otel-invocation-19 code that fails outside of any operation", { code: fail }],
  ["aws:otel-long-running-1 a wait of a day", { code: async (ctx) => ctx.wait("long", day) }],
  [
    "aws:otel-long-running-2 a day between two attempts",
    {
      code: async (ctx) => ctx.step("flaky", flaky, { retry: () => ({ shouldRetry: true, delay: day }) }),
    },
  ],
  [
    "aws:otel-long-running-3 a callback that is answered after a day",
    {
      code: callback,
      act: async (virtual, id) => {
        virtual.clock.moveTo(virtual.clock.now() + 86_400_000);
        await answerCallback(virtual, id, true);
      },
    },
  ],
  ["aws:otel-long-running-4 a child of a day", { code: async (ctx) => ctx.execute(dayChild, null) }],
];

describe.each(["execution", "invocation"] as const)("the %s view", (view) => {
  it.each(rows)("%s", async (title, scenario) => {
    const traces = await play(scenario, view);
    expect(traces.tree({ invocations: true })).toEqual(expectedTrace(title, view));
  });
});
