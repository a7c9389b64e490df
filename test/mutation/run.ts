/**
 * `npm run mutate`: breaks every kernel rule (lib/kernel/INVARIANTS.md) in production code, one place at a time, and
 * shows which scenario, simulation seed or crash run goes red. Fails when a mutant survives.
 *
 * `npm run mutate -- K3` plays the mutants of one rule only.
 */
import { fork } from "node:child_process";
import path from "node:path";
import type { Mutant } from "./apply.ts";
import type { FromWorker } from "./messages.ts";
import { mutants } from "./mutants.ts";

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

function print(mutant: Mutant, { killer, reason, seconds }: Verdict): void {
  const fate = killer === undefined ? "SURVIVED" : `killed by ${killer}`;
  process.stdout.write(
    `${mutant.rule.padEnd(4)}${fate.padEnd(34)} ${seconds.toFixed(1).padStart(5)} s  ${mutant.file}\n`,
  );
  process.stdout.write(`      broken: ${mutant.why}\n      red:    ${reason}\n`);
}

async function main(only: string | undefined): Promise<number> {
  const begin = performance.now();
  const chosen = mutants.flatMap((mutant, number) =>
    only === undefined || mutant.rule === only ? [{ mutant, number }] : [],
  );
  const survivors: string[] = [];
  const rules = new Map<string, number>();
  let isSound = true;
  const jobs = [
    async (): Promise<void> => {
      const { killer, reason, seconds } = await play(undefined);
      isSound = killer === undefined;
      process.stdout.write(
        `unchanged code: ${killer === undefined ? reason : `RED in ${killer}: ${reason}`}, ${seconds.toFixed(1)} s\n`,
      );
    },
    ...chosen.map(({ mutant, number }) => async (): Promise<void> => {
      const verdict = await play(number);
      print(mutant, verdict);
      if (verdict.killer === undefined) survivors.push(`${mutant.rule} ${mutant.file}: ${mutant.why}`);
      else rules.set(mutant.rule, (rules.get(mutant.rule) ?? 0) + 1);
    }),
  ];
  const lane = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
  };
  await Promise.all(Array.from({ length: PROCESSES }, lane));
  const seconds = ((performance.now() - begin) / 1_000).toFixed(0);
  const perRule = [...rules].map(([rule, killed]) => `${rule} ${killed}`).join(", ");
  process.stdout.write(
    `\n${chosen.length} mutants, ${chosen.length - survivors.length} killed (${perRule}), ${seconds} s\n`,
  );
  for (const survivor of survivors) process.stdout.write(`survived: ${survivor}\n`);
  return isSound && survivors.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);
