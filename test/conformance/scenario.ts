/**
 * A scenario is data and knows nothing of the home it runs on: workflows, what the outside does and when, and what
 * must be true at the end. The same files serve conformance, crash tests, simulation and the deployed stack.
 *
 * Rules for authors:
 * - Workflow names are unique over all scenarios (prefix them with the scenario's id: `M02.parent`).
 * - Durations are units: `units(3)`. A unit is a second of virtual time here, and 50 ms to 1 s of real time on AWS.
 * - Nothing outside the execution is read or written by workflows and steps (they may run in another process, twice):
 *   a step that must fail first looks at `s.attempt`; what a test wants to count, it emits or returns.
 */
import type { ClientStartOptions } from "../../lib/ports/client.ts";
import type { Workflow } from "../../lib/kernel/definition.ts";
import type { ExecutionStatus, OperationKind } from "../../lib/kernel/journal.ts";
import type { EventType, OperationStatus } from "../../lib/ports/client.ts";

export interface Scenario {
  /** e.g. `M02` or `5-7`; several scenarios of one row get a suffix: `M02-awaited-twice`. */
  readonly id: string;
  /** The rows of the specifications that it covers: `M02`, `T19`, `aws:5-7`, `D13`, `K10`. */
  readonly rows: readonly string[];
  readonly title: string;
  readonly workflows: readonly Workflow<any, any>[];
  /** The first is "the root"; most scenarios start one. */
  readonly start: readonly StartAction[];
  readonly script?: readonly ScriptAction[];
  readonly expect: Expectation;
  /** Needs more than the default of the engine under test. */
  readonly engine?: {
    readonly maxDepth?: number;
    readonly maxPendingChildren?: number;
    readonly maxPayloadBytes?: number;
  };
}

export interface StartAction {
  readonly workflow: string;
  readonly input?: unknown;
  readonly options?: ClientStartOptions;
  /** The start itself must be refused with this error; no execution exists then. */
  readonly refused?: ErrorExpectation;
}

/** Done by the outside: at a time (units since the first start), or as soon as something is so. */
export type ScriptAction = (
  | { readonly at: number }
  /** As soon as the execution at `path` (see `Expectation.tree`) has this status, or waits at an operation of this name. */
  | { readonly when: { readonly path: string; readonly status?: ExecutionStatus; readonly waitsFor?: string } }
) & {
  readonly do: OutsideAction;
  readonly refused?: ErrorExpectation;
};

export type OutsideAction =
  | {
      readonly kind: "signal";
      readonly path: string;
      readonly name: string;
      readonly payload?: unknown;
      readonly signalId?: string;
    }
  | { readonly kind: "cancel"; readonly path: string; readonly reason?: string }
  | { readonly kind: "stop"; readonly path: string; readonly reason?: string }
  | {
      readonly kind: "patch";
      readonly path: string;
      readonly patch: Readonly<Record<string, unknown>>;
      readonly ifVersion?: number;
    }
  | { readonly kind: "start"; readonly start: StartAction }
  /** Completes the callback of that operation name. */
  | { readonly kind: "callback"; readonly path: string; readonly name: string; readonly succeed?: unknown }
  | {
      readonly kind: "callback-fail";
      readonly path: string;
      readonly name: string;
      readonly error: { type?: string; message: string; data?: unknown };
    }
  | { readonly kind: "heartbeat"; readonly path: string; readonly name: string };

/**
 * Paths address executions of the tree: `/` is the root, `/child` its first child by that operation name,
 * `/child#2` the second, `/child/grandchild` below. `id:xyz` addresses by public id.
 */
export interface Expectation {
  /** Of the root. */
  readonly status: ExecutionStatus;
  readonly output?: unknown;
  readonly error?: ErrorExpectation;
  /** Every listed execution must be there with this status; with `exact`, no others. */
  readonly tree?: Readonly<Record<string, TreeExpectation>>;
  readonly exact?: boolean;
  /** Operations of the root, in the order they were asked for. Extra ones fail unless `someOperations`. */
  readonly operations?: readonly OperationExpectation[];
  readonly someOperations?: readonly OperationExpectation[];
  /** Subsequence of the tree's events, in order. */
  readonly events?: readonly EventExpectation[];
  /** Events that must not occur. */
  readonly noEvents?: readonly EventExpectation[];
  /** Every line that the code wrote to its loggers, in order, where the backend under test shows its log. */
  readonly logs?: readonly string[];
  readonly state?: Readonly<Record<string, unknown>>;
  readonly documents?: Readonly<Record<string, unknown>>;
}

export interface TreeExpectation {
  readonly status: ExecutionStatus;
  readonly workflow?: string;
  readonly output?: unknown;
  readonly error?: ErrorExpectation;
  readonly operations?: readonly OperationExpectation[];
  readonly depth?: number;
  readonly generation?: number;
}

/** Only what is given is compared; `cause` goes down the chain. */
export interface ErrorExpectation {
  readonly type?: string;
  readonly code?: string;
  readonly message?: string | RegExp;
  readonly data?: unknown;
  readonly cause?: ErrorExpectation;
}

export interface OperationExpectation {
  readonly kind: OperationKind;
  readonly name?: string;
  readonly status: OperationStatus;
  readonly attempts?: number;
  readonly scope?: string;
  readonly result?: unknown;
  readonly error?: ErrorExpectation;
}

export interface EventExpectation {
  readonly type: EventType;
  readonly path?: string;
  readonly name?: string;
  readonly attempt?: number;
  readonly data?: unknown;
}

/** A second of virtual time, unless a deployment, and who tests it, say otherwise (D29). */
const UNIT_MS = Number(process.env["TREELINE_UNIT_MS"] ?? 1_000);

export function units(n: number): number {
  return n * UNIT_MS;
}
