import { Aws, Stack } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule, EventField, RuleTargetInput } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { DefinitionBody, StateMachine, StateMachineType } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { acknowledge, acknowledgeTracing } from "./acknowledge.ts";

export interface HostProps {
  readonly table: TableV2;
  /** Where a host says that its deadline has come: the completions of either executor class. */
  readonly completions: readonly IQueue[];
  /** Hears of hosts that ended otherwise than by us. */
  readonly statusQueue: IQueue;
  /** For what EventBridge cannot deliver. */
  readonly undelivered: IQueue;
  readonly tracing: boolean;
}

/**
 * Holds what waits long: one execution of the state machine per wait, parked on a task token without a Lambda. It fires
 * the deadline, and an abort in its console stops the execution. No wake depends on it, so a lost one strands nobody.
 */
export class Host extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: HostProps) {
    super(scope, id);
    this.stateMachine = new StateMachine(this, "StateMachine", {
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(definition(props.table.tableName))),
      tracingEnabled: props.tracing,
      comment: "Holds the executions of Treeline that wait long, under their own ids",
    });
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({ actions: ["dynamodb:UpdateItem"], resources: [props.table.tableArn] }),
    );
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ["sqs:SendMessage"],
        resources: props.completions.map((queue) => queue.queueArn),
      }),
    );
    acknowledgeTracing(this.stateMachine.role, props.tracing);
    acknowledge(
      this.stateMachine,
      "SF1",
      "Step Functions keeps the history of each wait for 90 days; a log of all events would cost more than the waits, and needs logs:* rights on everything",
    );
    this.#reportEnds(props);
  }

  #reportEnds({ statusQueue, undelivered }: HostProps): void {
    new Rule(this, "Ended", {
      description: "Tells Treeline of hosts that were aborted, failed or timed out",
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
        detail: {
          stateMachineArn: [this.stateMachine.stateMachineArn],
          status: ["ABORTED", "FAILED", "TIMED_OUT"],
        },
      },
      targets: [
        new SqsQueue(statusQueue, {
          deadLetterQueue: undelivered,
          message: RuleTargetInput.fromObject({
            fmt: 1,
            kind: "host",
            name: EventField.fromPath("$.detail.name"),
            status: EventField.fromPath("$.detail.status"),
          }),
        }),
      ],
    });
  }
}

/** Both names of the same error: the emulator's and AWS's. */
const CONDITION_FAILED = ["DynamoDb.ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException"];

/** One transition per wait, a second one where its deadline comes. */
function definition(tableName: string): object {
  return {
    StartAt: "Park",
    States: {
      Park: {
        Type: "Task",
        Comment: "Leaves its token with the execution and waits until that ends it, or its deadline comes",
        Resource: `arn:${Aws.PARTITION}:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken`,
        Parameters: {
          TableName: tableName,
          Key: { pk: { "S.$": "$.key.pk" }, sk: { "S.$": "$.key.sk" } },
          UpdateExpression: "SET ht = :t",
          ConditionExpression: "attribute_not_exists(endAt) AND ho = :n",
          ExpressionAttributeValues: {
            ":t": { "S.$": "$$.Task.Token" },
            ":n": { "N.$": "States.Format('{}', $.host)" },
          },
        },
        TimeoutSecondsPath: "$.timeoutSeconds",
        Catch: [
          { ErrorEquals: ["States.Timeout"], ResultPath: null, Next: "Kick" },
          { ErrorEquals: CONDITION_FAILED, ResultPath: null, Next: "Gone" },
        ],
        End: true,
      },
      Kick: {
        Type: "Task",
        Comment: "The deadline has come: wakes the execution",
        Resource: `arn:${Aws.PARTITION}:states:::sqs:sendMessage`,
        Parameters: {
          "QueueUrl.$": "$.queueUrl",
          MessageBody: { fmt: 1, kind: "kick", "id.$": "$.id", "host.$": "$.host" },
        },
        Retry: [
          { ErrorEquals: ["States.ALL"], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 10, MaxDelaySeconds: 300 },
        ],
        End: true,
      },
      Gone: { Type: "Succeed", Comment: "The execution has ended, or has another host by now" },
    },
  };
}
