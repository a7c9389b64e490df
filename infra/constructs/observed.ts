import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import type { ExecutorClass } from "../../lib/homes/aws/env.ts";
import type { Executor } from "./executor.ts";
import type { ExecutorQueues } from "./executor-queues.ts";
import type { Functions } from "./functions.ts";

type PerClass<T> = Readonly<Record<ExecutorClass, T>>;

/** What alarms and dashboard look at. */
export interface Observed {
  readonly queues: PerClass<ExecutorQueues>;
  readonly executors: PerClass<Executor>;
  readonly functions: Functions;
  readonly host: IStateMachine;
  readonly table: TableV2;
  readonly api: RestApi;
  /** What EventBridge could not deliver. */
  readonly undelivered: IQueue;
}

/** Both executor classes, with their names as people read them. */
export function classes<T>({ short, long }: PerClass<T>): readonly (readonly ["Short" | "Long", T])[] {
  return [
    ["Short", short],
    ["Long", long],
  ];
}
