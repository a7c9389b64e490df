/** Those outside who wait for an answer: an engine that is closed refuses all of them. */
import { StoreError, TreelineError } from "../../kernel/errors.ts";
import { OUTSIDE } from "./round-limit.ts";
import type { Runtime } from "./runtime.ts";

export class Guests {
  readonly #runtime: Runtime;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Answers somebody outside. A refusal waits, too, until what it may depend on is durable (K5): the id that is taken,
   * the callback that was answered, the end. A crash would undo it, and who was refused does not try again.
   * @throws TreelineError `engine_closed`, also when it is closed before there is an answer
   */
  whileOpen<T>(run: () => Promise<T>): Promise<T> {
    if (this.#runtime.closed) return Promise.reject(engineClosed());
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      run().then(
        (value) => {
          this.#waiting.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          const refuse = (): void => {
            this.#waiting.delete(reject);
            reject(error);
          };
          if (error instanceof StoreError) refuse();
          else this.#runtime.whenDurable(refuse, OUTSIDE);
        },
      );
    });
  }

  /** @throws TreelineError `engine_closed` */
  refuseIfClosed(): void {
    if (this.#runtime.closed) throw engineClosed();
  }

  refuseAll(): void {
    for (const refuse of this.#waiting) refuse(engineClosed());
    this.#runtime.endings.refuseAll(engineClosed());
  }
}

function engineClosed(): TreelineError {
  return new TreelineError("engine_closed", "the engine was closed; executions go on when the file is opened again");
}
