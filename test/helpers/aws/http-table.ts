/**
 * DynamoDB behind its HTTP API: one table, its two indexes, its limits and its refusals. Counts what AWS would bill,
 * from the requests alone.
 */
import {
  type Attribute,
  type Attributes,
  checkAttribute,
  compare,
  Expressions,
  type Placeholders,
  ValidationError,
} from "./http-expressions.ts";

interface Request extends Placeholders {
  readonly Key: Attributes;
  readonly Item: Attributes;
  readonly ConsistentRead?: boolean;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly IndexName?: string;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Attributes;
  readonly TransactItems?: readonly { readonly Put: Request }[];
  readonly RequestItems?: Readonly<Record<string, readonly { readonly DeleteRequest: { readonly Key: Attributes } }[]>>;
  readonly ReturnValues?: string;
}

/** An answer that is an error. */
export class Refusal extends Error {
  readonly type: string;
  readonly body: object;

  constructor(type: string, message: string, body: object = {}) {
    super(message);
    this.type = type;
    this.body = body;
  }
}

export interface TableTally {
  writeUnits: number;
  readUnits: number;
}

const INDEXES: Readonly<Record<string, readonly [string, string]>> = {
  byWorkflow: ["gpk", "gsk"],
  parked: ["ppk", "psk"],
};
const MAX_ITEM = 400 * 1024;
const MAX_PAGE = 1024 * 1024;
const MAX_BATCH = 25;
const MAX_KEY = 1024;

export class HttpTable {
  readonly #items = new Map<string, Map<string, Attributes>>();

  get all(): readonly Attributes[] {
    return [...this.#items.values()].flatMap((partition) => [...partition.values()]);
  }

  /** @throws Refusal */
  answer(operation: string, request: Request, tally: TableTally): object {
    try {
      return this.#answer(operation, request, tally);
    } catch (error) {
      if (error instanceof ValidationError) throw new Refusal("ValidationException", error.message);
      throw error;
    }
  }

  #answer(operation: string, request: Request, tally: TableTally): object {
    switch (operation) {
      case "GetItem": {
        const item = this.#find(request.Key);
        tally.readUnits += reads(item === undefined ? 0 : sizeOf(item), request.ConsistentRead);
        return item === undefined ? {} : { Item: item };
      }
      case "Query":
        return this.#query(request, tally);
      case "PutItem":
        return this.#write(request, request.Item, tally, () => request.Item);
      case "UpdateItem":
        return this.#update(request, tally);
      case "DeleteItem":
        this.#delete(request.Key, tally);
        return {};
      case "BatchWriteItem":
        return this.#batch(request, tally);
      case "TransactWriteItems":
        return this.#transact(request, tally);
      default:
        throw new ValidationError(`there is no operation ${operation} here`);
    }
  }

  // ---- reads ------------------------------------------------------------------------------------------------------

  #query(request: Request, tally: TableTally): object {
    const {
      KeyConditionExpression = "",
      IndexName,
      Limit = Number.POSITIVE_INFINITY,
      ExclusiveStartKey: start,
    } = request;
    if (IndexName !== undefined && request.ConsistentRead === true)
      throw new ValidationError("an index cannot be read strongly");
    for (const { S: text } of Object.values(request.ExpressionAttributeValues ?? {}))
      if (text === "") throw new ValidationError("a key attribute cannot contain an empty string value");
    const expressions = new Expressions(request);
    const [pk, sk] = IndexName === undefined ? ["pk", "sk"] : (INDEXES[IndexName] ?? ["", ""]);
    const order = (a: Attributes, b: Attributes): number =>
      (compare(a[sk] ?? {}, b[sk] ?? {}) || keyText(a).localeCompare(keyText(b))) *
      (request.ScanIndexForward === false ? -1 : 1);
    // Read once without an item, so that it is checked even when there is none.
    expressions.condition(KeyConditionExpression, undefined);
    // The first value is that of the partition key, which stands first.
    const partition = Object.values(request.ExpressionAttributeValues ?? {})[0]?.S ?? "";
    const candidates = IndexName === undefined ? [...(this.#items.get(partition)?.values() ?? [])] : this.all;
    const found = candidates
      .filter((item) => item[pk] !== undefined && item[sk] !== undefined)
      .map((item) => (IndexName === undefined ? item : pick(item, ["pk", "sk", pk, sk])))
      .filter((item) => expressions.condition(KeyConditionExpression, item))
      .toSorted(order)
      .filter((item) => start === undefined || order(item, start) > 0);
    expressions.done();
    let bytes = 0;
    const page: Attributes[] = [];
    for (const item of found) {
      const size = sizeOf(item);
      if (page.length >= Limit || (page.length > 0 && bytes + size > MAX_PAGE)) break;
      page.push(item);
      bytes += size;
    }
    tally.readUnits += reads(bytes, request.ConsistentRead);
    const last = page.at(-1);
    const names = ["pk", "sk", pk, sk];
    return {
      Items: page,
      ...(page.length < found.length && last !== undefined && { LastEvaluatedKey: pick(last, names) }),
    };
  }

  // ---- writes -----------------------------------------------------------------------------------------------------

  #update(request: Request, tally: TableTally): object {
    const old = this.#find(request.Key);
    return this.#write(request, request.Key, tally, (expressions) =>
      expressions.update(request.UpdateExpression ?? "", old ?? request.Key),
    );
  }

  #write(request: Request, key: Attributes, tally: TableTally, make: (expressions: Expressions) => Attributes): object {
    checkKey(key);
    const old = this.#find(key);
    const expressions = new Expressions(request);
    const { ConditionExpression: condition } = request;
    const holds = condition === undefined || expressions.condition(condition, old);
    const item = make(expressions);
    expressions.done();
    if (!holds) {
      tally.writeUnits += kilobytes(old === undefined ? 0 : sizeOf(old));
      throw new Refusal("ConditionalCheckFailedException", "The conditional request failed", {
        ...(old === undefined ? undefined : { Item: old }),
      });
    }
    this.#store(item);
    tally.writeUnits += kilobytes(Math.max(sizeOf(old ?? {}), sizeOf(item))) + indexed(old, item);
    if (request.ReturnValues === "ALL_NEW") return { Attributes: item };
    return request.ReturnValues === "ALL_OLD" && old !== undefined ? { Attributes: old } : {};
  }

  #transact({ TransactItems: parts = [] }: Request, tally: TableTally): object {
    const keys = new Set(parts.map(({ Put }) => keyText(Put.Item)));
    if (parts.length > 100 || keys.size < parts.length) throw new ValidationError("no such transaction");
    const reasons = parts.map(({ Put }) => {
      checkKey(Put.Item);
      const expressions = new Expressions(Put);
      const holds = expressions.condition(Put.ConditionExpression ?? "", this.#find(Put.Item));
      expressions.done();
      return { Code: holds ? "None" : "ConditionalCheckFailed" };
    });
    const isDone = reasons.every(({ Code }) => Code === "None");
    for (const { Put } of parts) {
      const old = this.#find(Put.Item);
      tally.writeUnits += 2 * kilobytes(Math.max(sizeOf(old ?? {}), sizeOf(Put.Item)));
      if (!isDone) continue;
      tally.writeUnits += indexed(old, Put.Item);
      this.#store(Put.Item);
    }
    if (isDone) return {};
    throw new Refusal("TransactionCanceledException", "Transaction cancelled", { CancellationReasons: reasons });
  }

  #batch({ RequestItems: tables = {} }: Request, tally: TableTally): object {
    const keys = Object.values(tables).flatMap((requests) => requests.map(({ DeleteRequest }) => DeleteRequest.Key));
    if (keys.length === 0 || keys.length > MAX_BATCH) throw new ValidationError(`${keys.length} writes in one batch`);
    if (new Set(keys.map(keyText)).size < keys.length) throw new ValidationError("a key is there twice");
    for (const key of keys) this.#delete(key, tally);
    return { UnprocessedItems: {} };
  }

  #delete(key: Attributes, tally: TableTally): void {
    checkKey(key);
    if (Object.keys(key).length !== 2) throw new ValidationError("the key has other attributes");
    const old = this.#find(key);
    tally.writeUnits += kilobytes(sizeOf(old ?? {})) + indexed(old, undefined);
    this.#items.get(key["pk"]?.S ?? "")?.delete(key["sk"]?.S ?? "");
  }

  #find({ pk, sk }: Attributes): Attributes | undefined {
    return this.#items.get(pk?.S ?? "")?.get(sk?.S ?? "");
  }

  #store(item: Attributes): void {
    checkKey(item);
    for (const value of Object.values(item)) checkAttribute(value);
    for (const name of ["gpk", "gsk", "ppk"]) {
      if (item[name] !== undefined && (item[name].S ?? "") === "")
        throw new ValidationError(`the key ${name} of an index must be a string that is not empty`);
    }
    if (sizeOf(item) > MAX_ITEM) throw new ValidationError("Item size has exceeded the maximum allowed size");
    const partition = this.#items.get(item["pk"]?.S ?? "") ?? new Map<string, Attributes>();
    this.#items.set(item["pk"]?.S ?? "", partition);
    partition.set(item["sk"]?.S ?? "", item);
  }
}

function checkKey({ pk, sk }: Attributes): void {
  for (const part of [pk?.S ?? "", sk?.S ?? ""]) {
    if (part === "" || Buffer.byteLength(part) > 2 * MAX_KEY) throw new ValidationError("a key is empty, or too long");
  }
  if (Buffer.byteLength(sk?.S ?? "") > MAX_KEY) throw new ValidationError("a sort key is too long");
}

function keyText({ pk, sk }: Attributes): string {
  return JSON.stringify([pk?.S, sk?.S]);
}

function pick(item: Attributes, names: readonly string[]): Attributes {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}

// ---- what is billed -------------------------------------------------------------------------------------------------

function sizeOf(item: Attributes): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value), 0);
}

function sizeOfValue({ S, N, B }: Attribute): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (B !== undefined) return Buffer.from(B, "base64").length;
  const isNegative = N?.startsWith("-") === true;
  // Two significant digits a byte.
  const digits = (N ?? "").replace("-", "").split("e")[0]?.replace(".", "").replace(/^0+/, "").replace(/0+$/, "") ?? "";
  return Math.ceil(digits.length / 2) + (isNegative ? 2 : 1);
}

function kilobytes(bytes: number): number {
  return bytes <= 1024 ? 1 : Math.ceil(bytes / 1024);
}

function reads(bytes: number, isStrong = false): number {
  const blocks = bytes <= 4096 ? 1 : Math.ceil(bytes / 4096);
  return isStrong ? blocks : blocks / 2;
}

/** An entry of an index is written when its keys are new, and deleted when they are gone. */
function indexed(old: Attributes | undefined, now: Attributes | undefined): number {
  let units = 0;
  for (const [pk, sk] of Object.values(INDEXES)) {
    const [before, after] = [old, now].map((item) =>
      item?.[pk] === undefined || item[sk] === undefined ? undefined : JSON.stringify([item[pk], item[sk]]),
    );
    if (before === after) continue;
    units += (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1);
  }
  return units;
}
