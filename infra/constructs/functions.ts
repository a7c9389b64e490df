import { Duration } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { WorkQueue } from "./work-queue.ts";
import { consume, queryIndex, readTable, send, useTable } from "./rights.ts";
import { type CommonProps, TreelineFunction } from "./treeline-function.ts";

export interface FunctionsProps extends CommonProps {
  readonly table: TableV2;
  /** Every queue that an executor consumes. */
  readonly queues: readonly WorkQueue[];
  /** For what EventBridge and Lambda's own queue cannot deliver. */
  readonly undelivered: IQueue;
  readonly environment: Record<string, string>;
}

/** API Gateway waits no longer. */
const API_TIMEOUT = Duration.seconds(29);
const SWEEP_EVERY = Duration.minutes(10);
const MEMORY = 512;

/** Everything but the executors: the ways in, and the two that clear up. */
export class Functions extends Construct {
  readonly api: TreelineFunction;
  readonly start: TreelineFunction;
  readonly trigger: TreelineFunction;
  readonly sweep: TreelineFunction;
  readonly deadLetter: TreelineFunction;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.api = this.#client("Api", "api", "Treeline: the HTTP API", API_TIMEOUT, props);
    this.start = this.#client("Start", "start", "Treeline: starts an execution", Duration.seconds(30), props);
    this.trigger = this.#client(
      "Trigger",
      "trigger",
      "Treeline: starts what an event triggers",
      Duration.seconds(30),
      props,
    );
    this.trigger.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.hours(6) });
    this.sweep = this.#sweep(props);
    this.deadLetter = this.#deadLetter(props);
  }

  get all(): readonly TreelineFunction[] {
    return [this.api, this.start, this.trigger, this.sweep, this.deadLetter];
  }

  /** One that starts executions, reads them and leaves messages for them. */
  #client(id: string, entry: string, description: string, timeout: Duration, props: FunctionsProps): TreelineFunction {
    const made = new TreelineFunction(this, id, { ...props, entry, description, timeout, memorySize: MEMORY });
    made.addToRolePolicy(useTable(props.table));
    made.addToRolePolicy(queryIndex(props.table, "byWorkflow"));
    made.addToRolePolicy(send(props.queues.map(({ queue }) => queue)));
    return made;
  }

  #sweep(props: FunctionsProps): TreelineFunction {
    const made = new TreelineFunction(this, "Sweep", {
      ...props,
      entry: "sweep",
      description: "Treeline: finds what nobody reported",
      timeout: Duration.minutes(5),
      memorySize: MEMORY,
    });
    made.addToRolePolicy(readTable(props.table));
    made.addToRolePolicy(queryIndex(props.table, "parked"));
    made.addToRolePolicy(send(props.queues.map(({ queue }) => queue)));
    new Rule(this, "SweepSchedule", {
      description: "Has Treeline look for executions that nobody wakes",
      schedule: Schedule.rate(SWEEP_EVERY),
      targets: [new LambdaFunction(made, { deadLetterQueue: props.undelivered, retryAttempts: 0 })],
    });
    return made;
  }

  /** D28: what died in a queue fails its execution, or stays where an alarm sees it. */
  #deadLetter(props: FunctionsProps): TreelineFunction {
    const made = new TreelineFunction(this, "DeadLetter", {
      ...props,
      entry: "dead-letter",
      description: "Treeline: ends executions whose messages died",
      timeout: Duration.seconds(30),
      memorySize: MEMORY,
      inLoop: true,
    });
    const dead = props.queues.map(({ deadLetters }) => deadLetters);
    made.addToRolePolicy(consume(dead));
    made.addToRolePolicy(send(props.queues.map(({ queue }) => queue)));
    for (const [index, queue] of dead.entries()) {
      made.addEventSourceMapping(`Source${index}`, {
        eventSourceArn: queue.queueArn,
        batchSize: 10,
        reportBatchItemFailures: true,
      });
    }
    return made;
  }
}
