/**
 * The simulation by hand:
 *
 *   node test/simulation/run.ts --seeds 5000             many seeds, and the coverage matrix
 *   node test/simulation/run.ts --seed 123               one seed; when it fails, made small
 *   node test/simulation/run.ts --case '{"plan":…}'      a case that was made small
 */
import os from "node:os";
import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";
import { emptyCells, matrixText } from "./coverage.ts";
import { shrink } from "./shrink.ts";
import { type Case, caseOf, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5000" },
    from: { type: "string", default: "0" },
    seed: { type: "string" },
    case: { type: "string" },
    jobs: { type: "string", default: String(os.availableParallelism()) },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.case !== undefined) process.exitCode = await one(JSON.parse(values.case) as Case);
else if (values.seed !== undefined) process.exitCode = await one(caseOf(Number(values.seed)));
else process.exitCode = await many();

async function one(given: Case): Promise<number> {
  const { problems } = await simulate(given);
  if (problems.length === 0) {
    say("as predicted");
    return 0;
  }
  const shrunk = await shrink(given);
  say(`${problems.join("\n")}\n\nmade small:\n${shrunk.problems.join("\n")}\n`);
  say(
    `${JSON.stringify(shrunk.small, null, 1)}\n\nnode test/simulation/run.ts --case '${JSON.stringify(shrunk.small)}'`,
  );
  return 1;
}

async function many(): Promise<number> {
  const count = Number(values.seeds);
  const begin = performance.now();
  const { seeds, failures, coverage } = await runCampaign({ from: Number(values.from), count }, Number(values.jobs));
  say(matrixText(coverage));
  const empty = emptyCells(coverage);
  if (empty.length > 0) say(`${empty.length} empty cells: ${empty.join("; ")}`);
  for (const { seed, problems } of failures) say(`seed ${seed}: ${problems.slice(0, 5).join("\n  ")}`);
  say(`${seeds} seeds, ${failures.length} failures, ${Math.round((performance.now() - begin) / 1_000)} s`);
  return failures.length > 0 || empty.length > 0 ? 1 : 0;
}
