/** Results on their way to the code, in the order they came (K2, K3). Taking one costs the same however many wait. */
import type { Delivery } from "./journal.ts";

/** Linked: hardly ever does more than one wait, and an array's first element makes room for many. */
interface Link {
  readonly entry: Delivery;
  next: Link | undefined;
}

export class DeliveryQueue {
  #first: Link | undefined;
  #last: Link | undefined;

  push(entry: Delivery): void {
    const link: Link = { entry, next: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
  }

  take(): Delivery | undefined {
    const link = this.#first;
    if (link === undefined) return undefined;
    this.#first = link.next;
    if (link.next === undefined) this.#last = undefined;
    return link.entry;
  }

  /** Those that nobody has taken. */
  rest(): readonly Delivery[] {
    const rest: Delivery[] = [];
    for (let link = this.#first; link !== undefined; link = link.next) rest.push(link.entry);
    return rest;
  }
}
