/**
 * `npm run mutate`: breaks every kernel rule (lib/kernel/INVARIANTS.md) in production code, one place at a time, and
 * shows which scenario, simulation seed or crash run goes red. Then puts every fixed fault of faults/ back, and shows
 * which of its tests fails. Fails when a mutant survives.
 *
 * `npm run mutate -- K3` plays the mutants of one rule only, `npm run mutate -- B14` those of one fault,
 * `npm run mutate -- faults` those of all faults.
 */
import { fork } from "node:child_process";
import path from "node:path";
import type { Change } from "./apply.ts";
import { faultMutants } from "./faults/index.ts";
import type { FaultMutant } from "./fault-mutant.ts";
import type { FromWorker } from "./messages.ts";
import { mutants } from "./mutants.ts";
import { playFault } from "./play-fault.ts";

const PROCESSES = 2;
/** A process that has not said anything for so long stands in an endless loop. */
const SILENCE_MS = 25_000;
const LONGEST_REASON = 110;

interface Verdict {
  /** The trial that went red; undefined when the mutant survived. */
  readonly killer: string | undefined;
  readonly reason: string;
  readonly seconds: number;
}

/** @param number of the mutant; none when nothing is to be changed */
function play(number: number | undefined): Promise<Verdict> {
  const begin = performance.now();
  const worker = fork(path.join(import.meta.dirname, "worker.ts"), number === undefined ? [] : [String(number)], {
    execArgv: ["--conditions=treeline-source"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  return new Promise((resolve) => {
    let trying = "loading";
    let complaints = "";
    const over = (killer: string | undefined, reason: string): void => {
      clearTimeout(alarm);
      worker.kill("SIGKILL");
      resolve({ killer, reason: firstLine(reason), seconds: (performance.now() - begin) / 1_000 });
    };
    const alarm = setTimeout(() => over(trying, "an endless loop: its process was killed"), SILENCE_MS);
    worker.stderr?.on("data", (text) => {
      complaints = `${complaints}${String(text)}`.slice(-2_000);
    });
    worker.on("exit", () => over(trying, `its process died: ${complaints.trim().split("\n").at(-1) ?? ""}`));
    worker.on("message", (message: FromWorker) => {
      alarm.refresh();
      if ("trying" in message) ({ trying } = message);
      else if ("red" in message) over(message.red, message.reason);
      else over(undefined, `${message.survived} trials are green`);
    });
  });
}

/** What differs: in the failure of a scenario it stands below the title, in that of an assertion behind a plus. */
function firstLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const isTitled = lines[0]?.endsWith("]") === true;
  const differs = lines.find((line) => /^[+-] (?!actual)/u.test(line));
  const line = isTitled ? lines[1] : (differs ?? lines.find((each) => each !== ""));
  return (line ?? "").slice(0, LONGEST_REASON);
}

async function playBrokenFault(mutant: FaultMutant): Promise<Verdict> {
  const begin = performance.now();
  const verdict = await playFault(mutant, true);
  return { ...verdict, reason: firstLine(verdict.reason), seconds: (performance.now() - begin) / 1_000 };
}

function print(label: string, { file, why }: Change, { killer, reason, seconds }: Verdict): void {
  const fate = killer === undefined ? "SURVIVED" : `killed by ${killer}`;
  process.stdout.write(`${label.padEnd(4)}${fate.padEnd(34)} ${seconds.toFixed(1).padStart(5)} s  ${file}\n`);
  process.stdout.write(`      broken: ${why}\n      red:    ${reason}\n`);
}

interface Job {
  readonly label: string;
  readonly change: Change;
  readonly play: () => Promise<Verdict>;
}

const ruleJobs: readonly Job[] = mutants.map((mutant, number) => ({
  label: mutant.rule,
  change: mutant,
  play: () => play(number),
}));

const faultJobs: readonly Job[] = faultMutants.map((mutant) => ({
  label: mutant.fault,
  change: mutant,
  play: () => playBrokenFault(mutant),
}));

function chosenBy(only: string | undefined): readonly Job[] {
  if (only === "faults") return faultJobs;
  const all = [...ruleJobs, ...faultJobs];
  return only === undefined ? all : all.filter(({ label }) => label === only);
}

/** Without a change everything must be green, or a red trial says nothing about the mutant. */
async function isGreenUnchanged(jobs: readonly Job[]): Promise<boolean> {
  if (!jobs.some((job) => ruleJobs.includes(job))) return true;
  const { killer, reason, seconds } = await play(undefined);
  const fate = killer === undefined ? reason : `RED in ${killer}: ${reason}`;
  process.stdout.write(`unchanged code: ${fate}, ${seconds.toFixed(1)} s\n`);
  return killer === undefined;
}

async function main(only: string | undefined): Promise<number> {
  const begin = performance.now();
  const chosen = chosenBy(only);
  if (chosen.length === 0) throw new Error(`there is no mutant of ${only}`);
  const survivors: string[] = [];
  const killed = new Map<string, number>();
  let isSound = true;
  const jobs = [
    async (): Promise<void> => {
      isSound = await isGreenUnchanged(chosen);
    },
    ...chosen.map(({ label, change, play: playOne }) => async (): Promise<void> => {
      const verdict = await playOne();
      print(label, change, verdict);
      if (verdict.killer === undefined) survivors.push(`${label} ${change.file}: ${change.why}`);
      else killed.set(label, (killed.get(label) ?? 0) + 1);
    }),
  ];
  const lane = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
  };
  await Promise.all(Array.from({ length: PROCESSES }, lane));
  const seconds = ((performance.now() - begin) / 1_000).toFixed(0);
  const perLabel = [...killed].map(([label, count]) => `${label} ${count}`).join(", ");
  process.stdout.write(
    `\n${chosen.length} mutants, ${chosen.length - survivors.length} killed (${perLabel}), ${seconds} s\n`,
  );
  for (const survivor of survivors) process.stdout.write(`survived: ${survivor}\n`);
  return isSound && survivors.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);
