/**
 * What goes wrong in one simulation, as data: which call of a port is disturbed, and how. The calls of all ports are
 * counted together, over all lives of the engine, so that the same faults hit the same calls again.
 */
import type { Random } from "./random.ts";
import { fewerOf } from "./shrink.ts";

/** A call of the engine to the world, or of the world to the engine. */
export type PortKind =
  | "commit"
  | "load"
  /** An item for an execution that is not in memory goes into the inbox. */
  | "leave"
  | "body"
  | "timer"
  | "deliver"
  | "launch"
  /** A launch that must not be late. */
  | "start"
  | "send"
  | "errand";

/**
 * - `crash-before`, `crash-after`: the process dies before or after what the call does.
 * - `duplicate`: what is carried arrives twice. `delay`: it arrives later. `reorder`: it arrives behind others.
 * - `wake`: the execution is woken for nothing.
 * - `refuse`: the disk refuses a commit once.
 */
export type FaultKind = "crash-before" | "crash-after" | "duplicate" | "delay" | "reorder" | "wake" | "refuse";

export interface FaultPlan {
  readonly eviction: "lru" | "always";
  /** Live executions kept in memory, with `lru`. */
  readonly live: number;
  /** Steps that run at once. */
  readonly steps: number;
  /** Executions whose code may be at work at once. */
  readonly executions: number;
  /** Number of the call → what happens to it. A kind that the call cannot suffer does nothing. */
  readonly at: Readonly<Record<number, FaultKind>>;
  /** Random stops and cancels from outside; then no outcome is predicted. */
  readonly chaos: readonly ChaosAction[];
}

export interface ChaosAction {
  readonly kind: "stop" | "cancel";
  /** Done when so many calls have been made, to the execution that is then the n-th (modulo their number). */
  readonly call: number;
  readonly target: number;
}

/** What a call of each kind can suffer. */
export const POSSIBLE: Readonly<Record<PortKind, readonly FaultKind[]>> = {
  commit: ["crash-before", "crash-after", "refuse"],
  load: ["crash-before"],
  leave: ["crash-before", "crash-after"],
  body: ["crash-before", "crash-after"],
  timer: ["crash-before", "delay"],
  deliver: ["crash-before", "crash-after", "duplicate", "delay", "reorder", "wake"],
  launch: ["crash-before", "crash-after", "duplicate", "delay", "reorder"],
  start: ["crash-before", "crash-after", "duplicate"],
  send: ["crash-before", "crash-after", "duplicate"],
  errand: ["crash-before", "crash-after", "duplicate", "delay", "reorder"],
};

/** Calls of one run beyond which nothing is disturbed. */
const CALLS = 400;

export function generateFaults(random: Random): FaultPlan {
  const at: Record<number, FaultKind> = {};
  const density = random.pick([0, 0.1, 0.2, 0.4]);
  for (let call = 0; call < CALLS; call += 1) {
    if (random.chance(density))
      at[call] = random.weighted({ duplicate: 3, delay: 4, reorder: 3.5, wake: 1.5, refuse: 0.4 });
  }
  const crashes = random.weighted({ 0: 3, 1: 3, 2: 2, 3: 1, 6: 0.5 });
  const within = random.pick([30, 100, 250]);
  for (let n = 0; n < Number(crashes); n += 1) at[random.below(within)] = random.pick(["crash-before", "crash-after"]);
  return {
    eviction: random.chance(0.4) ? "always" : "lru",
    live: random.pick([0, 1, 3, 1_000]),
    steps: random.pick([1, 2, 1_000]),
    executions: random.pick([1, 3, 1_000, 1_000]),
    at,
    chaos: random.chance(0.15) ? generateChaos(random) : [],
  };
}

/** So many calls behind a crash many are disturbed. */
const BEHIND_A_CRASH = 60;

/**
 * What found the faults that fresh seeds found: crashes, and launches and deliveries out of order behind each; limits so
 * low that executions are put away all the time; a disk that refuses now and then.
 */
export function generateStorm(random: Random): FaultPlan {
  const at: Record<number, FaultKind> = {};
  let call = random.below(30);
  for (let crashes = random.between(1, 4); crashes > 0; crashes -= 1) {
    at[call] = random.pick(["crash-before", "crash-after"]);
    for (let behind = call + 1; behind <= call + BEHIND_A_CRASH; behind += 1)
      if (random.chance(0.5)) at[behind] = random.weighted({ reorder: 5, delay: 5, duplicate: 2, wake: 1, refuse: 1 });
    call += random.between(5, 2 * BEHIND_A_CRASH);
  }
  return {
    eviction: random.chance(0.3) ? "always" : "lru",
    live: random.pick([0, 1, 2, 1_000]),
    steps: random.pick([1, 2, 1_000]),
    executions: random.pick([1, 2, 1_000]),
    at,
    chaos: random.chance(0.15) ? generateChaos(random) : [],
  };
}

function generateChaos(random: Random): ChaosAction[] {
  return Array.from({ length: random.between(1, 3) }, () => ({
    kind: random.pick(["stop", "cancel"]),
    call: random.below(120),
    target: random.below(1_000),
  }));
}

/** Milliseconds that the fault at `call` lasts: another for every call, always less than the patience of any plan. */
export function lasts(call: number): number {
  return 1 + ((call * 2_654_435_761) % 5_000);
}

/** What can be left out of the faults of a case that fails. */
export function* fewerFaults(faults: FaultPlan): Iterable<FaultPlan> {
  for (const at of fewerOf(faults.at)) yield { ...faults, at };
  for (let at = 0; at < faults.chaos.length; at += 1) yield { ...faults, chaos: faults.chaos.toSpliced(at, 1) };
  const quiet = { eviction: "lru", live: 1_000, steps: 1_000, executions: 1_000 } as const;
  for (const [key, value] of Object.entries(quiet)) {
    if (faults[key as keyof typeof quiet] !== value) yield { ...faults, [key]: value };
  }
}
