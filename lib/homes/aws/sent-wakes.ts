/**
 * Wakes that this process has sent: a park needs one only.
 *
 * Whoever sees a parent parked, after its own end was written, and knows that a wake for this very park is in the
 * queue, has nothing to add: the lease that this wake takes comes after all of that, and so does its look at the
 * children. Children that end together in one invocation wake their parent once.
 */
const MOST = 1_000;

export class SentWakes {
  readonly #sent = new Map<string, Promise<void>>();

  /** Resolves when the wake is in the queue, whoever sent it. */
  async once(id: string, park: number, send: () => Promise<void>): Promise<void> {
    const key = `${id} ${park}`;
    const known = this.#sent.get(key);
    if (known !== undefined) return known;
    const sending = send();
    this.#sent.set(key, sending);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MOST && oldest !== undefined) this.#sent.delete(oldest);
    try {
      await sending;
    } catch (error) {
      this.#sent.delete(key);
      throw error;
    }
  }
}
