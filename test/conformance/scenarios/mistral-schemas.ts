/** M12, M13, M15, M16, M31: what may be passed, returned and defined. */
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ValidationError } from "../../../lib/kernel/errors.ts";
import { type Scenario } from "../scenario.ts";
import { caught, chain, codeOf, told } from "./treeline-errors.ts";

function inputOfChild(): Scenario {
  const input = z.strictObject({ value: z.string(), item: z.object({ price: z.number() }) });
  const child = workflow({ name: "M12.child", input }, (_ctx, { value }) => value);
  const parent = workflow({ name: "M12.parent" }, async (ctx) => {
    const refusals: unknown[] = [];
    // By name: the compiler would refuse these.
    for (const wrong of [
      {},
      { value: "x", item: { price: "free" } },
      { value: "x", item: { price: 1 }, extra: true },
      null,
    ]) {
      const error = await caught(() => ctx.execute("M12.child", wrong));
      refusals.push([codeOf(error), ...(error instanceof ValidationError ? error.issues.map((i) => i.path) : [])]);
    }
    const started = await caught(() => ctx.start("M12.child", { value: 1 }));
    const right = await ctx.execute(child, { value: "fits", item: { price: 1 } }, { name: "child" });
    return { refusals, started: chain(started), right };
  });
  const code = "validation_failed";
  return {
    id: "M12",
    rows: ["M12"],
    title: "input that does not fit is refused at the call, naming the fields; no child exists",
    workflows: [parent, child],
    start: [
      { workflow: "M12.parent" },
      { workflow: "M12.child", input: { value: 7, item: { price: 1 } }, refused: { type: "ValidationError", code } },
      { workflow: "M12.child", input: { value: "x", item: { price: 1 }, extra: 1 }, refused: { code } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: {
        refusals: [
          [code, "value", "item"],
          [code, "item.price"],
          [code, ""],
          [code, ""],
        ],
        started: ["ValidationError"],
        right: "fits",
      },
      tree: { "/": { status: "SUCCEEDED" }, "/child": { status: "SUCCEEDED" } },
      exact: true,
    },
  };
}

function refusalEscapes(): Scenario {
  const child = workflow({ name: "M12-escapes.child", input: z.object({ n: z.number() }) }, () => "ran");
  const parent = workflow({ name: "M12-escapes.parent" }, (ctx) => ctx.execute("M12-escapes.child", { n: "one" }));
  return {
    id: "M12-escapes",
    rows: ["M12"],
    title: "a refusal that the parent does not catch fails the parent, unwrapped",
    workflows: [parent, child],
    start: [{ workflow: "M12-escapes.parent" }],
    expect: {
      status: "FAILED",
      error: { type: "ValidationError", code: "validation_failed", message: /\bn\b/ },
      tree: { "/": { status: "FAILED" } },
      exact: true,
    },
  };
}

function primitiveInput(): Scenario {
  const child = workflow({ name: "M12-primitive.child", input: z.number().int() }, (_ctx, n) => n * 2);
  const parent = workflow({ name: "M12-primitive.parent" }, async (ctx) => {
    const results = await ctx.promise.all([21, 0, -1].map((n, i) => ctx.execute(child, n, { name: `child-${i}` })));
    const text = await caught(() => ctx.execute("M12-primitive.child", "21"));
    const half = await caught(() => ctx.execute(child, 0.5));
    return { results, text: codeOf(text), half: codeOf(half) };
  });
  return {
    id: "M12-primitive",
    rows: ["M12", "M13"],
    title: "a primitive parameter and a primitive result need no wrapping by the author",
    workflows: [parent, child],
    start: [{ workflow: "M12-primitive.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { results: [42, 0, -2], text: "validation_failed", half: "validation_failed" },
    },
  };
}

function unionInOrder(): Scenario {
  // zod strips unknown fields, so the winner of the union shows in what is left.
  const input = z.union([z.object({ a: z.string() }), z.object({ b: z.number() }), z.null()]);
  const child = workflow({ name: "M12-union.child", input }, (_ctx, value) => value);
  const parent = workflow({ name: "M12-union.parent" }, async (ctx) => {
    const seen: unknown[] = [];
    for (const value of [{ a: "x", b: 1 }, { b: 2, c: 3 }, null]) {
      seen.push(await ctx.execute("M12-union.child", value));
    }
    const none = await caught(() => ctx.execute("M12-union.child", { c: 1 }));
    return { seen, none: codeOf(none) };
  });
  return {
    id: "M12-union",
    rows: ["M12"],
    title: "members of a union are tried in order; the child gets what the schema made of the input",
    workflows: [parent, child],
    start: [{ workflow: "M12-union.parent" }],
    expect: { status: "SUCCEEDED", output: { seen: [{ a: "x" }, { b: 2 }, null], none: "validation_failed" } },
  };
}

function resultsAreRevived(): Scenario {
  const output = z.object({ at: z.date(), total: z.bigint(), tags: z.set(z.string()) });
  const child = workflow({ name: "M13.child", output }, () => ({
    at: new Date(86_400_000),
    total: 12n,
    tags: new Set(["a"]),
  }));
  const nothing = workflow({ name: "M13.nothing", output: z.null() }, () => null);
  const parent = workflow({ name: "M13.parent" }, async (ctx) => {
    const result = await ctx.execute(child, null, { name: "child" });
    return {
      date: result.at instanceof Date && result.at.toISOString(),
      total: result.total === 12n,
      tags: result.tags instanceof Set && [...result.tags],
      nothing: await ctx.execute(nothing, null, { name: "nothing" }),
    };
  });
  return {
    id: "M13",
    rows: ["M13", "D1"],
    title: "a model is a model again in the parent, null stays null",
    workflows: [parent, child, nothing],
    start: [{ workflow: "M13.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { date: "1970-01-02T00:00:00.000Z", total: true, tags: ["a"], nothing: null },
    },
  };
}

function resultDoesNotFit(): Scenario {
  const child = workflow({ name: "M13-mismatch.child", output: z.object({ n: z.number() }) }, () => {
    const wrong: unknown = { n: "one" };
    return wrong as { n: number };
  });
  const parent = workflow({ name: "M13-mismatch.parent" }, (ctx) =>
    told(() => ctx.execute(child, null, { name: "child" })),
  );
  return {
    id: "M13-mismatch",
    rows: ["M13"],
    title: "a result that does not fit its schema fails the child with a typed error, it is not passed on raw",
    workflows: [parent, child],
    start: [{ workflow: "M13-mismatch.parent" }],
    expect: {
      status: "SUCCEEDED",
      output: { error: ["ChildExecutionError", "ValidationError"] },
      tree: {
        "/child": {
          status: "FAILED",
          error: { type: "ValidationError", code: "validation_failed", message: /\bn\b/ },
        },
      },
    },
  };
}

/** Definitions are made while a module loads; made inside a workflow, their refusal can be seen from here. */
function definitionRules(): Scenario {
  const root = workflow({ name: "M16.root" }, async (ctx) => {
    const names = ["executions", "schedules", "definitions", "internal", ""];
    const refusedNames = await ctx.promise.all(names.map((name) => caught(() => workflow({ name }, () => 1))));
    const handlers = ["__get_pending_inputs", "__submit_input"];
    const refusedHandlers = await ctx.promise.all(
      handlers.map((name, i) =>
        caught(() => workflow({ name: `M16.h${i}`, signals: { [name]: z.string() } }, () => 1)),
      ),
    );
    const step = await caught(() => ctx.step("__internal__poll", () => 1));
    const noFunction = await caught(() => workflow({ name: "M16.nothing" }, undefined as never));
    return [...refusedNames, ...refusedHandlers, step, noFunction].map(codeOf);
  });
  return {
    id: "M16",
    rows: ["M15", "M16"],
    title: "reserved names, no name and no function are refused",
    workflows: [root],
    start: [{ workflow: "M16.root" }],
    expect: { status: "SUCCEEDED", output: Array.from({ length: 9 }, () => "workflow_definition") },
  };
}

/** A text of n ASCII characters is n + 2 bytes in its stored form. */
function payloadLimits(): Scenario {
  const limit = 1_000;
  const fits = limit - 2;
  const echo = workflow({ name: "M31.echo" }, (_ctx, text: string) => text.length);
  const make = workflow({ name: "M31.make" }, (_ctx, n: number) => "x".repeat(n));
  const parent = workflow({ name: "M31.parent" }, async (ctx) => {
    const input = await ctx.execute(echo, "x".repeat(fits), { name: "input" });
    const inputOver = codeOf(await caught(() => ctx.execute(echo, "x".repeat(fits + 1))));
    // Bytes count, not characters.
    const inputUmlauts = codeOf(await caught(() => ctx.execute(echo, "ä".repeat(fits - 1))));
    const output = (await ctx.execute(make, fits, { name: "output" })).length;
    const outputOver = await told(() => ctx.execute(make, fits + 1, { name: "output-over" }));
    return { input, inputOver, inputUmlauts, output, outputOver };
  });
  const code = "payload_too_large";
  return {
    id: "M31",
    rows: ["M31"],
    title: "input and output may be as large as the limit, and not a byte larger",
    engine: { maxPayloadBytes: limit },
    workflows: [parent, echo, make],
    start: [
      { workflow: "M31.parent" },
      { workflow: "M31.echo", input: "x".repeat(fits + 1), refused: { type: "LimitError", code } },
    ],
    expect: {
      status: "SUCCEEDED",
      output: {
        input: fits,
        inputOver: code,
        inputUmlauts: code,
        output: fits,
        outputOver: { error: ["ChildExecutionError", "LimitError"] },
      },
      tree: {
        "/": { status: "SUCCEEDED" },
        "/input": { status: "SUCCEEDED" },
        "/output": { status: "SUCCEEDED" },
        "/output-over": { status: "FAILED", error: { type: "LimitError", code } },
      },
      exact: true,
    },
  };
}

export const scenarios: readonly Scenario[] = [
  inputOfChild(),
  refusalEscapes(),
  primitiveInput(),
  unionInOrder(),
  resultsAreRevived(),
  resultDoesNotFit(),
  definitionRules(),
  payloadLimits(),
];
