/** What the live tree knows: a forest of executions, built from events alone. */
import { formatMillis } from "../kernel/duration.ts";
import type { ErrorObject, ExecutionStatus, Millis, OperationKind } from "../kernel/journal.ts";
import { parseKey } from "../kernel/keys.ts";
import { plural } from "./text.ts";
import type { Blocked, ExecutionEvent, TreeNode, WaitView } from "../ports/client.ts";

/** An operation that has begun and not ended. */
interface Activity {
  readonly kind: OperationKind;
  readonly name: string;
  /** Of the attempt before, while the next one is awaited. */
  readonly failure?: string;
}

export interface TreeExecution {
  readonly id: string;
  readonly workflow: string;
  /** Last segment of its path: the workflow's name, or the one its parent gave it. */
  readonly label: string;
  readonly depth: number;
  readonly startedAt: Millis;
  readonly children: TreeExecution[];
  readonly activities: Map<string, Activity>;
  readonly blocked?: Blocked;
  status: ExecutionStatus;
  endedAt?: Millis;
  error?: ErrorObject;
  /** Attempt of the execution as a whole: 1-based. */
  attempt: number;
  /** Attempts of its steps that failed and were repeated. */
  stepRetries: number;
}

const ENDS: Partial<Record<ExecutionEvent["type"], ExecutionStatus>> = {
  "execution.succeeded": "SUCCEEDED",
  "execution.failed": "FAILED",
  "execution.timed_out": "TIMED_OUT",
  "execution.cancelled": "CANCELLED",
  "execution.stopped": "STOPPED",
};

const OPERATION_ENDS = new Set<ExecutionEvent["type"]>([
  "operation.succeeded",
  "operation.failed",
  "operation.timed_out",
  "operation.cancelled",
  "operation.stopped",
  "operation.dropped",
  "context.succeeded",
  "context.failed",
]);

/** What a person waits for at these operations; the others are work, or stand in the tree themselves. */
const WAITS: Partial<Record<OperationKind, string>> = {
  WAIT: "waits",
  CALLBACK: "waits for callback",
  RECEIVE: "waits for",
  CONDITION: "polls",
  ATTACH: "waits for execution",
};

export class TreeModel {
  readonly roots: TreeExecution[] = [];
  readonly #byId = new Map<string, TreeExecution>();

  get executions(): IterableIterator<TreeExecution> {
    return this.#byId.values();
  }

  get(id: string): TreeExecution | undefined {
    return this.#byId.get(id);
  }

  apply(event: ExecutionEvent): void {
    const execution = this.#byId.get(event.executionId) ?? this.#add(event);
    if (event.type === "execution.started") {
      execution.status = "RUNNING";
      execution.attempt = event.attempt ?? execution.attempt;
    } else if (event.type === "execution.retrying") {
      execution.status = "PENDING";
      if (event.error !== undefined) execution.error = event.error;
      execution.activities.clear();
    } else {
      const status = ENDS[event.type];
      if (status === undefined) applyToOperation(execution, event);
      else end(execution, event, status);
    }
  }

  #add(event: ExecutionEvent): TreeExecution {
    const execution: TreeExecution = {
      id: event.executionId,
      workflow: event.workflow,
      label: labelOf(event.path),
      depth: event.depth,
      startedAt: event.at,
      children: [],
      activities: new Map(),
      status: "PENDING",
      attempt: 1,
      stepRetries: 0,
    };
    this.#byId.set(execution.id, execution);
    const parent = event.parentId === undefined ? undefined : this.#byId.get(event.parentId);
    (parent?.children ?? this.roots).push(execution);
    return execution;
  }
}

/** The model of a tree that was read as a whole, with what it waits for. */
export function toTreeModel(root: TreeNode, waits: readonly WaitView[]): TreeModel {
  const model = new TreeModel();
  const byExecution = Map.groupBy(waits, ({ executionId }) => executionId);
  model.roots.push(toExecution(root, byExecution));
  return model;
}

function toExecution({ execution: view, children }: TreeNode, waits: ReadonlyMap<string, WaitView[]>): TreeExecution {
  const { id, workflow, status, depth, attempt, endedAt, blocked } = view;
  const activities = (waits.get(id) ?? []).flatMap(({ operation, kind, name }): [string, Activity][] =>
    kind === "CHILD" || kind === "CODE" ? [] : [[operation, { kind, name: nameOfWait(operation, name) }]],
  );
  return {
    id,
    workflow,
    status,
    depth,
    attempt,
    label: labelOf(view.path),
    startedAt: view.createdAt,
    children: children.map((child) => toExecution(child, waits)),
    activities: new Map(activities),
    stepRetries: 0,
    ...(endedAt === undefined ? undefined : { endedAt }),
    ...(blocked === undefined ? undefined : { blocked }),
  };
}

/** `waitForCallback("order", …)` is a callback called "callback" in a context called "order". */
export function nameOfWait(operation: string, name: string): string {
  const { kind, scope } = parseKey(operation);
  return kind === "CALLBACK" && name === "callback" && scope !== "" ? parseKey(scope).name : name;
}

function labelOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function end(execution: TreeExecution, event: ExecutionEvent, status: ExecutionStatus): void {
  execution.status = status;
  execution.endedAt = event.at;
  execution.activities.clear();
  if (event.error === undefined) delete execution.error;
  else execution.error = event.error;
}

function applyToOperation(execution: TreeExecution, event: ExecutionEvent): void {
  const { operation, kind, name, type } = event;
  if (operation === undefined) return;
  if (OPERATION_ENDS.has(type)) {
    execution.activities.delete(operation);
  } else if (type === "operation.started" && kind !== undefined && kind !== "CONTEXT" && kind !== "CHILD") {
    execution.activities.set(operation, { kind, name: nameOfWait(operation, name ?? operation) });
  } else if (type === "operation.attempt_failed" || type === "operation.interrupted") {
    execution.stepRetries += 1;
    const failure = event.error?.message ?? "interrupted";
    execution.activities.set(operation, { kind: kind ?? "STEP", name: name ?? operation, failure });
  }
}

/** What an execution is at, in a few words: the newest of its open operations, waits before work. */
export function describeActivity(execution: TreeExecution): string | undefined {
  const open = [...execution.activities.values()].toReversed();
  const failing = open.find((activity) => activity.failure !== undefined);
  if (failing !== undefined) return `${failing.name} failed, tries again: ${failing.failure}`;
  const activity = open.find(({ kind }) => WAITS[kind] !== undefined) ?? open[0];
  if (activity === undefined) return undefined;
  const wait = WAITS[activity.kind];
  const rest = open.length > 1 ? ` (+${open.length - 1})` : "";
  return `${wait === undefined ? "" : `${wait} `}${activity.name}${rest}`;
}

/** What is worth saying of its retries; undefined when there were none. */
export function describeRetries(execution: TreeExecution): string | undefined {
  const notes = [];
  if (execution.attempt > 1) notes.push(`attempt ${execution.attempt}`);
  if (execution.stepRetries > 0) notes.push(plural(execution.stepRetries, "step retry", "step retries"));
  return notes.length === 0 ? undefined : notes.join(", ");
}

export function describeError(error: ErrorObject): string {
  return `${error.type}: ${error.message}`;
}

export function isLive(execution: TreeExecution): boolean {
  return execution.endedAt === undefined;
}

export function durationOf(execution: TreeExecution, now: Millis): string {
  return formatMillis(Math.max(0, (execution.endedAt ?? now) - execution.startedAt));
}
