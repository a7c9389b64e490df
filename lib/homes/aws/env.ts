/**
 * What the stack tells its functions: the names of the environment variables, written by `infra/` and read by
 * `functions/` through this one file, and the two payloads that CDK builds and a function reads.
 */
import { exportedWorkflows } from "../../engine/exported-workflows.ts";
import { currentVersions } from "../../engine/registered-workflows.ts";
import { TreelineError } from "../../kernel/errors.ts";
import type { Trigger } from "../../kernel/definition.ts";
import type { ExecutorClass } from "./messages.ts";

export type { Trigger } from "../../kernel/definition.ts";
export type { ExecutorClass } from "./messages.ts";

/** Where a deployed engine finds everything. */
export interface AwsEnv {
  readonly table: string;
  readonly queues: Readonly<Record<ExecutorClass, { readonly launches: string; readonly completions: string }>>;
  /** The state machine that holds what waits long. */
  readonly hostArn: string;
  /** Of the function that runs. @default "short" */
  readonly executorClass: ExecutorClass;
  /** How long an invocation owns an execution: never shorter than the function's timeout. */
  readonly leaseSeconds: number;
  /** How long an invocation waits for what is about to happen, before it parks. */
  readonly lingerMs: number;
  /** A wait that has lasted so long gets a host. */
  readonly hostAfterSeconds: number;
  /** Longer waits take several hosts, one after the other. */
  readonly longestHostSeconds: number;
  /** Interruptions (crashes, timeouts of the function) in a row that an execution survives. */
  readonly interruptions: number;
  /** For tests: how long a second is, in milliseconds, in the durations of workflows (D29). */
  readonly unitMs?: number;
  /** Of the running function (D26). */
  readonly functionName?: string;
  readonly functionVersion?: string;
  /** Memory of the running function. */
  readonly memoryMb?: number;
}

/** What differs between the functions, or can be set by whoever places the construct. */
export type AwsSettings = Omit<AwsEnv, "functionName" | "functionVersion">;

/** Payload of the trigger function, built by a rule of EventBridge. */
export interface TriggerPayload {
  readonly workflow: string;
  /** Which of the workflow's `triggers`. */
  readonly trigger: number;
  readonly event: TriggeringEvent;
}

/** An event of EventBridge, a schedule's included. */
export interface TriggeringEvent {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly time: string;
  readonly account: string;
  readonly region: string;
  readonly detail: unknown;
}

/** The workflows of a module, as the synthesis sees them. */
export interface DeployedWorkflow {
  readonly name: string;
  readonly triggers: readonly Trigger[];
}

export function deployedWorkflows(module: Readonly<Record<string, unknown>>): readonly DeployedWorkflow[] {
  return currentVersions(exportedWorkflows(module)).map(({ name, triggers = [] }) => ({ name, triggers }));
}

/** The specifier under which the functions import the user's module; bundling replaces it. */
export const WORKFLOWS_MODULE = "treeline-workflows";

const NAMES = {
  table: "TREELINE_TABLE",
  shortLaunches: "TREELINE_SHORT_LAUNCHES_URL",
  shortCompletions: "TREELINE_SHORT_COMPLETIONS_URL",
  longLaunches: "TREELINE_LONG_LAUNCHES_URL",
  longCompletions: "TREELINE_LONG_COMPLETIONS_URL",
  hostArn: "TREELINE_HOST_ARN",
  executorClass: "TREELINE_EXECUTOR_CLASS",
  leaseSeconds: "TREELINE_LEASE_SECONDS",
  lingerMs: "TREELINE_LINGER_MS",
  hostAfterSeconds: "TREELINE_HOST_AFTER_SECONDS",
  longestHostSeconds: "TREELINE_LONGEST_HOST_SECONDS",
  interruptions: "TREELINE_INTERRUPTIONS",
  unitMs: "TREELINE_UNIT_MS",
  functionName: "AWS_LAMBDA_FUNCTION_NAME",
  functionVersion: "AWS_LAMBDA_FUNCTION_VERSION",
  memoryMb: "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
} as const;

const DAY_SECONDS = 86_400;

/** What holds unless whoever places the construct says otherwise. */
export const DEFAULTS = {
  lingerMs: 250,
  hostAfterSeconds: 60,
  longestHostSeconds: 300 * DAY_SECONDS,
  interruptions: 10,
} as const;

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws TreelineError `invalid_argument` that names a variable which is missing or no number */
export function readEnv(variables: Variables): AwsEnv {
  const text = (name: string): string => variables[name] ?? missing(name);
  const number = (name: string): number => toNumber(name, text(name));
  const unitMs = variables[NAMES.unitMs];
  const functionName = variables[NAMES.functionName];
  const functionVersion = variables[NAMES.functionVersion];
  const memoryMb = variables[NAMES.memoryMb];
  return {
    table: text(NAMES.table),
    queues: {
      short: { launches: text(NAMES.shortLaunches), completions: text(NAMES.shortCompletions) },
      long: { launches: text(NAMES.longLaunches), completions: text(NAMES.longCompletions) },
    },
    hostArn: text(NAMES.hostArn),
    executorClass: toExecutorClass(text(NAMES.executorClass)),
    leaseSeconds: number(NAMES.leaseSeconds),
    lingerMs: number(NAMES.lingerMs),
    hostAfterSeconds: number(NAMES.hostAfterSeconds),
    longestHostSeconds: number(NAMES.longestHostSeconds),
    interruptions: number(NAMES.interruptions),
    ...(unitMs === undefined ? undefined : { unitMs: toNumber(NAMES.unitMs, unitMs) }),
    ...(functionName === undefined ? undefined : { functionName }),
    ...(functionVersion === undefined ? undefined : { functionVersion }),
    ...(memoryMb === undefined ? undefined : { memoryMb: toNumber(NAMES.memoryMb, memoryMb) }),
  };
}

/** The environment of a function; the other way round than `readEnv`. Takes CDK's tokens. */
export function toVariables(settings: AwsSettings): Record<string, string> {
  return {
    [NAMES.table]: settings.table,
    [NAMES.shortLaunches]: settings.queues.short.launches,
    [NAMES.shortCompletions]: settings.queues.short.completions,
    [NAMES.longLaunches]: settings.queues.long.launches,
    [NAMES.longCompletions]: settings.queues.long.completions,
    [NAMES.hostArn]: settings.hostArn,
    [NAMES.executorClass]: settings.executorClass,
    [NAMES.leaseSeconds]: String(settings.leaseSeconds),
    [NAMES.lingerMs]: String(settings.lingerMs),
    [NAMES.hostAfterSeconds]: String(settings.hostAfterSeconds),
    [NAMES.longestHostSeconds]: String(settings.longestHostSeconds),
    [NAMES.interruptions]: String(settings.interruptions),
    ...(settings.unitMs === undefined ? undefined : { [NAMES.unitMs]: String(settings.unitMs) }),
  };
}

function toNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw invalidSetting(`the environment variable ${name} must be a number of 0 or more, and is "${text}"`);
}

function toExecutorClass(text: string): ExecutorClass {
  if (text === "short" || text === "long") return text;
  throw invalidSetting(`the environment variable ${NAMES.executorClass} must be "short" or "long", and is "${text}"`);
}

function missing(name: string): never {
  throw invalidSetting(
    `the environment variable ${name} is missing; the Treeline construct sets it on each of its functions`,
  );
}

/** Of the stack, or of what runs in it. */
export function invalidSetting(message: string): TreelineError {
  return new TreelineError("invalid_argument", message);
}
