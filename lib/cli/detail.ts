/** One execution as text: for `show`. */
import { formatMillis } from "../kernel/duration.ts";
import type { ErrorObject, ExecutionStatus } from "../kernel/journal.ts";
import type { Blocked, ExecutionDetail, OperationStatus, OperationView, WaitView } from "../ports/client.ts";
import { glyphOf, type Paint, paintStatus } from "./glyphs.ts";
import { toJson } from "./output.ts";
import { formatTable } from "./table.ts";
import { fit, toCell, toLine } from "./text.ts";
import { formatTime } from "./time.ts";
import { describeError, nameOfWait } from "./tree-model.ts";

const LONGEST_RESULT = 60;

export function formatDetail(detail: ExecutionDetail, now: number, paint: Paint): string {
  const { status, operations, waits, documents } = detail;
  const took = formatMillis((detail.endedAt ?? now) - detail.createdAt);
  const head = `${glyphOf(status, paint)} ${paint.bold(toLine(detail.path))} ${paintStatus(status, status, paint)} ${paint.dim(took)}`;
  const facts = factsOf(detail);
  const indent = Math.max(...facts.map(([name]) => name.length));
  return [
    head,
    ...facts.map(([name, text]) => `  ${paint.dim(name.padEnd(indent))}  ${toLine(text)}`),
    ...section("operations", operations.length === 0 ? "" : operationTable(operations, now, paint), paint),
    ...section("waits for", waits.map(waitText).join("\n"), paint),
    ...section("documents", documents.map(({ id, value }) => `${toLine(id)}: ${toJson(value)}`).join("\n"), paint),
  ].join("\n");
}

function factsOf(detail: ExecutionDetail): [name: string, text: string][] {
  const { id, publicId, error, state, usage } = detail;
  const facts: [string, string | undefined][] = [
    ["blocked", detail.blocked === undefined ? undefined : blockedText(detail.blocked)],
    ["id", publicId],
    ["internal id", publicId === id ? undefined : id],
    ["workflow", `${detail.workflow}, version ${detail.version}`],
    ["summary", detail.summary],
    ["started", formatTime(detail.createdAt)],
    ["ended", detail.endedAt === undefined ? undefined : formatTime(detail.endedAt)],
    ["attempt", detail.attempt > 1 ? String(detail.attempt) : undefined],
    ["parent", detail.parentId],
    ["root", detail.parentId === undefined ? undefined : detail.rootId],
    ["on parent's end", detail.parentClosePolicy],
    ["input", toJson(detail.input)],
    ["output", "output" in detail ? toJson(detail.output) : undefined],
    ["error", error === undefined ? undefined : causesOf(error).map(describeError).join("; because ")],
    ["state", Object.keys(state).length === 0 ? undefined : toJson(state)],
    ["usage", `${usage.operations} operations, ${usage.attempts} attempts, ${usage.children} children`],
  ];
  return facts.flatMap(([name, text]): [string, string][] => (text === undefined ? [] : [[name, text]]));
}

function blockedText({ reason, since, difference }: Blocked): string {
  return `${reason} since ${formatTime(since)}: ${toLine(difference)}`;
}

function waitText({ kind, operation, name, callbackId, deadline }: WaitView): string {
  const until = deadline === undefined ? "" : ` until ${formatTime(deadline)}`;
  const id = callbackId === undefined ? "" : ` (${callbackId})`;
  return toLine(`${kind} ${nameOfWait(operation, name)}${id}${until}`);
}

function causesOf(error: ErrorObject): ErrorObject[] {
  return [error, ...(error.cause === undefined ? [] : causesOf(error.cause))];
}

function section(title: string, text: string, paint: Paint): string[] {
  return text === "" ? [] : ["", paint.bold(title), ...text.split("\n").map((line) => `  ${line}`)];
}

function operationTable(operations: readonly OperationView[], now: number, paint: Paint): string {
  const rows = operations.map((operation) => [
    { styled: `${glyphOf(toExecutionStatus(operation.status), paint)} ${toLine(operation.kind)}` },
    `${"  ".repeat(depthOf(operation))}${operation.name}`,
    formatMillis((operation.endedAt ?? now) - operation.startedAt),
    operation.attempts > 1 ? `${operation.attempts} attempts` : "",
    resultOf(operation),
  ]);
  return formatTable(["", "NAME", "TOOK", "", "RESULT"], rows, paint);
}

function depthOf({ scope }: OperationView): number {
  return scope === "" ? 0 : scope.split("/").length - 1;
}

function resultOf({ error, result }: OperationView): string {
  if (error !== undefined) return fit(toCell(describeError(error)), LONGEST_RESULT);
  return result === undefined ? "" : fit(toJson(result), LONGEST_RESULT);
}

function toExecutionStatus(status: OperationStatus): ExecutionStatus {
  if (status === "STARTED") return "RUNNING";
  return status === "DROPPED" ? "STOPPED" : status;
}
