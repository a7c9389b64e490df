import { TurnQueue } from "./turn-queue.ts";

/** Bounds how many step bodies run at once (D22). A step that waits for a retry holds no slot (K11). */
export class StepSlots {
  readonly #limit: number;
  readonly #over: () => void;
  readonly #queue = new TurnQueue<() => Promise<void>>();
  #running = 0;

  /** @param over called when the last one has ended */
  constructor(limit: number, over: () => void) {
    this.#limit = limit;
    this.#over = over;
  }

  get busy(): boolean {
    return this.#running > 0;
  }

  /** @param priority of the execution: what waits for a slot gets it in this order */
  run(body: () => Promise<void>, priority?: number): void {
    if (this.#running >= this.#limit) return this.#queue.push(body, priority);
    this.#running += 1;
    body().then(this.#ended, this.#ended);
  }

  readonly #ended = (): void => {
    this.#running -= 1;
    const next = this.#queue.shift();
    if (next !== undefined) this.run(next);
    else if (this.#running === 0) this.#over();
  };
}
