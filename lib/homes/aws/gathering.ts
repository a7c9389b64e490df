/** Launches that were asked for together leave together: SQS takes ten messages in one request. */
import type { Queues, Sending } from "./services.ts";

/** Of one request. */
export const AT_ONCE = 10;

/** Holds what its members send until each of them has sent something, or is over without. */
export class Gathering {
  readonly #queues: Queues;
  readonly #sendings: Sending[] = [];
  readonly #gone = Promise.withResolvers<void>();
  #missing: number;

  constructor(queues: Queues, members: number) {
    this.#queues = queues;
    this.#missing = members;
  }

  /** Lets one member act. */
  async member(act: (queues: Queues) => Promise<void>): Promise<void> {
    let isMissing = true;
    const arrive = (): void => {
      if (isMissing) this.#arrive();
      isMissing = false;
    };
    const send = (sendings: readonly Sending[]): Promise<void> => {
      // What it sends behind its launch waits for nobody.
      if (!isMissing) return this.#queues.send(sendings);
      this.#sendings.push(...sendings);
      arrive();
      return this.#gone.promise;
    };
    try {
      await act({ send, postpone: (receipt, seconds) => this.#queues.postpone(receipt, seconds) });
    } finally {
      arrive();
    }
  }

  #arrive(): void {
    this.#missing -= 1;
    if (this.#missing > 0) return;
    const { resolve, reject } = this.#gone;
    // Nobody may be waiting: all were refused.
    this.#gone.promise.catch(() => undefined);
    this.#queues.send(this.#sendings).then(resolve, reject);
  }
}
