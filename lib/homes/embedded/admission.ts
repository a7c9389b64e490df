import { TurnQueue } from "./turn-queue.ts";

/**
 * Bounds how many executions run code or steps at once (D22). New ones wait outside; one that is parked counts nowhere
 * (K11), and one that is woken is let in at once, so that a parent and its children cannot block each other.
 */
export class Admission {
  readonly #limit: number;
  readonly #outside = new TurnQueue<() => void>();
  #inside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get hasRoom(): boolean {
    return this.#inside < this.#limit;
  }

  /** Whoever is let in says so itself with `enter`. */
  whenRoom(begin: () => void, priority: number | undefined): void {
    this.#outside.push(begin, priority);
  }

  enter(): void {
    this.#inside += 1;
  }

  leave(): void {
    this.#inside -= 1;
    // Not just one: whoever ended while it waited outside does not come in.
    while (this.hasRoom && this.#outside.size > 0) this.#outside.shift()?.();
  }
}
