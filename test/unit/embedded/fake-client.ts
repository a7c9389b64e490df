/** A client that answers from its hand, for what stands between a client and its user. */
import { ExecutionNotFoundError } from "../../../lib/kernel/errors.ts";
import type { EventFilter, ExecutionEvent } from "../../../lib/ports/client.ts";
import type { Served } from "../../../lib/homes/embedded/socket-methods.ts";

export interface FakeClient extends Served {
  /** What was called, with its arguments. */
  readonly calls: unknown[][];
  /** Of the streams of events that are being read. */
  readonly signals: AbortSignal[];
}

export interface FakeAnswers {
  readonly get?: unknown;
  readonly events?: (signal: AbortSignal) => AsyncIterable<ExecutionEvent>;
  /** Thrown by everything but `get`. */
  readonly error?: Error;
}

export function fakeClient(answers: FakeAnswers = {}): FakeClient {
  const calls: unknown[][] = [];
  const signals: AbortSignal[] = [];
  const answer =
    (method: string, value?: unknown) =>
    async (...args: unknown[]): Promise<never> => {
      calls.push([method, ...args]);
      if (answers.error !== undefined) throw answers.error;
      return value as never;
    };
  const ids = { executionId: "e1", publicId: "mine" };
  const handle = {
    ...ids,
    result: answer("result", "done"),
    outcome: answer("outcome", {
      executionId: "e1",
      status: "FAILED",
      error: new TypeError("boom"),
      state: {},
      usage: { operations: 1, attempts: 1, children: 0, bytes: 0 },
    }),
    get: answer("handle.get"),
    signal: answer("handle.signal"),
    cancel: answer("handle.cancel"),
    stop: answer("handle.stop"),
  };
  return {
    calls,
    signals,
    workflows: () => [{ name: "greet", version: "1", digest: "abc" }],
    prune: answer("prune", { executions: 3 }),
    start: answer("start", handle),
    execute: answer("execute"),
    execution: answer("execution", handle),
    get: async (id: string, namespace?: string) => {
      calls.push(["get", id, namespace]);
      if (id === "missing") throw new ExecutionNotFoundError(`there is no execution ${id}`);
      return answers.get as never;
    },
    list: answer("list", { executions: [], cursor: "c" }),
    tree: answer("tree", { execution: { id: "e1" }, children: [] }),
    journal: answer("journal", []),
    pending: answer("pending", []),
    signal: answer("signal"),
    cancel: answer("cancel"),
    stop: answer("stop"),
    patchState: answer("patchState"),
    callbacks: {
      succeed: answer("callbacks.succeed"),
      fail: answer("callbacks.fail"),
      heartbeat: answer("callbacks.heartbeat"),
    },
    events: (_id: string, filter: EventFilter = {}) => {
      calls.push(["events", _id, { ...filter, signal: undefined }]);
      const signal = filter.signal ?? new AbortController().signal;
      signals.push(signal);
      return answers.events?.(signal) ?? none();
    },
  };
}

async function* none(): AsyncIterable<ExecutionEvent> {}

export function event(fields: Partial<ExecutionEvent> = {}): ExecutionEvent {
  return {
    id: "e1:1:1.0:0",
    cursor: "1-1-0-0",
    type: "execution.started",
    at: 1_000,
    executionId: "e1",
    runId: "e1/1",
    workflow: "greet",
    rootId: "e1",
    depth: 0,
    path: "greet",
    ...fields,
  };
}
