/** A function in the hands of a plugin's wrapper: whatever the wrapper does, it runs once and its result stands. */
export class Wrapped<T> {
  readonly #run: () => T;
  #result: { readonly value: T } | { readonly error: unknown } | undefined;

  constructor(run: () => T) {
    this.#run = run;
  }

  /** @param complain told what the wrapper itself threw, at once or as a rejection */
  through(wrapper: (once: () => T) => unknown, complain: (error: unknown) => void): T {
    try {
      const returned = wrapper(this.#once);
      if (returned instanceof Promise) returned.catch(async (error: unknown) => this.#rejected(error, complain));
    } catch (error) {
      const result = this.#result;
      if (result === undefined || !("error" in result) || result.error !== error) complain(error);
    }
    return this.#once();
  }

  readonly #once = (): T => {
    if (this.#result === undefined) {
      try {
        this.#result = { value: this.#run() };
      } catch (error) {
        this.#result = { error };
      }
    }
    if ("error" in this.#result) throw this.#result.error;
    return this.#result.value;
  };

  /** The function's own failure, passed on by the wrapper, is no fault of the wrapper's. */
  async #rejected(error: unknown, complain: (error: unknown) => void): Promise<void> {
    const own = await this.#failure();
    if (own === undefined || own.error !== error) complain(error);
  }

  async #failure(): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#once();
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}
