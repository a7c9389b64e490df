/** The works on small files, each run beside raw commits of the same durability. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { Lists, median, type Sample, sample, timed } from "./measure.ts";
import { RawCommits } from "./raw-commits.ts";
import { judge, type Result } from "./report.ts";
import { COMMITS, GROWTH, MEMORY, type Target } from "./targets.ts";
import { type Durability, leaveWaiting, open, type WorkName, works } from "./works.ts";

/** Rounds before the ones that count: V8 goes on compiling for some ten thousand executions. */
const WARM_UP = 6;

interface Run {
  readonly work: WorkName;
  readonly durability: Durability;
  readonly n: number;
}

/** All runs once per round, so that what disturbs the machine disturbs all of them. */
export async function measureSpeed(folder: string, targets: readonly Target[], rounds: number): Promise<Result[]> {
  const runs: Run[] = [...targets];
  for (const { work, durability } of targets) {
    if (grows(work) && durability === "process") runs.push({ work, durability, n: GROWTH.to });
  }
  const samples = new Lists<Sample>();
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const durability of ["process", "power"] as const) {
      const mine = runs.filter((run) => run.durability === durability);
      if (mine.length === 0) continue;
      const place = path.join(folder, `${durability}-${round}`);
      mkdirSync(place);
      for (const [run, taken] of await oneRound(place, durability, mine))
        if (round >= 0) samples.add(nameOf(run), taken);
    }
  }
  return [
    ...targets.map((target) => speedOf(target, samples.of(nameOf(target)))),
    ...targets.flatMap((target) => commitsOf(target, samples.of(nameOf(target)))),
    ...targets.flatMap((target) => growthOf(target, samples)),
  ];
}

async function oneRound(folder: string, durability: Durability, runs: readonly Run[]): Promise<[Run, Sample][]> {
  const raw = new RawCommits(folder, durability);
  const engine = await open(path.join(folder, "treeline.db"), durability);
  const taken: [Run, Sample][] = [];
  for (const run of runs) {
    const { work, n } = run;
    if (work === "restart") {
      taken.push([run, await sample(raw, () => restart(path.join(folder, "restart.db"), durability, n))]);
      continue;
    }
    await works[work](engine, Math.ceil(n / 10));
    taken.push([run, await sample(raw, () => timed(engine, works[work], n))]);
  }
  await engine.close();
  raw.close();
  return taken;
}

/** From opening the file until its parent has been replayed and waits again. */
export async function restart(
  file: string,
  durability: Durability,
  n: number,
): Promise<{ ms: number; commits: number }> {
  await leaveWaiting(file, durability, n);
  const begin = performance.now();
  const engine = await open(file, durability);
  const ms = performance.now() - begin;
  await engine.close();
  return { ms, commits: 0 };
}

function speedOf(target: Target, samples: readonly Sample[]): Result {
  const { work, durability, n, kind, must, aim } = target;
  const ms = median(samples.map((one) => one.ms));
  if (kind === "rate") {
    const ratio = median(samples.map((one) => ((n / one.ms) * 1_000) / one.raw));
    return judge({ work, durability, n, median: (n / ms) * 1_000, unit: "per s", ratio, must, aim }, true);
  }
  const ratio = median(samples.map((one) => (one.ms / 1_000) * one.raw));
  return judge({ work, durability, n, median: ms, unit: "ms", ratio, must, aim }, false);
}

function commitsOf({ work, durability, n }: Target, samples: readonly Sample[]): Result[] {
  const allowed = COMMITS[work]?.(n);
  if (allowed === undefined) return [];
  const most = Math.max(...samples.map((one) => one.commits));
  const facts = {
    work: `${work} commits`,
    durability,
    n,
    median: most,
    unit: "commits",
    ratio: most,
    must: allowed,
    aim: allowed,
  };
  return [judge(facts, false)];
}

function growthOf({ work, durability, n }: Target, samples: Lists<Sample>): Result[] {
  if (!grows(work) || durability !== "process") return [];
  const long = samples.of(nameOf({ work, durability, n: GROWTH.to }));
  const ratios = samples
    .of(nameOf({ work, durability, n }))
    .map((short, round) => (long[round]?.ms ?? Number.NaN) / short.ms);
  const ratio = median(ratios);
  const { must, aim } = GROWTH;
  return [
    judge({ work: `${work} growth`, durability, n: GROWTH.to, median: ratio, unit: "times", ratio, must, aim }, false),
  ];
}

function grows(work: WorkName): boolean {
  return GROWTH.works.some((one) => one === work);
}

function nameOf({ work, durability, n }: Run): string {
  return `${work} ${durability} ${n}`;
}

export function measureMemory(folder: string): Result {
  const { work, n, must, aim } = MEMORY;
  const script = path.join(import.meta.dirname, "peak.ts");
  const mib = Number(execFileSync(process.execPath, [...process.execArgv, script, folder], { encoding: "utf8" }));
  return judge(
    { work: `${work} memory`, durability: "process", n, median: mib, unit: "MiB", ratio: mib, must, aim },
    false,
  );
}
