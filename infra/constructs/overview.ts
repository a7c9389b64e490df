import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  PeriodOverride,
  Row,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { classes, type Observed } from "./observed.ts";
import type { TreelineFunction } from "./treeline-function.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface OverviewProps extends Observed {
  readonly alarms: readonly Alarm[];
}

const MINUTE = Duration.minutes(1);

/** The stack on one page: what is wrong, what waits, what runs. */
export class Overview extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: OverviewProps) {
    super(scope, id);
    this.dashboard = new Dashboard(this, "Dashboard", { periodOverride: PeriodOverride.AUTO });
    if (props.alarms.length > 0) {
      this.dashboard.addWidgets(new AlarmStatusWidget({ title: "Alarms", alarms: [...props.alarms], width: 24 }));
    }
    this.dashboard.addWidgets(new Row(...queueGraphs(props)));
    this.dashboard.addWidgets(new Row(...executorGraphs(props)));
    this.dashboard.addWidgets(new Row(...waitGraphs(props)));
  }
}

function queueGraphs({ queues }: OverviewProps): GraphWidget[] {
  const each = (metric: (queue: WorkQueue, label: string) => IMetric): IMetric[] =>
    classes(queues).flatMap(([name, { launches, completions }]) => [
      metric(launches, `${name} launches`),
      metric(completions, `${name} completions`),
    ]);
  return [
    graph(
      "Messages waiting",
      each(({ queue }, label) => queue.metricApproximateNumberOfMessagesVisible({ label, period: MINUTE })),
    ),
    graph(
      "Oldest message (s)",
      each(({ queue }, label) => queue.metricApproximateAgeOfOldestMessage({ label, period: MINUTE })),
    ),
    graph(
      "Dead letters",
      each(({ deadLetters }, label) => deadLetters.metricApproximateNumberOfMessagesVisible({ label, period: MINUTE })),
    ),
  ];
}

function executorGraphs({ executors }: OverviewProps): GraphWidget[] {
  const each = (metric: (made: TreelineFunction, label: string) => IMetric): IMetric[] =>
    classes(executors).map(([name, executor]) => metric(executor.function, name));
  return [
    graph(
      "Invocations",
      each((made, label) => made.metricInvocations({ label, period: MINUTE })),
    ),
    graph(
      "Duration, p95 (ms)",
      each((made, label) => made.metricDuration({ label, period: MINUTE, statistic: "p95" })),
    ),
    graph("Errors and throttles", [
      ...each((made, label) => made.metricErrors({ label: `${label} errors`, period: MINUTE })),
      ...each((made, label) => made.metricThrottles({ label: `${label} throttles`, period: MINUTE })),
    ]),
  ];
}

function waitGraphs({ host, table, api }: OverviewProps): GraphWidget[] {
  return [
    graph("Hosts of long waits", [
      host.metricStarted({ label: "opened", period: MINUTE }),
      host.metricSucceeded({ label: "ended", period: MINUTE }),
      host.metricAborted({ label: "aborted", period: MINUTE }),
      host.metricFailed({ label: "failed", period: MINUTE }),
    ]),
    graph("Table (units)", [
      table.metricConsumedWriteCapacityUnits({ label: "written", period: MINUTE }),
      table.metricConsumedReadCapacityUnits({ label: "read", period: MINUTE }),
    ]),
    graph("API", [
      api.metricCount({ label: "requests", period: MINUTE }),
      api.metricClientError({ label: "4xx", period: MINUTE }),
      api.metricServerError({ label: "5xx", period: MINUTE }),
    ]),
  ];
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8 });
}
