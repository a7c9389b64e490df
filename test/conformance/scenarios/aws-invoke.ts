/** AWS's requirements for chained invokes, 5-1 to 5-16: here an execution waits for a child execution. */
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { ApplicationError, ChildExecutionError } from "../../../lib/kernel/errors.ts";
import { child, context, step, wait } from "../expect-operations.ts";
import { nameOf, requirement } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

/** Returns what it is given. */
function echo(id: string): Workflow {
  return workflow({ name: nameOf(id, "echo") }, async (_ctx: WorkflowContext, input: unknown) => input);
}

/** Fails. */
function broken(id: string): Workflow {
  return workflow({ name: nameOf(id, "broken") }, async () => {
    throw new ApplicationError("the target failed", { type: "TargetError", data: { id } });
  });
}

/** More than fits into one message or one item on AWS. */
const LARGE = 300_000;

const order = {
  id: 7,
  lines: [
    { sku: "a", price: 1.5 },
    { sku: "b", price: null },
  ],
  note: "näive ☃",
};

const [echo1, echo2, echo3, echo4] = [echo("5-1"), echo("5-2"), echo("5-3"), echo("5-4")];
const [broken5, broken6] = [broken("5-5"), broken("5-6")];
const [echo7, echo9, broken10] = [echo("5-7"), echo("5-9"), broken("5-10")];
const [echo11, echo12, echo13, echo14] = [echo("5-11"), echo("5-12"), echo("5-13"), echo("5-14")];

const tenant = workflow({ name: nameOf("5-8", "tenant") }, async (ctx: WorkflowContext) => ctx.info.namespace);

const upperCase = z.string().transform((text) => text.toUpperCase());
const takesUpperCase = workflow(
  { name: nameOf("5-15", "target"), input: z.object({ data: upperCase }) },
  async (_ctx: WorkflowContext, input) => `received ${input.data}`,
);
const givesUpperCase = workflow(
  { name: nameOf("5-16", "target"), output: upperCase },
  async (_ctx: WorkflowContext) => "hello",
);

const results: readonly Scenario[] = [
  requirement({
    id: "5-1",
    title: "a child returns what it was given",
    input: "ping",
    run: (ctx, input: string) => ctx.execute(echo1, input),
    others: [echo1],
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [child(echo1.name, { result: "ping" })],
      tree: { [`/${echo1.name}`]: { status: "SUCCEEDED", workflow: echo1.name, output: "ping", depth: 1 } },
      exact: true,
    },
  }),
  requirement({
    id: "5-2",
    title: "the operation has the name it is given",
    input: "ping",
    run: (ctx, input: string) => ctx.execute(echo2, input, { name: "ask" }),
    others: [echo2],
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [child("ask")],
      tree: { "/ask": { status: "SUCCEEDED", workflow: echo2.name } },
      exact: true,
    },
  }),
  requirement({
    id: "5-3",
    title: "a child returns a nested object",
    input: order,
    run: (ctx, input: unknown) => ctx.execute(echo3, input),
    others: [echo3],
    expect: { status: "SUCCEEDED", output: order, operations: [child(echo3.name, { result: order })] },
  }),
  requirement({
    id: "5-4",
    title: "a child takes and returns null",
    run: (ctx) => ctx.execute(echo4, null),
    others: [echo4],
    expect: { status: "SUCCEEDED", output: null, operations: [child(echo4.name, { result: null })] },
  }),
  requirement({
    id: "5-7",
    title: "a large input and a large result",
    run: async (ctx) => {
      const sent = "x".repeat(LARGE);
      const received = await ctx.execute(echo7, sent);
      return { length: (received as string).length, same: received === sent };
    },
    others: [echo7],
    expect: {
      status: "SUCCEEDED",
      output: { length: LARGE, same: true },
      operations: [child(echo7.name)],
      tree: { [`/${echo7.name}`]: { status: "SUCCEEDED", output: "x".repeat(LARGE) } },
    },
  }),
  requirement({
    id: "5-8",
    title: "a child runs in its parent's namespace (AWS: tenant)",
    options: { namespace: "tenant-1" },
    run: (ctx) => ctx.execute(tenant, null),
    others: [tenant],
    expect: {
      status: "SUCCEEDED",
      output: "tenant-1",
      operations: [child(tenant.name)],
      tree: { [`/${tenant.name}`]: { status: "SUCCEEDED", output: "tenant-1" } },
    },
  }),
  requirement({
    id: "5-15",
    title: "the target's input schema transforms what is sent",
    input: { data: "hello" },
    run: (ctx, input: { data: string }) => ctx.execute(takesUpperCase, input),
    others: [takesUpperCase],
    expect: { status: "SUCCEEDED", output: "received HELLO", operations: [child(takesUpperCase.name)] },
  }),
  requirement({
    id: "5-16",
    title: "the target's output schema transforms what it returns",
    run: (ctx) => ctx.execute(givesUpperCase, null),
    others: [givesUpperCase],
    expect: {
      status: "SUCCEEDED",
      output: "HELLO",
      operations: [child(givesUpperCase.name, { result: "HELLO" })],
      tree: { [`/${givesUpperCase.name}`]: { status: "SUCCEEDED", output: "HELLO" } },
    },
  }),
];

const failures: readonly Scenario[] = [
  requirement({
    id: "5-5",
    title: "a child's failure fails its parent",
    run: (ctx) => ctx.execute(broken5, null),
    others: [broken5],
    expect: {
      status: "FAILED",
      error: {
        type: "ChildExecutionError",
        code: "child_execution_failed",
        cause: { type: "TargetError", message: "the target failed", data: { id: "5-5" } },
      },
      operations: [child(broken5.name, { status: "FAILED" })],
      tree: {
        [`/${broken5.name}`]: { status: "FAILED", error: { type: "TargetError", message: "the target failed" } },
      },
    },
  }),
  requirement({
    id: "5-6",
    title: "a child's failure is caught",
    run: async (ctx) => {
      try {
        return await ctx.execute(broken6, null);
      } catch (error) {
        return error instanceof ChildExecutionError ? `caught ${error.workflow} ${error.status}` : error;
      }
    },
    others: [broken6],
    expect: {
      status: "SUCCEEDED",
      output: `caught ${broken6.name} FAILED`,
      operations: [child(broken6.name, { status: "FAILED" })],
      tree: { [`/${broken6.name}`]: { status: "FAILED" } },
    },
  }),
];

const combined: readonly Scenario[] = [
  requirement({
    id: "5-9",
    title: "a child's result outlives a wait",
    input: "ping",
    run: async (ctx, input: string) => {
      const result = await ctx.execute(echo9, input);
      await ctx.wait(units(1));
      return result;
    },
    others: [echo9],
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [child(echo9.name), wait()],
      tree: { [`/${echo9.name}`]: { status: "SUCCEEDED" } },
      exact: true,
    },
  }),
  requirement({
    id: "5-10",
    title: "a child's failure outlives a wait",
    run: async (ctx) => {
      let caught: unknown;
      await ctx.execute(broken10, null).catch((error: unknown) => {
        caught = error;
      });
      await ctx.wait(units(1));
      return caught instanceof ChildExecutionError && caught.cause instanceof Error ? caught.cause.message : caught;
    },
    others: [broken10],
    expect: {
      status: "SUCCEEDED",
      output: "the target failed",
      operations: [child(broken10.name, { status: "FAILED" }), wait()],
      tree: { [`/${broken10.name}`]: { status: "FAILED" } },
      exact: true,
    },
  }),
  requirement({
    id: "5-11",
    title: "a step, then a child",
    run: async (ctx) => {
      const prepared = await ctx.step("prepare", () => "prepared");
      return ctx.execute(echo11, prepared);
    },
    others: [echo11],
    expect: { status: "SUCCEEDED", output: "prepared", operations: [step("prepare"), child(echo11.name)] },
  }),
  requirement({
    id: "5-12",
    title: "a child, then a step that uses its result",
    run: async (ctx) => {
      const result = await ctx.execute(echo12, "ping");
      return ctx.step("use", () => `used ${String(result)}`);
    },
    others: [echo12],
    expect: { status: "SUCCEEDED", output: "used ping", operations: [child(echo12.name), step("use")] },
  }),
  requirement({
    id: "5-13",
    title: "a child execution within a child context",
    run: (ctx) => ctx.runInChildContext("section", (section) => section.execute(echo13, "ping")),
    others: [echo13],
    expect: {
      status: "SUCCEEDED",
      output: "ping",
      operations: [context("section"), child(echo13.name, { scope: "section" })],
      tree: { [`/${echo13.name}`]: { status: "SUCCEEDED", depth: 1 } },
      exact: true,
    },
  }),
  requirement({
    id: "5-14",
    title: "two children, one after the other",
    run: async (ctx) => [await ctx.execute(echo14, "first"), await ctx.execute(echo14, "second")],
    others: [echo14],
    expect: {
      status: "SUCCEEDED",
      output: ["first", "second"],
      operations: [child(echo14.name, { result: "first" }), child(echo14.name, { result: "second" })],
      tree: {
        [`/${echo14.name}`]: { status: "SUCCEEDED", output: "first" },
        [`/${echo14.name}#2`]: { status: "SUCCEEDED", output: "second" },
      },
      exact: true,
    },
  }),
];

export const scenarios: readonly Scenario[] = [...results, ...failures, ...combined];
