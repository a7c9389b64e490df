/** What the entries before say about an entry: time, metadata and attempts. One per execution, fed in journal order. */
import type { Entry, Meta, Millis, OpDetails, OperationKind } from "../kernel/journal.ts";
import { parseKey } from "../kernel/keys.ts";
import { timeAfter } from "./journal-time.ts";

export interface Remembered {
  readonly kind: OperationKind;
  readonly name: string;
  readonly details: OpDetails;
  readonly meta?: Meta | undefined;
  /** Attempts that ended. */
  readonly attempts: number;
}

export class EventMemory {
  generation: number;
  now: Millis = 0;
  readonly #open = new Map<string, Remembered>();

  constructor(generation: number) {
    this.generation = generation;
  }

  /** Before the entry's events are made. */
  learn(entry: Entry): void {
    this.now = timeAfter(this.now, entry);
    if (entry.t === "run") {
      this.generation = entry.g;
      this.#open.clear();
    } else if (entry.t === "op") {
      this.#open.set(entry.k, { kind: entry.kind, name: entry.n, details: entry.d ?? {}, meta: entry.m, attempts: 0 });
    } else if (entry.t === "ok") {
      for (const effect of entry.fx ?? []) {
        if (effect.t === "start") {
          this.#open.set(effect.k, {
            kind: "CHILD",
            name: effect.d.workflow,
            details: { child: effect.d },
            meta: effect.d.meta,
            attempts: 0,
          });
        }
      }
    }
  }

  /** After the entry's events were made: what has ended gives no more events. */
  forget(entry: Entry): void {
    if (entry.t === "try") this.#noteAttempt(entry.k, entry.a);
    else if (entry.t === "ok" || entry.t === "err" || entry.t === "fire") this.#open.delete(entry.k);
    else if (entry.t === "ack") this.#acknowledged(entry.k);
    else if (entry.t === "mark" && (entry.kind === "SETTLED" || entry.kind === "CONTEXT_END"))
      this.#open.delete(entry.k);
    else if (entry.t === "mark" && entry.kind === "DROP") this.#open.delete(entry.n);
    else if (entry.t === "fin") this.#open.clear();
  }

  /** A key alone tells kind and name, when its operation is not known. */
  operation(key: string): Remembered {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const { kind, name } = parseKey(key);
    return { kind: kind as OperationKind, name, details: {}, attempts: 0 };
  }

  /** One that is waited for has still to end. */
  #acknowledged(key: string): void {
    if (this.#open.get(key)?.details.child?.awaited !== true) this.#open.delete(key);
  }

  #noteAttempt(key: string, attempts: number): void {
    const known = this.#open.get(key);
    if (known !== undefined) this.#open.set(key, { ...known, attempts });
  }
}
