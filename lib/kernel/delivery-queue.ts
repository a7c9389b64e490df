/** Results on their way to the code, in the order they came (K2, K3). Taking one costs the same however many wait. */
import type { Delivery } from "./journal.ts";

export class DeliveryQueue {
  #entries: Delivery[] = [];
  #head = 0;

  push(entry: Delivery): void {
    this.#entries.push(entry);
  }

  take(): Delivery | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    }
    return entry;
  }

  /** Those that nobody has taken. */
  rest(): readonly Delivery[] {
    return this.#entries.slice(this.#head);
  }
}
