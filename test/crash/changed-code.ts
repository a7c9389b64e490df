/**
 * Executions whose code changes while they wait (K4, D7): what was recorded must not be answered with a guess. Each is
 * put away at its wait, so the second pass over the code replays what the first one asked for.
 */
import { workflow } from "../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../lib/kernel/context.ts";
import type { ErrorExpectation, Scenario } from "../conformance/scenario.ts";
import { units } from "../conformance/scenario.ts";
import { runScenario } from "../conformance/runner.ts";
import { embeddedHome } from "../helpers/embedded-home.ts";
import type { Play } from "./play.ts";

type Code = (ctx: WorkflowContext) => Promise<unknown>;

const child = workflow({ name: "changed.child" }, (_ctx, n: number) => n);
const other = workflow({ name: "changed.other" }, (_ctx, n: number) => n);

interface Change {
  readonly id: string;
  readonly title: string;
  readonly before: Code;
  readonly after: Code;
  /** What the error must name. */
  readonly message: RegExp;
}

const changes: readonly Change[] = [
  {
    id: "K4-renamed",
    title: "a step that got another name: the error names both",
    before: async (ctx) => {
      await ctx.step("charge", () => 1);
      await ctx.wait(units(1));
    },
    after: async (ctx) => {
      await ctx.step("bill", () => 2);
      await ctx.wait(units(1));
    },
    message: /the record has \/STEP:charge#1, the code asks for \/STEP:bill#1/,
  },
  {
    id: "K4-other-kind",
    title: "a step that became a wait",
    before: async (ctx) => {
      await ctx.step("pause", () => 1);
      await ctx.wait(units(1));
    },
    after: async (ctx) => {
      await ctx.wait("pause", units(1));
      await ctx.wait(units(1));
    },
    message: /the record has \/STEP:pause#1, the code asks for \/WAIT:pause#1/,
  },
  {
    id: "K4-left-out",
    title: "an operation that is not asked for any more, while the code goes on waiting",
    before: async (ctx) => {
      const step = ctx.step("charge", () => 1);
      await ctx.wait(units(1));
      await step;
    },
    after: async (ctx) => {
      await ctx.wait(units(1));
    },
    message: /the record has \/STEP:charge#1, the code asks for \/WAIT:wait#1/,
  },
  {
    id: "K4-last-left-out",
    title: "the last operation is not asked for any more: its result is for nobody",
    before: async (ctx) => {
      const first = ctx.wait(units(2));
      await Promise.all([first, ctx.step("charge", () => 1)]);
      await ctx.wait(units(1));
    },
    after: async (ctx) => {
      await ctx.wait(units(2));
      await ctx.wait(units(1));
    },
    message: /the record has \/STEP:charge#1, the code does not ask for it/,
  },
  {
    id: "K4-ended",
    title: "code that ends where it went on before does not succeed",
    before: async (ctx) => {
      await ctx.step("charge", () => 1);
      await ctx.wait(units(1));
    },
    after: async () => "nothing to do",
    message: /the record has \/STEP:charge#1, the code has ended/,
  },
  {
    id: "K4-other-input",
    title: "a child with another input than the one that was started",
    before: async (ctx) => {
      await ctx.execute(child, 1, { name: "child" });
      await ctx.wait(units(1));
    },
    after: async (ctx) => {
      await ctx.execute(child, 2, { name: "child" });
      await ctx.wait(units(1));
    },
    message: /the record has \/CHILD:child#1, the code asks for it with another input/,
  },
  {
    id: "K4-other-workflow",
    title: "a child of another workflow than the one that was started",
    before: async (ctx) => {
      await ctx.execute(child, 1, { name: "child" });
      await ctx.wait(units(1));
    },
    after: async (ctx) => {
      await ctx.execute(other, 1, { name: "child" });
      await ctx.wait(units(1));
    },
    message: /asks for it for another workflow, changed\.other and not changed\.child/,
  },
];

export const plays: readonly Play[] = changes.map(({ id, title, before, after, message }) => ({
  id,
  rows: ["K4"],
  title,
  run: () => runScenario(changing({ id, title, before, after, message }), embeddedHome({ eviction: "always" })),
}));

function changing({ id, title, before, after, message }: Change): Scenario {
  let passes = 0;
  const root = workflow({ name: `${id}.root` }, (ctx) => {
    passes += 1;
    return passes === 1 ? before(ctx) : after(ctx);
  });
  const error: ErrorExpectation = { type: "NonDeterministicExecutionError", code: "non_deterministic", message };
  return {
    id,
    rows: ["K4"],
    title,
    workflows: [root, child, other],
    start: [{ workflow: `${id}.root` }],
    expect: { status: "FAILED", error },
  };
}
