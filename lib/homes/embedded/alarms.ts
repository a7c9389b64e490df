/**
 * Wakes executions that are not in memory when their time comes.
 *
 * The file knows the earliest deadline of each execution that rests in it. Only the nearest ones are kept in memory, so
 * that a million timers cost no more than a thousand. An alarm is a hint: whoever hears it looks whether there still is
 * something to do.
 */
import type { Clock } from "../../ports/clock.ts";
import type { Wake } from "./records.ts";
import type { StoreReader } from "./store.ts";

/** Alarms taken from the file, and set off, at a time. */
const BATCH = 1_000;

export class Alarms {
  readonly #clock: Clock;
  readonly #store: Pick<StoreReader, "wakes">;
  readonly #ring: (id: string) => void;
  /** The latest first. */
  #near: Wake[] = [];
  /** Up to here `#near` has all that the file has; undefined when it has everything. */
  #horizon: Wake | undefined = { id: "", at: Number.NEGATIVE_INFINITY };
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #started = false;

  constructor(clock: Clock, store: Pick<StoreReader, "wakes">, ring: (id: string) => void) {
    this.#clock = clock;
    this.#store = store;
    this.#ring = ring;
  }

  /** From now on it rings. */
  start(): void {
    this.#started = true;
    this.#settle();
  }

  /** An execution rests in the file until `at` at most, by a record that is durable. */
  set(id: string, at: number): void {
    const wake = { id, at };
    if (this.#horizon !== undefined && isBehind(wake, this.#horizon)) return;
    this.#near.splice(this.#placeOf(wake), 0, wake);
    if (this.#near.length > 2 * BATCH) this.#forgetLate();
    this.#settle();
  }

  /** The execution is in memory, and has timers of its own. */
  unset(id: string, at: number): void {
    const place = this.#placeOf({ id, at });
    if (this.#near[place]?.id !== id) return;
    this.#near.splice(place, 1);
    this.#settle();
  }

  close(): void {
    this.#started = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #settle(): void {
    if (!this.#started) return;
    if (this.#near.length === 0 && this.#horizon !== undefined) this.#refill(this.#horizon);
    const at = this.#near.at(-1)?.at;
    if (at === this.#timer?.at) return;
    this.#timer?.cancel();
    this.#timer = at === undefined ? undefined : { at, cancel: this.#clock.at(at, this.#due) };
  }

  readonly #due = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    const due: Wake[] = [];
    for (let next = this.#near.at(-1); next !== undefined && next.at <= now && due.length < BATCH;) {
      due.push(next);
      this.#near.pop();
      next = this.#near.at(-1);
    }
    for (const { id } of due) this.#ring(id);
    this.#settle();
  };

  #refill(from: Wake): void {
    const found = this.#store.wakes(from, BATCH);
    this.#near = found.toReversed();
    this.#horizon = found.length < BATCH ? undefined : found.at(-1);
  }

  /** They are in the file, and come back when their turn is near. */
  #forgetLate(): void {
    this.#near.splice(0, BATCH);
    this.#horizon = this.#near[0];
  }

  #placeOf(wake: Wake): number {
    let from = 0;
    let to = this.#near.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = this.#near[middle];
      if (other !== undefined && isBehind(other, wake)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function isBehind(one: Wake, other: Wake): boolean {
  return one.at === other.at ? one.id > other.id : one.at > other.at;
}
