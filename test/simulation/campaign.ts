/** Many seeds, over several processes. */
import { fork } from "node:child_process";
import path from "node:path";
import { type Coverage, cover, mergeCoverage } from "./coverage.ts";
import { caseOf, simulate } from "./simulate.ts";

export interface Failure {
  readonly seed: number;
  readonly problems: readonly string[];
}

export interface Campaign {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly coverage: Coverage;
}

export interface Seeds {
  readonly from: number;
  readonly count: number;
  /** Ends at the first failure. @default false */
  readonly stopAtFailure?: boolean;
}

/** A seed takes some milliseconds, on a machine that does much else some seconds. */
const SILENCE_MS = 300_000;

/** Hears of a campaign while it runs. */
export interface Listener {
  readonly begins?: (seed: number) => void;
  readonly failed?: (failure: Failure) => void;
}

/** Seeds `from`, `from + step`, … in this process. */
export async function runSeeds(
  { from, count, stopAtFailure }: Seeds,
  step = 1,
  listener: Listener = {},
  play: Play = playEmbedded,
): Promise<Campaign> {
  const failures: Failure[] = [];
  const coverage: Coverage = {};
  let seeds = 0;
  for (let seed = from; seed < from + count; seed += step) {
    seeds += 1;
    listener.begins?.(seed);
    const failure = await runSeed(seed, coverage, play);
    if (failure === undefined) continue;
    listener.failed?.(failure);
    failures.push(failure);
    if (stopAtFailure === true) break;
  }
  return { seeds, failures, coverage };
}

/** Plays one seed, and adds what it met. @returns every problem, one sentence each */
export type Play = (seed: number, coverage: Coverage) => Promise<readonly string[]>;

async function playEmbedded(seed: number, coverage: Coverage): Promise<readonly string[]> {
  const { world, problems } = await simulate(caseOf(seed));
  if (problems.length === 0) cover(coverage, world);
  return problems;
}

async function runSeed(seed: number, coverage: Coverage, play: Play): Promise<Failure | undefined> {
  try {
    const problems = await play(seed, coverage);
    return problems.length === 0 ? undefined : { seed, problems };
  } catch (error) {
    return {
      seed,
      problems: [`the simulation threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
    };
  }
}

export interface CampaignOptions extends Listener {
  /** Id of the bug, of bugs.ts or aws-bugs.ts, that the code under test gets. */
  readonly bug?: string | undefined;
  /** The file that each process runs. @default "worker.ts" */
  readonly worker?: string;
}

/** The same in `jobs` processes. */
export async function runCampaign(seeds: Seeds, jobs: number, options: CampaignOptions = {}): Promise<Campaign> {
  const parts = await Promise.all(Array.from({ length: jobs }, (_, job) => runWorker(seeds, job, jobs, options)));
  const coverage: Coverage = {};
  for (const part of parts) mergeCoverage(coverage, part.coverage);
  return {
    seeds: parts.reduce((sum, part) => sum + part.seeds, 0),
    failures: parts.flatMap((part) => part.failures).toSorted((a, b) => a.seed - b.seed),
    coverage,
  };
}

/** What a process of a campaign tells: the seed that it begins with, each failure, and in the end what came of all. */
export type FromWorker = { readonly begins: number } | { readonly failed: Failure } | { readonly done: Campaign };

function runWorker(seeds: Seeds, job: number, jobs: number, options: CampaignOptions): Promise<Campaign> {
  const { bug, worker: file = "worker.ts", begins, failed } = options;
  const worker = fork(path.join(import.meta.dirname, file), bug === undefined ? [] : [bug], { execArgv: [] });
  return new Promise((resolve, reject) => {
    let seed = seeds.from + job;
    const lost = (why: string): void => {
      worker.kill("SIGKILL");
      resolve({ seeds: 0, failures: [{ seed, problems: [why] }], coverage: {} });
    };
    const alarm = setTimeout(() => lost("the simulation stands in an endless loop"), SILENCE_MS);
    worker.on("message", (message: FromWorker) => {
      alarm.refresh();
      if ("begins" in message) {
        seed = message.begins;
        begins?.(seed);
      } else if ("failed" in message) failed?.(message.failed);
      else resolve(message.done);
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      clearTimeout(alarm);
      lost(`the process of the simulation died (${String(code)})`);
    });
    worker.send({ seeds: { ...seeds, from: seeds.from + job, count: seeds.count - job }, step: jobs });
  });
}
