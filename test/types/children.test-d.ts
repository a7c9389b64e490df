/** What an author's editor knows of children: the schema's input side goes in, its output side comes out (D18). */
import {
  type Client,
  type ClientHandle,
  type ExecutionHandle,
  executeWorkflow,
  type InputOf,
  type OutputOf,
  type Outcome,
  type StepContext,
  type Workflow,
  workflow,
  type WorkflowContext,
} from "treeline";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

const charge = workflow(
  {
    name: "types.charge",
    input: z.object({ cents: z.string().transform(Number), currency: z.string().default("EUR") }),
    output: z.object({ receipt: z.string(), at: z.iso.datetime().transform((text) => new Date(text)) }),
  },
  async (_ctx, input) => {
    expectTypeOf(input).toEqualTypeOf<{ cents: number; currency: string }>();
    return { receipt: "r-1", at: "2026-01-01T00:00:00Z" };
  },
);
const double = workflow({ name: "types.double", input: z.number() }, async (ctx, n) => ctx.step("double", () => n * 2));
const shout = workflow({ name: "types.shout", output: z.string() }, async (_ctx, text: string) => text.toUpperCase());
const plain = workflow({ name: "types.plain" }, async (_ctx, order: { id: number }) => [order.id]);
const nothing = workflow({ name: "types.nothing" }, async (ctx) => ctx.wait(1));

declare module "treeline" {
  interface Register {
    "types.charge": typeof charge;
    "types.double": typeof double;
  }
}

declare const ctx: WorkflowContext;
declare const client: Client;
declare const step: StepContext;

interface ChargeInput {
  cents: string;
  currency?: string | undefined;
}
interface Receipt {
  receipt: string;
  at: Date;
}

describe("D18: a workflow", () => {
  it("takes what goes into its input schema and gives what comes out of its output schema", () => {
    expectTypeOf<InputOf<typeof charge>>().toEqualTypeOf<ChargeInput>();
    expectTypeOf<OutputOf<typeof charge>>().toEqualTypeOf<Receipt>();
  });

  it("without schemas takes and gives what its function does", () => {
    expectTypeOf(double).toEqualTypeOf<Workflow<number, number>>();
    expectTypeOf(shout).toEqualTypeOf<Workflow<string, string>>();
    expectTypeOf(plain).toEqualTypeOf<Workflow<{ id: number }, number[]>>();
    expectTypeOf(nothing).toEqualTypeOf<Workflow<unknown, void>>();
  });

  it("has a function that fits its schemas", () => {
    // @ts-expect-error -- returns a number where the output schema takes a text
    workflow({ name: "w", output: z.string() }, async () => 1);
    // @ts-expect-error -- takes a text where the input schema gives a number
    workflow({ name: "w", input: z.number() }, async (_ctx, text: string) => text);
    const fn = async (): Promise<number> => 1;
    // @ts-expect-error -- one function, not two
    workflow({ name: "w" }, fn, fn);
    // @ts-expect-error -- not an option
    workflow({ name: "w", timeout: 1 }, async () => 1);
    // @ts-expect-error -- a duration is written "5m"
    workflow({ name: "w", executionTimeout: "5 minutes" }, async () => 1);
  });
});

describe("D18: execute", () => {
  it("takes the input and gives the output", () => {
    expectTypeOf(ctx.execute(charge, { cents: "100" })).toEqualTypeOf<Promise<Receipt>>();
    expectTypeOf(ctx.execute(double, 1, { timeout: "5s" })).toEqualTypeOf<Promise<number>>();
    expectTypeOf(ctx.execute(nothing, undefined)).toEqualTypeOf<Promise<void>>();
    expectTypeOf(client.execute(charge, { cents: "100" })).toEqualTypeOf<Promise<Receipt>>();
  });

  it("refuses what does not fit", () => {
    // @ts-expect-error -- the side that goes in is a text
    void ctx.execute(charge, { cents: 100 });
    // @ts-expect-error -- a field is missing
    void ctx.execute(charge, {});
    // @ts-expect-error -- no input at all
    void ctx.execute(double);
    // @ts-expect-error -- an option that only `start` has not either
    void ctx.execute(double, 1, { wait: false });
    // @ts-expect-error -- a function is no workflow
    void ctx.execute(async () => 1, 1);
    // @ts-expect-error -- the side that goes in is a text
    void client.execute(charge, { cents: 100 });
  });

  it("keeps tuples where several are awaited together", () => {
    const all = ctx.promise.all([ctx.execute(charge, { cents: "1" }), ctx.execute(double, 1), "constant" as const]);
    expectTypeOf(all).toEqualTypeOf<Promise<[Receipt, number, "constant"]>>();
    const settled = ctx.promise.allSettled([ctx.execute(double, 1), ctx.execute(shout, "a")]);
    expectTypeOf(settled).toEqualTypeOf<Promise<[PromiseSettledResult<number>, PromiseSettledResult<string>]>>();
  });
});

describe("D18: start", () => {
  it("gives a handle of the output", () => {
    expectTypeOf(ctx.start(charge, { cents: "100" })).toEqualTypeOf<Promise<ExecutionHandle<Receipt>>>();
    expectTypeOf(client.start(double, 1)).toEqualTypeOf<Promise<ClientHandle<number>>>();
    expectTypeOf<ExecutionHandle<Receipt>["result"]>().returns.toEqualTypeOf<Promise<Receipt>>();
    expectTypeOf<ExecutionHandle<Receipt>["outcome"]>().returns.toEqualTypeOf<Promise<Outcome<Receipt>>>();
    expectTypeOf<Outcome<Receipt>["output"]>().toEqualTypeOf<Receipt | undefined>();
  });

  it("gives an id inside a step, and takes the same input", () => {
    expectTypeOf(step.start(charge, { cents: "100" })).toEqualTypeOf<string>();
    // @ts-expect-error -- the side that goes in is a text
    step.start(charge, { cents: 100 });
  });

  it("refuses what does not fit", () => {
    // @ts-expect-error -- a text where a number goes in
    void ctx.start(double, "1");
    // @ts-expect-error -- how long the call waits is nothing that it could be told: it does not wait
    void ctx.start(double, 1, { timeout: "5s" });
    // @ts-expect-error -- no such policy
    void ctx.start(double, 1, { parentClosePolicy: "TERMINATE" });
  });
});

describe("D18: executeAll", () => {
  it("takes a list of inputs, of any length or of a known one", () => {
    const inputs = [1, 2, 3] as const;
    const results = ctx.executeAll(double, inputs, { id: (input, index) => `${input}-${index}` });
    expectTypeOf(results.then((batch) => batch.getResults())).toEqualTypeOf<Promise<number[]>>();
    const receipts = ctx.executeAll(charge, [{ cents: "1" }, { cents: "2", currency: "USD" }]);
    expectTypeOf(receipts.then((batch) => batch.all[0]?.result)).toEqualTypeOf<Promise<Receipt | undefined>>();
  });

  it("refuses a list in which one does not fit", () => {
    // @ts-expect-error -- the second is a text
    void ctx.executeAll(double, [1, "2"]);
    // @ts-expect-error -- an input is a number, and has no length
    void ctx.executeAll(double, [1], { id: (input) => `${input.length}` });
  });
});

describe("D18: attach", () => {
  it("knows nothing of who has that id, unless it is said", () => {
    expectTypeOf(ctx.attach("id")).toEqualTypeOf<ExecutionHandle<unknown>>();
    expectTypeOf(ctx.attach<OutputOf<typeof charge>>("id").result()).toEqualTypeOf<Promise<Receipt>>();
    expectTypeOf(client.execution<number>("id")).toEqualTypeOf<Promise<ClientHandle<number>>>();
    // @ts-expect-error -- an id is a text
    ctx.attach(7);
  });
});

describe("D18: by name", () => {
  it("is as typed as by object, for names that are registered", () => {
    expectTypeOf<InputOf<"types.charge">>().toEqualTypeOf<ChargeInput>();
    expectTypeOf(ctx.execute("types.charge", { cents: "100" })).toEqualTypeOf<Promise<Receipt>>();
    expectTypeOf(ctx.start("types.double", 1)).toEqualTypeOf<Promise<ExecutionHandle<number>>>();
    expectTypeOf(client.execute("types.double", 1)).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error -- the side that goes in is a text
    void ctx.execute("types.charge", { cents: 100 });
    // @ts-expect-error -- a text where a number goes in
    void ctx.executeAll("types.double", ["1"]);
  });

  it("takes anything for other names", () => {
    expectTypeOf(ctx.execute("somebody.elses", { any: "thing" })).toEqualTypeOf<Promise<unknown>>();
    const name: string = "known only at run time";
    expectTypeOf(ctx.execute(name, 1)).toEqualTypeOf<Promise<unknown>>();
  });
});

describe("D18: executeWorkflow", () => {
  it("waits unless it is told not to", () => {
    expectTypeOf(executeWorkflow(charge, { cents: "100" })).toEqualTypeOf<Promise<Receipt>>();
    expectTypeOf(executeWorkflow(double, 1, { wait: true, executionId: "id" })).toEqualTypeOf<Promise<number>>();
    expectTypeOf(executeWorkflow(double, 1, { wait: false })).toEqualTypeOf<Promise<ExecutionHandle<number>>>();
  });

  it("refuses what does not fit", () => {
    // @ts-expect-error -- the side that goes in is a text
    void executeWorkflow(charge, { cents: 100 });
    // @ts-expect-error -- a name is not enough in process
    void executeWorkflow("types.double", 1);
  });
});
