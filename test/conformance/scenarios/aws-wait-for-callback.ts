/** AWS's requirements for waitForCallback, 7-1 to 7-15: a context with a callback and the step that hands its id out. */
import { z } from "zod";
import { callback, callbackContext, context, step, wait } from "../expect-operations.ts";
import { at, fail, heartbeat, requirement, soon, succeed } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

const failed = { type: "CallbackExternalError", code: "callback_failed", cause: { message: "refused" } } as const;
const timedOut = { type: "CallbackTimeoutError", code: "callback_timed_out" } as const;

/** Hands the id to nobody: the scenario's script knows it anyway. */
function submit(): void {}

const timedOutContext = callbackContext("approval", {
  context: { status: "FAILED" },
  callback: { status: "TIMED_OUT" },
});
const failedContext = callbackContext("approval", { context: { status: "FAILED" }, callback: { status: "FAILED" } });

const results: readonly Scenario[] = [
  requirement({
    id: "7-1",
    title: "the submitter gets the callback's id, and the outside completes it",
    run: (ctx) =>
      ctx.waitForCallback("approval", (callbackId, s) => {
        s.emit("submitted", { hasId: callbackId.length > 0 });
      }),
    script: [soon(succeed("approval", { approved: true }))],
    expect: {
      status: "SUCCEEDED",
      output: { approved: true },
      operations: callbackContext("approval", { context: { result: { approved: true } } }),
      events: [{ type: "custom", name: "submitted", data: { hasId: true } }],
    },
  }),
  requirement({
    id: "7-2",
    title: "has the name it is given; callback and submitter stand in its scope",
    run: (ctx) => ctx.waitForCallback("approval", submit),
    script: [soon(succeed("approval", "yes"))],
    expect: {
      status: "SUCCEEDED",
      output: "yes",
      operations: [
        context("approval", { scope: "" }),
        callback(undefined, { scope: "approval", result: "yes" }),
        step("submitter", { scope: "approval", attempts: 1 }),
      ],
    },
  }),
  requirement({
    id: "7-3",
    title: "needs no name",
    run: (ctx) => ctx.waitForCallback(submit),
    script: [soon(succeed("", "yes"))],
    expect: { status: "SUCCEEDED", output: "yes", operations: callbackContext(undefined) },
  }),
  requirement({
    id: "7-11",
    title: "its schema reads the JSON in the payload",
    run: async (ctx) => {
      const Decision = z
        .string()
        .transform((text): unknown => JSON.parse(text))
        .pipe(z.object({ decision: z.string() }));
      const answer = await ctx.waitForCallback<{ decision: string }>("approval", submit, { schema: Decision });
      return answer.decision;
    },
    script: [soon(succeed("approval", '{"decision":"approved"}'))],
    expect: { status: "SUCCEEDED", output: "approved", operations: callbackContext("approval") },
  }),
  requirement({
    id: "7-15",
    title: "is completed without a payload",
    run: async (ctx) => {
      const answer = await ctx.waitForCallback("approval", submit);
      return answer ?? null;
    },
    script: [soon(succeed("approval"))],
    expect: { status: "SUCCEEDED", output: null, operations: callbackContext("approval") },
  }),
];

const failures: readonly Scenario[] = [
  requirement({
    id: "7-4",
    title: "the outside reports failure",
    run: (ctx) => ctx.waitForCallback("approval", submit),
    script: [soon(fail("approval", "refused"))],
    expect: { status: "FAILED", error: failed, operations: failedContext },
  }),
  requirement({
    id: "7-5",
    title: "nobody completes it in time",
    run: (ctx) => ctx.waitForCallback("approval", submit, { timeout: units(2) }),
    expect: { status: "FAILED", error: timedOut, operations: timedOutContext },
  }),
  requirement({
    id: "7-6",
    title: "the outside reports failure, and it is caught",
    run: async (ctx) => {
      try {
        return await ctx.waitForCallback("approval", submit);
      } catch {
        return "recovered";
      }
    },
    script: [soon(fail("approval", "refused"))],
    expect: { status: "SUCCEEDED", output: "recovered", operations: failedContext },
  }),
  requirement({
    id: "7-7",
    title: "the submitter spends its attempts",
    run: (ctx) =>
      ctx.waitForCallback("approval", (_id, s) => Promise.reject(new Error(`attempt ${s.attempt}`)), {
        retry: { maxAttempts: 2, initialDelay: units(1), backoffRate: 1, jitter: "NONE" },
      }),
    expect: {
      status: "FAILED",
      error: { type: "CallbackSubmitterError", code: "callback_submitter_failed" },
      someOperations: [
        context("approval", { status: "FAILED" }),
        step("submitter", { status: "FAILED", attempts: 2, scope: "approval" }),
      ],
    },
  }),
  requirement({
    id: "7-12",
    title: "no heartbeat comes in time",
    run: (ctx) => ctx.waitForCallback("approval", submit, { heartbeatTimeout: units(2) }),
    expect: { status: "FAILED", error: timedOut, operations: timedOutContext },
  }),
  requirement({
    id: "7-13",
    title: "a heartbeat keeps it alive",
    run: (ctx) => ctx.waitForCallback("approval", submit, { heartbeatTimeout: units(6) }),
    script: [at(4, heartbeat("approval")), at(8, succeed("approval", "late, but here"))],
    expect: { status: "SUCCEEDED", output: "late, but here", operations: callbackContext("approval") },
  }),
  requirement({
    id: "7-14",
    title: "nobody completes it in time, and that is caught",
    run: async (ctx) => {
      try {
        return await ctx.waitForCallback("approval", submit, { timeout: units(2) });
      } catch {
        return "timed-out-handled";
      }
    },
    expect: { status: "SUCCEEDED", output: "timed-out-handled", operations: timedOutContext },
  }),
];

const combined: readonly Scenario[] = [
  requirement({
    id: "7-8",
    title: "within a child context",
    run: (ctx) => ctx.runInChildContext("section", (section) => section.waitForCallback("approval", submit)),
    script: [soon(succeed("approval", "yes"))],
    expect: {
      status: "SUCCEEDED",
      output: "yes",
      operations: [
        context("section", { scope: "" }),
        context("approval", { scope: "section" }),
        callback(undefined, { scope: "section/approval" }),
        step("submitter", { scope: "section/approval" }),
      ],
    },
  }),
  requirement({
    id: "7-9",
    title: "two, one after the other",
    run: async (ctx) => [await ctx.waitForCallback("first", submit), await ctx.waitForCallback("second", submit)],
    script: [soon(succeed("first", 1)), soon(succeed("second", 2))],
    expect: {
      status: "SUCCEEDED",
      output: [1, 2],
      operations: [...callbackContext("first"), ...callbackContext("second")],
    },
  }),
  requirement({
    id: "7-10",
    title: "behind a wait and a step",
    run: async (ctx) => {
      await ctx.wait("pause", units(1));
      await ctx.step("prepare", () => "prepared");
      return ctx.waitForCallback("approval", submit);
    },
    script: [soon(succeed("approval", "yes"))],
    expect: {
      status: "SUCCEEDED",
      output: "yes",
      operations: [wait("pause"), step("prepare", { attempts: 1 }), ...callbackContext("approval")],
    },
  }),
];

export const scenarios: readonly Scenario[] = [...results, ...failures, ...combined];
