/** A journal, taken apart: its generations, and in each what was asked for and what came of it. */
import type { ChildDetails, Entry, FinEntry, OpEntry, RunEntry } from "../../lib/kernel/journal.ts";
import type { LogRecord } from "../../lib/homes/embedded/records.ts";

export interface Generation {
  readonly number: number;
  readonly run: RunEntry;
  /** Everything behind `run`, without `fin`. */
  readonly history: readonly Entry[];
  readonly fin: FinEntry | undefined;
  /** The generation that follows. */
  readonly next: RunEntry | undefined;
}

/** @throws Error when the journal is not a chain of generations with one end at most */
export function generationsOf(records: readonly LogRecord[]): Generation[] {
  const parts: { run: RunEntry; history: Entry[]; fin: FinEntry | undefined }[] = [];
  for (const { entry, generation } of records) {
    const part = parts.at(-1);
    if (part?.fin !== undefined) throw new Error(`${entry.t} stands behind its end`);
    if (entry.t === "run") {
      if (entry.g !== parts.length + 1) throw new Error(`generation ${entry.g} follows ${parts.length}`);
      parts.push({ run: entry, history: [], fin: undefined });
    } else if (part === undefined) throw new Error(`it begins with ${entry.t}`);
    else if (entry.t === "fin") part.fin = entry;
    else part.history.push(entry);
    if (generation !== parts.length)
      throw new Error(`${entry.t} of generation ${generation} stands in ${parts.length}`);
  }
  return parts.map((part, index) => ({ ...part, number: index + 1, next: parts[index + 1]?.run }));
}

/** One operation of a generation. */
export interface Asked {
  readonly op: Pick<OpEntry, "k" | "kind" | "n" | "d">;
  /** Where it stands in the history. */
  readonly at: number;
  /** How it ended; undefined while it is open. */
  settled: "ok" | "err" | "ack" | "fire" | "locally" | "dropped" | undefined;
  /** When its last attempt said that the next begins. */
  due: number | undefined;
}

/** Every operation, children that steps started included. @throws Error on what no machine would write */
export function operationsOf(history: readonly Entry[]): Map<string, Asked> {
  const asked = new Map<string, Asked>();
  const add = (op: Asked["op"], at: number): void => {
    if (asked.has(op.k)) throw new Error(`${op.k} is asked for twice`);
    asked.set(op.k, { op, at, settled: undefined, due: undefined });
  };
  const settle = (k: string, how: Asked["settled"]): void => {
    const operation = asked.get(k);
    if (operation === undefined) throw new Error(`${how} of ${k}, which was not asked for`);
    if (operation.settled !== undefined)
      throw new Error(`${how} of ${k} although it is settled (${operation.settled})`);
    operation.settled = how;
  };
  for (const [at, entry] of history.entries()) {
    switch (entry.t) {
      case "op":
        add(entry, at);
        break;
      case "ok":
        for (const effect of entry.fx ?? []) {
          if (effect.t === "start")
            add({ k: effect.k, kind: "CHILD", n: effect.d.workflow, d: { child: effect.d } }, at);
        }
        settle(entry.k, "ok");
        break;
      case "ack":
        // For an operation that waits for an execution, it tells whose end is waited for.
        if (asked.get(entry.k)?.op.d?.child?.awaited === false) settle(entry.k, "ack");
        break;
      case "err":
      case "fire":
        settle(entry.k, entry.t);
        break;
      case "mark":
        // The mark of a receive that fired is the receive's own end.
        if (entry.kind === "SETTLED") settle(entry.k, "locally");
        if (entry.kind === "DROP" && entry.e === undefined && asked.get(entry.n)?.settled === undefined)
          settle(entry.n, "dropped");
        break;
      case "try": {
        const operation = asked.get(entry.k);
        if (operation === undefined) throw new Error(`an attempt of ${entry.k}, which was not asked for`);
        operation.due = entry.due;
        break;
      }
      default:
        break;
    }
  }
  return asked;
}

/** The children that a generation started, by the key of the operation. */
export function childrenOf(history: readonly Entry[]): Map<string, ChildDetails> {
  const children = new Map<string, ChildDetails>();
  for (const [key, { op }] of operationsOf(history)) if (op.d?.child !== undefined) children.set(key, op.d.child);
  return children;
}
