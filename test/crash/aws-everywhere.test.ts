/**
 * The AWS home, crashed everywhere: a function dies before and behind its k-th call to table, queues and hosts, with
 * the rest of its batch. Outcomes, tree and journals must be those of a run without a crash. Every k for some scenarios
 * of each kind; for all others a sample, another one for each, always the same.
 */
import { afterAll, describe, expect, it } from "vitest";
import { loadScenarios } from "../conformance/runner-scenarios.ts";
import { Random } from "../simulation/random.ts";
import { type AwsPlay, playAndDie, playAws, type Return } from "./aws-crash.ts";
import { CHANGED_BY_A_CRASH, EITHER_WAY } from "./crash-plays.ts";

/** At least one of every kind of thing an execution does. */
const WHOLE: ReadonlySet<string> = new Set([
  "M02-travels",
  "M05-deep",
  "T10-chain",
  "T15-use",
  "T16-allow-stopped",
  "T20-kept",
  "D9-many",
  "field-j-handle-terminate",
  "field-g-cancel",
  "K12-draws",
  "3-13",
  "T29",
  "field-d-wait_completed",
]);
const SAMPLE = 3;

/** A function never runs longer than its lease; this step does, under the short leases here. */
const LONGER_THAN_A_LEASE: ReadonlySet<string> = new Set(["M17-timeout"]);

/** Its children return the time at which they began; a message that waits for a lease comes back behind its end. */
const RETURNS_A_TIME: ReadonlySet<string> = new Set(["delay"]);

const told = { runs: 0, whole: 0 };

for (const back of ["T0", "T1"] as const) {
  const scenarios = await loadScenarios();
  describe(`a function on AWS dies, and its messages come back ${back === "T0" ? "before" : "after"} its lease is over`, () => {
    afterAll(() => {
      process.stdout.write(`aws crash: ${told.runs} runs so far; every moment of ${told.whole} scenarios\n`);
    });
    for (const [index, scenario] of scenarios.entries()) {
      // Half of the samples in each of the two.
      const isWhole = WHOLE.has(scenario.id);
      if (
        CHANGED_BY_A_CRASH.has(scenario.id) ||
        LONGER_THAN_A_LEASE.has(scenario.id) ||
        RETURNS_A_TIME.has(scenario.id) ||
        (!isWhole && index % 2 !== (back === "T0" ? 0 : 1))
      )
        continue;
      it(`${scenario.id} ${scenario.title}`, async () => {
        const unharmed = await playAws(scenario, back, []);
        expect(unharmed.problems).toEqual([]);
        if (isWhole) told.whole += 1;
        const moments = isWhole ? all(unharmed) : sample(unharmed, index);
        told.runs += moments.length + 1;
        const found: string[] = [];
        for (const moment of moments) found.push(...(await playAndDie(scenario, back as Return, unharmed, [moment])));
        const either = EITHER_WAY.get(scenario.id)?.path;
        expect(found.filter((problem) => either === undefined || !problem.includes(`: ${either}: without`))).toEqual(
          [],
        );
      });
    }
  });
}

function all({ moments }: AwsPlay): readonly number[] {
  return Array.from({ length: moments }, (_, at) => at + 1);
}

function sample({ moments }: AwsPlay, seed: number): readonly number[] {
  const random = new Random(seed);
  return Array.from({ length: SAMPLE }, () => random.between(1, moments));
}
