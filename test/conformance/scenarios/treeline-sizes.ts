/** C5: one limit for everything that is stored, with one error, wherever it comes from. */
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StepContext, WorkflowContext } from "../../../lib/kernel/context.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught, codeOf, rootCause } from "./treeline-errors.ts";

const LIMIT = 1_000;
/** Beyond the limit in bytes, though not in characters. */
const BIG = "ä".repeat(LIMIT / 2 + 1);

type Call = (ctx: WorkflowContext, child: string) => unknown;

const calls: Readonly<Record<string, Call>> = {
  emit: (ctx) => ctx.emit("t", BIG),
  "type of emit": (ctx) => ctx.emit(BIG),
  document: (ctx) => ctx.document("d", BIG),
  state: (ctx) => ctx.state.set("k", BIG),
  patched: (ctx) => ctx.patched(BIG),
  continueAsNew: (ctx) => ctx.continueAsNew(BIG),
  "name of a step": (ctx) => ctx.step(BIG, () => 1),
  "meta of a step": (ctx) => ctx.step("s", () => 1, { meta: { a: BIG } }),
  "result of a step": (ctx) => ctx.step("s", () => BIG, { retry: false }),
  "meta of a wait": (ctx) => ctx.wait("w", 1, { meta: { a: BIG } }),
  "input of execute": (ctx, child) => ctx.execute(child, BIG),
  "input of start": (ctx, child) => ctx.start(child, BIG),
  "state of execute": (ctx, child) => ctx.execute(child, 1, { state: { k: BIG } }),
  attributes: (ctx, child) => ctx.start(child, 1, { attributes: { a: BIG } }),
  "meta of a child": (ctx, child) => ctx.start(child, 1, { meta: { a: BIG } }),
  summary: (ctx, child) => ctx.start(child, 1, { summary: BIG }),
  signal: (ctx) => ctx.attach("nobody").signal("s", BIG),
  "reason of cancel": (ctx) => ctx.attach("nobody").cancel(BIG),
  "reason of stop": (ctx) => ctx.attach("nobody").stop(BIG),
  initialState: (ctx) =>
    ctx.waitForCondition("c", (state) => state, {
      initialState: BIG,
      waitStrategy: () => ({ shouldContinue: false as const }),
    }),
  "state of a poll": (ctx) =>
    ctx.waitForCondition("c", () => BIG, {
      initialState: "",
      waitStrategy: () => ({ shouldContinue: false as const }),
    }),
  "document of a step": (ctx) => inStep(ctx, (s) => s.document("d", BIG)),
  "event of a step": (ctx) => inStep(ctx, (s) => s.emit("t", BIG)),
  "state of a step": (ctx) => inStep(ctx, (s) => s.setState("k", BIG)),
  "child of a step": (ctx, child) => inStep(ctx, (s) => s.start(child, BIG)),
};

function inStep(ctx: WorkflowContext, run: (s: StepContext) => unknown): Promise<void> {
  return ctx.step("s", (s) => void run(s), { retry: false });
}

/** The execution goes on behind each of them, and is brought back in between. */
function refused(): Scenario {
  const id = "fault:C5";
  const child = workflow({ name: `${id}.child` }, () => "ran");
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const taken: string[] = [];
    for (const [what, call] of Object.entries(calls)) {
      const error = await caught(async () => call(ctx, child.name));
      const code = String(codeOf(rootCause(error)));
      if (code !== "payload_too_large") taken.push(`${what}: ${code}`);
      await ctx.wait(units(1));
    }
    return taken;
  });
  return {
    id,
    rows: [id],
    title: "everything that is stored is refused beyond the limit, with the same error",
    workflows: [root, child],
    start: [
      { workflow: root.name },
      ...[{ summary: BIG }, { meta: { a: BIG } }, { attributes: { a: BIG } }, { state: { k: BIG } }].map((options) => ({
        workflow: child.name,
        input: 1,
        options,
        refused: { code: "payload_too_large" },
      })),
    ],
    engine: { maxPayloadBytes: LIMIT },
    expect: { status: "SUCCEEDED", output: [], tree: { "/": { status: "SUCCEEDED", generation: 1 } }, exact: true },
  };
}

/** What fails is told of, whatever it brings along. */
function errors(): Scenario {
  const id = "fault:C5-errors";
  const big = (message: string): Error => Object.assign(new RangeError(message), { data: BIG, name: "Told" });
  const child = workflow({ name: `${id}.child` }, () => {
    throw big("child");
  });
  const root = workflow({ name: `${id}.root` }, async (ctx) => {
    const told: unknown[] = [];
    const tell = async (run: () => unknown): Promise<void> => {
      const cause = rootCause(await caught(async () => run())) as Error & { data?: unknown };
      told.push(`${cause.message} ${typeof cause.data}`);
    };
    await tell(() => ctx.step("s", () => Promise.reject(big("step")), { retry: { maxAttempts: 2, initialDelay: 1 } }));
    await tell(() => ctx.execute(child, null));
    await tell(() => ctx.createCallback("cb")[0]);
    await ctx.wait(units(1));
    return told;
  });
  return {
    id,
    rows: [id],
    title: "data of an error that is too big is dropped; its message is kept",
    workflows: [root, child],
    start: [{ workflow: root.name }],
    script: [
      {
        when: { path: "/", waitsFor: "cb" },
        do: { kind: "callback-fail", path: "/", name: "cb", error: { message: "callback", data: BIG } },
      },
    ],
    engine: { maxPayloadBytes: LIMIT },
    expect: { status: "SUCCEEDED", output: ["step undefined", "child undefined", "callback undefined"] },
  };
}

/** Held against what comes out of a schema, not only against what goes in. */
function grown(): Scenario {
  const id = "fault:C5-grown";
  const grow = z.object({ n: z.number().transform((n) => "x".repeat(n)) });
  const root = workflow({ name: `${id}.root`, input: grow }, async (ctx, { n }) => {
    if (n.length < 100) return ctx.info.generation;
    const code = codeOf(await caught(() => ctx.continueAsNew({ n: LIMIT * 2 })));
    await ctx.wait(units(1));
    if (code !== "payload_too_large") return code;
    return ctx.continueAsNew({ n: 1 });
  });
  return {
    id,
    rows: [id],
    title: "what a schema makes of the next generation's input counts",
    workflows: [root],
    start: [
      { workflow: root.name, input: { n: 100 } },
      { workflow: root.name, input: { n: LIMIT * 2 }, refused: { code: "payload_too_large" } },
    ],
    engine: { maxPayloadBytes: LIMIT },
    expect: { status: "SUCCEEDED", output: 2 },
  };
}

export const scenarios: readonly Scenario[] = [refused(), errors(), grown()];
