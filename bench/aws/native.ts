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

/** Whoever looks takes the processor from what he looks at. */
const PAUSE_MS = 100;
const NATIVE_PAUSE_MS = 300;

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
    const ms = await ended(sfn, executionArn ?? "");
    if (ms !== undefined) times.push(ms);
  }
  if (times.length === 0) throw new Error(`every execution of ${stateMachineArn} failed`);
  const [transitions, invocations] = BILLED[work];
  return { ms: median(times), usd: nativeUsdPerMillion(transitions, invocations) };
}

function inputOf(work: WorkName): string {
  return JSON.stringify(work === "fan-out-100" ? { items: Array.from({ length: 100 }, (_, n) => ({ n })) } : {});
}

/** Undefined where it failed: now and then a child of the emulator's does, when a hundred begin at once. */
async function ended(sfn: SFNClient, executionArn: string): Promise<number | undefined> {
  for (;;) {
    const { status, startDate, stopDate, error, cause } = await sfn.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    if (status === "SUCCEEDED" && startDate !== undefined && stopDate !== undefined)
      return stopDate.getTime() - startDate.getTime();
    if (status !== "RUNNING") {
      console.error(`not counted: ${executionArn} ended ${status}: ${error} ${cause}`);
      return undefined;
    }
    await sleep(NATIVE_PAUSE_MS);
  }
}

/** From sending a message to the one write that it makes happen: SQS, Lambda, UpdateItem. */
export class BareHops {
  readonly #sqs = new SQSClient();
  readonly #dynamo = new DynamoDBClient();
  readonly #outputs: Outputs;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  /** @returns the milliseconds of each of them */
  async measure(rounds: number): Promise<readonly number[]> {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await this.#once(round));
    return times;
  }

  async #once(round: number): Promise<number> {
    const begin = Date.now();
    const id = `${begin}-${round}`;
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.#outputs["HopQueueUrl"], MessageBody: id }));
    for (;;) {
      await sleep(PAUSE_MS);
      const key = { TableName: this.#outputs["HopsTable"], Key: { pk: { S: id } }, ConsistentRead: true };
      const at = (await this.#dynamo.send(new GetItemCommand(key))).Item?.["at"]?.N;
      if (at !== undefined) return Number(at) - begin;
    }
  }
}
