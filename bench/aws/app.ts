/** What is measured: Treeline's stack, nested Step Functions that do the same, and a bare hop. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { App, CfnOutput, Duration, RemovalPolicy, type Stack } from "aws-cdk-lib";
import { AttributeType, Billing, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Architecture, Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue } from "aws-cdk-lib/aws-sqs";
import {
  Chain,
  DefinitionBody,
  type IChainable,
  type INextable,
  IntegrationPattern,
  Map,
  type State,
  StateMachine,
  TaskInput,
} from "aws-cdk-lib/aws-stepfunctions";
import { LambdaInvoke, StepFunctionsStartExecution } from "aws-cdk-lib/aws-stepfunctions-tasks";
import { bundle } from "../../infra/constructs/bundles.ts";
import { TreelineStack } from "../../infra/stacks/treeline-stack.ts";
import { HOST_AFTER_SECONDS, LONG_MS, SLOW_MS } from "./works.ts";

const app = new App();
const workflows = path.join(import.meta.dirname, "deployed.ts");
const stack = new TreelineStack(app, "Bench", {
  env: { account: "000000000000", region: process.env["CDK_DEFAULT_REGION"] ?? "us-east-1" },
  treeline: {
    workflows,
    removalPolicy: RemovalPolicy.DESTROY,
    alarms: false,
    dashboard: false,
    waits: { hostAfter: Duration.seconds(HOST_AFTER_SECONDS) },
  },
});

const folder = mkdtempSync(path.join(os.tmpdir(), "treeline-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const sources = path.join(import.meta.dirname, "functions");
bundle(workflows, folder, { "hop/index": path.join(sources, "hop.ts"), "step/index": path.join(sources, "step.ts") });

function functionOf(name: string, environment: Record<string, string> = {}): Function {
  return new Function(stack, name, {
    code: Code.fromAsset(path.join(folder, name)),
    handler: "index.handler",
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 512,
    timeout: Duration.seconds(30),
    environment,
  });
}

// ---- a bare hop -----------------------------------------------------------------------------------------------------

const hops = new TableV2(stack, "Hops", {
  partitionKey: { name: "pk", type: AttributeType.STRING },
  billing: Billing.onDemand(),
  removalPolicy: RemovalPolicy.DESTROY,
});
const queue = new Queue(stack, "HopQueue", { visibilityTimeout: Duration.seconds(60) });
const hop = functionOf("hop", { HOPS_TABLE: hops.tableName });
hops.grantReadWriteData(hop);
hop.addEventSource(new SqsEventSource(queue, { batchSize: 1 }));

// ---- native nested workflows ------------------------------------------------------------------------------------------

const step = functionOf("step");

function machine(scope: Stack, name: string, definition: IChainable): StateMachine {
  return new StateMachine(scope, name, { definitionBody: DefinitionBody.fromChainable(definition) });
}

function invoke(name: string, ms: number): LambdaInvoke {
  return new LambdaInvoke(stack, name, {
    lambdaFunction: step,
    payload: TaskInput.fromObject({ ms }),
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
  });
}

function child(name: string, stateMachine: StateMachine): StepFunctionsStartExecution {
  return new StepFunctionsStartExecution(stack, name, {
    stateMachine,
    integrationPattern: IntegrationPattern.RUN_JOB,
    input: TaskInput.fromObject({}),
  });
}

const fast = machine(stack, "NativeFastLeaf", invoke("FastStep", 0));
const slow = machine(stack, "NativeSlowLeaf", invoke("SlowStep", SLOW_MS));
const long = machine(stack, "NativeLongLeaf", invoke("LongStep", LONG_MS));
const map = new Map(stack, "EachOfHundred", { itemsPath: "$.items", maxConcurrency: 0 });
map.itemProcessor(child("OneOfHundred", fast));
const steps: (State & INextable & IChainable)[] = Array.from({ length: 20 }, (_, at) => invoke(`Step${at}`, 0));
const [first, ...rest] = steps;
if (first === undefined) throw new Error("there are steps");

const outputs = {
  HopQueueUrl: queue.queueUrl,
  HopsTable: hops.tableName,
  NativeFast: machine(stack, "NativeFastParent", child("FastChild", fast)).stateMachineArn,
  NativeSlow: machine(stack, "NativeSlowParent", child("SlowChild", slow)).stateMachineArn,
  NativeLong: machine(stack, "NativeLongParent", child("LongChild", long)).stateMachineArn,
  NativeFan: machine(stack, "NativeFanParent", map).stateMachineArn,
  NativeSteps: machine(
    stack,
    "NativeStepsParent",
    rest.reduce((chain, next) => chain.next(next), Chain.start(first)),
  ).stateMachineArn,
};
for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
