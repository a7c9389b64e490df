/** The table in memory, with DynamoDB's rules: conditional writes are atomic per item, reads that are not strong may be old. */
import { setImmediate } from "node:timers/promises";
import type {
  Change,
  Condition,
  IndexRange,
  Item,
  Key,
  Range,
  Table,
  TransactionPart,
  Value,
  Written,
} from "../../../lib/homes/aws/table.ts";

/** Asked before and after every call: may delay it, or let it fail. */
export type Gate = (call: string, moment: "before" | "after") => void | Promise<void>;

const KEY = ["pk", "sk"];
const INDEX_KEYS = { byWorkflow: ["gpk", "gsk"], parked: ["ppk", "psk"] } as const;

export class MemoryTable implements Table {
  readonly #partitions = new Map<string, Map<string, Item>>();
  readonly #gate: Gate;

  constructor(gate: Gate = () => undefined, shared?: MemoryTable) {
    this.#gate = gate;
    if (shared !== undefined) this.#partitions = shared.#partitions;
  }

  /** The same items through another gate: another process. */
  through(gate: Gate): MemoryTable {
    return new MemoryTable(gate, this);
  }

  *items(): Iterable<Item> {
    for (const partition of this.#partitions.values()) yield* partition.values();
  }

  get(key: Key): Promise<Item | undefined> {
    return this.#call("get", () => this.#find(key));
  }

  query({ pk, prefix = "", from = "", limit }: Range): Promise<readonly Item[]> {
    return this.#call("query", () => {
      const all = [...(this.#partitions.get(pk)?.values() ?? [])];
      const found = all.filter(({ sk }) => sk.startsWith(prefix) && sk >= from).toSorted(bySortKey);
      return limit === undefined ? found : found.slice(0, limit);
    });
  }

  queryIndex({ index, partition, after, before, newestFirst = false, limit }: IndexRange): Promise<readonly Item[]> {
    const [pk, sk] = INDEX_KEYS[index];
    return this.#call("queryIndex", () => {
      const found = [...this.items()].filter((item) => {
        const place = item[sk];
        if (item[pk] !== partition || place === undefined) return false;
        return (after === undefined || place > after) && (before === undefined || place < before);
      });
      const sorted = found.toSorted((a, b) => ((a[sk] ?? "") < (b[sk] ?? "") ? -1 : 1));
      const keys = sorted.map((item) => pick(item, [...KEY, pk, sk]));
      return (newestFirst ? keys.toReversed() : keys).slice(0, limit);
    });
  }

  put(item: Item, condition?: Condition): Promise<Written> {
    return this.#call("put", () => {
      const old = this.#find(item);
      if (condition !== undefined && !holds(condition, old)) return { done: false, item: old };
      this.#store(item);
      return { done: true, item };
    });
  }

  update(key: Key, change: Change, condition: Condition): Promise<Written> {
    return this.#call("update", () => {
      const old = this.#find(key);
      if (!holds(condition, old)) return { done: false, item: old };
      const item = changed(old ?? { ...key }, change);
      this.#store(item);
      return { done: true, item };
    });
  }

  transact(parts: readonly TransactionPart[]): Promise<boolean> {
    return this.#call("transact", () => {
      if (!parts.every(({ put, condition }) => holds(condition, this.#find(put)))) return false;
      for (const { put } of parts) this.#store(put);
      return true;
    });
  }

  delete(keys: readonly Key[]): Promise<void> {
    if (keys.length === 0) return Promise.resolve();
    return this.#call("delete", () => {
      for (const { pk, sk } of keys) this.#partitions.get(pk)?.delete(sk);
    });
  }

  async #call<T>(name: string, run: () => T): Promise<T> {
    await this.#gate(name, "before");
    const result = structuredClone(run());
    await setImmediate();
    await this.#gate(name, "after");
    return result;
  }

  #find({ pk, sk }: Key): Item | undefined {
    return this.#partitions.get(pk)?.get(sk);
  }

  #store(item: Item): void {
    checkItem(item);
    const partition = this.#partitions.get(item.pk) ?? new Map<string, Item>();
    this.#partitions.set(item.pk, partition);
    partition.set(item.sk, structuredClone(item));
  }
}

/** What DynamoDB refuses. */
function checkItem(item: Item): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    if (value === undefined) throw new Error(`attribute ${name} of ${item.pk} ${item.sk} is undefined`);
    bytes += name.length + (typeof value === "number" ? 21 : value.length);
  }
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

function changed(old: Item, { set = {}, setOnce = {}, copy = {}, add = {}, remove = [] }: Change): Item {
  const item: Record<string, Value> = { ...old };
  for (const [name, value] of Object.entries(setOnce)) if (value !== undefined) item[name] ??= value;
  for (const [name, { from, otherwise }] of Object.entries(copy)) item[name] = old[from] ?? otherwise;
  for (const [name, value] of Object.entries(set)) if (value !== undefined) item[name] = value;
  for (const [name, value] of Object.entries(add)) item[name] = Number(old[name] ?? 0) + value;
  for (const name of remove) delete item[name];
  return item as Item;
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]]))) as Item;
}

function bySortKey(a: Item, b: Item): number {
  return a.sk < b.sk ? -1 : 1;
}
