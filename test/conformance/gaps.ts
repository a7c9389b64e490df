/**
 * Rows that we do not meet, and why. A scenario of such a row must fail (runner-bind.ts); coverage.test.ts bounds the
 * length of this list and names the rows that may never stand here.
 */
const SERDES =
  "values are stored by one codec; only steps, callbacks, signals and workflows take a schema that transforms";
const VIRTUAL =
  "a context without a record has no times either, and every replay would tell it again: what is in it hangs below the context around it";

export const gaps: readonly { row: string; reason: string }[] = [
  { row: "aws:3-14", reason: `a child context takes no serdes of its own: ${SERDES}` },
  { row: "aws:6-11", reason: `waitForCondition takes no serdes for its state: ${SERDES}` },
  { row: "aws:8-15", reason: `a branch takes no serdes of its own: ${SERDES}` },
  { row: "aws:9-14", reason: `an item of a map takes no serdes of its own: ${SERDES}` },
  { row: "aws:9-19", reason: `a map takes no serdes for its result: ${SERDES}` },
  { row: "aws:9-20", reason: `a map takes no serdes for its result: ${SERDES}` },
  { row: "aws:otel-execution-20", reason: VIRTUAL },
  { row: "aws:otel-invocation-20", reason: VIRTUAL },
];
