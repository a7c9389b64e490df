/**
 * The simulation of the embedded backend by hand:
 *
 *   node test/simulation/run.ts --from 0 --count 5000 --jobs 2   many seeds, and the coverage matrix
 *   node test/simulation/run.ts --today --count 1000             the seeds of today, which the build plays too
 *   node test/simulation/run.ts --seed 123                       one seed; when it fails, made small
 *   node test/simulation/run.ts --case '{"plan":…}'              a case, or a file of one
 */
import { runByHand } from "./by-hand.ts";
import { emptyCells, matrixText } from "./coverage.ts";
import { caseOf, shrinker } from "./simulate.ts";

process.exitCode = await runByHand({
  command: "test/simulation/run.ts",
  worker: "worker.ts",
  caseOf,
  shrinker,
  summary: ({ coverage }) => {
    const empty = emptyCells(coverage);
    const missing = empty.length === 0 ? "" : `\n${empty.length} empty cells: ${empty.join("; ")}`;
    return { text: matrixText(coverage) + missing, isMissing: empty.length > 0 };
  },
});
