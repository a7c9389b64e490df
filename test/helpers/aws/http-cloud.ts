/**
 * A deployment behind the real SDK clients: what they send over HTTP is answered here, in virtual time. Everything that
 * AWS would bill is counted from these requests, apart from the code under test.
 */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { AwsClient } from "../../../lib/homes/aws/client.ts";
import type { AwsContext, AwsLimits, AwsSettings } from "../../../lib/homes/aws/context.ts";
import { DEFAULT_AWS_LIMITS, DEFAULT_AWS_SETTINGS } from "../../../lib/homes/aws/defaults.ts";
import { DeployedWorkflows } from "../../../lib/homes/aws/definitions.ts";
import { DynamoTable } from "../../../lib/homes/aws/dynamo-table.ts";
import { stopExecution } from "../../../lib/homes/aws/endings.ts";
import { handleSafely } from "../../../lib/homes/aws/executor.ts";
import type { Message } from "../../../lib/homes/aws/messages.ts";
import { Patience } from "../../../lib/homes/aws/patience.ts";
import { Registry } from "../../../lib/homes/aws/registry.ts";
import { SentWakes } from "../../../lib/homes/aws/sent-wakes.ts";
import type { Delivered, Handled } from "../../../lib/homes/aws/services.ts";
import { SqsQueues } from "../../../lib/homes/aws/sqs-queues.ts";
import { StepFunctionsHosts } from "../../../lib/homes/aws/step-functions-hosts.ts";
import type { Client } from "../../../lib/ports/client.ts";
import type { LogLine } from "../../../lib/ports/log-sink.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { ExecutionNotFoundError } from "../../../lib/kernel/errors.ts";
import { VirtualClock } from "../virtual-clock.ts";
import type { Attributes } from "./http-expressions.ts";
import { HttpTable, Refusal } from "./http-table.ts";
import { MemoryQueues } from "./memory-queues.ts";

/** What AWS would bill. */
export interface Tally {
  writeUnits: number;
  readUnits: number;
  requests: number;
  transitions: number;
  invocations: number;
  gbSeconds: number;
}

export function emptyTally(): Tally {
  return { writeUnits: 0, readUnits: 0, requests: 0, transitions: 0, invocations: 0, gbSeconds: 0 };
}

export interface HttpCloudOptions {
  readonly workflows: readonly Workflow<any, any>[];
  readonly limits?: Partial<AwsLimits>;
  readonly settings?: Partial<AwsSettings>;
}

interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface HostState {
  readonly input: { readonly key: Attributes; readonly id: string; readonly host: number; readonly queueUrl: string };
  status: "RUNNING" | "OVER";
}

const TABLE = "table";
const HOST_ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:Host";
const QUEUES = {
  short: {
    launches: "https://sqs.us-east-1.amazonaws.com/000000000000/short-launches",
    completions: "https://sqs.us-east-1.amazonaws.com/000000000000/short-completions",
  },
  long: {
    launches: "https://sqs.us-east-1.amazonaws.com/000000000000/long-launches",
    completions: "https://sqs.us-east-1.amazonaws.com/000000000000/long-completions",
  },
};
const MAX_BATCH = 10;
const MAX_BATCH_BYTES = 256 * 1024;
const MAX_DELAY = 900;
/** As long as those of Step Functions. */
const TOKEN_LENGTH = 800;
/** As in memory-cloud.ts: between two requests there are rounds of delivery, 64 to a tick. */
const QUIET_TICKS = 24;

export class HttpCloud {
  readonly clock = new VirtualClock();
  readonly table = new HttpTable();
  readonly logs: LogLine[] = [];
  /** Of all functions, of Step Functions, and of what callers outside asked for. */
  readonly tally = emptyTally();
  readonly client: Client;
  readonly #options: HttpCloudOptions;
  readonly #registry = new Registry();
  readonly #hosts = new Map<string, HostState>();
  readonly #queues: MemoryQueues;
  /** What a function that clears up has. */
  readonly functions: AwsContext;
  #activity = 0;
  #ids = 0;

  constructor(options: HttpCloudOptions) {
    this.#options = options;
    const queueOptions = { visibilityMs: 30_000, strict: false, batch: 1, maxReceives: 15, secondMs: 1_000 };
    this.#queues = new MemoryQueues(this.clock, queueOptions, this.#invoke, this.#busy);
    this.functions = this.#context(() => this.tally);
    this.client = this.#outside();
  }

  readonly #busy = (): void => {
    this.#activity += 1;
  };

  /** Services as a process reaches them. @param tally where its calls are counted */
  #context(tally: () => Tally): AwsContext {
    const config = {
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      requestHandler: { handle: (request: unknown) => this.#answer(request as HttpRequest, tally()) },
    };
    const { limits, settings, workflows } = this.#options;
    const unavailable = (): Promise<never> => Promise.reject(new Error("not here"));
    return {
      table: new DynamoTable(new DynamoDBClient(config as never), TABLE),
      queues: new SqsQueues(new SQSClient(config as never), QUEUES),
      hosts: new StepFunctionsHosts(new SFNClient(config as never), { hostArn: HOST_ARN, queues: QUEUES }),
      versions: { handle: unavailable },
      targets: { tell: unavailable },
      stop: stopExecution,
      workflows: new DeployedWorkflows(workflows),
      registry: this.#registry,
      wakes: new SentWakes(),
      patience: new Patience(),
      clock: this.clock,
      ids: { root: () => `root${String((this.#ids += 1)).padStart(16, "0")}`, random: () => 0.5 },
      limits: { ...DEFAULT_AWS_LIMITS, ...limits },
      log: (line) => this.logs.push(line),
      plugins: [],
      settings: { ...DEFAULT_AWS_SETTINGS, ...settings },
    };
  }

  /** Who acts is counted, who looks is not; and what was refused before it was about an execution is nobody's. */
  #outside(): Client {
    let tally = emptyTally();
    const looking = new AwsClient(this.#context(emptyTally));
    const acting = new AwsClient(this.#context(() => tally));
    const counted =
      (act: (...args: never[]) => Promise<unknown>, isBirth: boolean) =>
      async (...args: never[]): Promise<unknown> => {
        tally = emptyTally();
        let isAbout = true;
        try {
          return await act.apply(acting, args);
        } catch (error) {
          isAbout = !isBirth && !(error instanceof ExecutionNotFoundError);
          throw error;
        } finally {
          if (isAbout) for (const each of Object.keys(tally) as (keyof Tally)[]) this.tally[each] += tally[each];
        }
      };
    const { callbacks } = acting;
    return new Proxy(looking, {
      get: (target, name) => {
        if (name === "callbacks") {
          return {
            succeed: counted(callbacks.succeed, false),
            fail: counted(callbacks.fail, false),
            heartbeat: counted(callbacks.heartbeat, false),
          };
        }
        if (["start", "signal", "cancel", "stop", "patchState"].includes(String(name)))
          return counted(Reflect.get(acting, name) as never, name === "start");
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  // ---- HTTP -------------------------------------------------------------------------------------------------------

  async #answer({ headers, body = "{}" }: HttpRequest, tally: Tally): Promise<{ response: object }> {
    this.#busy();
    await setImmediate();
    this.#busy();
    const [service = "", operation = ""] = String(headers["x-amz-target"]).split(".");
    const request = JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8")) as never;
    try {
      const answer = structuredClone(this.#operate(service, operation, request, tally));
      return respond(200, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return respond(400, { __type: `com.amazonaws#${error.type}`, message: error.message, ...error.body });
    }
  }

  #operate(service: string, operation: string, request: never, tally: Tally): object {
    if (service.startsWith("DynamoDB")) return this.table.answer(operation, request, tally);
    switch (operation) {
      case "SendMessageBatch":
        tally.requests += 1;
        return this.#sendBatch(request);
      case "ChangeMessageVisibility":
        tally.requests += 1;
        return this.#postpone(request);
      case "StartExecution":
        return this.#startHost(request, tally);
      case "SendTaskSuccess":
        return this.#completeTask(request);
      default:
        throw new Refusal("UnknownOperationException", `there is no ${service}.${operation} here`);
    }
  }

  // ---- SQS --------------------------------------------------------------------------------------------------------

  #sendBatch({ QueueUrl, Entries }: { QueueUrl: string; Entries: readonly SendEntry[] }): object {
    const bytes = Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
    if (Entries.length === 0 || Entries.length > MAX_BATCH || bytes > MAX_BATCH_BYTES)
      throw new Refusal("InvalidBatch", `${Entries.length} messages of ${bytes} bytes`);
    if (new Set(Entries.map(({ Id }) => Id)).size < Entries.length) throw new Refusal("BatchEntryIdsNotDistinct", "");
    for (const { DelaySeconds = 0 } of Entries) {
      if (!Number.isSafeInteger(DelaySeconds) || DelaySeconds < 0 || DelaySeconds > MAX_DELAY)
        throw new Refusal("InvalidParameterValue", `a delay of ${DelaySeconds} s`);
    }
    for (const entry of Entries) this.#send(QueueUrl, entry);
    return {
      Successful: Entries.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: Id,
        MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
      })),
      Failed: [],
    };
  }

  #send(url: string, { MessageBody, DelaySeconds = 0 }: Omit<SendEntry, "Id">): void {
    const [executor, queue] = (url.split("/").at(-1) ?? "").split("-") as ["short", "launches"];
    const { fmt, ...message } = JSON.parse(MessageBody) as Message & { fmt: number };
    if (fmt !== 1) throw new Error(`a message of format ${fmt}`);
    void this.#queues.send([{ executor, queue, message, delaySeconds: DelaySeconds }]);
  }

  #postpone({
    ReceiptHandle: handle,
    VisibilityTimeout: seconds,
  }: {
    ReceiptHandle: string;
    VisibilityTimeout: number;
  }): object {
    void this.#queues.postpone({ handle }, seconds);
    return {};
  }

  readonly #invoke = async (batch: readonly Delivered[]): Promise<readonly Handled[]> => {
    this.tally.invocations += 1;
    this.tally.requests += 1;
    const cx = this.functions;
    const begin = this.clock.now();
    const handled = await Promise.all(
      batch.map(({ messageId, body, receipt }) =>
        handleSafely(cx, {
          messageId,
          body,
          receipt: { queueArn: "arn:aws:sqs:us-east-1:000000000000:short-completions", handle: receipt.handle },
          batch: batch.length,
        }),
      ),
    );
    this.tally.gbSeconds += ((this.clock.now() - begin) / 1_000) * (cx.settings.memoryMb / 1_024);
    if (handled.includes("done")) this.tally.requests += 1;
    return handled;
  };

  // ---- Step Functions ---------------------------------------------------------------------------------------------

  #startHost({ name, input }: { name: string; input: string }, tally: Tally): object {
    if (this.#hosts.has(name)) throw new Refusal("ExecutionAlreadyExists", name);
    const { key, ...rest } = JSON.parse(input) as {
      key: { pk: string; sk: string };
      id: string;
      host: number;
      queueUrl: string;
      timeoutSeconds: number;
    };
    const host: HostState = { input: { ...rest, key: { pk: { S: key.pk }, sk: { S: key.sk } } }, status: "RUNNING" };
    this.#hosts.set(name, host);
    tally.transitions += 1;
    this.#park(name, host, tally);
    this.clock.at(this.clock.now() + rest.timeoutSeconds * 1_000, () => this.#kick(host));
    return { executionArn: `arn:${name}`, startDate: 0 };
  }

  #park(name: string, host: HostState, tally: Tally): void {
    const { key: Key, host: number } = host.input;
    const request = {
      Key,
      UpdateExpression: "SET #t = :t",
      ConditionExpression: "attribute_not_exists(#end) AND #ho = :n",
      ExpressionAttributeNames: { "#t": "ht", "#end": "endAt", "#ho": "ho" },
      ExpressionAttributeValues: {
        ":t": { S: name.padEnd(TOKEN_LENGTH - "ht".length, ".") },
        ":n": { N: String(number) },
      },
    };
    try {
      this.table.answer("UpdateItem", request as never, tally);
    } catch {
      // To the state `Gone`.
      host.status = "OVER";
      tally.transitions += 1;
    }
  }

  #kick(host: HostState): void {
    if (host.status === "OVER") return;
    host.status = "OVER";
    this.tally.transitions += 1;
    this.tally.requests += 1;
    const { queueUrl, id, host: number } = host.input;
    this.#send(queueUrl, { MessageBody: JSON.stringify({ fmt: 1, kind: "kick", id, host: number }) });
  }

  #completeTask({ taskToken }: { taskToken: string }): object {
    const host = this.#hosts.get(taskToken.replace(/\.+$/, ""));
    if (host?.status !== "RUNNING") throw new Refusal("InvalidToken", "Invalid token");
    host.status = "OVER";
    return {};
  }

  // ---- time -------------------------------------------------------------------------------------------------------

  get inFlight(): number {
    return this.#queues.bodies.length;
  }

  /** Resolves when nothing can happen without time or the outside. What the outside does next is later by a moment. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TICKS; quiet += 1) {
      const before = this.#activity;
      await setImmediate();
      if (this.#activity !== before) quiet = -1;
    }
    this.clock.moveTo(this.clock.now() + 1);
  }
}

interface SendEntry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}

function respond(statusCode: number, body: object): { response: object } {
  const text = JSON.stringify(body);
  return {
    response: { statusCode, headers: { "content-type": "application/x-amz-json-1.0" }, body: Buffer.from(text) },
  };
}
