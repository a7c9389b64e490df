/**
 * What one journal entry says, as events: their facts, and their payloads still encoded.
 *
 * The keys of `data` are what redaction names: `input`, `output`, `result`, `payload`, `value`, `state`. A child's
 * input and output have the same names in its parent's journal and in its own. What an author emits is `data` itself.
 */
import type {
  Entry,
  ErrEntry,
  ErrorObject,
  FinEntry,
  InboxEntry,
  MarkEntry,
  Meta,
  Millis,
  OkEntry,
  OpDetails,
  OperationKind,
  Payload,
  RunEntry,
  StepEffect,
  TryEntry,
} from "../kernel/journal.ts";
import { parseKey } from "../kernel/keys.ts";
import { decode } from "../kernel/payload.ts";
import { decodeOutsidePatch, decodeStatePatch, type StatePatch } from "../kernel/state.ts";
import type { EventType } from "../ports/client.ts";
import { defined } from "./defined.ts";
import type { EventMemory, Remembered } from "./event-memory.ts";

/** An event without what all events of its execution share. */
export interface Draft {
  readonly type: EventType;
  readonly at: Millis;
  /** Generation that it belongs to. */
  readonly generation: number;
  readonly operation?: string | undefined;
  readonly name?: string | undefined;
  readonly kind?: OperationKind | undefined;
  readonly attempt?: number | undefined;
  readonly error?: ErrorObject | undefined;
  readonly meta?: Meta | undefined;
  /** Decodes: called only when somebody wants this event. */
  readonly data?: (() => unknown) | undefined;
}

/** `summary`: of the execution (its display name). `memory` has learnt the entry. */
export function draftsOf(entry: Entry, memory: EventMemory, summary: string | undefined): Draft[] {
  const at = "at" in entry ? entry.at : memory.now;
  return sketch(entry, memory, summary).map((draft) => ({ at, generation: memory.generation, ...draft }));
}

/** Where time or generation are left out, they are the entry's. */
type Sketch = Omit<Draft, "at" | "generation"> & Partial<Pick<Draft, "at" | "generation">>;

function sketch(entry: Entry, memory: EventMemory, summary: string | undefined): Sketch[] {
  switch (entry.t) {
    case "run":
      return runEvents(entry, summary);
    case "op":
      return [started(entry.k, memory.operation(entry.k))];
    case "mark":
      return markEvents(entry, memory);
    case "ok":
      return [succeeded(entry, memory), ...(entry.fx ?? []).map((effect) => effectEvent(effect, entry.k, memory))];
    case "err":
      return [failed(entry, memory)];
    case "try":
      return [attemptEnded(entry, memory)];
    case "ack":
      return [
        {
          type: "operation.acknowledged",
          ...about(entry.k, memory),
          data: childData(memory.operation(entry.k), entry.id),
        },
      ];
    case "fire":
      return [{ type: "operation.timed_out", ...about(entry.k, memory) }];
    case "in":
      return [inboxEvent(entry)];
    case "read": // what does not fit is told by the mark behind it
      return [];
    case "blocked":
      return [{ type: "execution.blocked", data: () => ({ reason: entry.why, difference: entry.n }) }];
    case "code":
      return [{ type: "execution.code_changed", data: () => ({ version: entry.version, digest: entry.digest }) }];
    case "fin":
      return [ended(entry)];
    default:
      return entry satisfies never;
  }
}

// ---- the execution ----------------------------------------------------------------------------------------------

function runEvents({ g, a, cause, input, due, e }: RunEntry, displayName: string | undefined): Sketch[] {
  const start: Sketch = {
    type: "execution.started",
    attempt: a,
    data: () => ({ input: decode(input), displayName: displayName ?? null, attempt: a, ...defined({ due }) }),
  };
  // The end of the run before: its events belong to that run.
  if (cause === "retry") {
    const data = () => ({ nextAttempt: a, ...defined({ due }) });
    return [{ type: "execution.retrying", generation: g - 1, attempt: a - 1, error: e, data }, start];
  }
  if (cause === "continue") {
    return [
      { type: "execution.continued_as_new", generation: g - 1, attempt: a, data: () => ({ input: decode(input) }) },
      start,
    ];
  }
  return [start];
}

const ENDS = {
  SUCCEEDED: "execution.succeeded",
  FAILED: "execution.failed",
  TIMED_OUT: "execution.timed_out",
  CANCELLED: "execution.cancelled",
  STOPPED: "execution.stopped",
  CONTINUED_AS_NEW: "execution.continued_as_new",
} as const satisfies Record<FinEntry["status"], EventType>;

function ended({ status, v, e }: FinEntry): Sketch {
  return { type: ENDS[status], error: e, data: field("output", v) };
}

function inboxEvent({ kind, n, v }: InboxEntry): Sketch {
  switch (kind) {
    case "signal":
      return { type: "signal.received", name: n, data: field("payload", v) };
    case "cancel":
      return { type: "cancel.requested", data: n === "" ? undefined : () => ({ reason: n }) };
    case "patch":
      return stateChanged(() => decodeOutsidePatch(v));
  }
}

// ---- operations -------------------------------------------------------------------------------------------------

function about(key: string, memory: EventMemory): Pick<Draft, "operation" | "name" | "kind" | "meta"> {
  const { kind, name, meta } = memory.operation(key);
  return { operation: key, name, kind, meta };
}

function started(key: string, { kind, name, meta, details }: Remembered): Sketch {
  return { type: "operation.started", operation: key, kind, name, meta, data: detailsData(details) };
}

function detailsData(details: OpDetails): (() => unknown) | undefined {
  const { due, callbackId, names, schema, action, target, signal, reason, payload, child } = details;
  const shown = defined({ due, callbackId, names, schema, action, target, signal, reason });
  if (Object.keys(shown).length === 0 && payload === undefined && child === undefined) return undefined;
  return () => ({
    ...shown,
    ...(payload === undefined ? undefined : { payload: decode(payload) }),
    ...(child === undefined
      ? undefined
      : { childId: child.id, workflow: child.workflow, awaited: child.awaited, input: decode(child.input) }),
  });
}

/** @param used another execution than the one that was asked for */
function childData({ details }: Remembered, used?: string): (() => unknown) | undefined {
  const { child } = details;
  return child && (() => ({ childId: used ?? child.id }));
}

function succeeded({ k, v }: OkEntry, memory: EventMemory): Sketch {
  const { kind } = memory.operation(k);
  const name = kind === "CHILD" || kind === "ATTACH" ? "output" : "result";
  return { type: "operation.succeeded", ...about(k, memory), attempt: attemptOf(k, memory), data: field(name, v) };
}

const FAILURES = {
  FAILED: "operation.failed",
  TIMED_OUT: "operation.timed_out",
  CANCELLED: "operation.cancelled",
  STOPPED: "operation.stopped",
} as const satisfies Record<NonNullable<ErrEntry["status"]>, EventType>;

function failed({ k, e, status }: ErrEntry, memory: EventMemory): Sketch {
  return { type: FAILURES[status ?? "FAILED"], ...about(k, memory), attempt: attemptOf(k, memory), error: e };
}

/** Steps and conditions end with the attempt after those that ended without ending them. */
function attemptOf(key: string, memory: EventMemory): number | undefined {
  const { kind, attempts } = memory.operation(key);
  return kind === "STEP" || kind === "CONDITION" ? attempts + 1 : undefined;
}

const ATTEMPTS = {
  failed: "operation.attempt_failed",
  interrupted: "operation.interrupted",
  polled: "operation.polled",
  heartbeat: "operation.heartbeat",
} as const satisfies Record<TryEntry["why"], EventType>;

function attemptEnded({ k, a, why, e, v, due }: TryEntry, memory: EventMemory): Sketch {
  // An at-least-once attempt that was interrupted is repeated: the entry counts those before it.
  const repeated = why === "interrupted" && memory.operation(k).details.semantics !== "once";
  return {
    type: ATTEMPTS[why],
    ...about(k, memory),
    // A callback's sign of life is no attempt.
    attempt: why === "heartbeat" ? undefined : repeated ? a + 1 : a,
    error: e,
    data: () => ({ due, ...(v === undefined ? undefined : { value: decode(v) }) }),
  };
}

// ---- facts ------------------------------------------------------------------------------------------------------

function markEvents(entry: MarkEntry, memory: EventMemory): Sketch[] {
  const { k, kind, n, v, e, m } = entry;
  const where = { operation: parseKey(k).scope || undefined, meta: m };
  switch (kind) {
    case "STATE":
      return [{ ...stateChanged(() => new Map([[n, v ?? null]])), ...where }];
    case "MERGE":
      return [{ ...stateChanged(() => decodeStatePatch(v)), ...where }];
    case "EVENT":
      return [{ type: "custom", name: n, ...where, data: v === undefined ? undefined : () => decode(v) }];
    case "DOCUMENT":
      return [{ type: "document.updated", name: n, ...where, data: field("value", v) }];
    case "PATCH":
      // With a value, the execution does without the patch: nothing has happened.
      return v === undefined ? [{ type: "patch.marked", name: n, ...where }] : [];
    case "CONTEXT_END":
      return [
        {
          type: e === undefined ? "context.succeeded" : "context.failed",
          ...about(k, memory),
          error: e,
          data: field("result", v),
        },
      ];
    case "SETTLED":
      return [{ type: n === "cancelled" ? "operation.cancelled" : "operation.succeeded", ...about(k, memory) }];
    case "DROP":
      return [dropped(entry, memory)];
    default:
      return kind satisfies never;
  }
}

/** An operation that nobody waits for any more, or a signal that did not fit what it was awaited as. */
function dropped({ k, n, e }: MarkEntry, memory: EventMemory): Sketch {
  if (e === undefined) return { type: "operation.dropped", ...about(n, memory) };
  return { type: "operation.dropped", operation: parseKey(k).scope || undefined, name: n, kind: "RECEIVE", error: e };
}

function effectEvent(effect: StepEffect, step: string, memory: EventMemory): Sketch {
  switch (effect.t) {
    case "start":
      return started(effect.k, memory.operation(effect.k));
    case "document":
      return { type: "document.updated", operation: step, name: effect.id, data: field("value", effect.v) };
    case "emit": {
      const { v } = effect;
      return { type: "custom", operation: step, name: effect.n, data: v === undefined ? undefined : () => decode(v) };
    }
    case "state":
      return { ...stateChanged(() => new Map([[effect.n, effect.v]])), operation: step };
  }
}

/** The new values by key, and the keys that are gone. */
function stateChanged(patch: () => StatePatch): Sketch {
  return {
    type: "state.changed",
    data: () => {
      const changes = [...patch()];
      const deleted = changes.flatMap(([key, v]) => (v === null ? [key] : []));
      return {
        state: Object.fromEntries(changes.flatMap(([key, v]) => (v === null ? [] : [[key, decode(v)]]))),
        ...(deleted.length === 0 ? undefined : { deleted }),
      };
    },
  };
}

function field(name: string, payload: Payload | undefined): (() => unknown) | undefined {
  return payload === undefined ? undefined : () => ({ [name]: decode(payload) });
}
