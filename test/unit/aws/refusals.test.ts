/** What services refuse for a moment, injected at the SDK's request handler: the emulator never throttles. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { DynamoTable } from "../../../lib/homes/aws/dynamo-table.ts";
import { SqsQueues } from "../../../lib/homes/aws/sqs-queues.ts";
import { ABSENT } from "../../../lib/homes/aws/table.ts";

const KEY = { pk: "t#a", sk: "h#" };
const ITEM = { ...KEY, id: "a" };
const CONFLICT = { __type: "TransactionConflictException", message: "injected" };
const THROTTLED = { __type: "ProvisionedThroughputExceededException", message: "injected" };

const cancelled = (...codes: readonly string[]): object => ({
  __type: "TransactionCanceledException",
  message: "injected",
  CancellationReasons: codes.map((Code) => ({ Code })),
});

interface Endpoint {
  readonly config: never;
  /** Operations that were asked for. */
  readonly calls: string[];
}

/** Answers the first requests with these refusals, the rest with `answer`. */
function endpoint(refusals: readonly object[], answer: (calls: number) => object = () => ({})): Endpoint {
  const calls: string[] = [];
  const handle = async ({ headers }: { headers: Record<string, string> }): Promise<{ response: object }> => {
    calls.push(headers["x-amz-target"]?.split(".")[1] ?? "");
    const refusal = refusals[calls.length - 1];
    const body = Buffer.from(JSON.stringify(refusal ?? answer(calls.length)));
    const type = { "content-type": "application/x-amz-json-1.0" };
    return { response: { statusCode: refusal === undefined ? 200 : 400, headers: type, body } };
  };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return { config: { region: "us-east-1", credentials, requestHandler: { handle } } as never, calls };
}

describe("DynamoDB that refuses for a moment", () => {
  const writes: [name: string, write: (table: DynamoTable) => Promise<unknown>][] = [
    ["a put", (table) => table.put(ITEM, ABSENT)],
    ["an update", (table) => table.update(KEY, { set: { st: "RUNNING" } }, ABSENT)],
    ["a delete", (table) => table.delete([KEY])],
  ];

  it.each(writes)("%s in the way of a transaction is written when that is over", async (_name, write) => {
    const { config, calls } = endpoint([CONFLICT, CONFLICT]);
    await write(new DynamoTable(new DynamoDBClient(config), "table"));
    expect(calls).toHaveLength(3);
  });

  it.each(writes)("%s that is throttled is written later", async (_name, write) => {
    const { config, calls } = endpoint([THROTTLED]);
    await write(new DynamoTable(new DynamoDBClient(config), "table"));
    expect(calls).toHaveLength(2);
  });

  it("a transaction in conflict is tried again, one whose condition failed is not", async () => {
    const parts = [{ put: ITEM, condition: ABSENT }];
    const conflicting = endpoint([cancelled("None", "TransactionConflict")]);
    expect(await new DynamoTable(new DynamoDBClient(conflicting.config), "table").transact(parts)).toBe(true);
    expect(conflicting.calls).toHaveLength(2);
    const failing = endpoint([cancelled("ConditionalCheckFailed", "TransactionConflict")]);
    expect(await new DynamoTable(new DynamoDBClient(failing.config), "table").transact(parts)).toBe(false);
    expect(failing.calls).toHaveLength(1);
  });

  it("what a batch leaves over is deleted by the next one", async () => {
    const left = { UnprocessedItems: { table: [{ DeleteRequest: { Key: { pk: { S: "t#a" }, sk: { S: "h#" } } } }] } };
    const { config, calls } = endpoint([], (count) => (count === 1 ? left : {}));
    await new DynamoTable(new DynamoDBClient(config), "table").delete([KEY, { ...KEY, sk: "h#b" }]);
    expect(calls).toEqual(["BatchWriteItem", "BatchWriteItem"]);
  });
});

describe("SQS that takes a part of a batch", () => {
  const queue = "https://sqs.us-east-1.amazonaws.com/000000000000/queue";
  const urls = { launches: queue, completions: queue };
  const launch = { queue: "launches", executor: "short", message: { kind: "launch", id: "a" } } as const;
  const refusal = { Failed: [{ Id: "0", Code: "InternalError", SenderFault: false }], Successful: [] };

  it("is sent the rest again", async () => {
    const { config, calls } = endpoint([], (count) => (count === 1 ? refusal : { Failed: [], Successful: [] }));
    await new SqsQueues(new SQSClient(config), { short: urls, long: urls }).send([launch]);
    expect(calls).toHaveLength(2);
  });

  it("is given up on when it takes nothing for long: the message that is being handled comes back", async () => {
    const { config } = endpoint([], () => refusal);
    const sent = new SqsQueues(new SQSClient(config), { short: urls, long: urls }).send([launch]);
    await expect(sent).rejects.toMatchObject({ code: "store_failed" });
  });
});
