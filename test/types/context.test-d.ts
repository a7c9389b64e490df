/** What an author's editor knows of the rest of the context (D18). */
import type { BatchResult, Received, WorkflowContext } from "treeline";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

declare const ctx: WorkflowContext;

describe("D18: steps", () => {
  it("give what their function gives, with or without a name", () => {
    expectTypeOf(ctx.step("a", async () => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(ctx.step(() => "text")).toEqualTypeOf<Promise<string>>();
  });

  it("give what comes out of their schema", () => {
    expectTypeOf(ctx.step("a", async (): Promise<number> => 1, { schema: z.number() })).toEqualTypeOf<
      Promise<number>
    >();
  });

  it("refuse a function that is none, and options that are none", () => {
    // @ts-expect-error -- a value is no function
    void ctx.step("a", 1);
    // @ts-expect-error -- no such semantics
    void ctx.step("a", () => 1, { semantics: "exactly-once" });
  });
});

describe("D18: waits", () => {
  it("give what was asked for", () => {
    expectTypeOf(ctx.waitForSignal<{ by: string }>("approved")).toEqualTypeOf<Promise<{ by: string }>>();
    expectTypeOf(ctx.waitForSignal("approved", { schema: z.object({ by: z.string() }) })).toEqualTypeOf<
      Promise<{ by: string }>
    >();
    expectTypeOf(ctx.waitForSignal("approved")).toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(ctx.createCallback("c", { schema: z.number() })).toEqualTypeOf<
      [promise: Promise<number>, callbackId: string]
    >();
    expectTypeOf(ctx.receive({ signals: ["a"] })).toEqualTypeOf<Promise<Received>>();
    expectTypeOf(ctx.wait("5s")).toEqualTypeOf<Promise<void>>();
  });

  it("give the state of a condition", () => {
    const polled = ctx.waitForCondition((n: number) => n + 1, {
      initialState: 0,
      waitStrategy: () => ({ shouldContinue: false }),
    });
    expectTypeOf(polled).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error -- to go on takes a delay
    void ctx.waitForCondition((n: number) => n, { initialState: 0, waitStrategy: () => ({ shouldContinue: true }) });
  });

  it("refuse what is no duration", () => {
    // @ts-expect-error -- written "5s"
    void ctx.wait("five seconds");
  });
});

describe("D18: batches", () => {
  it("give what their branches give", () => {
    expectTypeOf(ctx.map([1, 2], async (_branch, n) => String(n))).toEqualTypeOf<Promise<BatchResult<string>>>();
    expectTypeOf(ctx.parallel([async () => 1, { name: "two", run: () => 2 }])).toEqualTypeOf<
      Promise<BatchResult<number>>
    >();
  });

  it("give any of it where their branches differ", () => {
    const mixed = ctx.parallel("mixed", [async () => 1, async () => "text"]);
    expectTypeOf(mixed).toEqualTypeOf<Promise<BatchResult<number | string>>>();
  });
});
