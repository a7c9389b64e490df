import type { FaultMutant } from "../fault-mutant.ts";

/** What holders that outlived their leases did to executions on AWS. */
export const aws: readonly FaultMutant[] = [
  {
    fault: "A13",
    file: "lib/homes/aws/journal.ts",
    find: ": writers.find((each) => each.writer === epoch);",
    replace: ": writers.findLast((each) => each.writer < writer && each.begin < begin && hasBegun(each, from));",
    why: "of all slow predecessors the newest counts, not the one whose entries were read",
    test: "test/unit/aws/journal-chain.test.ts",
  },
  {
    fault: "A13",
    file: "lib/homes/aws/doors.ts",
    find: "const letter = { head, generation: generationIn(entries), sender: key };",
    replace: "const letter = { head, generation: head.generation, sender: key };",
    why: "an answer is for the generation of the head, which lags behind the journal",
    test: "test/simulation/aws-cases.test.ts",
  },
  {
    fault: "A13",
    file: "lib/homes/aws/endings.ts",
    find: "set: { ...plan.set, ...place, st: fin.status,",
    replace: "set: { ...plan.set, st: fin.status,",
    why: "an end does not name its generation",
    test: "test/unit/aws/end-generation.test.ts",
  },
  {
    fault: "A13",
    file: "lib/homes/aws/invocation.ts",
    find: 'if (loaded.newestEpoch > this.head.epoch) return "again";',
    replace: "if (loaded.newestEpoch > Number.POSITIVE_INFINITY) return undefined as never;",
    why: "a holder that froze before it read its journal goes on with what its successor has written",
    test: "test/simulation/aws-cases.test.ts",
  },
  {
    fault: "A13",
    file: "lib/homes/aws/held-up.ts",
    find: 'since > HELD_UP_MS ? "again" : "done"',
    replace: 'since > HELD_UP_MS ? "done" : "done"',
    why: "a consumer that froze behind its park deletes the message by which another took the lease",
    test: "test/simulation/aws-cases.test.ts",
  },
];
