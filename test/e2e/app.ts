/**
 * What the lane deploys beside the app that users deploy: the same stack, twice with other settings; and what a user may
 * have around it, a state machine that runs a workflow, and a queue and a bus that hear of ends.
 */
import path from "node:path";
import { App, CfnOutput, Duration, RemovalPolicy } from "aws-cdk-lib";
import { EventBus, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { DefinitionBody, JsonPath, StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { TreelineStack } from "../../infra/stacks/treeline-stack.ts";
import { FAULTS } from "./settings.ts";

const app = new App();
const env = { account: "000000000000", region: process.env["CDK_DEFAULT_REGION"] ?? "us-east-1" };
const workflows = process.env["TREELINE_E2E_WORKFLOWS"] ?? path.resolve(import.meta.dirname, "../../examples/index.ts");
const common = { removalPolicy: RemovalPolicy.DESTROY } as const;

new TreelineStack(app, "Conformance", {
  env,
  treeline: { ...common, workflows, testing: { unitMs: Number(process.env["TREELINE_UNIT_MS"] ?? 1_000) } },
});

const faults = new TreelineStack(app, "Faults", {
  env,
  treeline: {
    ...common,
    workflows,
    triggers: false,
    waits: {
      hostAfter: Duration.seconds(FAULTS.hostAfterSeconds),
      longestHost: Duration.seconds(FAULTS.longestHostSeconds),
    },
    executors: {
      short: { timeout: Duration.seconds(FAULTS.timeoutSeconds), batchSize: 1 },
      long: { timeout: Duration.seconds(60) },
    },
    interruptions: FAULTS.interruptions,
  },
});

const called = faults.treeline.runWorkflow(faults, "Run", {
  workflow: "e2e.called",
  input: JsonPath.entirePayload,
  timeout: Duration.minutes(5),
});
const caller = new StateMachine(faults, "Caller", { definitionBody: DefinitionBody.fromChainable(called) });
const ends = new Queue(faults, "Ends");
const bus = new EventBus(faults, "Bus");
const fromBus = new Queue(faults, "FromBus");
new Rule(faults, "OnEnd", { eventBus: bus, eventPattern: { source: ["treeline"] }, targets: [new SqsQueue(fromBus)] });
for (const target of [caller, ends, bus]) faults.treeline.allowCompletion(target);
const outputs = {
  CallerArn: caller.stateMachineArn,
  EndsUrl: ends.queueUrl,
  BusName: bus.eventBusName,
  FromBusUrl: fromBus.queueUrl,
};
for (const [name, value] of Object.entries(outputs)) new CfnOutput(faults, name, { value });
