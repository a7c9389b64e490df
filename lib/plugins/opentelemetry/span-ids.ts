/**
 * Ids of traces, and of spans of executions and operations: functions of ids that every process knows.
 *
 * So whoever makes a span knows its parent's id, though the parent is made elsewhere, later, or after a restart, and
 * nothing has to be passed along. A trace is a tree of executions. Invocations and attempts happen in one process, and
 * may happen again: their ids are whatever the generator gives.
 */
import { createHash } from "node:crypto";
import { childCollection, childId } from "../../kernel/keys.ts";

export function traceIdOf(rootId: string): string {
  return hash(["trace", rootId]).slice(0, 32);
}

/** The first generation's span stands for the execution: later ones hang below it. */
export function executionSpanId(executionId: string, generation = 1): string {
  return spanId("execution", executionId, String(generation));
}

export interface OperationPlace {
  readonly executionId: string;
  readonly generation: number;
  readonly key: string;
}

export function operationSpanId({ executionId, generation, key }: OperationPlace): string {
  return spanId("operation", executionId, String(generation), key);
}

/** Of the operation that starts a child: the child's id is unique to it, and is all that the child knows. */
export function startSpanId(executionId: string): string {
  return spanId("start", executionId);
}

/** The same, from the operation's side: it may wait for another execution than the one it was to start (D5). */
export function starterSpanId({ executionId, generation, key }: OperationPlace): string {
  return startSpanId(childId(childCollection(executionId), generation, key));
}

/** The part of an operation that one invocation saw. */
export function segmentSpanId(invocationSpan: string, key: string): string {
  return spanId("segment", invocationSpan, key);
}

function spanId(...parts: readonly string[]): string {
  return hash(parts).slice(0, 16);
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
