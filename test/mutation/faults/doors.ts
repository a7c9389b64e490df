import type { FaultMutant } from "../fault-mutant.ts";

const SCENARIOS = "test/conformance/embedded.test.ts";

/** What callers hand over, and what is refused of it. */
export const doors: readonly FaultMutant[] = [
  {
    fault: "B6",
    file: "lib/kernel/options.ts",
    find: 'typeof value === "string" && Object.hasOwn(set, value)',
    replace: 'typeof value === "string"',
    why: "any text passes for a word of a closed set",
    test: SCENARIOS,
  },
  {
    fault: "B6",
    file: "lib/kernel/batch.ts",
    find: '  check(AUTHOR_OPTIONS.ExecuteAllOptions, options, "ctx.executeAll", target);\n',
    replace: "",
    why: "executeAll does not check its options",
    test: SCENARIOS,
  },
  {
    fault: "B7",
    file: "lib/kernel/options.ts",
    find: "    if (kind === undefined) return false;",
    replace: "    if (kind === undefined) continue;",
    why: "fields that do not exist are dropped",
    test: SCENARIOS,
  },
  {
    fault: "B8",
    file: "lib/engine/session.ts",
    find: "validate(workflow.input, decode(given), what)",
    replace: "decode(given)",
    why: "the input of the next generation bypasses the schema",
    test: SCENARIOS,
  },
  {
    fault: "B8",
    file: "lib/engine/session.ts",
    find: "const refuse = (error: unknown): void => this.fail(operation, toErrorObject(error));",
    replace: 'const refuse = (error: unknown): void => this.end("FAILED", toErrorObject(error));',
    why: "a refusal of the next generation's input cannot be caught",
    test: SCENARIOS,
  },
  {
    fault: "B15",
    file: "lib/engine/list-cursor.ts",
    find: "([0-9a-z][0-9a-z-]{0,79})",
    replace: "(.*)",
    why: "the id within a cursor may be anything",
    test: "test/unit/engine/list-cursor.test.ts",
  },
  {
    fault: "B16",
    file: "lib/kernel/options.ts",
    find: " &&\n    !UNSEEN.test(value)",
    replace: "",
    why: "ids with control characters are taken",
    test: SCENARIOS,
  },
  {
    fault: "C1",
    file: "lib/kernel/batch.ts",
    find: ' && reason === "FAILURE_TOLERANCE_EXCEEDED"',
    replace: "",
    why: "a batch within its tolerance throws",
    test: SCENARIOS,
  },
  {
    fault: "D1",
    file: "lib/kernel/options.ts",
    find: 'typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)',
    replace: 'typeof value === "number"',
    why: "NaN is stored as metadata, where JSON makes null of it",
    test: SCENARIOS,
  },
  {
    fault: "D6",
    file: "lib/kernel/duration.ts",
    find: "LAST_DATE_MS - YEAR_10000_MS",
    replace: "LAST_DATE_MS",
    why: "a deadline may be later than any date",
    test: SCENARIOS,
  },
];
