import { CfnOutput, Stack } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import type { Construct } from "constructs";
import type { ExecutorClass } from "../../lib/homes/aws/env.ts";
import type { ExecutorQueues } from "./executor-queues.ts";
import type { Executors } from "./executors.ts";
import type { Functions } from "./functions.ts";

export interface OutputsProps {
  readonly api: RestApi;
  readonly table: TableV2;
  readonly queues: Readonly<Record<ExecutorClass, ExecutorQueues>>;
  readonly host: IStateMachine;
  readonly executors: Executors;
  readonly functions: Functions;
}

/** What people and `treeline --remote` need to know of the deployed stack: outputs of the stack, under plain names. */
export function addOutputs(scope: Construct, props: OutputsProps): void {
  const { api, table, queues, host, executors, functions } = props;
  const values = {
    ApiUrl: api.url,
    TableName: table.tableName,
    HostArn: host.stateMachineArn,
    ExecutorName: executors.short.function.functionName,
    LongExecutorName: executors.long.function.functionName,
    StartFunctionName: functions.start.functionName,
    ShortLaunchesUrl: queues.short.launches.queue.queueUrl,
    ShortLaunchesDeadLettersUrl: queues.short.launches.deadLetters.queueUrl,
    ShortCompletionsUrl: queues.short.completions.queue.queueUrl,
    ShortCompletionsDeadLettersUrl: queues.short.completions.deadLetters.queueUrl,
    LongLaunchesUrl: queues.long.launches.queue.queueUrl,
    LongLaunchesDeadLettersUrl: queues.long.launches.deadLetters.queueUrl,
    LongCompletionsUrl: queues.long.completions.queue.queueUrl,
    LongCompletionsDeadLettersUrl: queues.long.completions.deadLetters.queueUrl,
  };
  const stack = Stack.of(scope);
  // A second Treeline in the same stack has its own id before each name.
  const prefix = stack.node.tryFindChild("TableName") === undefined ? "" : scope.node.id;
  for (const [name, value] of Object.entries(values)) new CfnOutput(stack, `${prefix}${name}`, { value });
}
