/** Waits until something happened, or some time has passed. What happens between two waits is not missed. */
import type { Clock } from "../../ports/clock.ts";
import type { Millis } from "../../kernel/journal.ts";

export class News {
  readonly #clock: Clock;
  #fresh = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(): void {
    this.#fresh = true;
    this.#wake?.();
  }

  /** @returns false when the time passed and nothing happened */
  async wait(ms?: Millis): Promise<boolean> {
    if (!this.#fresh) await this.#next(ms);
    const isFresh = this.#fresh;
    this.#fresh = false;
    return isFresh;
  }

  async #next(ms: Millis | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const give = ms === undefined ? undefined : this.#clock.at(this.#clock.now() + ms, resolve);
      this.#wake = () => {
        give?.();
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
