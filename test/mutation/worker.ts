/**
 * Plays one mutant: changes one file while it is loaded, then tries one trial after the other until one is red. Without
 * an argument nothing is changed, and everything must be green.
 */
import { setTimeout } from "node:timers/promises";
import { breakCode } from "./break-code.ts";
import type { FromWorker } from "./messages.ts";
import { mutants } from "./mutants.ts";
import type { Trial } from "./suites.ts";

/** The slowest honest trial takes a tenth of this. */
const LONGEST_TRIAL_MS = 15_000;

const [number] = process.argv.slice(2);
const mutant = number === undefined ? undefined : mutants[Number(number)];
if (mutant !== undefined) breakCode(mutant);
await tryAll(mutant?.tries ?? []);

async function tryAll(first: readonly string[]): Promise<void> {
  // Only now, behind the hook.
  const { loadTrials, trialOf } = await import("./suites.ts");
  const trials = [...(await Promise.all(first.map(trialOf))), ...(await loadTrials())];
  // What is thrown where nobody can catch it is a failure of whatever is tried at the time.
  const lost = new Promise<never>((_resolve, reject) => {
    process.on("uncaughtException", reject);
    process.on("unhandledRejection", reject);
  });
  lost.catch(() => undefined);
  for (const trial of trials) {
    await tell({ trying: trial.name });
    const reason = await whyRed(trial, lost);
    if (reason !== undefined) return exit({ red: trial.name, reason });
  }
  return exit({ survived: trials.length });
}

async function whyRed(trial: Trial, lost: Promise<never>): Promise<string | undefined> {
  const patience = new AbortController();
  const tooLong = setTimeout(LONGEST_TRIAL_MS, undefined, { signal: patience.signal }).then(() => {
    throw new Error(`hangs: not over after ${LONGEST_TRIAL_MS / 1_000} s`);
  });
  tooLong.catch(() => undefined);
  try {
    await Promise.race([trial.run(), lost, tooLong]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    patience.abort();
  }
}

function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve());
    else process.send(message, () => resolve());
  });
}

async function exit(message: FromWorker): Promise<void> {
  await tell(message);
  process.exit();
}
