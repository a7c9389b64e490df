/** What the functions may do, said once. Nothing is granted by a helper of CDK's, since those grant more. */
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { CompletionTarget } from "./treeline-props.ts";

type Action = "Get" | "Put" | "Update" | "Delete" | "BatchWrite";

/** On the items of the table itself. A transaction consists of the actions in it. */
function onItems(table: TableV2, ...actions: readonly Action[]): PolicyStatement {
  return new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}Item`),
    resources: [table.tableArn],
  });
}

/** What advances executions, and what sees and steers them. */
export function changeItems(table: TableV2): PolicyStatement {
  return onItems(table, "Get", "Put", "Update", "Delete", "BatchWrite");
}

/** What only starts executions. */
export function startItems(table: TableV2): PolicyStatement {
  return onItems(table, "Get", "Put");
}

/** What leaves a mark on executions: who wants to hear of their ends. */
export function markItems(table: TableV2): PolicyStatement {
  return onItems(table, "Update");
}

/** What clears up. */
export function deleteItems(table: TableV2): PolicyStatement {
  return onItems(table, "Delete", "BatchWrite");
}

export function getItems(table: TableV2): PolicyStatement {
  return onItems(table, "Get");
}

export function queryItems(table: TableV2): PolicyStatement {
  return new PolicyStatement({ actions: ["dynamodb:Query"], resources: [table.tableArn] });
}

export function queryIndex(table: TableV2, index: "byWorkflow" | "parked"): PolicyStatement {
  return new PolicyStatement({ actions: ["dynamodb:Query"], resources: [`${table.tableArn}/index/${index}`] });
}

export function send(queues: readonly Pick<IQueue, "queueArn">[]): PolicyStatement {
  return new PolicyStatement({ actions: ["sqs:SendMessage"], resources: queues.map((queue) => queue.queueArn) });
}

/** What Lambda's event sources need. */
export function consume(queues: readonly IQueue[]): PolicyStatement {
  return new PolicyStatement({
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    resources: queues.map((queue) => queue.queueArn),
  });
}

/** D28: a message that was refused because of a lease comes back at the lease's end. */
export function postpone(queues: readonly IQueue[]): PolicyStatement {
  return new PolicyStatement({
    actions: ["sqs:ChangeMessageVisibility"],
    resources: queues.map((queue) => queue.queueArn),
  });
}

export function holdHosts(stateMachineArn: string): PolicyStatement {
  return new PolicyStatement({
    actions: ["states:StartExecution", "states:SendTaskSuccess"],
    resources: [stateMachineArn],
  });
}

/** D26: an executor hands what began with another version over to that version. Its number is not known beforehand. */
export function invokeVersions(functions: readonly IFunction[]): PolicyStatement {
  return new PolicyStatement({
    actions: ["lambda:InvokeFunction"],
    resources: functions.map(({ functionArn }) => `${functionArn}:*`),
  });
}

export function completeTo(target: CompletionTarget): PolicyStatement {
  if ("stateMachineArn" in target) {
    return new PolicyStatement({
      actions: ["states:SendTaskSuccess", "states:SendTaskFailure"],
      resources: [target.stateMachineArn],
    });
  }
  return "queueArn" in target
    ? send([target])
    : new PolicyStatement({ actions: ["events:PutEvents"], resources: [target.eventBusArn] });
}
