import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type Code,
  Function,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { acknowledgeTracing } from "./acknowledge.ts";
import type { Entry } from "./bundles.ts";

/** What all functions of a stack have in common. */
export interface CommonProps {
  /** Of each file in `functions/`, bundled with the user's module. */
  readonly code: (entry: Entry) => Code;
  readonly logRetention: RetentionDays;
  /** Of the logs. */
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
}

export interface TreelineFunctionProps extends CommonProps {
  readonly entry: Entry;
  readonly description: string;
  readonly environment: Record<string, string>;
  readonly timeout: Duration;
  readonly memorySize: number;
  /** A role of its own unless told. */
  readonly role?: Role;
  /** Part of the executor's loop through SQS, which AWS would take for an accident (D25). */
  readonly inLoop?: boolean;
}

/** A function of ours: Node 24 on arm64, one bundled file, JSON logs that expire, and no right that was not granted. */
export class TreelineFunction extends Function {
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: TreelineFunctionProps) {
    const logs = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    super(scope, id, {
      description: props.description,
      code: props.code(props.entry),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      environment: { NODE_OPTIONS: "--enable-source-maps", ...props.environment },
      timeout: props.timeout,
      memorySize: props.memorySize,
      role: props.role ?? executionRole(scope, `${id}Role`),
      logGroup: logs,
      loggingFormat: LoggingFormat.JSON,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      recursiveLoop: props.inLoop === true ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    this.logs = logs;
    if (this.role !== undefined) acknowledgeTracing(this.role, props.tracing);
    this.addToRolePolicy(
      new PolicyStatement({ actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logs.logGroupArn] }),
    );
  }
}

/** Nothing but the right to be a function: no managed policy. */
export function executionRole(scope: Construct, id: string): Role {
  return new Role(scope, id, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
}
