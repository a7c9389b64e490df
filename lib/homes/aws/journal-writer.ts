/**
 * Where an invocation's entries go: into the head, which is written anyway, as long as they fit there; else, and for
 * the results of steps, into items of their own.
 *
 * Its own items are not conditional on the lease, and need not be: see journal.ts.
 */
import type { Entry } from "../../kernel/journal.ts";
import { type Follows, showFollows } from "./head.ts";
import type { Loaded, Piece } from "./journal.ts";
import type { Value } from "./table.ts";

/** What one write takes along. */
export interface Plan {
  readonly entries: readonly Entry[];
  /** To be put before the head is written. */
  readonly segment: Piece | undefined;
  /** Of the head. */
  readonly set: Readonly<Record<string, Value>>;
}

export class JournalWriter {
  readonly #epoch: number;
  /** Of what stands in the head, or stood there when it was last written. */
  #tailAt: number;
  #tail: readonly Entry[];
  readonly #pending: Entry[] = [];
  #follows: Follows | undefined;

  constructor(epoch: number, tailAt: number, tail: readonly Entry[]) {
    this.#epoch = epoch;
    this.#tailAt = tailAt;
    this.#tail = tail;
  }

  /** Entries written, and not yet written. */
  get length(): number {
    return this.#tailAt + this.#tail.length + this.#pending.length;
  }

  get pending(): readonly Entry[] {
    return this.#pending;
  }

  /** What was read with the lease: pieces may follow what the head holds, and all that is written names whom it follows. */
  goOn({ base, entries, writerBefore }: Loaded): void {
    const length = base + entries.length;
    if (this.#tailAt + this.#tail.length < length) {
      this.#tailAt = length;
      this.#tail = [];
    }
    const epoch = writerBefore(this.#tailAt);
    this.#follows = epoch === undefined ? undefined : { begin: this.#tailAt, epoch };
  }

  append(entry: Entry): void {
    this.#pending.push(entry);
  }

  /** A piece that makes everything durable without the head; undefined when all of it is. */
  flush(): Plan | undefined {
    if (this.#pending.length === 0) return undefined;
    return { entries: this.#pending.splice(0), segment: undefined, set: {} };
  }

  /** The piece that a flush puts: it takes along what the head holds, so that the next write of the head may forget it. */
  pieceOf({ entries }: Pick<Plan, "entries">): Piece {
    return { epoch: this.#epoch, position: this.#tailAt, entries: [...this.#tail, ...entries], follows: this.#follows };
  }

  /** @param room bytes that the head has for entries */
  withHead(room: number): Plan {
    const entries = this.#pending.splice(0);
    const all = [...this.#tail, ...entries];
    const text = JSON.stringify(all);
    const fits = all.length === 0 || Buffer.byteLength(text) <= room;
    const segment = fits ? undefined : this.pieceOf({ entries });
    const at = fits ? this.#tailAt : this.#tailAt + all.length;
    return {
      entries,
      segment,
      set: { je: this.#epoch, jp: at, jt: fits ? text : "[]", jf: showFollows(this.#follows) },
    };
  }

  flushed(plan: Plan): void {
    this.#tailAt += this.#tail.length + plan.entries.length;
    this.#tail = [];
  }

  wroteHead(plan: Plan): void {
    if (plan.segment === undefined) this.#tail = [...this.#tail, ...plan.entries];
    else this.flushed(plan);
  }

  /**
   * The write of the head was refused. What stands in a piece is as durable as after a flush, and is not put again: a
   * successor may have read it by now, and would find half of the old and half of the new.
   */
  refused(plan: Plan): void {
    if (plan.segment === undefined) this.#pending.unshift(...plan.entries);
    else this.flushed(plan);
  }
}
