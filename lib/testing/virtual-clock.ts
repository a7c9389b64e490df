/** Time that moves only when told to. */
import type { Clock } from "../ports/clock.ts";

interface Timer {
  readonly due: number;
  readonly seq: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  #seq = 0;
  readonly #timers = new Set<Timer>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  at(due: number, callback: () => void): () => void {
    this.#seq += 1;
    const timer = { due: Math.max(due, this.#now), seq: this.#seq, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next timer fires; undefined when none is set. */
  next(): number | undefined {
    return this.#first()?.due;
  }

  /** Moves to `time` and fires all that is due by then, in order. Callers let work settle in between with `idle`. */
  fireNext(limit = Number.POSITIVE_INFINITY): boolean {
    const timer = this.#first();
    if (timer === undefined || timer.due > limit) return false;
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.due);
    timer.callback();
    return true;
  }

  moveTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.seq < first.seq))
        first = timer;
    }
    return first;
  }
}
