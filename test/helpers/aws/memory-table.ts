/** The table in memory, with DynamoDB's rules: conditional writes are atomic per item, reads that are not strong may be old. */
import { setImmediate } from "node:timers/promises";
import { applyChange } from "../../../lib/homes/aws/change.ts";
import type {
  Change,
  Condition,
  IndexRange,
  Item,
  Key,
  Range,
  Table,
  TransactionPart,
  Written,
} from "../../../lib/homes/aws/table.ts";

export interface TableOptions {
  /** Called with the key of every item that was written or deleted. */
  readonly wrote?: (key: Key) => void;
  /** A read that is not strong gives what the item was so many writes before. @default what it is */
  readonly stale?: () => number;
  /** A query that reads more than this takes another turn for the rest (DynamoDB: 1 MB). */
  readonly pageBytes?: number;
}

const PAGE_BYTES = 1024 * 1024;
/** Versions of an item that a stale read may show. */
const OLD_VERSIONS = 3;

const KEY = ["pk", "sk"];
const INDEX_KEYS = { byWorkflow: ["gpk", "gsk"], parked: ["ppk", "psk"] } as const;

export class MemoryTable implements Table {
  #partitions = new Map<string, Collection>();
  #isOnlooker = false;
  readonly #before = new Map<string, (Item | undefined)[]>();
  readonly #busy: () => void;
  readonly #options: TableOptions;
  /** How often something was changed. */
  writes = 0;
  /** Pages that queries took. */
  pages = 0;

  constructor(busy: () => void = () => undefined, options: TableOptions = {}) {
    this.#busy = busy;
    this.#options = options;
  }

  *items(): Iterable<Item> {
    for (const partition of this.#partitions.values()) yield* partition.items.values();
  }

  /** The same items for the judge of a simulation: a read takes no turn of the event loop, and meets no fault. */
  get onlooker(): Table {
    const onlooker = new MemoryTable();
    onlooker.#partitions = this.#partitions;
    onlooker.#isOnlooker = true;
    return onlooker;
  }

  get(key: Key, strong: boolean): Promise<Item | undefined> {
    return this.#call(() => (strong ? this.#find(key) : this.#stale(key)));
  }

  /** Page by page: what is written in between is seen where it is still to come. */
  async query({ pk, prefix = "", from = "", limit, strong }: Range): Promise<readonly Item[]> {
    const found: Item[] = [];
    let after: string | undefined;
    do after = await this.#call(() => this.#page(found, { pk, prefix, from, strong }, after));
    while (after !== undefined && found.length < (limit ?? Number.POSITIVE_INFINITY));
    return limit === undefined ? found : found.slice(0, limit);
  }

  /** @returns where the next page begins */
  #page(found: Item[], { pk, prefix = "", from = "", strong }: Range, after = ""): string | undefined {
    this.pages += 1;
    const partition = this.#partitions.get(pk);
    let room = this.#options.pageBytes ?? PAGE_BYTES;
    for (const sk of partition?.keys(prefix, from, after) ?? []) {
      if (room <= 0) return after;
      const item = strong ? partition?.items.get(sk) : this.#stale({ pk, sk });
      after = sk;
      if (item === undefined) continue;
      room -= sizeOf(item);
      found.push(item);
    }
    return undefined;
  }

  queryIndex({
    index,
    partition,
    after,
    before,
    newestFirst = false,
    from,
    limit,
  }: IndexRange): Promise<readonly Item[]> {
    const [pk, sk] = INDEX_KEYS[index];
    return this.#call(() => {
      const found = [...this.items()].filter((item) => {
        const place = item[sk];
        if (item[pk] !== partition || place === undefined) return false;
        return (after === undefined || place > after) && (before === undefined || place < before);
      });
      const sorted = found.toSorted((a, b) => compare(a[sk] ?? "", b[sk] ?? "") || compare(a.pk + a.sk, b.pk + b.sk));
      const keys = sorted.map((item) => pick(item, [...KEY, pk, sk]));
      const ordered = newestFirst ? keys.toReversed() : keys;
      const start =
        from === undefined ? 0 : ordered.findIndex((item) => item.pk === from.pk && item.sk === from.sk) + 1;
      return ordered.slice(start, start + limit);
    });
  }

  put(item: Item, condition?: Condition): Promise<Written> {
    return this.#call(() => {
      const old = this.#find(item);
      if (condition !== undefined && !holds(condition, old)) return { done: false, item: old };
      this.#store(item);
      return { done: true, item, old };
    });
  }

  update(key: Key, change: Change, condition: Condition): Promise<Written> {
    return this.#call(() => {
      const old = this.#find(key);
      if (!holds(condition, old)) return { done: false, item: old };
      const item = applyChange(old ?? { ...key }, change);
      this.#store(item);
      return { done: true, item, old };
    });
  }

  transact(parts: readonly TransactionPart[]): Promise<boolean> {
    return this.#call(() => {
      if (!parts.every(({ put, condition }) => holds(condition, this.#find(put)))) return false;
      for (const { put } of parts) this.#store(put);
      return true;
    });
  }

  delete(keys: readonly Key[]): Promise<void> {
    if (keys.length === 0) return Promise.resolve();
    return this.#call(() => {
      for (const key of keys) {
        this.#remember(key);
        this.#partitions.get(key.pk)?.delete(key.sk);
        this.#options.wrote?.(key);
      }
    });
  }

  async #call<T>(run: () => T): Promise<T> {
    if (this.#isOnlooker) return run();
    this.#busy();
    const result = run();
    await setImmediate();
    this.#busy();
    return result;
  }

  /** What it was some writes ago. */
  #stale(key: Key): Item | undefined {
    const ago = this.#options.stale?.() ?? 0;
    const before = this.#before.get(nameOf(key)) ?? [];
    return ago === 0 || before.length === 0 ? this.#find(key) : before[Math.max(0, before.length - ago)];
  }

  #remember(key: Key): void {
    this.writes += 1;
    if (this.#options.stale === undefined) return;
    const before = this.#before.get(nameOf(key)) ?? [];
    this.#before.set(nameOf(key), [...before, this.#find(key)].slice(-OLD_VERSIONS));
  }

  #find({ pk, sk }: Key): Item | undefined {
    return this.#partitions.get(pk)?.items.get(sk);
  }

  #store(item: Item): void {
    checkItem(item);
    this.#remember(item);
    const partition = this.#partitions.get(item.pk) ?? new Collection();
    this.#partitions.set(item.pk, partition);
    // Frozen, one object serves the table and all who read it: an item has no inner objects but bytes.
    partition.set(Object.freeze({ ...item }));
    this.#options.wrote?.(item);
  }
}

/** The items of one partition key, and their sort keys in order. */
class Collection {
  readonly items = new Map<string, Item>();
  readonly #keys: string[] = [];

  /** Sort keys that begin with `prefix`, not before `from`, behind `after`. */
  *keys(prefix: string, from: string, after: string): Iterable<string> {
    const first = prefix > from ? prefix : from;
    for (let at = this.#place(first > after ? first : after); at < this.#keys.length; at += 1) {
      const key = this.#keys[at] as string;
      if (!key.startsWith(prefix)) return;
      if (key > after) yield key;
    }
  }

  set(item: Item): void {
    if (!this.items.has(item.sk)) this.#keys.splice(this.#place(item.sk), 0, item.sk);
    this.items.set(item.sk, item);
  }

  delete(sk: string): void {
    if (this.items.delete(sk)) this.#keys.splice(this.#place(sk), 1);
  }

  /** Index of the first key that is not before `key`. */
  #place(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function nameOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}

function sizeOf(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item))
    bytes += name.length + (typeof value === "number" ? 21 : value.length);
  return bytes;
}

/** What DynamoDB refuses. */
function checkItem(item: Item): void {
  for (const [name, value] of Object.entries(item))
    if (value === undefined) throw new Error(`attribute ${name} of ${item.pk} ${item.sk} is undefined`);
  const bytes = sizeOf(item);
  if (bytes > 400 * 1024) throw new Error(`item ${item.pk} ${item.sk} has ${bytes} bytes`);
  if (item.pk === "" || item.sk === "") throw new Error("a key must not be empty");
}

export function holds(condition: Condition, item: Item | undefined): boolean {
  if ("all" in condition) return condition.all.every((each) => holds(each, item));
  if ("any" in condition) return condition.any.some((each) => holds(each, item));
  if ("has" in condition) return item?.[condition.has] !== undefined;
  if ("lacks" in condition) return item?.[condition.lacks] === undefined;
  const value = item?.[condition.attribute];
  if ("is" in condition) return value === condition.is;
  return typeof value === "number" && value < condition.below;
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]]))) as Item;
}

function compare(a: string | number | Uint8Array, b: string | number | Uint8Array): number {
  return a < b ? -1 : Number(a > b);
}
