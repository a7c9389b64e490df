/** How long somebody waits: some time, bounded by the host; until the asker is gone, or the server wants to end. */
import type { Served } from "./route.ts";

export class Patience {
  readonly #spent = new AbortController();
  readonly #giveUp: () => void;
  readonly signal: AbortSignal;

  constructor({ clock, limits, closing }: Served, request: Request, seconds: number) {
    const due = clock.now() + Math.min(seconds, limits.waitSeconds) * 1_000;
    this.#giveUp = clock.at(due, () => this.#spent.abort());
    this.signal = AbortSignal.any([this.#spent.signal, request.signal, ...(closing === undefined ? [] : [closing])]);
  }

  /** Nobody waits any more. */
  end(): void {
    this.#giveUp();
  }
}
