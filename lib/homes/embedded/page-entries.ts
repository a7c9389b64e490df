/**
 * Journal entries as a page holds them: the most frequent forms by place, every other form as it is, by name.
 *
 * An entry takes the short form only if it has exactly the fields of that form: an entry with one field more, of today
 * or of tomorrow, keeps its names, so nothing can be lost here.
 */
import type {
  ChildDetails,
  Entry,
  FinEntry,
  Millis,
  OkEntry,
  OpDetails,
  OpEntry,
  RunEntry,
  Usage,
} from "../../kernel/journal.ts";

type RunTuple = ["run", g: number, cause: RunEntry["cause"], a: number, input: string, at: number];
type OpTuple = ["op", k: string, kind: OpEntry["kind"], n: string, d?: OpDetails];
type ChildTuple = [
  "child",
  k: string,
  n: string,
  /** By its number, where the page mentions the child. */
  id: string | number,
  workflow: string,
  input: string,
  awaited: boolean,
  policy: ChildDetails["policy"],
  cancellation: OpDetails["cancellation"],
  version?: string,
];
type OkTuple = ["ok", k: string, v: string, at: number, usage?: UsageTuple];
type FinTuple = ["fin", status: FinEntry["status"], v: string, usage: UsageTuple, at: number];
type UsageTuple = [operations: number, attempts: number, children: number, bytes: number];

export type StoredEntry = Entry | RunTuple | OpTuple | ChildTuple | OkTuple | FinTuple;

/** What an entry on a page need not say itself. */
export interface PageContext {
  /** The time of the page: times count from it, since short numbers are short and quick to write. */
  readonly base: Millis;
  /** The number of an execution, where the page mentions it. */
  numberIn(id: string): number | undefined;
}

export function toStored(entry: Entry, page: PageContext): StoredEntry {
  const { base } = page;
  const size = sizeOf(entry);
  switch (entry.t) {
    case "run":
      return size === 6 ? ["run", entry.g, entry.cause, entry.a, entry.input, entry.at - base] : entry;
    case "op":
      if (size === 4) return ["op", entry.k, entry.kind, entry.n];
      return size === 5 && entry.d !== undefined ? withDetails(entry, entry.d, page) : entry;
    case "ok":
      return entry.v === undefined ? entry : ended(entry, entry.v, size, base);
    case "fin":
      return size === 5 && entry.v !== undefined
        ? ["fin", entry.status, entry.v, usageOf(entry.usage), entry.at - base]
        : entry;
    default:
      return entry;
  }
}

function withDetails({ k, kind, n }: OpEntry, d: OpDetails, page: PageContext): StoredEntry {
  const { child, cancellation } = d;
  if (kind !== "CHILD" || child === undefined || cancellation === undefined || sizeOf(d) !== 2) {
    return ["op", k, kind, n, d];
  }
  const { id, workflow, input, awaited, policy, version } = child;
  if (sizeOf(child) !== (version === undefined ? 5 : 6)) return ["op", k, kind, n, d];
  const stored: ChildTuple = ["child", k, n, page.numberIn(id) ?? id, workflow, input, awaited, policy, cancellation];
  if (version !== undefined) stored.push(version);
  return stored;
}

function ended(entry: OkEntry, v: string, size: number, base: Millis): StoredEntry {
  const { k, o } = entry;
  const at = entry.at - base;
  if (size === 4) return ["ok", k, v, at];
  if (size === 5 && o?.usage !== undefined && sizeOf(o) === 1) return ["ok", k, v, at, usageOf(o.usage)];
  return entry;
}

function usageOf({ operations, attempts, children, bytes }: Usage): UsageTuple {
  return [operations, attempts, children, bytes];
}

/** Number of fields. Counting them is much cheaper than listing them. */
export function sizeOf(value: object): number {
  let size = 0;
  for (const _key in value) size += 1;
  return size;
}

/** @param ids of the page, by number */
export function fromStored(stored: StoredEntry, base: Millis, ids: readonly string[]): Entry {
  if (!Array.isArray(stored)) return stored;
  switch (stored[0]) {
    case "run": {
      const [t, g, cause, a, input, at] = stored;
      return { t, g, cause, a, input, at: base + at };
    }
    case "op": {
      const [t, k, kind, n, d] = stored;
      return d === undefined ? { t, k, kind, n } : { t, k, kind, n, d };
    }
    case "child":
      return fromChild(stored, ids);
    case "ok": {
      const [t, k, v, at, usage] = stored;
      return { t, k, v, at: base + at, ...(usage !== undefined && { o: { usage: fromUsage(usage) } }) };
    }
    case "fin": {
      const [t, status, v, usage, at] = stored;
      return { t, status, v, usage: fromUsage(usage), at: base + at };
    }
  }
}

function fromChild(stored: ChildTuple, ids: readonly string[]): OpEntry {
  const [, k, n, place, workflow, input, awaited, policy, cancellation, version] = stored;
  const id = typeof place === "number" ? (ids[place] ?? "") : place;
  const child: ChildDetails = { id, workflow, input, awaited, policy, ...(version !== undefined && { version }) };
  return { t: "op", k, kind: "CHILD", n, d: { child, ...(cancellation !== undefined && { cancellation }) } };
}

function fromUsage([operations, attempts, children, bytes]: UsageTuple): Usage {
  return { operations, attempts, children, bytes };
}
