/** The least that a message can make happen: one UpdateItem. */
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { SQSEvent } from "aws-lambda";

const client = new DynamoDBClient();

export async function handler({ Records: records }: SQSEvent): Promise<void> {
  for (const { body } of records) {
    await client.send(
      new UpdateItemCommand({
        TableName: process.env["HOPS_TABLE"],
        Key: { pk: { S: body } },
        UpdateExpression: "SET #at = :at",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":at": { N: String(Date.now()) } },
      }),
    );
  }
}
