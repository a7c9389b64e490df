import { Duration } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { ExecutorClass } from "../../lib/homes/aws/env.ts";
import type { ExecutorQueues } from "./executor-queues.ts";
import {
  changeItems,
  consume,
  deleteItems,
  getItems,
  markItems,
  queryIndex,
  queryItems,
  send,
  startItems,
} from "./rights.ts";
import { type CommonProps, executionRole, TreelineFunction, type TreelineFunctionProps } from "./treeline-function.ts";

export interface FunctionsProps extends CommonProps {
  readonly table: TableV2;
  readonly queues: Readonly<Record<ExecutorClass, ExecutorQueues>>;
  /** For what EventBridge and Lambda's own queue cannot deliver. */
  readonly undelivered: IQueue;
  readonly environment: Record<string, string>;
}

/** API Gateway waits no longer. */
const API_TIMEOUT = Duration.seconds(29);
const SWEEP_EVERY = Duration.minutes(10);
/** Often enough for what is kept for days. */
const PRUNE_EVERY = Duration.hours(1);
const TIMEOUT = Duration.seconds(30);
const MEMORY = 512;

const CLEARING_TIMEOUT = Duration.minutes(5);

const DOES = {
  api: "the HTTP API",
  start: "starts an execution",
  trigger: "starts what an event triggers",
  sweep: "finds what nobody reported",
  prune: "deletes what was kept long enough",
  "dead-letter": "ends executions whose messages died",
} as const;

type Made = Omit<TreelineFunctionProps, "memorySize" | "description" | "entry"> & {
  readonly entry: keyof typeof DOES;
};

/** Everything but the executors: the ways in, and the three that clear up. */
export class Functions extends Construct {
  readonly api: TreelineFunction;
  readonly start: TreelineFunction;
  readonly startRole: Role;
  readonly trigger: TreelineFunction;
  readonly sweep: TreelineFunction;
  readonly prune: TreelineFunction;
  readonly deadLetter: TreelineFunction;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { queues, table, undelivered } = props;
    const classes = [queues.short, queues.long];
    const launches = classes.map((each) => each.launches.queue);
    const completions = classes.map((each) => each.completions.queue);
    // Whoever comes second with a key looks at what the first has started: its journal is queried.
    const starting = [startItems(table), queryItems(table), send(launches)];
    this.api = this.#make("Api", { ...props, entry: "api", timeout: API_TIMEOUT }, [
      changeItems(table),
      queryItems(table),
      queryIndex(table, "byWorkflow"),
      send([...launches, ...completions]),
    ]);
    this.startRole = executionRole(this, "StartRole");
    this.start = this.#make("Start", { ...props, entry: "start", timeout: TIMEOUT, role: this.startRole }, [
      ...starting,
      markItems(table),
    ]);
    this.trigger = this.#make("Trigger", { ...props, entry: "trigger", timeout: TIMEOUT }, starting);
    this.#keepFailures(this.trigger, undelivered);
    this.sweep = this.#make("Sweep", { ...props, entry: "sweep", timeout: CLEARING_TIMEOUT }, [
      getItems(table),
      queryIndex(table, "parked"),
      send(completions),
    ]);
    this.#schedule(this.sweep, "sweep", SWEEP_EVERY, undelivered);
    this.prune = this.#make("Prune", { ...props, entry: "prune", timeout: CLEARING_TIMEOUT }, [
      getItems(table),
      queryItems(table),
      queryIndex(table, "byWorkflow"),
      deleteItems(table),
    ]);
    this.#schedule(this.prune, "prune", PRUNE_EVERY, undelivered);
    // D28: what died in a queue fails its execution, or stays where an alarm sees it.
    const dead = classes.flatMap((each) => each.all.map(({ deadLetters }) => deadLetters));
    this.deadLetter = this.#make("DeadLetter", { ...props, entry: "dead-letter", timeout: TIMEOUT, inLoop: true }, [
      getItems(table),
      consume(dead),
      send(completions),
    ]);
    this.#consume(this.deadLetter, dead);
  }

  #make(id: string, props: Made, rights: readonly PolicyStatement[]): TreelineFunction {
    const description = `Treeline: ${DOES[props.entry]}`;
    const made = new TreelineFunction(this, id, { ...props, description, memorySize: MEMORY });
    for (const right of rights) made.addToRolePolicy(right);
    return made;
  }

  /** What fails when Lambda's own queue calls it, twice more, is not lost. */
  #keepFailures(made: TreelineFunction, undelivered: IQueue): void {
    made.addToRolePolicy(send([undelivered]));
    made.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: undelivered.queueArn }) },
    });
  }

  #schedule(made: TreelineFunction, entry: "sweep" | "prune", every: Duration, undelivered: IQueue): void {
    new Rule(this, `${made.node.id}Schedule`, {
      description: `Treeline: ${DOES[entry]}`,
      schedule: Schedule.rate(every),
      targets: [new LambdaFunction(made, { deadLetterQueue: undelivered, retryAttempts: 0 })],
    });
  }

  #consume(made: TreelineFunction, queues: readonly IQueue[]): void {
    for (const [index, queue] of queues.entries()) {
      made.addEventSourceMapping(`Source${index}`, {
        eventSourceArn: queue.queueArn,
        batchSize: 10,
        reportBatchItemFailures: true,
      });
    }
  }
}
