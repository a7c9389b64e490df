import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Stack } from "aws-cdk-lib";
import { Policy, type Role } from "aws-cdk-lib/aws-iam";
import type { CfnFunction } from "aws-cdk-lib/aws-lambda";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import type { ExecutorClass } from "../../lib/homes/aws/env.ts";
import { acknowledge } from "./acknowledge.ts";
import { Executor, type ExecutorSettings } from "./executor.ts";
import type { ExecutorQueues } from "./executor-queues.ts";
import { changeItems, holdHosts, invokeVersions, queryItems, send } from "./rights.ts";
import { type CommonProps, executionRole } from "./treeline-function.ts";

type PerClass<T> = Readonly<Record<ExecutorClass, T>>;

export interface ExecutorsProps extends CommonProps {
  readonly table: TableV2;
  readonly queues: PerClass<ExecutorQueues>;
  readonly host: IStateMachine;
  readonly settings: PerClass<ExecutorSettings>;
  readonly environments: PerClass<Record<string, string>>;
}

/** The step executors of both classes, with one role: an execution's steps may do the same wherever they run. */
export class Executors extends Construct {
  readonly role: Role;
  readonly short: Executor;
  readonly long: Executor;

  constructor(scope: Construct, id: string, props: ExecutorsProps) {
    super(scope, id);
    const { table, queues, host, settings, environments } = props;
    this.role = executionRole(this, "Role");
    this.role.addToPolicy(changeItems(table));
    this.role.addToPolicy(queryItems(table));
    this.role.addToPolicy(send([...queues.short.all, ...queues.long.all].map(({ queue }) => queue)));
    const executor = (executorClass: ExecutorClass): Executor =>
      new Executor(this, executorClass === "short" ? "Short" : "Long", {
        ...props,
        role: this.role,
        queues: queues[executorClass],
        settings: settings[executorClass],
        environment: environments[executorClass],
      });
    this.short = executor("short");
    this.long = executor("long");
    // Policies of their own: in the role's default one, which functions wait for, they would close a circle.
    this.#policy("Hosts").addStatements(holdHosts(host.stateMachineArn));
    const versions = this.#policy("Versions");
    versions.addStatements(invokeVersions([this.short.function, this.long.function]));
    for (const { function: made } of [this.short, this.long]) {
      acknowledge(
        versions,
        `IAM5[Resource::<${Stack.of(this).getLogicalId(made.node.defaultChild as CfnFunction)}.Arn>:*]`,
        "D26: running executions keep the version they began with, and which versions those are is not known beforehand",
      );
    }
  }

  #policy(id: string): Policy {
    return new Policy(this, id, { roles: [this.role] });
  }
}
