/** Events as plain lines, indented by depth: for pipes and files. The same events always give the same lines. */
import type { ExecutionEvent } from "../ports/client.ts";
import { createPaint, glyphOf } from "./glyphs.ts";
import { toLine } from "./text.ts";
import { describeError, durationOf, type TreeExecution, type TreeModel } from "./tree-model.ts";

/** The line of an event that was just applied to the model; undefined for events that say nothing on their own. */
export function plainLine(model: TreeModel, event: ExecutionEvent): string | undefined {
  const execution = model.get(event.executionId);
  if (execution === undefined) return undefined;
  const text = textOf(execution, event);
  return text === undefined ? undefined : `${"  ".repeat(execution.depth)}${toLine(text)}`;
}

const PLAIN = createPaint(false);

function textOf(execution: TreeExecution, event: ExecutionEvent): string | undefined {
  const { label, status, attempt } = execution;
  const failure = event.error === undefined ? "" : `: ${describeError(event.error)}`;
  const glyph = glyphOf(status, PLAIN);
  switch (event.type) {
    case "execution.started":
      return `${glyph} ${label} started${attempt > 1 ? `, attempt ${attempt}` : ""}`;
    case "execution.retrying":
      return `↻ ${label} failed and is tried again${failure}`;
    case "execution.continued_as_new":
      return `↻ ${label} continues as new`;
    case "operation.attempt_failed":
      return `↻ ${label}: step ${event.name} failed and is tried again${failure}`;
    case "operation.interrupted":
      return `↻ ${label}: step ${event.name} was interrupted and is run again`;
    case "signal.received":
      return `✉ ${label}: signal ${event.name}`;
    case "cancel.requested":
      return `⊘ ${label}: asked to cancel`;
    case "execution.succeeded":
    case "execution.failed":
    case "execution.timed_out":
    case "execution.cancelled":
    case "execution.stopped":
      return `${glyph} ${label} ${status.toLowerCase().replace("_", " ")} in ${durationOf(execution, event.at)}${failure}`;
    default:
      return waitText(label, event);
  }
}

/** That somebody is waited for is worth a line: whoever reads it may be the one. */
function waitText(label: string, { type, kind, name }: ExecutionEvent): string | undefined {
  if (type !== "operation.started") return undefined;
  if (kind === "CALLBACK") return `◌ ${label} waits for callback ${name}`;
  return kind === "RECEIVE" ? `◌ ${label} waits for ${name}` : undefined;
}
