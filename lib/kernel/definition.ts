/**
 * A workflow as data: what every front-end compiles to, and all that the engine knows of one (D16).
 */
import type { WorkflowContext } from "./context.ts";
import type { RetryPolicyData } from "./journal.ts";
import type { Duration } from "./duration.ts";
import type { StandardSchema } from "./schema.ts";

/** `(ctx, input) => output`: the one compile target of the five front-ends. */
export type WorkflowFunction<Input, Output> = (ctx: WorkflowContext, input: Input) => Promise<Output> | Output;

/** A workflow definition. `I` is what callers pass (the schema's input side); `O` what they get (its output side). */
export interface Workflow<I = unknown, O = unknown> {
  readonly name: string;
  readonly version: string;
  /** Earlier versions whose executions this code continues. */
  readonly compatibleWith?: readonly string[];
  /** Hash of name, version and source: heads pin it. */
  readonly digest: string;
  readonly frontend: string;
  readonly run: (ctx: WorkflowContext, input: unknown) => unknown;
  /** Runs the function of a child context, for a front-end whose functions find their context without being handed it. */
  readonly enter?: <T>(ctx: WorkflowContext, run: () => T) => T;
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
  readonly description?: string;
  /** Longest life of an execution, retries and continue-as-new included. */
  readonly executionTimeoutMs?: number;
  /** Retry of the whole execution when it fails; a child option overrides it. */
  readonly retry?: RetryPolicyData;
  /** Depth at which this workflow may still run; the engine's limit holds as well. */
  readonly maxDepth?: number;
  /** May it appear among its own ancestors with the same input? */
  readonly allowRecursion?: boolean;
  /** How long ended executions are kept. */
  readonly retentionMs?: number;
  /** On AWS: the class of functions that runs it, by how long its steps may take. @default "short" */
  readonly executor?: "short" | "long";
  /** Schemas of the signals it takes, by name; a payload that does not fit is refused at the door. */
  readonly signals?: Readonly<Record<string, StandardSchema>>;
  /** What starts it by itself where it is deployed; the embedded home leaves them alone. */
  readonly triggers?: readonly Trigger[];
  /** Names of the workflows it may start, when the front-end can tell before anything runs. */
  readonly children?: () => readonly string[];
  /** Phantom: never set. */
  readonly types?: { readonly input: I; readonly output: O };
}

/** Options of a definition, as an author writes them. */
export interface WorkflowOptions {
  name: string;
  /**
   * The highest registered version is the one that new executions begin with, in whatever order they are registered:
   * numbers compare as numbers (`1.10` is higher than `1.9`), and `2.0.0-beta` is lower than `2.0.0`. An execution goes on with the
   * version that it began with, or with one that is `compatibleWith` it. @default "1"
   */
  version?: string;
  /**
   * Earlier versions whose executions this code continues, where their own version is not loaded. The code must fit
   * their journals: guard what is new with `ctx.patched()`.
   */
  compatibleWith?: readonly string[];
  description?: string;
  executionTimeout?: Duration;
  retry?: RetryPolicy;
  maxDepth?: number;
  allowRecursion?: boolean;
  retention?: Duration;
  executor?: "short" | "long";
  signals?: Readonly<Record<string, StandardSchema>>;
  /** What starts it by itself where it is deployed, once per event; the embedded home leaves them alone. */
  triggers?: readonly Trigger[];
}

/** Starts an execution per event, or per moment of a schedule. */
export type Trigger = EventTrigger | ScheduleTrigger;

/** Events of EventBridge. A list means any of its items. */
export interface EventTrigger {
  readonly event: {
    readonly source: string | readonly string[];
    readonly detailType: string | readonly string[];
    /** An EventBridge pattern over the event's detail. */
    readonly detail?: Readonly<Record<string, unknown>>;
    /** Name or ARN of the bus. @default the account's default bus */
    readonly bus?: string;
  };
  readonly input?: TriggerInput;
}

/** `rate(5 minutes)`, `cron(0 8 * * ? *)` (UTC). */
export interface ScheduleTrigger {
  readonly schedule: string;
  readonly input?: TriggerInput;
}

/**
 * The execution's input. A text that begins with `$.` is a path into the event (`$.detail.order.id`, `$.time`), at any
 * depth; everything else is meant as it stands. @default the event's detail; `{}` for a schedule
 */
export type TriggerInput = unknown;

/** A retry policy as an author writes it; missing fields are the defaults of D8. */
export interface RetryPolicy {
  /** Attempts in all, the first included. @default 3 */
  maxAttempts?: number;
  /** @default 1 second */
  initialDelay?: Duration;
  /** @default 60 seconds */
  maxDelay?: Duration;
  /** @default 2 */
  backoffRate?: number;
  /** @default "FULL" */
  jitter?: "FULL" | "HALF" | "NONE";
  /** Error types that are not retried. */
  nonRetryableTypes?: readonly string[];
}

/**
 * Workflows by name, for typed calls by name. Extend it in your own code:
 * `declare module "treeline" { interface Register { charge: typeof charge } }`
 */
export interface Register {}

// oxlint-disable-next-line typescript/no-redundant-type-constituents -- `Register` is empty only until a user extends it
export type WorkflowName = keyof Register & string;

type Registered<W> = W extends WorkflowName ? Register[W] : W;
/** What a caller passes to `W`. */
export type InputOf<W> = Registered<W> extends Workflow<infer I, unknown> ? I : unknown;
/** What a caller gets from `W`. */
export type OutputOf<W> = Registered<W> extends Workflow<infer _I, infer O> ? O : unknown;
