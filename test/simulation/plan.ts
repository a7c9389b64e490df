/**
 * A tree of workflows as data: what one generic workflow interprets (interpret.ts) and a plain evaluation predicts
 * (oracle.ts).
 *
 * Plans are made so that their outcome does not depend on timing: what would race is kept apart. A node that is to be
 * stopped, cancelled or timed out runs through its operations and then hangs at one that nobody ends; whoever ends the
 * node acts only when it has said that it hangs (`ready`), or after a timeout far beyond all that it may have to do.
 * What cannot be kept apart is `loose`: it must keep every invariant, but its outcome is not predicted.
 */
import type { CancellationType, OnTimeout, ParentClosePolicy } from "../../lib/kernel/journal.ts";

export interface NodePlan {
  /** Unique among its siblings, without `.` and `@`. */
  readonly name: string;
  readonly ops: readonly Op[];
  readonly end: End;
  /** What its code does when it is asked to cancel. */
  readonly onCancel: "propagate" | "cleanup" | "ignore";
  /** Generations by continueAsNew, the first included; every one does all operations. */
  readonly rounds: number;
  /** Attempts that fail behind their operations, and how many the retry policy grants. */
  readonly failures: number;
  readonly attempts: number;
  /** Has an execution timeout; its length follows from the height of the tree below (`patience`). */
  readonly timed: boolean;
}

export type Op =
  /** Fails `fails` times; `attempts` are granted. `once`: at most once per attempt. */
  | { readonly t: "step"; readonly fails: number; readonly attempts: number; readonly once: boolean }
  /** Its name is made of ctx.random, ctx.uuid and ctx.now: on replay it must be the same. */
  | { readonly t: "named" }
  | { readonly t: "wait"; readonly ms: number }
  | { readonly t: "poll"; readonly polls: number }
  | { readonly t: "callback"; readonly via: "create" | "waitFor"; readonly answer: "succeed" | "fail" | "silence" }
  /** Takes so many signals from outside. */
  | { readonly t: "inbox"; readonly count: number; readonly via: "waitForSignal" | "receive" }
  /** Waits until the outside has patched the state. Only at the top of a node. */
  | { readonly t: "patch" }
  | { readonly t: "state"; readonly key: string; readonly value: number }
  | { readonly t: "patched" }
  /** A signal to the parent (or to itself), which nobody reads. */
  | { readonly t: "tell" }
  /** Waits for an execution that does not exist. */
  | { readonly t: "nobody" }
  | { readonly t: "context"; readonly ops: readonly Op[]; readonly fails: boolean }
  | BatchOp
  | ExecuteAllOp
  | ExecuteOp
  | StartOp
  | RaceOp;

/** Runs all its branches to the end: it tolerates every failure there is. */
export interface BatchOp {
  readonly t: "batch";
  readonly kind: "parallel" | "map";
  readonly nesting: "NESTED" | "FLAT";
  readonly concurrency: number;
  readonly branches: readonly { readonly ops: readonly Op[]; readonly fails: boolean }[];
}

export interface ExecuteAllOp {
  readonly t: "all";
  readonly nodes: readonly NodePlan[];
  readonly policy: ParentClosePolicy;
  readonly concurrency: number;
}

/** Starts a child and waits for it. A child that hangs is left behind when the wait times out. */
export interface ExecuteOp {
  readonly t: "execute";
  readonly node: NodePlan;
  readonly policy: ParentClosePolicy;
  /** The child has an id of its own. */
  readonly named: boolean;
  readonly onTimeout?: OnTimeout;
}

/** Starts a child, does something else, perhaps waits until it hangs, does something to it, perhaps waits for its end. */
export interface StartOp {
  readonly t: "start";
  readonly node: NodePlan;
  readonly policy: ParentClosePolicy;
  readonly named: boolean;
  /** From the workflow, or as an effect of a step (D9). */
  readonly how: "start" | "step";
  readonly between: readonly Op[];
  /** Wait until it says that it hangs. */
  readonly sync: boolean;
  readonly act: "none" | "cancel" | "stop" | "go";
  readonly join: "none" | "result" | "outcome" | "receive" | "attach";
}

/** Two branches, one success is enough: the other one's child hangs and gets its close policy. */
export interface RaceOp {
  readonly t: "race";
  readonly node: NodePlan;
  readonly policy: ParentClosePolicy;
}

export type End = { readonly t: "return" } | { readonly t: "throw"; readonly via: "plain" | "step" | "context" } | Hang;

/** Ends no more by itself. */
export interface Hang {
  readonly t: "hang";
  readonly at: HangPoint;
  readonly release: Release;
}

export type HangPoint =
  | { readonly via: "signal" | "wait" | "callback" | "state" | "poll" | "context" | "batch" }
  | ChildHang<"execute">
  | ChildHang<"handle">;

/** Waits for a child that hangs itself: at the operation that started it, or at a handle. */
export interface ChildHang<Via extends "execute" | "handle"> {
  readonly via: Via;
  readonly node: NodePlan;
  readonly policy: ParentClosePolicy;
  readonly cancellation?: CancellationType;
}

/**
 * Who ends a node that hangs: the outside (`go` is the signal it waits for), its execution timeout, or `starter`: whoever
 * started it, by an act, by ending (close policy), by no longer waiting, or by hanging at it and being ended itself.
 */
export type Release = "outside-stop" | "outside-cancel" | "outside-go" | "timeout" | "starter";

/** What the workflow that interprets a plan gets. */
export interface NodeInput {
  readonly plan: NodePlan;
  /** `r.a.b@2.c`: names from the root down; `@n` where the parent's generation was not the first. */
  readonly label: string;
  readonly round: number;
  /** Tell the parent when it hangs. */
  readonly sync: boolean;
}

const HOUR_MS = 3_600_000;
/** Beyond the end of every simulation: nothing waits that long and is heard of. */
export const FOREVER_MS = 20_000 * 365 * 24 * HOUR_MS;
export const HORIZON_MS = FOREVER_MS / 2;

/** All that a tree has to do besides timing out takes less than this. */
const PATIENCE_MS = 4 * HOUR_MS;
/** More than the operations of one node that may last as long as the patience with what is below. */
const PATIENCE_GROWS = 12;

/** How long one waits for a node that hangs: long enough for everything it has to do before. */
export function patience(node: NodePlan): number {
  return PATIENCE_MS * PATIENCE_GROWS ** heightOf(node);
}

function heightOf(node: NodePlan): number {
  return Math.max(-1, ...childrenOf(node).map(heightOf)) + 1;
}

export function childrenOf(node: NodePlan): readonly NodePlan[] {
  const own = node.ops.flatMap(nodesIn);
  const { end } = node;
  return end.t === "hang" && "node" in end.at ? [...own, end.at.node] : own;
}

function nodesIn(op: Op): readonly NodePlan[] {
  switch (op.t) {
    case "context":
      return op.ops.flatMap(nodesIn);
    case "batch":
      return op.branches.flatMap((branch) => branch.ops.flatMap(nodesIn));
    case "all":
      return op.nodes;
    case "start":
      return [op.node, ...op.between.flatMap(nodesIn)];
    case "execute":
    case "race":
      return [op.node];
    default:
      return [];
  }
}

/** Label of the child that `parent` starts in its generation `generation`. */
export function childLabel(parent: string, generation: number, name: string): string {
  return `${parent}${generation === 1 ? "" : `@${generation}`}.${name}`;
}

/** Name of an operation: where it stands in the plan, and in which generation. */
export function opName(op: string, path: string, generation: number): string {
  return `${op}${path}${generation === 1 ? "" : `@${generation}`}`;
}

/** How many generations of executions the plan makes, in all. */
export function countGenerations(node: NodePlan): number {
  const own = Math.min(node.failures, node.attempts) + node.rounds;
  return own * childrenOf(node).reduce((sum, child) => sum + countGenerations(child), 1);
}
