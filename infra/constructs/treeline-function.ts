import path from "node:path";
import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, LoggingFormat, RecursiveLoop, Runtime, Tracing } from "aws-cdk-lib/aws-lambda";
import { LogLevel, NodejsFunction, OutputFormat, SourceMapMode } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { acknowledgeTracing } from "./acknowledge.ts";
import { WORKFLOWS_MODULE } from "../../lib/homes/aws/env.ts";

/** What all functions of a stack have in common. */
export interface CommonProps {
  /** Absolute path of the user's module. */
  readonly workflows: string;
  readonly logRetention: RetentionDays;
  /** Of the logs. */
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  readonly projectRoot: string | undefined;
  readonly depsLockFilePath: string | undefined;
}

export interface TreelineFunctionProps extends CommonProps {
  /** Name of the file in `functions/`, without its extension. */
  readonly entry: string;
  readonly description: string;
  readonly environment: Record<string, string>;
  readonly timeout: Duration;
  readonly memorySize: number;
  /** A role of its own unless told. */
  readonly role?: Role;
  /** Part of the executor's loop through SQS, which AWS would take for an accident (D25). */
  readonly inLoop?: boolean;
}

/** In the repository the sources, in an installed package what was built from them: like this very file. */
const EXTENSION = path.extname(import.meta.filename);
const FUNCTIONS = path.resolve(import.meta.dirname, "../../functions");
const FROM_SOURCE = EXTENSION === ".ts";

/** Packages of the AWS SDK are CommonJS and ask for `require`, which an ES module does not have. */
const REQUIRE =
  "import { createRequire as treelineRequire } from 'node:module'; const require = treelineRequire(import.meta.url);";

/** A function of ours: Node 24 on arm64, one bundled file, JSON logs that expire, and no right that was not granted. */
export class TreelineFunction extends NodejsFunction {
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: TreelineFunctionProps) {
    const logs = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    super(scope, id, {
      description: props.description,
      entry: path.join(FUNCTIONS, `${props.entry}${EXTENSION}`),
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
      ...(props.projectRoot === undefined ? undefined : { projectRoot: props.projectRoot }),
      ...(props.depsLockFilePath === undefined ? undefined : { depsLockFilePath: props.depsLockFilePath }),
      bundling: {
        format: OutputFormat.ESM,
        target: "node24",
        banner: REQUIRE,
        externalModules: [],
        mainFields: ["module", "main"],
        sourceMap: true,
        sourceMapMode: SourceMapMode.DEFAULT,
        sourcesContent: false,
        logLevel: LogLevel.WARNING,
        esbuildArgs: {
          [`--alias:${WORKFLOWS_MODULE}`]: props.workflows,
          ...(FROM_SOURCE ? { "--conditions": "treeline-source" } : undefined),
        },
      },
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
