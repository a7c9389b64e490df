/**
 * Turns of callers that act on the same thing, in the order in which they came. What a caller prepares before its turn,
 * a check by a schema for example, may take any time.
 */
export interface Turn {
  /** Resolves when all that came before have acted, or have given up. */
  readonly mine: Promise<void>;
  readonly over: () => void;
}

export class InOrder {
  readonly #last = new Map<string, Promise<void>>();

  take(key: string): Turn {
    const mine = this.#last.get(key) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = Promise.all([mine, promise]).then(() => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    });
    this.#last.set(key, done);
    return { mine, over: resolve };
  }
}
