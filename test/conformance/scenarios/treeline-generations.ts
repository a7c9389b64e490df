/** B8: what continues as new passes the input's schema, as what is started does: once per generation. */
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, codeOf } from "./treeline-errors.ts";

/** Not idempotent on purpose: asked twice, it refuses what came out of it. */
const count = z.object({ left: z.string().transform(Number), tag: z.string().default("none") });

/** Answers later, as a schema that looks something up does. */
const slow = z.object({ left: z.string().transform(async (text) => Promise.resolve(Number(text))) });

function transformed(kind: "once" | "async" | "retried"): Scenario {
  const id = `fault:B8-${kind}`;
  const input = kind === "async" ? slow : count;
  const root = workflow(
    { name: `${id}.root`, input, ...(kind === "retried" && { retry: { initialDelay: 1, jitter: "NONE" } }) },
    async (ctx, { left, ...rest }: { left: number; tag?: string }) => {
      await ctx.wait(units(1));
      if (kind === "retried" && ctx.info.generation === 2) throw new Error("again");
      if (left > 0) return ctx.continueAsNew({ left: String(left - 1) });
      return { left: typeof left, ...rest, generation: ctx.info.generation };
    },
  );
  const rest = kind === "async" ? {} : { tag: "none" };
  return {
    id,
    rows: [id],
    title: `the input of the next generation passes the schema (${kind})`,
    workflows: [root],
    start: [{ workflow: root.name, input: { left: "2" } }],
    expect: { status: "SUCCEEDED", output: { left: "number", ...rest, generation: kind === "retried" ? 4 : 3 } },
  };
}

/** The code may catch it, and go on with something else, also when it is brought back in between. */
function refused(kind: "caught" | "thrown" | "async"): Scenario {
  const id = `fault:B8-refused-${kind}`;
  const root = workflow(
    { name: `${id}.root`, input: kind === "async" ? slow : count },
    async (ctx, { left }: { left: number; tag?: string }) => {
      if (left === 0) return ctx.info.generation;
      if (kind === "thrown") return ctx.continueAsNew({ left: 1 });
      const first = codeOf(await caught(() => ctx.continueAsNew({ left: 1 })));
      await ctx.wait(units(1));
      const second = codeOf(await caught(() => ctx.continueAsNew(null)));
      await ctx.wait(units(1));
      if (first !== "validation_failed" || second !== "validation_failed" || ctx.info.generation !== 1) return "taken";
      return ctx.continueAsNew({ left: "0" });
    },
  );
  return {
    id,
    rows: [id],
    title: `an input that does not fit is refused at the call, and no generation begins (${kind})`,
    workflows: [root],
    start: [{ workflow: root.name, input: { left: "1" } }],
    expect:
      kind === "thrown"
        ? {
            status: "FAILED",
            error: { type: "ValidationError", code: "validation_failed", message: /input of fault:B8.*: left: / },
            tree: { "/": { status: "FAILED", generation: 1 } },
            noEvents: [{ type: "execution.continued_as_new" }],
          }
        : { status: "SUCCEEDED", output: 2, tree: { "/": { status: "SUCCEEDED", generation: 2 } } },
  };
}

/** A cancelled execution may clean up in its next generation, with a schema as without. */
function cancelled(): Scenario {
  const id = "fault:B8-cancelled";
  const root = workflow({ name: `${id}.root`, input: count }, async (ctx, { left }: { left: number; tag?: string }) => {
    if (left === 0) return "cleaned up";
    await caught(() => ctx.wait(units(60)));
    return ctx.continueAsNew({ left: "0" });
  });
  return {
    id,
    rows: [id],
    title: "a cancelled execution continues as new with an input that has a schema",
    workflows: [root],
    start: [{ workflow: root.name, input: { left: "1" } }],
    script: [{ at: 1, do: { kind: "cancel", path: "/" } }],
    expect: { status: "SUCCEEDED", output: "cleaned up" },
  };
}

export const scenarios: readonly Scenario[] = [
  transformed("once"),
  transformed("async"),
  transformed("retried"),
  refused("caught"),
  refused("thrown"),
  refused("async"),
  cancelled(),
];
