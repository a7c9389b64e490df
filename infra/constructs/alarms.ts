import { Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Operation } from "aws-cdk-lib/aws-dynamodb";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { classes, type Observed } from "./observed.ts";
import type { TreelineFunction } from "./treeline-function.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface AlarmsProps extends Observed {
  /** Told when an alarm goes off, and when it is over. */
  readonly topic: ITopic | undefined;
  /** Where the runbook is; the alarm's own part is appended. */
  readonly runbookUrl: string;
}

interface AlarmSpec {
  readonly metric: IMetric;
  readonly threshold: number;
  /** What has happened, in one sentence. */
  readonly what: string;
  /** Heading in the runbook. */
  readonly runbook: string;
  /** Periods in a row. @default 1 */
  readonly periods?: number;
  readonly comparison?: ComparisonOperator;
  readonly missing?: TreatMissingData;
}

const FIVE_MINUTES = Duration.minutes(5);
/** Beyond what retries and a few crashes cause. */
const MANY = 10;
/** A message may come back this often before its age says that nobody gets on. */
const REDELIVERIES = 5;
/** The sweep runs every ten minutes. */
const SWEEP_MISSED = Duration.minutes(30);

const TABLE_OPERATIONS = [Operation.GET_ITEM, Operation.QUERY, Operation.PUT_ITEM, Operation.UPDATE_ITEM];

/** One alarm per way of failing that nobody is told of otherwise; RUNBOOK.md says what to do about each. */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.#queues();
    this.#executors();
    this.#host();
    this.#functions();
    this.#table();
    this.#api();
  }

  #queues(): void {
    const { queues, undelivered } = this.#props;
    for (const [name, { launches, completions, visibilityTimeout }] of classes(queues)) {
      for (const [kind, queue] of Object.entries({ Launches: launches, Completions: completions })) {
        this.#deadLetters(`${name}${kind}DeadLetters`, queue);
        this.#age(`${name}${kind}Age`, queue, visibilityTimeout);
      }
    }
    this.#add("Undelivered", {
      metric: depth(undelivered),
      threshold: 1,
      what: "EventBridge or Lambda could not deliver an event: a trigger, a schedule or the end of a host",
      runbook: "undelivered",
    });
  }

  #deadLetters(id: string, { deadLetters }: WorkQueue): void {
    this.#add(id, {
      metric: depth(deadLetters),
      threshold: 1,
      periods: 2,
      what: "A message lies in a dead-letter queue and could not be turned into the end of its execution",
      runbook: "dead-letters",
    });
  }

  #age(id: string, { queue }: WorkQueue, visibility: Duration): void {
    const threshold = Math.max(FIVE_MINUTES.toSeconds(), REDELIVERIES * visibility.toSeconds());
    this.#add(id, {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: "Maximum" }),
      threshold,
      periods: 2,
      what: `The oldest message has waited for more than ${threshold} seconds`,
      runbook: "queue-age",
    });
  }

  #executors(): void {
    for (const [name, executor] of classes(this.#props.executors)) {
      this.#errors(`${name}ExecutorErrors`, executor.function, "executor-errors", MANY);
      this.#add(`${name}ExecutorThrottles`, {
        metric: executor.function.metricThrottles({ period: FIVE_MINUTES, statistic: "Sum" }),
        threshold: MANY,
        periods: 3,
        what: "Lambda refuses to run the step executor: the account's concurrency is used up",
        runbook: "executor-throttles",
      });
    }
  }

  #errors(id: string, made: TreelineFunction, runbook: string, threshold: number): void {
    this.#add(id, {
      metric: made.metricErrors({ period: FIVE_MINUTES, statistic: "Sum" }),
      threshold,
      what: `The function ${made.node.id} crashed, or ran out of time or memory, ${threshold} times in five minutes`,
      runbook,
    });
  }

  #host(): void {
    const { host } = this.#props;
    this.#add("HostsFailed", {
      metric: host.metricFailed({ period: FIVE_MINUTES, statistic: "Sum" }),
      threshold: 1,
      what: "A host of a long wait failed; the execution is kept alive by the sweep only",
      runbook: "hosts-failed",
    });
    this.#add("HostsThrottled", {
      metric: host.metricThrottled({ period: FIVE_MINUTES, statistic: "Sum" }),
      threshold: MANY,
      periods: 3,
      what: "Step Functions slows the hosts of long waits down",
      runbook: "hosts-throttled",
    });
  }

  #functions(): void {
    const { api, start, trigger, sweep, prune, deadLetter } = this.#props.functions;
    this.#errors("ApiErrors", api, "api-errors", 1);
    this.#errors("StartErrors", start, "start-errors", 1);
    this.#errors("TriggerErrors", trigger, "trigger-errors", 1);
    this.#errors("SweepErrors", sweep, "sweep-errors", 1);
    this.#errors("PruneErrors", prune, "prune-errors", 1);
    this.#errors("DeadLetterErrors", deadLetter, "dead-letter-errors", 1);
    this.#add("SweepMissing", {
      metric: sweep.metricInvocations({ period: SWEEP_MISSED, statistic: "Sum" }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      what: "The sweep has not run for half an hour",
      runbook: "sweep-missing",
    });
    this.#add("SweepFindings", {
      metric: this.#logged("SweepFindings", sweep, "sweep_found"),
      threshold: 1,
      what: "The sweep woke executions that should have been woken by a message",
      runbook: "sweep-findings",
    });
    this.#add("GivenUp", {
      metric: this.#logged("GivenUp", deadLetter, "dead_letter"),
      threshold: 1,
      what: "Executions were failed because their messages had died",
      runbook: "given-up",
    });
  }

  /** Sums `count` over the log lines with that `code`. */
  #logged(name: string, made: TreelineFunction, code: string): Metric {
    const metricNamespace = `Treeline/${Stack.of(this).stackName}`;
    new MetricFilter(this, `${name}Filter`, {
      logGroup: made.logs,
      metricNamespace,
      metricName: name,
      filterPattern: FilterPattern.stringValue("$.message.code", "=", code),
      metricValue: "$.message.count",
    });
    return new Metric({ namespace: metricNamespace, metricName: name, period: FIVE_MINUTES, statistic: "Sum" });
  }

  #table(): void {
    const { table } = this.#props;
    this.#add("TableSystemErrors", {
      metric: table.metricSystemErrorsForOperations({ operations: TABLE_OPERATIONS, period: FIVE_MINUTES }),
      threshold: MANY,
      what: "DynamoDB answers with errors of its own",
      runbook: "table-system-errors",
    });
    this.#add("TableThrottles", {
      metric: table.metricThrottledRequestsForOperations({ operations: TABLE_OPERATIONS, period: FIVE_MINUTES }),
      threshold: MANY,
      periods: 3,
      what: "DynamoDB throttles: one tree or one workflow is written too fast, or the table's limit is reached",
      runbook: "table-throttles",
    });
  }

  #api(): void {
    this.#add("ApiServerErrors", {
      metric: this.#props.api.metricServerError({ period: FIVE_MINUTES, statistic: "Sum" }),
      threshold: 1,
      what: "The HTTP API answered 5xx",
      runbook: "api-errors",
    });
  }

  #add(id: string, spec: AlarmSpec): void {
    const alarm = new Alarm(this, id, {
      metric: spec.metric,
      threshold: spec.threshold,
      evaluationPeriods: spec.periods ?? 1,
      comparisonOperator: spec.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: spec.missing ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: `${id}: ${spec.what}. Runbook: ${this.#props.runbookUrl}#${spec.runbook}`,
    });
    const { topic } = this.#props;
    if (topic !== undefined) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    this.all.push(alarm);
  }
}

/** All messages, those that somebody looks at included. */
function depth(queue: IQueue): IMetric {
  return new MathExpression({
    expression: "visible + taken",
    period: FIVE_MINUTES,
    usingMetrics: {
      visible: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: "Maximum" }),
      taken: queue.metricApproximateNumberOfMessagesNotVisible({ period: FIVE_MINUTES, statistic: "Maximum" }),
    },
  });
}
