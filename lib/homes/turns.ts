/**
 * Rounds of delivery: runs callbacks when the microtask queue has run empty, and tells when nothing is left to run.
 *
 * A tick scheduled from a microtask runs after all microtasks; so a callback handed to `drain` runs when the code that
 * was answered before has gone as far as it can (K3). All executions share one round.
 */

/** Ticks come before all else that a process has to do: so often timers, sockets and files get their turn, too. */
const ROUNDS_IN_A_ROW = 64;

const NOW = Promise.resolve();

export class Turns {
  readonly #quiet: () => void;
  #callbacks: (() => void)[] = [];
  #scheduled = false;
  #rounds = 0;

  /** @param quiet called when a round left nothing to do for another */
  constructor(quiet: () => void) {
    this.#quiet = quiet;
  }

  get pending(): boolean {
    return this.#scheduled;
  }

  drain(callback: () => void): void {
    this.#callbacks.push(callback);
    this.poke();
  }

  /** Makes a round even without a callback, so that `quiet` is heard. */
  poke(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // As queueMicrotask would, at half the price: a fan-out takes a round per child.
    void NOW.then(this.#arm);
  }

  readonly #arm = (): void => {
    this.#rounds += 1;
    if (this.#rounds % ROUNDS_IN_A_ROW === 0) setImmediate(this.#run);
    else process.nextTick(this.#run);
  };

  readonly #run = (): void => {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    this.#scheduled = false;
    for (const callback of callbacks) callback();
    if (!this.#scheduled) this.#quiet();
  };
}
