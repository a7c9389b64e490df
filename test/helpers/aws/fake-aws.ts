/**
 * AWS as the SDK's clients see it: a handler of HTTP requests, with a stack, queues, versions of functions and a table
 * behind it. Knows what an operator's commands ask for, and refuses everything else.
 */
import { Readable } from "node:stream";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Item } from "../../../lib/homes/aws/table.ts";
import type { AwsClients } from "../../../lib/operator/aws-clients.ts";
import type { Waiting } from "../../../lib/operator/waiting.ts";
import { FakeFunctions } from "./fake-functions.ts";
import { FakeQueues } from "./fake-queues.ts";
import { type Json, Refusal } from "./fake-refusal.ts";
import { FakeTable } from "./fake-table.ts";

interface Request {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const STACK = "Orders";
const QUEUES = ["ShortLaunches", "ShortCompletions", "LongLaunches", "LongCompletions"];

export class FakeAws {
  now = Date.UTC(2026, 10, 21);
  /** Whatever was asked, as IAM calls it. */
  readonly calls: string[] = [];
  readonly outputs: Record<string, string> = {
    ApiUrl: "https://api.example.com/",
    TableName: "orders-table",
    ExecutorName: "orders-short",
    LongExecutorName: "orders-long",
  };
  readonly functions = new FakeFunctions();
  readonly queues = new FakeQueues(
    () => this.now,
    (arn) => this.functions.reads(arn),
  );
  readonly table: FakeTable;
  readonly #faults: { readonly action: string; readonly refusal: Refusal; times: number }[] = [];

  constructor(items: Iterable<Item> = []) {
    this.table = new FakeTable(items);
    for (const name of QUEUES) {
      this.outputs[`${name}Url`] = this.queues.create(name);
      this.outputs[`${name}DeadLettersUrl`] = this.queues.create(`${name}DeadLetters`);
    }
  }

  /** Refuses the next calls. */
  fail(action: string, refusal: Refusal, times = Number.POSITIVE_INFINITY): void {
    this.#faults.push({ action, refusal, times });
  }

  clients(
    settings: { readonly maxAttempts?: number; readonly credentials?: unknown; readonly region?: unknown } = {},
  ): AwsClients {
    const config = {
      region: "eu-central-1",
      credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
      maxAttempts: 1,
      requestHandler: { handle: (request: Request) => this.#handle(request) },
      ...settings,
    } as object;
    return {
      cloudFormation: new CloudFormationClient(config),
      dynamo: new DynamoDBClient(config),
      lambda: new LambdaClient(config),
      sqs: new SQSClient(config),
    };
  }

  /** Time passes only by waiting. */
  waiting(signal?: AbortSignal): Waiting {
    return {
      now: () => this.now,
      pause: async (ms) => {
        this.now += ms;
      },
      ...(signal === undefined ? undefined : { signal }),
    };
  }

  async #handle(request: Request): Promise<{ response: object }> {
    const isXml = request.hostname.startsWith("cloudformation.");
    try {
      const [action, answer] = this.#route(request);
      this.calls.push(action);
      this.#throwFault(action);
      return toResponse(200, isXml ? String(answer()) : JSON.stringify(answer()));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refusalResponse(error, isXml);
    }
  }

  #throwFault(action: string): void {
    const fault = this.#faults.find((each) => each.action === action && each.times > 0);
    if (fault === undefined) return;
    fault.times -= 1;
    throw fault.refusal;
  }

  #route({ method, hostname, path, query = {}, headers, body = "" }: Request): [action: string, answer: () => unknown] {
    const text = typeof body === "string" ? body : new TextDecoder().decode(body);
    const [service = ""] = hostname.split(".");
    const operation = headers["x-amz-target"]?.split(".")[1] ?? "";
    if (service === "cloudformation")
      return ["cloudformation:DescribeStacks", () => this.#stack(new URLSearchParams(text))];
    if (service === "sqs") return [`sqs:${operation}`, () => this.queues.handle(operation, JSON.parse(text) as Json)];
    if (service === "dynamodb")
      return [`dynamodb:${operation}`, () => this.table.handle(operation, JSON.parse(text) as Json)];
    return this.functions.route(method, path, query, text === "" ? {} : (JSON.parse(text) as Json));
  }

  #stack(form: URLSearchParams): string {
    const name = form.get("StackName");
    if (name !== STACK) throw new Refusal("ValidationError", `Stack with id ${name} does not exist`);
    const outputs = Object.entries(this.outputs).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${STACK}</StackName><Outputs>${outputs.join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
  }
}

function refusalResponse({ code, message, status }: Refusal, isXml: boolean): { response: object } {
  if (isXml)
    return toResponse(
      status,
      `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    );
  return toResponse(status, JSON.stringify({ __type: code, message }), { "x-amzn-errortype": code });
}

function toResponse(statusCode: number, body: string, headers: Record<string, string> = {}): { response: object } {
  return { response: { statusCode, headers, body: Readable.from([Buffer.from(body)]) } };
}
