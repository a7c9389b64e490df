/**
 * Counts the open executions of a table by the version that they are pinned to (D26).
 *
 * Every head is looked at, found through the keys of the listing index. Nothing less is complete: what is parked has a
 * mark in another index, but what runs at this moment has none, and it may have begun a year ago.
 */
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { HEAD_FORMAT } from "../homes/aws/head.ts";
import type { IndexName } from "../homes/aws/table.ts";
import { StoreError } from "../kernel/errors.ts";
import { asking } from "./aws-failure.ts";
import type { Waiting } from "./waiting.ts";

export interface Census {
  /** By `pinOf`. */
  readonly pinned: ReadonlyMap<string, number>;
  /** Not begun: the version that is live when they do will run them. */
  readonly unpinned: number;
}

type Attributes = Record<string, AttributeValue>;

const INDEX: IndexName = "byWorkflow";
/** Read side by side. */
const SEGMENTS = 4;
/** Of BatchGetItem. */
const BATCH = 100;
const PAUSE_MS = 200;

export function pinOf(executor: string, version: string): string {
  return `${executor} ${version}`;
}

/** @throws StoreError `store_newer` when a newer version wrote them: it may know other pins */
export async function takeCensus(client: DynamoDBClient, table: string, waiting: Waiting): Promise<Census> {
  const pinned = new Map<string, number>();
  let unpinned = 0;
  const count = (head: Attributes): void => {
    const { id, fmt, cls, lv, endAt } = head;
    if (Number(fmt?.N) > HEAD_FORMAT) throw newer(id?.S);
    if (endAt !== undefined) return;
    if (lv?.S === undefined) unpinned += 1;
    else {
      const pin = pinOf(cls?.S ?? "", lv.S);
      pinned.set(pin, (pinned.get(pin) ?? 0) + 1);
    }
  };
  const segments = Array.from({ length: SEGMENTS }, (_, segment) =>
    countSegment(client, table, segment, waiting, count),
  );
  await Promise.all(segments);
  return { pinned, unpinned };
}

async function countSegment(
  client: DynamoDBClient,
  table: string,
  segment: number,
  waiting: Waiting,
  count: (head: Attributes) => void,
): Promise<void> {
  const input = {
    TableName: table,
    IndexName: INDEX,
    ProjectionExpression: "pk, sk",
    Segment: segment,
    TotalSegments: SEGMENTS,
  };
  await asking("dynamodb:Scan", `index ${INDEX} of ${table}`, async () => {
    for await (const { Items: keys = [] } of paginateScan({ client }, input)) {
      for (let at = 0; at < keys.length; at += BATCH)
        (await readHeads(client, table, keys.slice(at, at + BATCH), waiting)).forEach(count);
    }
  });
}

/** Eventually consistent: what was pinned a second ago is pinned to what is live, which nobody deletes. */
async function readHeads(
  client: DynamoDBClient,
  table: string,
  keys: readonly Attributes[],
  waiting: Waiting,
): Promise<readonly Attributes[]> {
  const found: Attributes[] = [];
  let left = keys.map(({ pk, sk }) => ({ pk, sk })) as Attributes[];
  while (left.length > 0) {
    const command = new BatchGetItemCommand({
      RequestItems: { [table]: { Keys: left, ProjectionExpression: "id, fmt, cls, lv, endAt" } },
    });
    const { Responses: items = {}, UnprocessedKeys: unread = {} } = await asking("dynamodb:BatchGetItem", table, () =>
      client.send(command),
    );
    found.push(...(items[table] ?? []));
    left = unread[table]?.Keys ?? [];
    if (left.length > 0) await waiting.pause(PAUSE_MS);
  }
  return found;
}

function newer(id: string | undefined): StoreError {
  const why = `execution ${id ?? "?"} was written by a newer version of treeline; run the command of that version`;
  return new StoreError("store_newer", why);
}
