/** The rows of the published lists that must be covered, and the unit and crash tests that cover what no scenario can. */

/** M: Mistral's features. Not ours: M19 (query and update), M28 (reset), M29 (schedules). */
const mistral = numbered("M", 31).filter((row) => !["M19", "M28", "M29"].includes(row));

/** T: Temporal's semantics of children. */
const temporal = numbered("T", 30);

/** AWS's requirements for durable executions, by suite: `aws:<suite>-<number>`. */
const AWS_SUITES = {
  step: 20,
  wait: 5,
  child: 18,
  callback: 19,
  invoke: 16,
  "wait-for-condition": 13,
  "wait-for-callback": 15,
  parallel: 22,
  map: 20,
  plugin: 23,
};
const aws = Object.values(AWS_SUITES).flatMap((count, index) =>
  Array.from({ length: count }, (_, i) => `aws:${index + 1}-${i + 1}`),
);

/** AWS's requirements for traces: `aws:<suite>-<number>`. */
const OTEL_SUITES = { "otel-execution": 20, "otel-invocation": 20, "otel-long-running": 4 };
const otel = Object.entries(OTEL_SUITES).flatMap(([suite, count]) =>
  Array.from({ length: count }, (_, i) => `aws:${suite}-${i + 1}`),
);

export const rows: readonly string[] = [...mistral, ...temporal, ...aws, ...otel];

/** Rows that may never be a gap. */
export const neverGaps: ReadonlySet<string> = new Set([
  ...mistral.filter((row) => /^M(0[1-8]|14|18|2[1-7])$/.test(row)),
  ...temporal.filter((row) => !["T28", "T29", "T30"].includes(row)),
]);

/** The share of rows that may be gaps. */
export const MAX_GAPS = 0.03;

export interface CoveredElsewhere {
  readonly row: string;
  /** A test file, from the root of the repository; one of its titles names the row. */
  readonly file: string;
}

const EXECUTE_WORKFLOW = "test/unit/frontends/execute-workflow.test.ts";
const DEFINITION = "test/unit/frontends/definition.test.ts";
const INTERRUPTED = "test/crash/interrupted.test.ts";

export const coveredElsewhere: readonly CoveredElsewhere[] = [
  // Calls outside a workflow run in the caller's process.
  { row: "M09", file: EXECUTE_WORKFLOW },
  { row: "M10", file: EXECUTE_WORKFLOW },
  { row: "M11", file: EXECUTE_WORKFLOW },
  // What a definition must be shows before anything runs.
  { row: "M15", file: DEFINITION },
  { row: "M16", file: DEFINITION },
  // Needs other code at the second reading of a journal.
  { row: "T24", file: "test/unit/engine/replay.test.ts" },
  // Needs readers that come, go and come back.
  { row: "M26", file: "test/unit/engine/event-stream.test.ts" },
  // Needs a codec in the store.
  { row: "T30", file: "test/unit/engine/codec.test.ts" },
  // Need a process that dies in the middle of a step.
  { row: "aws:1-17", file: INTERRUPTED },
  { row: "aws:1-18", file: INTERRUPTED },
  { row: "aws:3-12", file: INTERRUPTED },
  // Hooks are seen in the process, not through a client.
  ...aws
    .filter((row) => row.startsWith("aws:10-"))
    .map((row): CoveredElsewhere => ({ row, file: "test/unit/engine/plugins.test.ts" })),
  // So are spans.
  ...otel
    .filter((row) => !row.endsWith("-20"))
    .map((row): CoveredElsewhere => ({ row, file: "test/unit/plugins/opentelemetry-aws.test.ts" })),
];

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${String(i + 1).padStart(2, "0")}`);
}
