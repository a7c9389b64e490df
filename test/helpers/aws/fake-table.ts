/** DynamoDB for tests: scans of an index, and reads of many items, both by pages. */
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "../../../lib/homes/aws/table.ts";
import { type Json, Refusal } from "./fake-refusal.ts";

const PAGE = 7;

export class FakeTable {
  readonly items: Item[];
  /** Reads no more than so many at once. */
  readsAtOnce = 100;
  /** Between the pages of a scan. */
  betweenPages: () => void = () => undefined;

  constructor(items: Iterable<Item>) {
    this.items = [...items];
  }

  handle(operation: string, input: Json): unknown {
    if (operation === "Scan") return this.#scan(input);
    if (operation === "BatchGetItem") return this.#read(input["RequestItems"] as Record<string, { Keys: Json[] }>);
    throw new Refusal("UnknownOperationException", `the fake does not know ${operation}`);
  }

  #scan({ IndexName, Segment, TotalSegments, ExclusiveStartKey }: Json): unknown {
    if (IndexName !== "byWorkflow") throw new Refusal("ValidationException", `no index ${String(IndexName)}`);
    const all = this.items.filter((item, at) => item["gpk"] !== undefined && at % Number(TotalSegments) === Segment);
    const after = ExclusiveStartKey === undefined ? undefined : (plain(ExclusiveStartKey as Json) as unknown as Item);
    const from = after === undefined ? 0 : all.findIndex((item) => isSame(item, after)) + 1;
    const page = all.slice(from, from + PAGE);
    this.betweenPages();
    const last = page.at(-1);
    return {
      Items: page.map(keysOf),
      ...(last !== undefined && from + PAGE < all.length ? { LastEvaluatedKey: keysOf(last) } : undefined),
    };
  }

  #read(requests: Record<string, { Keys: Json[] }>): unknown {
    const [[table, { Keys: keys }] = ["", { Keys: [] }]] = Object.entries(requests);
    if (keys.length > 100) throw new Refusal("ValidationException", "too many keys");
    const found = keys.slice(0, this.readsAtOnce).flatMap((key) => {
      const item = this.items.find((each) => isSame(each, plain(key) as unknown as Item));
      return item === undefined ? [] : [marshall(item, { removeUndefinedValues: true })];
    });
    const left = keys.slice(this.readsAtOnce);
    return { Responses: { [table]: found }, UnprocessedKeys: left.length === 0 ? {} : { [table]: { Keys: left } } };
  }
}

function keysOf({ pk, sk }: Item): unknown {
  return marshall({ pk, sk });
}

function plain(attributes: Json): Record<string, unknown> {
  return unmarshall(attributes as Parameters<typeof unmarshall>[0]);
}

function isSame(a: Item, b: Item): boolean {
  return a.pk === b.pk && a.sk === b.sk;
}
