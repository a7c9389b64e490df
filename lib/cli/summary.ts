/** What became of a tree, in a line. */
import { formatMillis } from "../kernel/duration.ts";
import type { ExecutionStatus } from "../kernel/journal.ts";
import { glyphOf, paintStatus, type Paint } from "./glyphs.ts";
import { plural } from "./text.ts";
import type { TreeModel } from "./tree-model.ts";

export interface SummaryFacts {
  readonly elapsedMs: number;
  /** Groups that were written. */
  readonly commits: number;
}

export function summaryLine(model: TreeModel, { elapsedMs, commits }: SummaryFacts, paint: Paint): string {
  const executions = [...model.executions];
  const counts = Map.groupBy(executions, ({ status }) => status);
  const byStatus = [...counts].map(([status, { length }]) => statusCount(status, length, paint)).join(", ");
  const retries = executions.reduce((sum, { attempt, stepRetries }) => sum + attempt - 1 + stepRetries, 0);
  const facts = [plural(retries, "retry", "retries"), formatMillis(elapsedMs), plural(commits, "commit")].map((fact) =>
    paint.dim(fact),
  );
  return [`${plural(executions.length, "execution")}: ${byStatus}`, ...facts].join(paint.dim(" · "));
}

function statusCount(status: ExecutionStatus, count: number, paint: Paint): string {
  return `${glyphOf(status, paint)} ${paintStatus(status, `${count} ${status.toLowerCase().replace("_", " ")}`, paint)}`;
}
