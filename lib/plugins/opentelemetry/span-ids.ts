/**
 * Ids of traces and spans: functions of ids that every process knows.
 *
 * So whoever makes a span knows its parent's id, though the parent is made elsewhere, later, or after a restart, and
 * nothing has to be passed along. A trace is a tree of executions.
 */
import { createHash } from "node:crypto";

export function traceIdOf(rootId: string): string {
  return hash(["trace", rootId]).slice(0, 32);
}

/** The first generation's span stands for the execution: later ones hang below it. */
export function executionSpanId(executionId: string, generation = 1): string {
  return spanId("execution", executionId, String(generation));
}

/** `invocationId` tells the execution and the generation. */
export function invocationSpanId(invocationId: string): string {
  return spanId("invocation", invocationId);
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
export function startSpanId(childId: string): string {
  return spanId("start", childId);
}

/** The part of an operation that one invocation saw. */
export function segmentSpanId(invocationId: string, key: string): string {
  return spanId("segment", invocationId, key);
}

/** An attempt that was interrupted is made again, under the same number, in another invocation. */
export function attemptSpanId(invocationId: string, key: string, attempt: number): string {
  return spanId("attempt", invocationId, key, String(attempt));
}

function spanId(...parts: readonly string[]): string {
  return hash(parts).slice(0, 16);
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
