/** The same with Step Functions alone, nested by `startExecution.sync:2`; and a bare hop. */
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Outputs } from "./ours.ts";
import { median, nativeUsdPerMillion } from "./results.ts";
import type { WorkName } from "./works.ts";

const MACHINES: Readonly<Record<WorkName, string>> = {
  "fast-child": "NativeFast",
  "slow-child": "NativeSlow",
  "long-child": "NativeLong",
  "fan-out-100": "NativeFan",
  "steps-20": "NativeSteps",
};

/** States that are entered, and steps: as the machines are written, start and end not counted. */
const BILLED: Readonly<Record<WorkName, readonly [transitions: number, invocations: number]>> = {
  "fast-child": [2, 1],
  "slow-child": [2, 1],
  "long-child": [2, 1],
  "fan-out-100": [201, 100],
  "steps-20": [20, 20],
};

const PAUSE_MS = 20;

export async function measureNative(
  outputs: Outputs,
  work: WorkName,
  rounds: number,
): Promise<{ ms: number; usd: number }> {
  const sfn = new SFNClient();
  const stateMachineArn = outputs[MACHINES[work]] ?? "";
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: inputOf(work) }));
    times.push(await ended(sfn, executionArn ?? ""));
  }
  const [transitions, invocations] = BILLED[work];
  return { ms: median(times), usd: nativeUsdPerMillion(transitions, invocations) };
}

function inputOf(work: WorkName): string {
  return JSON.stringify(work === "fan-out-100" ? { items: Array.from({ length: 100 }, (_, n) => ({ n })) } : {});
}

async function ended(sfn: SFNClient, executionArn: string): Promise<number> {
  for (;;) {
    const { status, startDate, stopDate } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === "SUCCEEDED" && startDate !== undefined && stopDate !== undefined)
      return stopDate.getTime() - startDate.getTime();
    if (status !== "RUNNING") throw new Error(`${executionArn} ended ${status}`);
    await sleep(PAUSE_MS * 10);
  }
}

/** From sending a message to the one write that it makes happen. */
export async function measureHop(outputs: Outputs, rounds: number): Promise<number> {
  const [sqs, dynamo] = [new SQSClient(), new DynamoDBClient()];
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = Date.now();
    const id = `${begin}-${round}`;
    await sqs.send(new SendMessageCommand({ QueueUrl: outputs["HopQueueUrl"], MessageBody: id }));
    let at: string | undefined;
    while (at === undefined) {
      await sleep(PAUSE_MS);
      const key = { TableName: outputs["HopsTable"], Key: { pk: { S: id } }, ConsistentRead: true };
      at = (await dynamo.send(new GetItemCommand(key))).Item?.["at"]?.N;
    }
    times.push(Number(at) - begin);
  }
  return median(times);
}
