/** What waits for its turn: the highest priority first, and first come, first served among equals. */
export class TurnQueue<T> {
  /** One line per priority that something waits with: few, however many wait. */
  readonly #lines = new Map<number, Line<T>>();
  /** Of the lines, the highest last. */
  #priorities: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param priority 0 when left out */
  push(item: T, priority = 0): void {
    this.#size += 1;
    const line = this.#lines.get(priority);
    if (line !== undefined) return line.push(item);
    this.#lines.set(priority, new Line(item));
    this.#priorities = [...this.#priorities, priority].toSorted((a, b) => a - b);
  }

  shift(): T | undefined {
    const priority = this.#priorities.at(-1);
    const line = priority === undefined ? undefined : this.#lines.get(priority);
    if (priority === undefined || line === undefined) return undefined;
    this.#size -= 1;
    const item = line.shift();
    if (line.isEmpty) {
      this.#lines.delete(priority);
      this.#priorities.pop();
    }
    return item;
  }
}

/** Beyond so many that were taken, what is left is copied. */
const TAKEN = 1_024;

/** First in, first out; `Array.shift` would move everything behind. */
class Line<T> {
  #items: T[];
  #next = 0;

  constructor(first: T) {
    this.#items = [first];
  }

  get isEmpty(): boolean {
    return this.#next === this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#next];
    this.#next += 1;
    if (this.#next > TAKEN && this.#next * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    return item;
  }
}
