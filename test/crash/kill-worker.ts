/**
 * A process of the kill test: loads its code, waits for its turn, opens the engine and works until it is killed, or
 * until it is told to finish.
 *
 * The workflows never end by themselves: every tree begins round after round until a signal says that it is enough.
 * Every run of a step's body leaves a line in the ledger, on the disk before the body returns.
 */
import fs from "node:fs";
import { flushCompileCache } from "node:module";
import { setImmediate } from "node:timers/promises";
import { workflow } from "../../lib/frontends/code/workflow.ts";
import { type Engine, openEngine } from "../../lib/homes/embedded/engine.ts";
import type { Durability } from "../../lib/homes/embedded/store.ts";
import type { StepContext, WorkflowContext } from "../../lib/kernel/context.ts";
import { lineOf, SEPARATOR } from "./kill-line.ts";
import { mirrorCodec } from "./mirror-codec.ts";

/** How this life works; sent by the test. */
export interface Turn {
  readonly file: string;
  readonly ledger: string;
  readonly life: number;
  readonly durability: Durability;
  /** Executions kept in memory. */
  readonly live?: number;
  readonly hasCodec: boolean;
  /** Trees whose start nobody has acknowledged yet. */
  readonly start: readonly string[];
}

export type ToWorker = { readonly turn: Turn } | { readonly finish: readonly string[] };

/** What a root says when it has ended. */
export interface TreeResult {
  readonly rounds: number;
  readonly notes: readonly number[];
  readonly sum: number;
}

export type FromWorker =
  | "loaded"
  | "open"
  | { readonly started: string }
  | { readonly problem: string }
  | { readonly results: Readonly<Record<string, TreeResult>> };

const ROUNDS_PER_GENERATION = 2;
const PAUSE_MS = 40;

let ledger = -1;
let life = 0;
let lines = 0;

/** The result names the run of the body that made it. */
async function write(s: StepContext): Promise<string> {
  lines += 1;
  const run = `${life}.${lines}`;
  fs.writeSync(ledger, lineOf({ key: s.idempotencyKey, attempt: s.attempt, run }));
  fs.fsyncSync(ledger);
  // Between the line and the record there is room to die.
  await setImmediate();
  return run;
}

const leaf = workflow({ name: "kill.leaf" }, async (ctx, n: number) => {
  await ctx.step("first", write);
  await ctx.wait(3);
  await ctx.step("second", write);
  return n * 2;
});

const detached = workflow({ name: "kill.detached" }, async (ctx, { root, round }: { root: string; round: number }) => {
  const fails = async (s: StepContext): Promise<string> => {
    const run = await write(s);
    if (s.attempt === 1) throw new Error("the first attempt fails");
    return run;
  };
  await ctx.step("flaky", fails, { retry: { maxAttempts: 3, initialDelay: 2, maxDelay: 2 } });
  await ctx.attach(root).signal("note", round);
});

async function playRound(ctx: WorkflowContext, round: number): Promise<number> {
  await ctx.start(detached, { root: ctx.info.executionId, round });
  await ctx.step("round", write);
  const waited = await ctx.execute(leaf, round);
  const both = await ctx.executeAll(leaf, [round, round + 1]);
  return both.getResults().reduce((sum, each) => sum + each, waited);
}

const root = workflow({ name: "kill.root" }, async (ctx, before: TreeResult): Promise<TreeResult> => {
  const notes = [...before.notes];
  let { rounds, sum } = before;
  let isEnough = false;
  for (let n = 0; n < ROUNDS_PER_GENERATION && !isEnough; n += 1) {
    rounds += 1;
    sum += await playRound(ctx, rounds);
    for (let isPaused = false; !isPaused;) {
      const got = await ctx.receive({ signals: ["note", "enough"], timeout: PAUSE_MS });
      if (got.kind !== "signal") isPaused = true;
      else if (got.name === "note") notes.push(got.payload as number);
      else isEnough = true;
    }
  }
  if (!isEnough) return ctx.continueAsNew({ rounds, sum, notes } satisfies TreeResult);
  while (notes.length < rounds) notes.push(await ctx.waitForSignal<number>("note"));
  return { rounds, notes, sum };
});

// ---- the process ------------------------------------------------------------------------------------------------

function tell(message: FromWorker): void {
  process.send?.(message);
}

async function work(turn: Turn): Promise<Engine> {
  ledger = fs.openSync(turn.ledger, "a");
  fs.writeSync(ledger, SEPARATOR);
  ({ life } = turn);
  const engine = await openEngine({
    file: turn.file,
    workflows: [root, leaf, detached],
    durability: turn.durability,
    ...(turn.hasCodec ? { codec: mirrorCodec } : undefined),
    ...(turn.live === undefined ? undefined : { limits: { live: turn.live } }),
    log: ({ level, message }) => {
      if (level === "error" || level === "warn") tell({ problem: message });
    },
  });
  tell("open");
  const begin: TreeResult = { rounds: 0, notes: [], sum: 0 };
  const starts = turn.start.map(async (id) => {
    await engine.start(root, begin, { id, idConflict: "use_existing", idReuse: "reject" });
    tell({ started: id });
  });
  await Promise.all(starts);
  return engine;
}

async function finish(engine: Engine, ids: readonly string[]): Promise<void> {
  const results: Record<string, TreeResult> = {};
  for (const id of ids) await engine.signal(id, "enough", null, { signalId: "enough" });
  for (const id of ids) results[id] = await (await engine.execution<TreeResult>(id)).result();
  // Nobody waits for the detached ones.
  const { executions } = await engine.list({ status: ["PENDING", "RUNNING", "WAITING"], limit: 10_000 });
  for (const { id } of executions) await (await engine.execution(id)).outcome();
  await engine.close();
  tell({ results });
  process.disconnect();
}

let engine: Promise<Engine> | undefined;
process.on("message", (message: ToWorker) => {
  const fail = (error: unknown): void =>
    tell({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  if ("turn" in message) {
    engine = work(message.turn);
    engine.catch(fail);
  } else if (engine !== undefined) engine.then((open) => finish(open, message.finish)).catch(fail);
});
// A process that is killed leaves no compiled code behind, unless it does so now.
flushCompileCache();
tell("loaded");
