/**
 * The simulation of the AWS home by hand:
 *
 *   node test/simulation/aws-run.ts --count 1000         many seeds
 *   node test/simulation/aws-run.ts --seed 123           one seed
 */
import { parseArgs } from "node:util";
import { awsCaseOf, simulateAws } from "./aws-simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string", default: "0" },
    count: { type: "string", default: "500" },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.count) : 1;
const met = new Map<string, number>();
let failures = 0;
const begin = performance.now();
for (let seed = from; seed < from + count; seed += 1) {
  const { problems, world } = await simulateAws(awsCaseOf(seed));
  for (const [fault, times] of world.met) met.set(fault, (met.get(fault) ?? 0) + times);
  if (problems.length === 0) continue;
  failures += 1;
  say(`seed ${seed}: ${problems.slice(0, values.seed === undefined ? 3 : 50).join("\n   ")}`);
}
say(
  `${count} seeds, ${failures} failures, ${Math.round((performance.now() - begin) / 1_000)} s; met: ${JSON.stringify(Object.fromEntries(met))}`,
);
process.exitCode = failures > 0 ? 1 : 0;
