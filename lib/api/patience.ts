/** How long somebody waits: some time, bounded by the host; until the asker is gone, or the server wants to end. */
import { TreelineError } from "../kernel/errors.ts";
import type { Served } from "./route.ts";

export class Patience {
  readonly #spent = new AbortController();
  readonly #giveUp: () => void;
  readonly #closing: AbortSignal | undefined;
  readonly signal: AbortSignal;

  constructor({ clock, limits, closing }: Served, request: Request, seconds: number) {
    this.#closing = closing;
    const due = clock.now() + Math.min(seconds, limits.waitSeconds) * 1_000;
    this.#giveUp = clock.at(due, () => this.#spent.abort());
    this.signal = AbortSignal.any([this.#spent.signal, request.signal, ...(closing === undefined ? [] : [closing])]);
  }

  /**
   * Did the time run out?
   * @throws TreelineError `engine_closed` when we are to end: an answer would be followed by the next question at once
   */
  get isSpent(): boolean {
    if (this.#closing?.aborted === true) throw new TreelineError("engine_closed", "the server is closing");
    return this.signal.aborted;
  }

  /** Nobody waits any more. */
  end(): void {
    this.#giveUp();
  }
}
