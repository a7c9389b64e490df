/**
 * Random plans. Every plan has one long branch (the spine), so that most trees are deep, and some small ones.
 *
 * What a child shall come to (`Fate`) is drawn first, then a way to bring it about: so all endings are about as common,
 * with every close policy.
 */
import type { CancellationType, ParentClosePolicy } from "../../lib/kernel/journal.ts";
import {
  type BatchOp,
  countGenerations,
  type End,
  type HangPoint,
  type NodePlan,
  type Op,
  type Release,
} from "./plan.ts";
import type { Random } from "./random.ts";

const MAX_DEPTH = 6;
/** All generations of all executions. */
const MAX_GENERATIONS = 30;

/** Where the rest of the spine begins. */
interface Spine {
  readonly below: number;
  readonly depth: number;
}

/** How a node ends: by itself, by the outside, by its timeout; or it hangs until whoever started it ends it. */
type Fate = "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "CANCELLED" | "STOPPED" | "HUNG";

const POLICIES: readonly ParentClosePolicy[] = ["terminate", "request_cancel", "abandon"];

const CANCELLATIONS: readonly (CancellationType | undefined)[] = [
  undefined,
  undefined,
  "wait_completed",
  "wait_requested",
  "try_cancel",
  "abandon",
];

/** How often a plan has what faults meet most. */
export interface Taste {
  /** A node has several generations by continueAsNew, or by failing and being retried. */
  readonly rounds: number;
  readonly fails: number;
  /** Weight of a cancel, and of a stop, among the ways in which a node ends. */
  readonly ended: number;
  /** Factor of the operations that wait for the outside. */
  readonly outside: number;
  /** Weight of children that hang until their starter ends them, and of what the starter does with them. */
  readonly hung: number;
  readonly hungBy: Readonly<Record<"close" | "act" | "go" | "timeout" | "race" | "loose" | "raced", number>>;
  /** Of nodes that hang at their child, where they can; and how they hold it. */
  readonly hangsAtSpine: number;
  readonly policies: readonly ParentClosePolicy[];
  readonly cancellations: readonly (CancellationType | undefined)[];
  /** Operations of a node beside its children. */
  readonly ops: { readonly least: number; readonly most: number };
}

export const PLAIN_TASTE: Taste = {
  rounds: 0.25,
  fails: 0.15,
  ended: 1.5,
  outside: 1,
  hung: 5,
  hungBy: { close: 5, act: 4, go: 2, timeout: 2, race: 2, loose: 0.7, raced: 0.7 },
  hangsAtSpine: 0.5,
  policies: POLICIES,
  cancellations: CANCELLATIONS,
  ops: { least: 1, most: 3 },
};

/** Favours what found bugs that the plain form does not: generations, cancels, stops, and answers from outside. */
export const HARD_TASTE: Taste = { ...PLAIN_TASTE, rounds: 0.5, fails: 0.35, ended: 3, outside: 2 };

/** Cancels, stops and outcomes of children that hang, close to each other and to the launches. */
export const STORM_TASTE: Taste = {
  ...PLAIN_TASTE,
  hung: 14,
  hungBy: { close: 2, act: 3, go: 1, timeout: 2, race: 3, loose: 1, raced: 12 },
  hangsAtSpine: 0.9,
  policies: ["terminate", "request_cancel"],
  cancellations: [undefined, "wait_completed", "wait_completed", "wait_requested"],
  ops: { least: 0, most: 1 },
};

/** Of four seeds the last is hard: its plan and its faults favour what found bugs. */
export function isHard(seed: number): boolean {
  return seed % 4 === 3;
}

export function generatePlan(random: Random, taste: Taste = PLAIN_TASTE): NodePlan {
  for (;;) {
    const plan = new Generator(random, taste).root();
    if (countGenerations(plan) <= MAX_GENERATIONS) return plan;
  }
}

class Generator {
  readonly #random: Random;
  readonly #taste: Taste;
  #names = 0;

  constructor(random: Random, taste: Taste) {
    this.#random = random;
    this.#taste = taste;
  }

  root(): NodePlan {
    const depth = Number(this.#random.weighted({ 0: 1, 1: 2, 2: 2, 3: 2, 4: 6, 5: 5, [MAX_DEPTH]: 3 }));
    return { ...this.#node(depth, 0, this.#fate({ hung: false })), name: "r" };
  }

  #fate({ hung }: { hung: boolean }): Fate {
    return this.#random.weighted<Fate>({
      SUCCEEDED: 4,
      FAILED: 3,
      TIMED_OUT: 3,
      CANCELLED: this.#taste.ended,
      STOPPED: this.#taste.ended,
      HUNG: hung ? this.#taste.hung : 0,
    });
  }

  /** `below`: length of the spine from here. `depth`: of this node. */
  #node(below: number, depth: number, fate: Fate): NodePlan {
    this.#names += 1;
    const name = `n${this.#names}`;
    const random = this.#random;
    const rounds = random.chance(this.#taste.rounds) ? random.between(2, 3) : 1;
    const fails = rounds === 1 && random.chance(this.#taste.fails) ? random.between(1, 2) : 0;
    const isOnceOnly = rounds === 1 && fails === 0;
    // What a node hangs at may be the spine.
    const hangs = fate !== "SUCCEEDED" && fate !== "FAILED";
    const hangsAtSpine = hangs && below > 0 && random.chance(this.#taste.hangsAtSpine);
    const end = this.#end(fate, hangsAtSpine ? { below: below - 1, depth: depth + 1 } : undefined);
    const { least, most } = this.#taste.ops;
    const ops = this.#ops(random.between(least, Math.min(most, below === 0 ? 3 : 2)), true).filter(
      (op) => op.t !== "patch" || fails === 0,
    );
    if (below > 0 && !hangsAtSpine) ops.splice(random.below(ops.length + 1), 0, this.#childOp(below - 1, depth + 1));
    if (isOnceOnly && depth < MAX_DEPTH && random.chance(0.25)) {
      ops.splice(random.below(ops.length + 1), 0, this.#childOp(0, depth + 1));
    }
    return {
      name,
      ops,
      end,
      onCancel: this.#onCancel(fate),
      rounds,
      failures: fails,
      attempts: fails === 0 ? 1 : fails + (fate === "FAILED" ? random.below(2) : 1),
      timed: fate === "TIMED_OUT",
    };
  }

  #onCancel(fate: Fate): NodePlan["onCancel"] {
    return this.#random.weighted({ propagate: 3, cleanup: 2, ignore: fate === "CANCELLED" ? 0.3 : 1 });
  }

  #end(fate: Fate, spine: Spine | undefined): End {
    switch (fate) {
      case "SUCCEEDED":
        if (this.#random.chance(0.8)) return { t: "return" };
        return {
          t: "hang",
          at: { via: this.#random.pick(["signal", "state", "callback", "context"]) },
          release: "outside-go",
        };
      case "FAILED":
        return { t: "throw", via: this.#random.pick(["plain", "step", "context"]) };
      default:
        return { t: "hang", at: this.#hangPoint(fate, spine), release: RELEASES[fate] };
    }
  }

  #hangPoint(fate: Fate, spine: Spine | undefined): HangPoint {
    const random = this.#random;
    if (spine === undefined) {
      return { via: random.pick(["signal", "wait", "callback", "state", "poll", "context", "batch"]) };
    }
    // A child that is not abandoned has its parent's deadline: which of the two ends first would be chance.
    const policy = fate === "TIMED_OUT" ? "abandon" : random.pick(this.#taste.policies);
    const node = this.#node(spine.below, spine.depth, "HUNG");
    // Whether the request or the child's answer to it is heard of first is chance: it must not matter.
    const { cancellations } = this.#taste;
    const types = mayIgnoreCancel(node) ? cancellations.filter((type) => type !== "wait_requested") : cancellations;
    const cancellation = random.pick(types);
    return {
      via: random.pick(["execute", "handle"]),
      node,
      policy,
      ...(cancellation === undefined ? undefined : { cancellation }),
    };
  }

  // ---- operations ---------------------------------------------------------------------------------------------

  #ops(count: number, isTop: boolean): Op[] {
    return Array.from({ length: count }, () => this.#leafOp(isTop));
  }

  #leafOp(isTop: boolean): Op {
    const random = this.#random;
    const { outside } = this.#taste;
    const kind = random.weighted({
      step: 3,
      named: 1,
      wait: 2,
      poll: 2.5,
      callback: 2.5 * outside,
      inbox: 2 * outside,
      patch: isTop ? 0.7 * outside : 0,
      state: 1.5,
      patched: 0.5,
      tell: 2,
      nobody: 2,
      context: isTop ? 2 : 0.5,
      batch: isTop ? 1.5 : 0.2,
    });
    switch (kind) {
      case "step":
        return this.#step();
      case "wait":
        return { t: "wait", ms: random.between(0, 60_000) };
      case "poll":
        return { t: "poll", polls: random.between(1, 3) };
      case "callback":
        return {
          t: "callback",
          via: random.pick(["create", "waitFor"]),
          answer: random.pick(["succeed", "succeed", "fail", "silence"]),
        };
      case "inbox":
        return { t: "inbox", count: random.between(1, 3), via: random.pick(["waitForSignal", "receive"]) };
      case "state":
        return { t: "state", key: random.pick(["a", "b", "c"]), value: random.below(5) };
      case "context":
        return { t: "context", ops: this.#ops(random.between(1, 2), false), fails: random.chance(0.3) };
      case "batch":
        return this.#batch();
      default:
        return { t: kind };
    }
  }

  #step(): Op {
    const random = this.#random;
    const once = random.chance(0.2);
    const fails = random.chance(0.4) ? random.between(1, 2) : 0;
    // Crashes spend attempts of a step that runs at most once per attempt.
    const attempts = once ? 1_000 : fails === 0 ? 1 : fails + random.below(2);
    return { t: "step", fails, attempts, once };
  }

  #batch(): BatchOp {
    const random = this.#random;
    const branches = Array.from({ length: random.between(1, 3) }, () => ({
      ops: this.#ops(random.between(0, 2), false),
      fails: random.chance(0.25),
    }));
    return {
      t: "batch",
      kind: random.pick(["parallel", "map"]),
      nesting: random.pick(["NESTED", "FLAT"]),
      concurrency: random.between(1, 3),
      branches,
    };
  }

  // ---- children -----------------------------------------------------------------------------------------------

  #childOp(below: number, depth: number): Op {
    const random = this.#random;
    const fate = this.#fate({ hung: true });
    const node = this.#node(below, depth, fate);
    const policy = random.pick(POLICIES);
    const named = random.chance(0.2);
    const op = fate === "HUNG" ? this.#withHung(node, policy, named) : this.#withEnding(node, depth, policy, named);
    // Children are also started from child contexts and from branches.
    const where = random.weighted({ here: 7, context: 1.5, batch: 1.5 });
    if (where === "context") return { t: "context", ops: [op], fails: random.chance(0.3) };
    if (where === "here") return op;
    const batch = this.#batch();
    return { ...batch, branches: [...batch.branches, { ops: [op], fails: random.chance(0.25) }] };
  }

  #withEnding(node: NodePlan, depth: number, policy: ParentClosePolicy, named: boolean): Op {
    const random = this.#random;
    // The children of executeAll share their options: none has a timeout or retries of its own.
    const isPlain = !node.timed && node.attempts === 1;
    const kind = random.weighted({ execute: 4, all: isPlain ? 2 : 0, start: 4, left: 1.5 });
    switch (kind) {
      case "execute":
        return { t: "execute", node, policy, named };
      case "all": {
        const more = Array.from({ length: random.between(0, 1) }, () => ({
          ...this.#node(0, depth, random.pick(["SUCCEEDED", "FAILED"])),
          failures: 0,
          attempts: 1,
        }));
        return { t: "all", nodes: [...more, node], policy, concurrency: random.between(1, 2) };
      }
      case "start":
        return { ...this.#start(node, policy, named), join: random.pick(["result", "outcome", "receive", "attach"]) };
      case "left":
        return { ...this.#start(node, "abandon", named), join: "none" };
    }
  }

  #withHung(node: NodePlan, policy: ParentClosePolicy, named: boolean): Op {
    const random = this.#random;
    const canGo = node.end.t === "hang" && (node.end.at.via === "signal" || node.end.at.via === "context");
    const { hungBy } = this.#taste;
    const kind = random.weighted({ ...hungBy, go: canGo ? hungBy.go : 0 });
    const start = this.#start(node, policy, named);
    const join = random.pick(["none", "result", "outcome", "receive", "attach"] as const);
    switch (kind) {
      case "close":
        return { ...start, sync: true };
      case "act":
        return { ...start, sync: true, act: random.pick(["cancel", "stop"]), join };
      case "go":
        return { ...start, sync: random.chance(0.5), act: "go", join: join === "none" ? "result" : join };
      case "timeout":
        return {
          t: "execute",
          node,
          policy,
          named,
          onTimeout: random.pick(["request_cancel", "terminate", "abandon"]),
        };
      case "race":
        return { t: "race", node, policy };
      case "loose":
        return start;
      case "raced":
        return { ...start, act: random.pick(["cancel", "stop"]), join: "outcome" };
    }
  }

  #start(node: NodePlan, policy: ParentClosePolicy, named: boolean): Op & { t: "start" } {
    const random = this.#random;
    return {
      t: "start",
      node,
      policy,
      named,
      how: random.pick(["start", "start", "step"]),
      between: random.chance(0.3) ? this.#ops(1, false) : [],
      sync: false,
      act: "none",
      join: "none",
    };
  }
}

function mayIgnoreCancel({ onCancel, end }: NodePlan): boolean {
  if (onCancel === "ignore") return true;
  return end.t === "hang" && "node" in end.at && mayIgnoreCancel(end.at.node);
}

const RELEASES = {
  TIMED_OUT: "timeout",
  CANCELLED: "outside-cancel",
  STOPPED: "outside-stop",
  HUNG: "starter",
} as const satisfies Partial<Record<Fate, Release>>;
