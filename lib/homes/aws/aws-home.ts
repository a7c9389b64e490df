/** The AWS home of one deployment: what its functions are made of. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Workflow } from "../../kernel/definition.ts";
import type { Client } from "../../ports/client.ts";
import { safeLog } from "../../engine/safe-log.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import type { Plugin } from "../../ports/plugin.ts";
import { realClock } from "../real-clock.ts";
import { flushPlugins } from "../plugins-flush.ts";
import { createIds } from "../real-ids.ts";
import { AwsClient } from "./client.ts";
import type { CompletionTarget } from "./completion-target.ts";
import type { AwsContext, AwsLimits, AwsSettings } from "./context.ts";
import { type CostReport, costOf } from "./cost.ts";
import { deadLetters, type DeadLetterReport } from "./dead-letters.ts";
import { DEFAULT_AWS_LIMITS, DEFAULT_AWS_SETTINGS } from "./defaults.ts";
import { DeployedWorkflows } from "./definitions.ts";
import { DynamoTable } from "./dynamo-table.ts";
import { stopExecution } from "./endings.ts";
import type { AwsEnv } from "./env.ts";
import { handleSafely } from "./executor.ts";
import { LambdaVersions } from "./lambda-versions.ts";
import { fromOutside } from "./metered.ts";
import { notify } from "./notices.ts";
import { Patience } from "./patience.ts";
import { Registry } from "./registry.ts";
import { prune } from "./retention.ts";
import { SentWakes } from "./sent-wakes.ts";
import { toDelivered } from "./sqs-event.ts";
import { SqsQueues } from "./sqs-queues.ts";
import { StepFunctionsHosts } from "./step-functions-hosts.ts";
import { sweep, type SweepReport } from "./sweep.ts";
import { TargetTeller } from "./target-teller.ts";

export interface AwsHomeOptions {
  readonly limits?: Partial<AwsLimits>;
  readonly settings?: Partial<AwsSettings>;
  readonly plugins?: readonly Plugin[];
  readonly log?: LogSink;
}

export interface AwsHome {
  readonly client: Client;
  /** @param deadline when the function will be ended, in milliseconds since the epoch */
  handle(event: SQSEvent, deadline: number): Promise<SQSBatchResponse>;
  /** Has the execution tell `target` of its end, once or more; at once when it has ended. */
  notify(executionId: string, target: CompletionTarget): Promise<void>;
  /** What it, and all that is below it, has cost so far. @throws ExecutionNotFoundError */
  cost(id: string, namespace: string): Promise<CostReport>;
  sweep(): Promise<SweepReport>;
  /** Deletes the trees that were kept long enough (D23). @returns executions that were deleted */
  prune(): Promise<number>;
  deadLetter(event: SQSEvent): Promise<DeadLetterReport>;
}

const SECOND = 1_000;

export function openAwsHome(env: AwsEnv, workflows: readonly Workflow[], options: AwsHomeOptions = {}): AwsHome {
  const cx = contextOf(env, workflows, options);
  return {
    client: new AwsClient(cx),
    handle: async ({ Records: records }) => {
      // Executions of one batch go on side by side; what fails of one is no matter of the others.
      const handled = await Promise.all(records.map((record) => handleSafely(cx, toDelivered(record, records.length))));
      await flushPlugins(cx.plugins, cx.log);
      const failed = records.filter((_, at) => handled[at] === "again");
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
    notify: (executionId, target) => fromOutside(cx, (each) => notify(each, executionId, target)),
    cost: (id, namespace) => costOf(cx, id, namespace),
    sweep: () => sweep(cx),
    prune: () => prune(cx),
    deadLetter: (event) => deadLetters(cx, event),
  };
}

function contextOf(env: AwsEnv, workflows: readonly Workflow[], options: AwsHomeOptions): AwsContext {
  const sqs = new SQSClient();
  const sfn = new SFNClient();
  return {
    table: new DynamoTable(new DynamoDBClient(), env.table),
    queues: new SqsQueues(sqs, env.queues),
    hosts: new StepFunctionsHosts(sfn, env),
    versions: new LambdaVersions(new LambdaClient(), env.functionName ?? ""),
    targets: new TargetTeller(sqs, sfn),
    stop: stopExecution,
    workflows: new DeployedWorkflows(workflows),
    registry: new Registry(),
    wakes: new SentWakes(),
    patience: new Patience(),
    clock: realClock,
    ids: createIds(() => realClock.now()),
    limits: { ...DEFAULT_AWS_LIMITS, interruptions: env.interruptions, ...options.limits },
    log: safeLog(options.log ?? logLine),
    plugins: options.plugins ?? [],
    settings: {
      ...DEFAULT_AWS_SETTINGS,
      executor: env.executorClass,
      version: env.functionVersion ?? "$LATEST",
      leaseMs: env.leaseSeconds * SECOND,
      ...(env.memoryMb === undefined ? undefined : { memoryMb: env.memoryMb }),
      lingerMs: env.lingerMs,
      hostAfterMs: env.hostAfterSeconds * SECOND,
      longestHostMs: env.longestHostSeconds * SECOND,
      ...options.settings,
    },
  };
}

/** An object: Lambda's JSON format makes fields of it, which CloudWatch's filters find. */
const logLine: LogSink = ({ level, ...line }) => {
  const print = level === "error" ? console.error : level === "warn" ? console.warn : console.log;
  print({ level, ...line });
};
