/** The least that a message can make happen: one UpdateItem. */
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { SQSEvent } from "aws-lambda";

const client = new DynamoDBClient();

export async function handler({ Records: records }: SQSEvent): Promise<void> {
  for (const { body } of records) {
    await update(body, "reached", Date.now());
    // The hop ends with the write, so when that was is told by another one, which is no part of it.
    await update(body, "at", Date.now());
  }
}

async function update(id: string, name: string, value: number): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: process.env["HOPS_TABLE"],
      Key: { pk: { S: id } },
      UpdateExpression: "SET #name = :value",
      ExpressionAttributeNames: { "#name": name },
      ExpressionAttributeValues: { ":value": { N: String(value) } },
    }),
  );
}
