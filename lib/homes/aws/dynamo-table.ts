/** The table on DynamoDB. Conditions and changes become expressions; every name goes through a placeholder. */
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { setTimeout } from "node:timers/promises";
import { applyChange } from "./change.ts";
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
} from "./table.ts";

const INDEX_KEYS = { byWorkflow: ["gpk", "gsk"], parked: ["ppk", "psk"] } as const;
/** Of BatchWriteItem. */
const DELETES_AT_ONCE = 25;
/** The SDK retries what is throttled, but neither transactions in conflict nor what a batch leaves over. */
const CONFLICT_ATTEMPTS = 12;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;

type Attributes = Record<string, AttributeValue>;

export class DynamoTable implements Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async get(key: Key, strong: boolean): Promise<Item | undefined> {
    const command = new GetItemCommand({
      TableName: this.#name,
      Key: toAttributes(keyOf(key)),
      ConsistentRead: strong,
    });
    const { Item: found } = await this.#client.send(command);
    return found === undefined ? undefined : toItem(found);
  }

  async query({ pk, prefix, from, strong, limit }: Range): Promise<readonly Item[]> {
    const text = new Expression();
    const conditions = [`${text.name("pk")} = ${text.value(pk)}`];
    // One condition on the sort key: `from` lies within the prefix, whose last character bounds it above.
    if (from !== undefined && prefix !== undefined) {
      conditions.push(`${text.name("sk")} BETWEEN ${text.value(from)} AND ${text.value(`${prefix}\u{10FFFF}`)}`);
    } else if (prefix !== undefined) conditions.push(`begins_with(${text.name("sk")}, ${text.value(prefix)})`);
    const items: Item[] = [];
    let start: Attributes | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#name,
          KeyConditionExpression: conditions.join(" AND "),
          ConsistentRead: strong,
          ...text.parts,
          ...(limit === undefined ? undefined : { Limit: limit - items.length }),
          ...(start === undefined ? undefined : { ExclusiveStartKey: start }),
        }),
      );
      items.push(...(page.Items ?? []).map(toItem));
      start = page.LastEvaluatedKey;
    } while (start !== undefined && (limit === undefined || items.length < limit));
    return items;
  }

  async queryIndex({
    index,
    partition,
    after,
    before,
    newestFirst,
    from,
    limit,
  }: IndexRange): Promise<readonly Item[]> {
    const [pk, sk] = INDEX_KEYS[index];
    const text = new Expression();
    const bound = [
      ...(after === undefined ? [] : [{ op: ">", value: after }]),
      ...(before === undefined ? [] : [{ op: "<", value: before }]),
    ];
    const conditions = [`${text.name(pk)} = ${text.value(partition)}`];
    // Of two bounds only BETWEEN may be a key condition, and it includes them: the ends are dropped here.
    if (after !== undefined && before !== undefined) {
      if (after >= before) return [];
      conditions.push(`${text.name(sk)} BETWEEN ${text.value(after)} AND ${text.value(before)}`);
    } else for (const { op, value } of bound) conditions.push(`${text.name(sk)} ${op} ${text.value(value)}`);
    const { Items: items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        IndexName: index,
        KeyConditionExpression: conditions.join(" AND "),
        ScanIndexForward: newestFirst !== true,
        Limit: limit + bound.length,
        ...(from === undefined ? undefined : { ExclusiveStartKey: toAttributes(indexKeyOf(from, index)) }),
        ...text.parts,
      }),
    );
    return items
      .map(toItem)
      .filter((item) => item[sk] !== after && item[sk] !== before)
      .slice(0, limit);
  }

  async put(item: Item, condition?: Condition): Promise<Written> {
    const text = new Expression();
    const checked = condition === undefined ? undefined : { ConditionExpression: text.condition(condition) };
    return written(item, async () => {
      const { Attributes: old } = await this.#client.send(
        new PutItemCommand({
          TableName: this.#name,
          Item: toAttributes(item),
          ...checked,
          ...text.parts,
          ReturnValues: "ALL_OLD",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { item, old: old === undefined ? undefined : toItem(old) };
    });
  }

  async update(key: Key, change: Change, condition: Condition): Promise<Written> {
    const text = new Expression();
    return written(undefined, async () => {
      const { Attributes: found } = await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: toAttributes(keyOf(key)),
          UpdateExpression: text.change(change),
          ConditionExpression: text.condition(condition),
          ...text.parts,
          // Of old and new only one is told, and the old one cannot be known otherwise: a write pays for the bigger.
          ReturnValues: "ALL_OLD",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      const old = found === undefined ? undefined : toItem(found);
      return { item: applyChange(old ?? keyOf(key), change), old };
    });
  }

  async transact(parts: readonly TransactionPart[]): Promise<boolean> {
    const command = new TransactWriteItemsCommand({
      TransactItems: parts.map(({ put, condition }) => {
        const text = new Expression();
        const check = { ConditionExpression: text.condition(condition) };
        return { Put: { TableName: this.#name, Item: toAttributes(put), ...check, ...text.parts } };
      }),
    });
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#client.send(command);
        return true;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
        if (codes.includes("ConditionalCheckFailed")) return false;
        if (!codes.includes("TransactionConflict") || attempt === CONFLICT_ATTEMPTS) throw error;
        await pause(attempt);
      }
    }
  }

  async delete(keys: readonly Key[]): Promise<void> {
    const [only] = keys;
    if (only === undefined) return;
    if (keys.length === 1) {
      const command = new DeleteItemCommand({ TableName: this.#name, Key: toAttributes(keyOf(only)) });
      await withoutConflict(() => this.#client.send(command));
      return;
    }
    for (let at = 0; at < keys.length; at += DELETES_AT_ONCE)
      await this.#deleteAll(keys.slice(at, at + DELETES_AT_ONCE));
  }

  async #deleteAll(keys: readonly Key[]): Promise<void> {
    let left = keys.map((key) => ({ DeleteRequest: { Key: toAttributes(keyOf(key)) } }));
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const { UnprocessedItems = {} } = await this.#client.send(
        new BatchWriteItemCommand({ RequestItems: { [this.#name]: left } }),
      );
      left = (UnprocessedItems[this.#name] ?? []) as typeof left;
      if (left.length > 0) await pause(attempt);
    }
  }
}

/** Full jitter. */
function pause(attempt: number): Promise<void> {
  return setTimeout(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
}

/** A plain write in a transaction's way is refused at once. */
async function withoutConflict<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof TransactionConflictException) || attempt === CONFLICT_ATTEMPTS) throw error;
      await pause(attempt);
    }
  }
}

async function written(
  put: Item | undefined,
  write: () => Promise<{ item: Item; old: Item | undefined }>,
): Promise<Written> {
  try {
    return { done: true, ...(await withoutConflict(write)) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const item = error.Item === undefined ? undefined : toItem(error.Item);
    // A put that was repeated by the SDK, after an answer got lost, meets itself.
    return put !== undefined && item !== undefined && isSame(put, item)
      ? { done: true, item, old: undefined }
      : { done: false, item };
  }
}

function isSame(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => String(a[name]) === String(b[name]));
}

/** Of an item in the index: its own key, and the table's. */
function indexKeyOf(item: Item, index: IndexRange["index"]): Item {
  const [pk, sk] = INDEX_KEYS[index];
  return { ...keyOf(item), [pk]: item[pk] ?? "", [sk]: item[sk] ?? "" };
}

function keyOf({ pk, sk }: Key): Item {
  return { pk, sk };
}

function toAttributes(item: Item): Attributes {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));
}

function toAttribute(value: Value): AttributeValue {
  if (typeof value === "string") return { S: value };
  return typeof value === "number" ? { N: String(value) } : { B: value };
}

function toItem(attributes: Attributes): Item {
  const values = Object.entries(attributes).map(([name, { S, N, B }]): [string, Value] => [name, S ?? B ?? Number(N)]);
  return Object.fromEntries(values) as Item;
}

/** Collects the names and values of one request. */
class Expression {
  readonly #names = new Map<string, string>();
  readonly #values: AttributeValue[] = [];

  name(attribute: string): string {
    const known = this.#names.get(attribute) ?? `#${this.#names.size}`;
    this.#names.set(attribute, known);
    return known;
  }

  value(value: Value): string {
    this.#values.push(toAttribute(value));
    return `:${this.#values.length - 1}`;
  }

  condition(condition: Condition): string {
    if ("all" in condition) return this.#joined(condition.all, " AND ", "attribute_not_exists");
    if ("any" in condition) return this.#joined(condition.any, " OR ", "attribute_exists");
    if ("has" in condition) return `attribute_exists(${this.name(condition.has)})`;
    if ("lacks" in condition) return `attribute_not_exists(${this.name(condition.lacks)})`;
    const name = this.name(condition.attribute);
    if ("is" in condition) return `${name} = ${this.value(condition.is)}`;
    return `${name} < ${this.value(condition.below)}`;
  }

  /** @param otherwise what makes nothing at all true, or false, when asked of an attribute that nobody has */
  #joined(conditions: readonly Condition[], by: string, otherwise: string): string {
    const filled = conditions.filter((each) => !("all" in each && each.all.length === 0));
    if (filled.length === 0) return `${otherwise}(${this.name("never")})`;
    return filled.map((each) => `(${this.condition(each)})`).join(by);
  }

  change({ set = {}, setOnce = {}, copy = {}, add = {}, remove = [] }: Change): string {
    const sets = [
      ...given(set).map(([name, value]) => `${this.name(name)} = ${this.value(value)}`),
      ...given(setOnce).map(([name, value]) => {
        const placeholder = this.name(name);
        return `${placeholder} = if_not_exists(${placeholder}, ${this.value(value)})`;
      }),
      ...Object.entries(copy).map(
        ([name, { from, otherwise }]) =>
          `${this.name(name)} = if_not_exists(${this.name(from)}, ${this.value(otherwise)})`,
      ),
    ];
    const adds = Object.entries(add).map(([name, value]) => `${this.name(name)} ${this.value(value)}`);
    const removes = remove.map((name) => this.name(name));
    return [
      ...(sets.length === 0 ? [] : [`SET ${sets.join(", ")}`]),
      ...(adds.length === 0 ? [] : [`ADD ${adds.join(", ")}`]),
      ...(removes.length === 0 ? [] : [`REMOVE ${removes.join(", ")}`]),
    ].join(" ");
  }

  get parts(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Attributes;
  } {
    return {
      ...(this.#names.size > 0 && {
        ExpressionAttributeNames: Object.fromEntries([...this.#names].map(([name, short]) => [short, name])),
      }),
      ...(this.#values.length > 0 && {
        ExpressionAttributeValues: Object.fromEntries(this.#values.map((value, at) => [`:${at}`, value])),
      }),
    };
  }
}

function given(values: Readonly<Record<string, Value | undefined>>): [string, Value][] {
  return Object.entries(values).flatMap(([name, value]): [string, Value][] =>
    value === undefined ? [] : [[name, value]],
  );
}
