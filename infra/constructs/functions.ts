import { Duration } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { ExecutorClass } from "../../lib/homes/aws/env.ts";
import type { ExecutorQueues } from "./executor-queues.ts";
import { changeItems, consume, getItems, queryIndex, queryItems, send, startItems } from "./rights.ts";
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
const TIMEOUT = Duration.seconds(30);
const MEMORY = 512;

type Made = Omit<TreelineFunctionProps, "memorySize">;

/** Everything but the executors: the ways in, and the two that clear up. */
export class Functions extends Construct {
  readonly api: TreelineFunction;
  readonly start: TreelineFunction;
  readonly startRole: Role;
  readonly trigger: TreelineFunction;
  readonly sweep: TreelineFunction;
  readonly deadLetter: TreelineFunction;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { short, long } = props.queues;
    const launches = [short.launches.queue, long.launches.queue];
    const completions = [short.completions.queue, long.completions.queue];
    this.api = this.#make("Api", { ...props, entry: "api", description: "the HTTP API", timeout: API_TIMEOUT }, [
      changeItems(props.table),
      queryItems(props.table),
      queryIndex(props.table, "byWorkflow"),
      send([...launches, ...completions]),
    ]);
    const starting = [startItems(props.table), send(launches)];
    this.startRole = executionRole(this, "StartRole");
    const start = { entry: "start", description: "starts an execution", timeout: TIMEOUT, role: this.startRole };
    this.start = this.#make("Start", { ...props, ...start }, starting);
    const trigger = { entry: "trigger", description: "starts what an event triggers", timeout: TIMEOUT };
    this.trigger = this.#make("Trigger", { ...props, ...trigger }, [...starting, send([props.undelivered])]);
    this.trigger.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: props.undelivered.queueArn }) },
    });
    const sweep = {
      entry: "sweep",
      description: "finds what nobody reported, prunes what was kept long enough",
      timeout: Duration.minutes(5),
    };
    this.sweep = this.#make("Sweep", { ...props, ...sweep }, [
      changeItems(props.table),
      queryItems(props.table),
      queryIndex(props.table, "parked"),
      queryIndex(props.table, "byWorkflow"),
      send(completions),
    ]);
    this.#schedule(props);
    // D28: what died in a queue fails its execution, or stays where an alarm sees it.
    const dead = [...short.all, ...long.all].map(({ deadLetters }) => deadLetters);
    const deadLetter = { entry: "dead-letter", description: "ends executions whose messages died", timeout: TIMEOUT };
    this.deadLetter = this.#make("DeadLetter", { ...props, ...deadLetter, inLoop: true }, [
      getItems(props.table),
      consume(dead),
      send(completions),
    ]);
    this.#consume(dead);
  }

  #make(id: string, props: Made, rights: readonly PolicyStatement[]): TreelineFunction {
    const description = `Treeline: ${props.description}`;
    const made = new TreelineFunction(this, id, { ...props, description, memorySize: MEMORY });
    for (const right of rights) made.addToRolePolicy(right);
    return made;
  }

  #schedule({ undelivered }: FunctionsProps): void {
    new Rule(this, "SweepSchedule", {
      description: "Has Treeline look for executions that nobody wakes",
      schedule: Schedule.rate(SWEEP_EVERY),
      targets: [new LambdaFunction(this.sweep, { deadLetterQueue: undelivered, retryAttempts: 0 })],
    });
  }

  #consume(dead: readonly IQueue[]): void {
    for (const [index, queue] of dead.entries()) {
      this.deadLetter.addEventSourceMapping(`Source${index}`, {
        eventSourceArn: queue.queueArn,
        batchSize: 10,
        reportBatchItemFailures: true,
      });
    }
  }
}
