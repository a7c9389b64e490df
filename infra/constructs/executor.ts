import { Duration } from "aws-cdk-lib";
import type { Role } from "aws-cdk-lib/aws-iam";
import { Alias, type IVersion } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { ExecutorClass } from "../../lib/homes/aws/env.ts";
import type { ExecutorQueues } from "./executor-queues.ts";
import { consume, postpone } from "./rights.ts";
import { type CommonProps, TreelineFunction } from "./treeline-function.ts";

/** How the invocations of one executor class run. */
export interface ExecutorProps {
  /**
   * How long an invocation may take: the longest step of its workflows, and how long a crash goes unnoticed.
   * @default 30 seconds for `short`, 15 minutes for `long`
   */
  readonly timeout?: Duration;
  /** In MiB. @default 512 */
  readonly memorySize?: number;
  /** Most invocations at once, per queue: 2 to 1000. @default what the account allows */
  readonly maxConcurrency?: number;
  /**
   * Most messages that share an invocation: its cost, and a crash or a busy processor too.
   * @default 10 for `short`, 1 for `long`
   */
  readonly batchSize?: number;
}

/** With every default filled in. */
export interface ExecutorSettings {
  readonly timeout: Duration;
  readonly memorySize: number;
  readonly maxConcurrency: number | undefined;
  readonly batchSize: number;
}

const DEFAULTS: Readonly<Record<ExecutorClass, ExecutorSettings>> = {
  short: { timeout: Duration.seconds(30), memorySize: 512, maxConcurrency: undefined, batchSize: 10 },
  long: { timeout: Duration.minutes(15), memorySize: 512, maxConcurrency: undefined, batchSize: 1 },
};

export function executorSettings(executorClass: ExecutorClass, props: ExecutorProps | undefined): ExecutorSettings {
  return { ...DEFAULTS[executorClass], ...props };
}

/** An invocation owns its execution a little longer than it can live. */
export function leaseOf(timeout: Duration): Duration {
  return timeout.plus(Duration.seconds(1));
}

/**
 * A message that was being worked on comes back after the lease has ended, cold starts included, and never while the
 * function, or the older version that it called (D26), may still run.
 */
export function visibilityOf(timeout: Duration): Duration {
  return timeout.plus(Duration.seconds(5));
}

export interface StepExecutorProps extends CommonProps {
  readonly settings: ExecutorSettings;
  readonly queues: ExecutorQueues;
  readonly environment: Record<string, string>;
  readonly role: Role;
}

/** The step executor of one class: consumes its two queues, and is the only code that advances an execution. */
export class Executor extends Construct {
  readonly function: TreelineFunction;
  /** The version that new executions begin with; running ones keep theirs (D26). */
  readonly live: Alias;

  constructor(scope: Construct, id: string, props: StepExecutorProps) {
    super(scope, id);
    const { settings, queues, role } = props;
    this.function = new TreelineFunction(this, "Function", {
      ...props,
      entry: "executor",
      description: "Treeline: advances executions",
      timeout: settings.timeout,
      memorySize: settings.memorySize,
      inLoop: true,
    });
    this.live = new Alias(this, "Live", { aliasName: "live", version: this.function.currentVersion as IVersion });
    const consumed = queues.all.map(({ queue }) => queue);
    role.addToPolicy(consume(consumed));
    role.addToPolicy(postpone(consumed));
    for (const [name, { queue }] of Object.entries({ Launches: queues.launches, Completions: queues.completions })) {
      this.live.addEventSourceMapping(name, {
        eventSourceArn: queue.queueArn,
        batchSize: settings.batchSize,
        reportBatchItemFailures: true,
        ...(settings.maxConcurrency === undefined ? undefined : { maxConcurrency: settings.maxConcurrency }),
      });
    }
  }
}
