/**
 * Finds every payload in a commit group or a page: whatever came from the application's data and not from its code.
 * The codec (D3) is applied to exactly these; names, keys, times and lineage stay readable, since the engine needs them.
 */
import type {
  ChildDetails,
  Entry,
  ErrorObject,
  InboxEntry,
  OpDetails,
  OutcomeExtras,
  StepEffect,
} from "../../kernel/journal.ts";
import type { LogRecord } from "./records.ts";

type Change = (payload: string) => string;
type ChangeAll = (payload: string, record: LogRecord) => Promise<string>;

/** The same records with every payload changed, all at once. */
export async function changePayloads<R extends LogRecord>(
  records: readonly R[],
  change: ChangeAll,
): Promise<readonly R[]> {
  const changes: Promise<string>[] = [];
  for (const record of records) {
    inEntry(record.entry, (payload) => {
      changes.push(change(payload, record));
      return payload;
    });
  }
  const changed = await Promise.all(changes);
  let next = 0;
  // The walk is the same as above, so the order is too.
  return records.map((record) => ({ ...record, entry: inEntry(record.entry, () => changed[next++] ?? "") }));
}

function inEntry(entry: Entry, change: Change): Entry {
  switch (entry.t) {
    case "run":
      return {
        ...entry,
        input: change(entry.input),
        ...inFailure(entry, change),
        ...optional(entry, "state", change),
        ...(entry.signals && { signals: entry.signals.map((signal) => inInbox(signal, change)) }),
        ...optional(entry, "cancel", change),
      };
    case "op":
      return entry.d === undefined ? entry : { ...entry, d: inDetails(entry.d, change) };
    case "ok":
      return {
        ...entry,
        ...optional(entry, "v", change),
        ...(entry.fx && { fx: entry.fx.map((effect) => inEffect(effect, change)) }),
        ...inOutcome(entry, change),
      };
    case "err":
      return { ...entry, e: inError(entry.e, change), ...inOutcome(entry, change) };
    case "mark":
    case "try":
    case "read":
      return { ...entry, ...inFailure(entry, change), ...optional(entry, "v", change) };
    case "fin":
      return {
        ...entry,
        ...optional(entry, "v", change),
        ...inFailure(entry, change),
        ...optional(entry, "state", change),
      };
    case "in":
      return inInbox(entry, change);
    case "ack":
    case "fire":
    case "blocked":
    case "code":
      return entry;
  }
}

function inDetails(details: OpDetails, change: Change): OpDetails {
  return {
    ...details,
    ...optional(details, "payload", change),
    ...optional(details, "reason", change),
    ...optional(details, "initial", change),
    ...(details.child && { child: inChild(details.child, change) }),
  };
}

function inChild(child: ChildDetails, change: Change): ChildDetails {
  return { ...child, input: change(child.input), ...optional(child, "state", change) };
}

function inEffect(effect: StepEffect, change: Change): StepEffect {
  if (effect.t === "start") return { ...effect, d: inChild(effect.d, change) };
  return { ...effect, ...optional(effect, "v", change) };
}

/** The `n` of a cancel request is its reason, in somebody's own words; that of a signal is its name. */
function inInbox(entry: InboxEntry, change: Change): InboxEntry {
  return { ...entry, ...(entry.kind === "cancel" && { n: change(entry.n) }), ...optional(entry, "v", change) };
}

/** The stack repeats the message. */
function inError(error: ErrorObject, change: Change): ErrorObject {
  return {
    ...error,
    message: change(error.message),
    ...optional(error, "data", change),
    ...optional(error, "stack", change),
    ...(error.cause && { cause: inError(error.cause, change) }),
  };
}

function inFailure(holder: { readonly e?: ErrorObject }, change: Change): { e?: ErrorObject } {
  return holder.e === undefined ? {} : { e: inError(holder.e, change) };
}

function inOutcome(holder: { readonly o?: OutcomeExtras }, change: Change): { o?: OutcomeExtras } {
  return holder.o === undefined ? {} : { o: { ...holder.o, ...optional(holder.o, "state", change) } };
}

function optional<K extends string>(
  holder: { readonly [key in K]?: string },
  key: K,
  change: Change,
): { [key in K]?: string } {
  const payload = holder[key];
  // A computed key widens to string; K is a single literal here.
  return payload === undefined ? {} : ({ [key]: change(payload) } as { [key in K]?: string });
}
