import path from "node:path";
import { RemovalPolicy } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Grant, type IGrantable, type IPrincipal, type IRole, Policy } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { IntegrationPattern, type IStateMachine, JsonPath, TaskInput, Timeout } from "aws-cdk-lib/aws-stepfunctions";
import { LambdaInvoke } from "aws-cdk-lib/aws-stepfunctions-tasks";
import { Construct } from "constructs";
import { DEFAULTS, type ExecutorClass, toVariables } from "../../lib/homes/aws/env.ts";
import { acknowledge } from "./acknowledge.ts";
import { Alarms } from "./alarms.ts";
import { Api } from "./api.ts";
import { withBundles } from "./bundles.ts";
import { Executors } from "./executors.ts";
import { ExecutorQueues } from "./executor-queues.ts";
import { executorSettings, type ExecutorSettings, leaseOf, visibilityOf } from "./executor.ts";
import { Functions } from "./functions.ts";
import { Host } from "./host.ts";
import { JournalTable } from "./journal-table.ts";
import { addOutputs } from "./outputs.ts";
import { type Observed } from "./observed.ts";
import { Overview } from "./overview.ts";
import { completeTo } from "./rights.ts";
import type { CommonProps } from "./treeline-function.ts";
import type { CompletionTarget, RunWorkflowProps, TreelineProps } from "./treeline-props.ts";
import { Triggers } from "./triggers.ts";
import { SAFE, type WorkQueueProps } from "./work-queue.ts";
import { requireNode } from "../../lib/homes/node-version.ts";
import { describeWorkflows } from "./workflows-module.ts";

/** In the repository that this construct comes from. */
const RUNBOOK = "infra/RUNBOOK.md";
/** Deliveries of a message beyond the interruptions that its execution survives (D28). */
const SPARE_DELIVERIES = 5;

/**
 * Workflows that run workflows, on AWS: a table, queues, a state machine for what waits long, and the functions that
 * advance executions; an HTTP API in front, alarms and a dashboard beside.
 *
 * It is what steps run as: whatever your steps use, grant to it, as in `bucket.grantRead(treeline)`.
 *
 * @example
 * new Treeline(this, "Treeline", { workflows: "workflows/all.ts" });
 */
export class Treeline extends Construct implements IGrantable {
  /** The role that steps run with. */
  readonly grantPrincipal: IPrincipal;
  /** Everything that executions leave behind. */
  readonly table: TableV2;
  /** The HTTP API. */
  readonly api: RestApi;
  /** Starts an execution when it is invoked; see `grantStart`. */
  readonly startFunction: IFunction;
  /** What advances executions, per class. */
  readonly executors: Readonly<Record<ExecutorClass, IFunction>>;
  /** Holds what waits long. */
  readonly host: IStateMachine;
  /** Who tells of ends: what brings them about, and what finds them there when it is asked to report them. */
  readonly #tellers: readonly IRole[];
  /** Of its own: in a default policy, which functions wait for, it would close a circle with a state machine. */
  #completions: Policy | undefined;

  constructor(scope: Construct, id: string, props: TreelineProps) {
    super(scope, id);
    requireNode("treeline/cdk"); // it reads the workflows in a process like those that will run them
    const tracing = props.tracing ?? true;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const { table } = new JournalTable(this, "Journal", { removalPolicy });
    const undelivered = new Queue(this, "Undelivered", SAFE);
    acknowledge(
      undelivered,
      "SQS3",
      "It is itself the dead-letter queue, of EventBridge's rules and Lambda's own queue",
    );
    const queues = {
      short: new ExecutorQueues(this, "Short", queueProps("short", props)),
      long: new ExecutorQueues(this, "Long", queueProps("long", props)),
    };
    const { stateMachine: host } = new Host(this, "Host", {
      table,
      completions: [queues.short.completions.queue, queues.long.completions.queue],
      statusQueue: queues.short.completions.queue,
      undelivered,
      tracing,
    });
    const workflows = path.resolve(props.workflows);
    const { executors, functions } = withBundles(this, workflows, (code) => {
      const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
      const common = { code, logRetention, removalPolicy, tracing };
      return addFunctions(this, props, common, { table, queues, host, undelivered });
    });
    const { rest: api } = new Api(this, "Api", { handler: functions.api, auth: props.auth, tracing });
    new Triggers(this, "Triggers", {
      workflows: props.triggers === false ? [] : describeWorkflows(workflows),
      handler: functions.trigger,
      undelivered,
    });
    observe(this, props, { queues, executors, functions, host, table, api, undelivered });
    addOutputs(this, { api, table, queues, host, executors, functions });

    this.grantPrincipal = executors.role.grantPrincipal;
    this.table = table;
    this.api = api;
    this.startFunction = functions.start;
    this.executors = { short: executors.short.function, long: executors.long.function };
    this.host = host;
    this.#tellers = [executors.role, functions.startRole];
    for (const target of props.completionTargets ?? []) this.allowCompletion(target);
  }

  /** Lets executions end towards `target`: report to its task token, queue or bus. */
  allowCompletion(target: CompletionTarget): void {
    this.#completions ??= new Policy(this, "Completions", { roles: [...this.#tellers] });
    this.#completions.addStatements(completeTo(target));
  }

  /**
   * A state that runs a workflow and waits for its end: the output is the state's, and so is the error, by its type.
   * The state machine that it becomes part of must be let in: `treeline.allowCompletion(stateMachine)`.
   */
  runWorkflow(scope: Construct, id: string, { workflow, input, timeout }: RunWorkflowProps): LambdaInvoke {
    return new LambdaInvoke(scope, id, {
      lambdaFunction: this.startFunction,
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromObject({
        workflow,
        input: input ?? JsonPath.entirePayload,
        taskToken: JsonPath.taskToken,
      }),
      ...(timeout === undefined ? undefined : { taskTimeout: Timeout.duration(timeout) }),
    });
  }

  /** Lets `grantee` start executions by invoking `startFunction`. */
  grantStart(grantee: IGrantable): Grant {
    return this.startFunction.grantInvoke(grantee);
  }

  /** Lets `grantee` call the whole HTTP API, where it is authorised by IAM. */
  grantApi(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ["execute-api:Invoke"],
      resourceArns: [this.api.arnForExecuteApi()],
    });
  }
}

interface Parts {
  readonly table: TableV2;
  readonly queues: Readonly<Record<ExecutorClass, ExecutorQueues>>;
  readonly host: IStateMachine;
  readonly undelivered: Queue;
}

function addFunctions(
  scope: Construct,
  props: TreelineProps,
  common: CommonProps,
  { table, queues, host, undelivered }: Parts,
): { executors: Executors; functions: Functions } {
  const settings = settingsOf(props);
  const environment = (executorClass: ExecutorClass): Record<string, string> => ({
    ...toVariables({
      table: table.tableName,
      queues: { short: queues.short.urls, long: queues.long.urls },
      hostArn: host.stateMachineArn,
      executorClass,
      leaseSeconds: leaseOf(settings[executorClass].timeout).toSeconds(),
      interruptions: interruptions(props),
      ...waits(props),
      ...(props.testing?.unitMs === undefined ? undefined : { unitMs: props.testing.unitMs }),
    }),
    ...props.environment,
  });
  const environments = { short: environment("short"), long: environment("long") };
  return {
    executors: new Executors(scope, "Executors", { ...common, table, queues, host, settings, environments }),
    functions: new Functions(scope, "Functions", {
      ...common,
      table,
      queues,
      undelivered,
      environment: environments.short,
    }),
  };
}

function settingsOf({ executors }: TreelineProps): Readonly<Record<ExecutorClass, ExecutorSettings>> {
  return { short: executorSettings("short", executors?.short), long: executorSettings("long", executors?.long) };
}

function interruptions(props: TreelineProps): number {
  return props.interruptions ?? DEFAULTS.interruptions;
}

function queueProps(executorClass: ExecutorClass, props: TreelineProps): WorkQueueProps {
  return {
    visibilityTimeout: visibilityOf(settingsOf(props)[executorClass].timeout),
    maxReceiveCount: interruptions(props) + SPARE_DELIVERIES,
  };
}

type Waits = { readonly [K in "lingerMs" | "hostAfterSeconds" | "longestHostSeconds"]: number };

function waits({ waits: { linger, hostAfter, longestHost } = {} }: TreelineProps): Waits {
  return {
    lingerMs: linger?.toMilliseconds() ?? DEFAULTS.lingerMs,
    hostAfterSeconds: hostAfter?.toSeconds() ?? DEFAULTS.hostAfterSeconds,
    longestHostSeconds: longestHost?.toSeconds() ?? DEFAULTS.longestHostSeconds,
  };
}

function observe(scope: Construct, props: TreelineProps, seen: Observed): void {
  const options = props.alarms ?? {};
  const alarms =
    options === false
      ? []
      : new Alarms(scope, "Alarms", { ...seen, topic: options.topic, runbookUrl: options.runbookUrl ?? RUNBOOK }).all;
  if (props.dashboard !== false) new Overview(scope, "Overview", { ...seen, alarms });
}
