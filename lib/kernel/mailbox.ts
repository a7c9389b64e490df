/**
 * Signals that have been delivered and not yet read: buffered, also before the execution asks, and kept in the order
 * of the journal (K2, D10).
 */
import type { InboxEntry } from "./journal.ts";

export interface Letter {
  /** Number of the delivery that brought it. */
  readonly seq: number;
  readonly entry: InboxEntry;
}

export class Mailbox {
  readonly #letters = new Map<string, Letter[]>();

  #size = 0;

  get size(): number {
    return this.#size;
  }

  put(letter: Letter): void {
    this.#size += 1;
    const queue = this.#letters.get(letter.entry.n);
    if (queue === undefined) this.#letters.set(letter.entry.n, [letter]);
    else queue.push(letter);
  }

  /** The oldest letter of that name which `accept` takes; it stays in the box. */
  peek(name: string, accept: (letter: Letter) => boolean): Letter | undefined {
    return this.#letters.get(name)?.find(accept);
  }

  /** The unread letter that the item of this id brought. */
  find(name: string, id: string): Letter | undefined {
    return this.peek(name, ({ entry }) => entry.id === id);
  }

  take(letter: Letter): void {
    const name = letter.entry.n;
    const queue = this.#letters.get(name);
    if (queue === undefined) return;
    const rest = queue.filter((other) => other !== letter);
    this.#size -= queue.length - rest.length;
    if (rest.length === 0) this.#letters.delete(name);
    else this.#letters.set(name, rest);
  }

  /** All that is unread, in the order it came. */
  unread(): InboxEntry[] {
    return [...this.#letters.values()]
      .flat()
      .toSorted((a, b) => a.seq - b.seq)
      .map((letter) => letter.entry);
  }
}
