/**
 * Rounds of delivery: runs callbacks when the microtask queue has run empty, and tells when nothing is left to run.
 *
 * A tick scheduled from a microtask runs after all microtasks; so a callback handed to `drain` runs when the code that
 * was answered before has gone as far as it can (K3). All executions share one round, so none of it belongs to the
 * async context of the code that asked for it, and a callback that throws must not lose the round of the others.
 */
import { setImmediate } from "node:timers";
import { detached } from "../engine/code-place.ts";

/** Ticks come before all else that a process has to do: so often timers, sockets and files get their turn, too. */
const ROUNDS_IN_A_ROW = 64;

const NOW = Promise.resolve();

/** Callbacks of more than one line. */
export const SEVERAL = Symbol("several");

/** Whose callbacks wait for the next round: the tree of executions that they belong to. */
export type Line = string | typeof SEVERAL;

export interface TurnsOptions {
  /** Called when a round left nothing to do for another. */
  readonly quiet: () => void;
  /** Called between two rounds, when there is code for another. */
  readonly between?: (next: Line) => void;
  /** Told what a callback threw. */
  readonly failed: (error: unknown) => void;
}

export class Turns {
  readonly #options: TurnsOptions;
  #callbacks: (() => void)[] = [];
  /** Wait until Node has told the rejections, too. */
  #judging: (() => void)[] = [];
  /** Of all that waits. */
  #line: Line | undefined;
  #scheduled = false;
  #rounds = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  get pending(): boolean {
    return this.#scheduled || this.#judging.length > 0;
  }

  drain(callback: () => void, line = ""): void {
    this.#callbacks.push(callback);
    this.#join(line);
    this.poke();
  }

  #join(line: string): void {
    if (this.#line === undefined) this.#line = line;
    else if (this.#line !== line) this.#line = SEVERAL;
  }

  /** Calls back when the microtask queue has run empty and Node has told which rejections nothing handles. */
  afterRejections(callback: () => void, line = ""): void {
    this.#judging.push(callback);
    this.#join(line);
    // Node tells them between a tick and whatever comes next; an immediate is the next thing that can come.
    if (this.#judging.length === 1) detached(() => setImmediate(this.#judge));
  }

  /** Makes a round even without a callback, so that `quiet` is heard. */
  poke(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    detached(this.#schedule);
  }

  readonly #schedule = (): void => {
    // As queueMicrotask would, at half the price: a fan-out takes a round per child.
    void NOW.then(this.#arm);
  };

  readonly #arm = (): void => {
    this.#rounds += 1;
    if (this.#rounds % ROUNDS_IN_A_ROW === 0) setImmediate(this.#run);
    else process.nextTick(this.#run);
  };

  readonly #run = (): void => {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    this.#scheduled = false;
    if (this.#judging.length === 0) this.#line = undefined;
    this.#callAll(callbacks);
  };

  readonly #judge = (): void => {
    const callbacks = this.#judging;
    this.#judging = [];
    if (this.#callbacks.length === 0) this.#line = undefined;
    this.#callAll(callbacks);
  };

  #callAll(callbacks: readonly (() => void)[]): void {
    for (const callback of callbacks) this.#call(callback);
    if (!this.pending) return this.#call(this.#options.quiet);
    const { between } = this.#options;
    const next = this.#line;
    if (between !== undefined && next !== undefined) this.#call(() => between(next));
  }

  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.failed(error);
    }
  }
}
