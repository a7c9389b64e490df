import type { FaultMutant } from "../fault-mutant.ts";

export const kernel: readonly FaultMutant[] = [
  {
    fault: "A6",
    file: "lib/homes/embedded/endings.ts",
    find: "slot.lastGroup === lastGroup && entries.length === 1;",
    replace: "slot.lastGroup === lastGroup && entries.length === 0;",
    why: "a cancel during the backoff waits for the next attempt, which begins first",
    test: "test/unit/embedded/cancel-unbegun.test.ts",
  },
  {
    fault: "A6",
    file: "lib/homes/embedded/endings.ts",
    find: "    if (isUnbegun) this.#endByJournal(",
    replace: "    this.#endByJournal(",
    why: "a cancel ends code that could have cleaned up",
    test: "test/unit/embedded/cancel-unbegun.test.ts",
  },
  {
    fault: "A6",
    file: "lib/homes/aws/invocation.ts",
    find: "else if (this.#session === undefined && this.head.cancel !== undefined && this.#run !== undefined)",
    replace: "else if (this.#session === undefined && this.head.cancel !== undefined && this.#run === undefined)",
    why: "on AWS, a cancel during the backoff waits for the next attempt",
    test: "test/unit/aws/cancel-unbegun.test.ts",
  },
  {
    fault: "A6",
    file: "lib/homes/aws/invocation.ts",
    find: "(this.#beginsLater(run) || this.#findsCancel(run, crashed))",
    replace: "this.#beginsLater(run)",
    why: "on AWS, an attempt that is due begins although its execution was asked to cancel",
    test: "test/unit/aws/cancel-unbegun.test.ts",
  },
];
