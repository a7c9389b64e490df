/** The same works in a file that holds many ended executions and in an empty one, in turns. */
import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { Lists, median, timed } from "./measure.ts";
import { judge, type Result } from "./report.ts";
import { restart } from "./speed.ts";
import { FULL_FILE, type Target } from "./targets.ts";
import { type Durability, open, works } from "./works.ts";

export async function measureFullFile(
  folder: string,
  targets: readonly Target[],
  rounds: number,
  executions: number,
): Promise<Result[]> {
  const full = path.join(folder, "full.db");
  await fill(full, executions);
  const ratios = new Lists<number>();
  const times = new Lists<number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const durability of ["process", "power"] as const) {
      const mine = targets.filter((target) => target.durability === durability);
      if (mine.length === 0) continue;
      const place = path.join(folder, `full-${durability}-${round}`);
      mkdirSync(place);
      for (const [target, inEmpty, inFull] of await oneRound(place, full, durability, mine, round % 2 === 1)) {
        ratios.add(nameOf(target), inFull / inEmpty);
        times.add(nameOf(target), inFull);
      }
    }
  }
  return targets.map((target) => {
    const { work, durability, n } = target;
    const name = nameOf(target);
    const facts = { work: `${work} full file`, durability, n, median: median(times.of(name)), unit: "ms" };
    return judge({ ...facts, ratio: median(ratios.of(name)), must: FULL_FILE.must, aim: FULL_FILE.aim }, false);
  });
}

/** Pairs: half as many as there are executions. */
async function fill(file: string, executions: number): Promise<void> {
  const engine = await open(file, "process");
  await works["W1 x 100"](engine, executions / 2);
  await engine.close();
}

const OUTER_FULL = ["full", "empty", "empty", "full"] as const;
const OUTER_EMPTY = ["empty", "full", "full", "empty"] as const;

/** Else the first checkpoint of the copy would wait until the disk has all of it. */
function copyToDisk(from: string, to: string): void {
  copyFileSync(from, to);
  const file = openSync(to, "r+");
  fsyncSync(file);
  closeSync(file);
}

type Pair = [target: Target, inEmpty: number, inFull: number];

async function oneRound(
  folder: string,
  full: string,
  durability: Durability,
  targets: readonly Target[],
  fullFirst: boolean,
): Promise<Pair[]> {
  const files = { empty: path.join(folder, "empty.db"), full: path.join(folder, "full.db") };
  copyToDisk(full, files.full);
  // Either file comes first as often as last, so that whatever grows or fades during a round cancels out.
  const order = fullFirst ? OUTER_FULL : OUTER_EMPTY;
  const pairs: Pair[] = [];
  const engines = { empty: await open(files.empty, durability), full: await open(files.full, durability) };
  for (const target of targets) {
    const { work, n } = target;
    if (work === "restart") continue;
    const ms = { empty: 0, full: 0 };
    for (const which of order) await works[work](engines[which], Math.ceil(n / 10));
    for (const which of order) ms[which] += (await timed(engines[which], works[work], n)).ms / 2;
    pairs.push([target, ms.empty, ms.full]);
  }
  await engines.empty.close();
  await engines.full.close();
  for (const target of targets) {
    if (target.work !== "restart") continue;
    const ms = { empty: 0, full: 0 };
    // Once each: what a restart leaves waiting, the next one would bring back, too.
    for (const which of order.slice(0, 2)) ({ ms: ms[which] } = await restart(files[which], durability, target.n));
    pairs.push([target, ms.empty, ms.full]);
  }
  return pairs;
}

function nameOf({ work, durability }: Target): string {
  return `${work} ${durability}`;
}
