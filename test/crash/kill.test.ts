/**
 * kill -9 at random moments: a process runs many trees of executions, is killed, and the next one goes on. In the end
 * everything has ended as if nothing had happened, and the outside, which is a ledger, agrees with the journals.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openReader, type StoreReader } from "../../lib/homes/embedded/store.ts";
import { createRandom } from "../../lib/kernel/random.ts";
import { Ledger } from "./kill-ledger.ts";
import type { TreeResult, Turn } from "./kill-worker.ts";
import { type Worker, Workers } from "./kill-workers.ts";
import { mirrorCodec } from "./mirror-codec.ts";

const SHARE_KILLED_WHILE_OPENING = 0.15;
const OPENING_MS = 60;
/** More kills than a build has time for: `TREELINE_KILLS=200`. */
const KILLS = Number(process.env["TREELINE_KILLS"] ?? 0);
const PATIENCE_MS = 300_000;
const PATIENCE_OF_A_KILL_MS = 20_000;
/** About; what matters is that the moment is a random one, and that slow machines get as far as fast ones. */
const BYTES_OF_A_LINE = 69;

let folder = "";
let workers: Workers;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "treeline-kill-"));
  workers = new Workers(path.join(folder, "compiled"));
});

afterAll(async () => {
  await workers.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Plan extends Pick<Turn, "durability" | "live" | "hasCodec"> {
  readonly name: string;
  readonly kills: number;
  /** Each is at least one live execution all the time. */
  readonly trees: number;
  /** A process dies at the latest when it has left so many lines in the ledger. */
  readonly mostLines: number;
}

describe("kill -9 in the midst of many live executions", () => {
  const plans: readonly Plan[] = [
    { name: "process", kills: 200, trees: 60, mostLines: 140, durability: "process", hasCodec: false },
    { name: "power", kills: 20, trees: 20, mostLines: 200, durability: "power", live: 5, hasCodec: false },
    { name: "codec", kills: 20, trees: 20, mostLines: 200, durability: "process", live: 5, hasCodec: true },
  ];
  const longer = plans.map((plan) => ({ ...plan, kills: Math.max(plan.kills, KILLS) }));
  const timeout = KILLS > 0 ? PATIENCE_MS + KILLS * PATIENCE_OF_A_KILL_MS : PATIENCE_MS;

  it.each(longer)(
    "loses nothing and repeats nothing that was recorded: $name, $kills kills",
    { timeout },
    async (plan) => {
      const { results, reader, ledger, live } = await killOften(plan);
      expect(Math.min(...live)).toBeGreaterThanOrEqual(plan.trees);
      expect(live).toHaveLength(plan.kills);
      const ids = Object.keys(results);
      expect(ids).toHaveLength(plan.trees);
      for (const id of ids) expect({ id, ...results[id] }).toEqual({ id, ...expected(results[id]?.rounds ?? 0) });
      expect([...reader.openHeads()]).toEqual([]);
      const { heads } = reader.list({ limit: 1_000_000 });
      expect(heads.filter(({ status }) => status !== "SUCCEEDED")).toEqual([]);
      expect(heads.length).toBe(plan.trees + Object.values(results).reduce((sum, { rounds }) => sum + 4 * rounds, 0));
      expect(ledger.problems()).toEqual([]);
      // Else the lives were too short to prove anything.
      expect(ledger.recordedBefore(plan.kills + 1)).toBeGreaterThan(plan.trees);
      reader.close();
      const told = `${live.length} kills, ${Math.min(...live)} to ${Math.max(...live)} live executions; in the end ${heads.length} executions`;
      process.stdout.write(
        `crash, kill -9, ${plan.name}: ${told}, ${ledger.steps} steps, ${ledger.lines().length} ledger lines\n`,
      );
    },
  );
});

interface Outcome {
  readonly results: Readonly<Record<string, TreeResult>>;
  readonly reader: StoreReader;
  readonly ledger: Ledger;
  /** Live executions at each kill. */
  readonly live: readonly number[];
}

async function killOften({ name, kills, trees, mostLines, ...how }: Plan): Promise<Outcome> {
  const home = path.join(folder, name);
  fs.mkdirSync(home);
  const ids = Array.from({ length: trees }, (_, i) => `tree-${i + 1}`);
  const file = path.join(home, "treeline.db");
  const random = createRandom(name);
  const started = new Set<string>();
  const live: number[] = [];
  let life = 0;
  const begin = async (): Promise<Worker> => {
    life += 1;
    const worker = workers.next();
    await worker.loaded;
    worker.begin({
      ...how,
      file,
      life,
      ledger: path.join(home, "ledger"),
      start: ids.filter((id) => !started.has(id)),
    });
    return worker;
  };
  // The first life begins all trees, so that there is something to kill.
  const first = await begin();
  await first.open;
  while (first.started.length < trees) await setTimeout(1);
  for (const id of first.started) started.add(id);
  await first.kill();
  const reader = openReader({ file, ...(how.hasCodec ? { codec: mirrorCodec } : undefined) });
  const ledger = new Ledger(path.join(home, "ledger"), reader);
  await ledger.note(life);
  live.push([...reader.openHeads()].length);
  while (live.length < kills) {
    const worker = await begin();
    if (random() < SHARE_KILLED_WHILE_OPENING) await setTimeout(random() * OPENING_MS);
    else await hasWritten(path.join(home, "ledger"), random() * mostLines);
    await worker.kill();
    expect(worker.problems).toEqual([]);
    await ledger.note(life);
    live.push([...reader.openHeads()].length);
  }
  const last = await begin();
  await last.open;
  last.finish(ids);
  const results = await last.results;
  await last.gone();
  expect(last.problems).toEqual([]);
  await ledger.note(life);
  return { results, reader, ledger, live };
}

async function hasWritten(ledger: string, lines: number): Promise<void> {
  const enough = sizeOf(ledger) + lines * BYTES_OF_A_LINE;
  while (sizeOf(ledger) < enough) await setTimeout(1);
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Every round sends one note, and adds its number three times and one, doubled. */
function expected(rounds: number): TreeResult {
  const numbers = Array.from({ length: rounds }, (_, i) => i + 1);
  return {
    rounds,
    notes: expect.arrayContaining(numbers) as number[],
    sum: numbers.reduce((sum, n) => sum + 2 * (3 * n + 1), 0),
  };
}
