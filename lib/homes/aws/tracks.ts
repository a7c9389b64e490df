/** The journals of a tree, told in an order that causes allow. */
import { timeAfter } from "../../engine/journal-time.ts";
import type { HeadLike } from "../../engine/view.ts";
import type { Entry, Millis } from "../../kernel/journal.ts";
import type { Head } from "./head.ts";
import { headLike } from "./views.ts";

interface Placed {
  readonly entry: Entry;
  readonly generation: number;
  readonly at: Millis;
}

export interface Untold extends Omit<Placed, "at"> {
  readonly track: Track;
  readonly position: number;
}

/** One execution, as far as its journal was read, and told. */
export class Track {
  readonly head: HeadLike;
  readonly #entries: Placed[] = [];
  /** Executions by the operation that waits for their end. */
  readonly #waits = new Map<string, string>();
  /** Where each of them was taken note of. */
  readonly #ends = new Map<string, number>();
  /** Operations, and children, that were told to have been asked for. */
  readonly #asked = new Set<string>();
  #told = 0;

  constructor(head: HeadLike) {
    this.head = head;
  }

  /** All of it was read. */
  get isOver(): boolean {
    return this.#entries.at(-1)?.entry.t === "fin";
  }

  get isTold(): boolean {
    return this.isOver && this.#told === this.#entries.length;
  }

  get next(): Placed | undefined {
    return this.#entries[this.#told];
  }

  get isFresh(): boolean {
    return this.#told === 0;
  }

  /** @param journal all of it, from the beginning */
  take(journal: readonly Entry[]): void {
    const last = this.#entries.at(-1);
    let { at, generation } = last ?? { at: this.head.createdAt, generation: 1 };
    for (const entry of journal.slice(this.#entries.length)) {
      if (entry.t === "run") generation = entry.g;
      at = entry.t === "run" ? Math.max(at, entry.at) : timeAfter(at, entry);
      this.#learn(entry);
      this.#entries.push({ entry, generation, at });
    }
  }

  #learn(entry: Entry): void {
    const child =
      entry.t === "op" ? (entry.d?.child?.id ?? (entry.kind === "ATTACH" ? entry.d?.target : undefined)) : undefined;
    if (entry.t === "op" && child !== undefined) this.#waits.set(entry.k, child);
    const ended = this.childOf(entry);
    if (ended !== undefined) this.#ends.set(ended, this.#entries.length);
  }

  /** The execution whose end this entry takes note of. */
  childOf(entry: Entry): string | undefined {
    return entry.t === "ok" || entry.t === "err" ? this.#waits.get(entry.k) : undefined;
  }

  endOf(child: string): number | undefined {
    return this.#ends.get(child);
  }

  hasAsked(keyOrChild: string): boolean {
    return this.#asked.has(keyOrChild);
  }

  tell(): Untold | undefined {
    const { next } = this;
    if (next === undefined) return undefined;
    const { entry, generation } = next;
    if (entry.t === "op") this.#asked.add(entry.k).add(entry.d?.child?.id ?? "");
    if (entry.t === "ok") for (const effect of entry.fx ?? []) if (effect.t === "start") this.#asked.add(effect.d.id);
    this.#told += 1;
    return { track: this, entry, generation, position: this.#told - 1 };
  }
}

export class Tracks {
  readonly #tracks = new Map<string, Track>();

  get(id: string): Track | undefined {
    return this.#tracks.get(id);
  }

  all(): Track[] {
    return [...this.#tracks.values()];
  }

  of(head: Head): Track {
    const known = this.#tracks.get(head.statics.id) ?? new Track(headLike(head));
    this.#tracks.set(head.statics.id, known);
    return known;
  }

  /** By time; where that is the same, what lies deeper first. */
  *untold(): Iterable<Untold> {
    for (let next = this.#first()?.tell(); next !== undefined; next = this.#first()?.tell()) yield next;
  }

  #first(): Track | undefined {
    let best: Track | undefined;
    for (const track of this.#tracks.values()) {
      const { next } = track;
      if (next === undefined || !isBefore(track, best) || !this.#mayBeTold(track, next.entry)) continue;
      best = track;
    }
    return best;
  }

  #mayBeTold(track: Track, entry: Entry): boolean {
    const { id, parentId = "" } = track.head;
    if (track.isFresh && this.get(parentId)?.hasAsked(id) === false) return false;
    if (entry.t === "in") return this.#isSent(entry.id);
    const child = this.get(track.childOf(entry) ?? "");
    return child === undefined || !child.isOver || child.isTold;
  }

  /** What another execution of the tree sent, it asked for before: `<execution>:<generation>:<operation>`. */
  #isSent(item: string): boolean {
    const [, sender = "", key = ""] = /^([^:]+):\d+:(.+)$/s.exec(item) ?? [];
    return this.get(sender)?.hasAsked(key) !== false;
  }
}

function isBefore(track: Track, best: Track | undefined): boolean {
  const [at = 0, bestAt = Number.POSITIVE_INFINITY] = [track.next?.at, best?.next?.at];
  return at < bestAt || (at === bestAt && track.head.depth > (best?.head.depth ?? 0));
}
