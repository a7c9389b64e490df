import type { Change } from "./apply.ts";

/** A fault that was fixed, put back into the production code. */
export interface FaultMutant extends Change {
  /** Id of the fault, e.g. `B14`. */
  readonly fault: `${"A" | "B" | "C" | "D"}${number}`;
  /**
   * Path of the test file, from the root of the repository, that has tests named `fault:<id>`. At least one of them
   * must fail. For a scenario: `test/conformance/embedded.test.ts`, or `aws.test.ts` beside it.
   */
  readonly test: string;
}
