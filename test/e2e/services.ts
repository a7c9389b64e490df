/** The services of the deployed stack, as an operator or a troublemaker uses them. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AttributeValue, DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  SendTaskFailureCommand,
  SFNClient,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { headKey } from "../../lib/homes/aws/keys.ts";
import { type StackOutputs, emulator, outputsOf } from "./deployment.ts";

const PATIENCE_MS = 120_000;
const PAUSE_MS = 300;

/** Waits until `look` finds something. @throws Error that says what was waited for */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain for ${what}`);
    await sleep(PAUSE_MS);
  }
}

export class Services {
  readonly outputs: StackOutputs;
  readonly #stack: string;
  readonly #dynamo: DynamoDBClient;
  readonly #sfn: SFNClient;
  readonly #sqs: SQSClient;
  readonly #lambda: LambdaClient;

  constructor(stack: string) {
    const { client } = emulator();
    this.#stack = stack;
    this.outputs = outputsOf(stack);
    this.#dynamo = new DynamoDBClient(client);
    this.#sfn = new SFNClient(client);
    this.#sqs = new SQSClient(client);
    this.#lambda = new LambdaClient(client);
  }

  // ---- heads ----------------------------------------------------------------------------------------------------

  async head(id: string): Promise<Record<string, AttributeValue>> {
    const command = new GetItemCommand({ TableName: this.#table, Key: keyOf(id), ConsistentRead: true });
    const { Item: item } = await this.#dynamo.send(command);
    if (item === undefined) throw new Error(`there is no head of ${id}`);
    return item;
  }

  /** Parked: its invocation has ended and the next has not begun. */
  parked(id: string): Promise<Record<string, AttributeValue>> {
    return until(`${id} to be parked`, async () => {
      const head = await this.head(id).catch(() => undefined);
      return head?.["pt"] === undefined ? undefined : head;
    });
  }

  async change(id: string, expression: string, values: Record<string, AttributeValue> = {}): Promise<void> {
    await this.#dynamo.send(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: keyOf(id),
        UpdateExpression: expression,
        ...(Object.keys(values).length === 0 ? undefined : { ExpressionAttributeValues: values }),
      }),
    );
  }

  get #table(): string {
    return this.output("TableName");
  }

  // ---- hosts ----------------------------------------------------------------------------------------------------

  hostArn(id: string, number: number): string {
    return `${this.output("HostArn").replace(":stateMachine:", ":execution:")}:${id}-${number}`;
  }

  /** Undefined as long as there is none. */
  async host(id: string, number: number): Promise<{ status: string; input: Record<string, unknown> } | undefined> {
    try {
      const { status = "", input = "{}" } = await this.#sfn.send(
        new DescribeExecutionCommand({ executionArn: this.hostArn(id, number) }),
      );
      return { status, input: JSON.parse(input) as Record<string, unknown> };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  async abortHost(id: string, number: number): Promise<void> {
    await this.#sfn.send(new StopExecutionCommand({ executionArn: this.hostArn(id, number), cause: "by hand" }));
  }

  async failHost(id: string): Promise<void> {
    const token = await until(`the token of ${id}`, async () => (await this.head(id))["ht"]?.S);
    await this.#sfn.send(new SendTaskFailureCommand({ taskToken: token, error: "Broken", cause: "by hand" }));
  }

  // ---- queues and functions -------------------------------------------------------------------------------------

  async send(queue: string, message: object | string): Promise<void> {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.output(queue), MessageBody: body }));
  }

  async arn(queue: string): Promise<string> {
    const { Attributes: found = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.output(queue), AttributeNames: ["QueueArn"] }),
    );
    return found["QueueArn"] ?? "";
  }

  async depth(queue: string): Promise<number> {
    const { Attributes: found = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.output(queue), AttributeNames: ["All"] }),
    );
    return Number(found["ApproximateNumberOfMessages"]) + Number(found["ApproximateNumberOfMessagesNotVisible"]);
  }

  /** Calls a function of the stack whose name has this part. @throws Error with its answer, when it fails */
  async invoke(part: string, payload: object = {}): Promise<unknown> {
    const { Functions: functions = [] } = await this.#lambda.send(new ListFunctionsCommand({}));
    const name = functions
      .map(({ FunctionName: of = "" }) => of)
      .find((of) => of.startsWith(`${this.#stack}-`) && of.includes(part));
    if (name === undefined) throw new Error(`the stack ${this.#stack} has no function ${part}`);
    const answer = await this.#lambda.send(
      new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
    const text = answer.Payload === undefined ? "" : Buffer.from(answer.Payload).toString("utf8");
    if (answer.FunctionError !== undefined) throw new Error(text);
    return text === "" ? undefined : JSON.parse(text);
  }

  output(name: string): string {
    const value = this.outputs[name];
    if (value === undefined) throw new Error(`the stack has no output ${name}`);
    return value;
  }
}

function keyOf(id: string): { pk: AttributeValue; sk: AttributeValue } {
  const { pk, sk } = headKey(id);
  return { pk: { S: pk }, sk: { S: sk } };
}
