/**
 * The one table, as the protocol sees it: items, conditional writes, and queries of one collection.
 *
 * Port: `dynamo-table.ts` is DynamoDB behind it, the tests have one in memory. Conditions are data, so that both say
 * the same. A refused write answers with the item that was there, as DynamoDB does (ALL_OLD).
 */
export type Value = string | number | Uint8Array;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Item = Key & Readonly<Record<string, Value>>;

/** What must be so for a write to happen. An empty `all` always is. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly has: string }
  | { readonly lacks: string }
  | { readonly attribute: string; readonly is: Value }
  | { readonly attribute: string; readonly below: number };

export interface Change {
  readonly set?: Readonly<Record<string, Value | undefined>>;
  /** Set only where the attribute is missing. */
  readonly setOnce?: Readonly<Record<string, Value | undefined>>;
  /** The attribute named by the key becomes what the other one, or the number, was before the write. */
  readonly copy?: Readonly<Record<string, { readonly from: string; readonly otherwise: number }>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

export type Written =
  /** `old`: what was there before. */
  | { readonly done: true; readonly item: Item; readonly old: Item | undefined }
  | { readonly done: false; readonly item: Item | undefined };

export interface Range {
  readonly pk: string;
  /** Sort keys that begin so. */
  readonly prefix?: string;
  /** With `prefix`: and are not before this one. */
  readonly from?: string;
  readonly strong: boolean;
  readonly limit?: number;
}

export type IndexName = "byWorkflow" | "parked";

export interface IndexRange {
  readonly index: IndexName;
  readonly partition: string;
  /** Exclusive bounds of the sort key. */
  readonly after?: Value | undefined;
  readonly before?: Value | undefined;
  readonly newestFirst?: boolean;
  /** Goes on behind this one, the last of the page before. */
  readonly from?: Item | undefined;
  readonly limit: number;
}

export interface TransactionPart {
  readonly put: Item;
  readonly condition: Condition;
}

export interface Table {
  get(key: Key, strong: boolean): Promise<Item | undefined>;
  /** In the order of their sort keys, all pages. */
  query(range: Range): Promise<readonly Item[]>;
  /** Keys only. Eventually consistent. */
  queryIndex(range: IndexRange): Promise<readonly Item[]>;
  /** `item` of a refusal is what stands there. */
  put(item: Item, condition?: Condition): Promise<Written>;
  update(key: Key, change: Change, condition: Condition): Promise<Written>;
  /** All or none. False when a condition does not hold. */
  transact(parts: readonly TransactionPart[]): Promise<boolean>;
  delete(keys: readonly Key[]): Promise<void>;
}

export const ABSENT: Condition = { lacks: "pk" };
