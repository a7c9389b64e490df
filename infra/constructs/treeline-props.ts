import type { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { IEventBus } from "aws-cdk-lib/aws-events";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import type { ApiAuth } from "./api.ts";
import type { ExecutorProps } from "./executor.ts";

/** What `new Treeline(this, "Treeline", { … })` takes. Only `workflows` has no default. */
export interface TreelineProps {
  /** File that exports your workflows; a relative path starts where the app is run. Bundled into the functions. */
  readonly workflows: string;
  /**
   * Two classes, since the longest step decides how late a crash is noticed. A workflow says which one it needs.
   * @default 30 seconds and batches of 10 for `short`, 15 minutes and one at a time for `long`
   */
  readonly executors?: { readonly short?: ExecutorProps; readonly long?: ExecutorProps };
  /**
   * Who may call the HTTP API. It is never open.
   * @default IAM: callers sign, and need `grantApi`
   */
  readonly auth?: ApiAuth;
  /** Deploys the triggers that workflows declare. @default true */
  readonly triggers?: boolean;
  /** What executions may end towards, besides their parents. @default nothing; see `allowCompletion` too */
  readonly completionTargets?: readonly CompletionTarget[];
  /** Environment variables of your own for the functions that load your module. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * What happens to the executions when the stack is deleted. With `DESTROY` they go with it, and so do the logs.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /** How long logs are kept. @default one month */
  readonly logRetention?: RetentionDays;
  /** X-Ray traces of API, functions and hosts. @default true */
  readonly tracing?: boolean;
  /** Alarms on everything that nobody is told of otherwise; `false` for none. @default alarms without a topic */
  readonly alarms?: AlarmOptions | false;
  /** A dashboard in CloudWatch. @default true */
  readonly dashboard?: boolean;
  /** How waiting costs. @default see `WaitOptions` */
  readonly waits?: WaitOptions;
  /** Interruptions in a row (crashes, function timeouts) that an execution survives. @default 10 */
  readonly interruptions?: number;
  /** For tests of Treeline itself. @default none */
  readonly testing?: TestingOptions;
}

export interface AlarmOptions {
  /** Told when an alarm goes off, and when it is over. @default nobody: alarms show in the console only */
  readonly topic?: ITopic;
  /** Address that the alarms' descriptions point at. @default "infra/RUNBOOK.md", in Treeline's repository */
  readonly runbookUrl?: string;
}

export interface WaitOptions {
  /** How long an invocation waits for what is about to happen, before it parks. @default 250 ms */
  readonly linger?: Duration;
  /** A wait that has lasted so long is shown in Step Functions. @default 60 seconds */
  readonly hostAfter?: Duration;
  /** Longer waits take several Step Functions executions, one after the other. @default 300 days */
  readonly longestHost?: Duration;
}

export interface TestingOptions {
  /** How long a second is in the durations of workflows, in milliseconds (D29). */
  readonly unitMs?: number;
}

/** Told of an execution's end: a state machine (by task token), a queue, an event bus. */
export type CompletionTarget =
  | Pick<IStateMachine, "stateMachineArn">
  | Pick<IQueue, "queueArn">
  | Pick<IEventBus, "eventBusArn">;

export interface RunWorkflowProps {
  readonly workflow: string;
  /** An object, with `JsonPath`s into the state's input where wanted. @default the state's input as it is */
  readonly input?: unknown;
  /** How long the state waits. @default as long as the workflow takes, a year at most */
  readonly timeout?: Duration;
}
