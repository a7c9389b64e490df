/**
 * The simulation of the AWS backend by hand:
 *
 *   node test/simulation/aws-run.ts --from 0 --count 1000 --jobs 2   many seeds, and the faults that they met
 *   node test/simulation/aws-run.ts --today --count 1000             the seeds of today, which the build plays too
 *   node test/simulation/aws-run.ts --seed 123                       one seed; when it fails, made small
 *   node test/simulation/aws-run.ts --case '{"plan":…}'              a case, or a file of one
 */
import { awsCaseOf, awsShrinker } from "./aws-simulate.ts";
import { runByHand } from "./by-hand.ts";

process.exitCode = await runByHand({
  command: "test/simulation/aws-run.ts",
  worker: "aws-worker.ts",
  caseOf: awsCaseOf,
  shrinker: awsShrinker,
  summary: ({ coverage }) => ({ text: `met: ${JSON.stringify(coverage)}`, isMissing: false }),
});
