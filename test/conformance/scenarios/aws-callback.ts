/** AWS's requirements for callbacks, 4-1 to 4-19. */
import { z } from "zod";
import { callback, step, wait } from "../expect-operations.ts";
import { at, fail, heartbeat, requirement, soon, succeed } from "../runner-aws.ts";
import { type Scenario, units } from "../scenario.ts";

const failed = { type: "CallbackExternalError", code: "callback_failed", cause: { message: "refused" } } as const;
const timedOut = { type: "CallbackTimeoutError", code: "callback_timed_out" } as const;

const basics: readonly Scenario[] = [
  requirement({
    id: "4-1",
    title: "a callback is completed from outside",
    run: (ctx) => {
      const [promise] = ctx.createCallback();
      return promise;
    },
    script: [soon(succeed("", "approved"))],
    expect: { status: "SUCCEEDED", output: "approved", operations: [callback()] },
  }),
  requirement({
    id: "4-2",
    title: "a callback has the name it is given",
    run: async (ctx) => {
      const [promise, callbackId] = ctx.createCallback("approval");
      return { answer: await promise, hasId: callbackId.length > 0 };
    },
    script: [soon(succeed("approval", { by: "Alice" }))],
    expect: {
      status: "SUCCEEDED",
      output: { answer: { by: "Alice" }, hasId: true },
      operations: [callback("approval", { result: { by: "Alice" } })],
    },
  }),
  requirement({
    id: "4-3",
    title: "a callback that nobody completes times out",
    run: (ctx) => {
      const [promise] = ctx.createCallback("approval", { timeout: units(2) });
      return promise;
    },
    expect: { status: "FAILED", error: timedOut, operations: [callback("approval", { status: "TIMED_OUT" })] },
  }),
  requirement({
    id: "4-4",
    title: "a callback without a heartbeat times out",
    run: (ctx) => {
      const [promise] = ctx.createCallback("approval", { heartbeatTimeout: units(2) });
      return promise;
    },
    expect: { status: "FAILED", error: timedOut, operations: [callback("approval", { status: "TIMED_OUT" })] },
  }),
  requirement({
    id: "4-5",
    title: "heartbeats keep a callback alive",
    run: (ctx) => {
      const [promise] = ctx.createCallback("approval", { heartbeatTimeout: units(6) });
      return promise;
    },
    script: [
      at(4, heartbeat("approval")),
      at(8, heartbeat("approval")),
      at(12, succeed("approval", "approved after all")),
    ],
    expect: { status: "SUCCEEDED", output: "approved after all", operations: [callback("approval")] },
  }),
  requirement({
    id: "4-6",
    title: "the outside reports failure",
    run: (ctx) => {
      const [promise] = ctx.createCallback("approval");
      return promise;
    },
    script: [soon(fail("approval", "refused"))],
    expect: { status: "FAILED", error: failed, operations: [callback("approval", { status: "FAILED" })] },
  }),
];

const besides: readonly Scenario[] = [
  requirement({
    id: "4-7",
    title: "a callback, a step, and then the callback fails",
    run: async (ctx) => {
      const [promise, callbackId] = ctx.createCallback("approval");
      await ctx.step("notify", () => callbackId.length > 0);
      return promise;
    },
    script: [soon(fail("approval", "refused"))],
    expect: {
      status: "FAILED",
      error: failed,
      operations: [callback("approval", { status: "FAILED" }), step("notify", { result: true })],
    },
  }),
  requirement({
    id: "4-8",
    title: "a callback, a step, and then the callback times out",
    run: async (ctx) => {
      const [promise] = ctx.createCallback("approval", { timeout: units(5) });
      await ctx.step("notify", () => "notified");
      return promise;
    },
    expect: {
      status: "FAILED",
      error: timedOut,
      operations: [callback("approval", { status: "TIMED_OUT" }), step("notify")],
    },
  }),
  requirement({
    id: "4-9",
    title: "a callback is completed while the execution waits for something else",
    run: async (ctx) => {
      const [promise] = ctx.createCallback("approval");
      await ctx.wait("pause", units(3));
      return promise;
    },
    script: [at(1, succeed("approval", "early"))],
    expect: { status: "SUCCEEDED", output: "early", operations: [callback("approval"), wait("pause")] },
  }),
  requirement({
    id: "4-10",
    title: "a callback fails while the execution waits for something else",
    run: async (ctx) => {
      const [promise] = ctx.createCallback("approval");
      await ctx.wait("pause", units(3));
      return promise;
    },
    script: [at(1, fail("approval", "refused"))],
    expect: {
      status: "FAILED",
      error: failed,
      operations: [callback("approval", { status: "FAILED" }), wait("pause")],
    },
  }),
  requirement({
    id: "4-11",
    title: "a callback times out while the execution waits for something else",
    run: async (ctx) => {
      const [promise] = ctx.createCallback("approval", { timeout: units(1) });
      await ctx.wait("pause", units(3));
      return promise;
    },
    expect: {
      status: "FAILED",
      error: timedOut,
      operations: [callback("approval", { status: "TIMED_OUT" }), wait("pause")],
    },
  }),
  requirement({
    id: "4-12",
    title: "a callback's result outlives a wait",
    run: async (ctx) => {
      const [promise] = ctx.createCallback("approval");
      const answer = await promise;
      await ctx.wait("pause", units(1));
      return answer;
    },
    script: [soon(succeed("approval", "approved"))],
    expect: { status: "SUCCEEDED", output: "approved", operations: [callback("approval"), wait("pause")] },
  }),
  requirement({
    id: "4-13",
    title: "a callback's failure is caught, and outlives a wait",
    run: async (ctx) => {
      const [promise] = ctx.createCallback("approval");
      const answer = await promise.catch((error: Error) => `caught ${error.name}`);
      await ctx.wait("pause", units(1));
      return answer;
    },
    script: [soon(fail("approval", "refused"))],
    expect: {
      status: "SUCCEEDED",
      output: "caught CallbackExternalError",
      operations: [callback("approval", { status: "FAILED" }), wait("pause")],
    },
  }),
  requirement({
    id: "4-14",
    title: "a callback's timeout is caught, and outlives a wait",
    run: async (ctx) => {
      const [promise] = ctx.createCallback("approval", { timeout: units(1) });
      const answer = await promise.catch((error: Error) => `caught ${error.name}`);
      await ctx.wait("pause", units(1));
      return answer;
    },
    expect: {
      status: "SUCCEEDED",
      output: "caught CallbackTimeoutError",
      operations: [callback("approval", { status: "TIMED_OUT" }), wait("pause")],
    },
  }),
];

const Message = z.object({
  id: z.string(),
  message: z.string(),
  timestamp: z.iso.datetime().transform((text) => new Date(text)),
});

const payloads: readonly Scenario[] = [
  requirement({
    id: "4-15",
    title: "a callback's schema makes a typed object of the payload, with a Date in it",
    run: async (ctx) => {
      const [promise] = ctx.createCallback<z.output<typeof Message>>("message", { schema: Message });
      const received = await promise;
      await ctx.wait(units(1));
      return { received, seconds: received.timestamp.getTime() / 1_000 };
    },
    script: [soon(succeed("message", { id: "m-1", message: "hello", timestamp: "2026-01-01T00:00:00.000Z" }))],
    expect: {
      status: "SUCCEEDED",
      output: {
        received: { id: "m-1", message: "hello", timestamp: new Date("2026-01-01T00:00:00.000Z") },
        seconds: 1_767_225_600,
      },
      operations: [callback("message"), wait()],
    },
  }),
  requirement({
    id: "4-16",
    title: "a callback's schema makes a number of a string",
    run: async (ctx) => {
      const [promise] = ctx.createCallback<number>("count", { schema: z.string().transform(Number) });
      const count = await promise;
      return { count, doubled: count * 2 };
    },
    script: [soon(succeed("count", "42"))],
    expect: {
      status: "SUCCEEDED",
      output: { count: 42, doubled: 84 },
      operations: [callback("count", { result: 42 })],
    },
  }),
];

const two: readonly Scenario[] = [
  requirement({
    id: "4-17",
    title: "two callbacks, the second created when the first has ended",
    run: async (ctx) => {
      const [a] = ctx.createCallback("a");
      const first = await a;
      const [b] = ctx.createCallback("b");
      return [first, await b];
    },
    script: [soon(succeed("a", "A")), soon(succeed("b", "B"))],
    expect: { status: "SUCCEEDED", output: ["A", "B"], operations: [callback("a"), callback("b")] },
  }),
  requirement({
    id: "4-18",
    title: "two callbacks at once, awaited in their order",
    run: async (ctx) => {
      const [a] = ctx.createCallback("a");
      const [b] = ctx.createCallback("b");
      return [await a, await b];
    },
    script: [at(1, succeed("a", "A")), at(2, succeed("b", "B"))],
    expect: { status: "SUCCEEDED", output: ["A", "B"], operations: [callback("a"), callback("b")] },
  }),
  requirement({
    id: "4-19",
    title: "two callbacks at once, awaited the other way round",
    run: async (ctx) => {
      const [a] = ctx.createCallback("a");
      const [b] = ctx.createCallback("b");
      const second = await b;
      return [await a, second];
    },
    script: [at(1, succeed("a", "A")), at(2, succeed("b", "B"))],
    expect: { status: "SUCCEEDED", output: ["A", "B"], operations: [callback("a"), callback("b")] },
  }),
];

export const scenarios: readonly Scenario[] = [...basics, ...besides, ...payloads, ...two];
