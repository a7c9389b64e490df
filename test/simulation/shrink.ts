/** Makes a failing case small: leaves out what can be left out, as long as it still fails. */
import type { FaultPlan } from "./faults.ts";
import { childrenOf, type NodePlan } from "./plan.ts";
import { type Case, simulate } from "./simulate.ts";

/** Simulations that are spent on one case. */
const BUDGET = 3_000;

/** Lists whose elements can be left out, and values that can be made plainer, wherever they stand in a plan. */
const LISTS: ReadonlySet<string> = new Set(["ops", "between", "branches", "nodes"]);
const PLAINER: Readonly<Record<string, unknown>> = {
  rounds: 1,
  failures: 0,
  attempts: 1,
  count: 1,
  polls: 1,
  ms: 0,
  fails: 0,
  onCancel: "propagate",
  how: "start",
  named: false,
  once: false,
  sync: false,
};

export async function shrink(failing: Case): Promise<{ small: Case; problems: readonly string[] }> {
  let small = failing;
  let problems = await problemsOf(failing);
  for (let spent = 0; spent < BUDGET;) {
    let found = false;
    for (const candidate of smaller(small)) {
      if ((spent += 1) >= BUDGET) break;
      const left = await problemsOf(candidate);
      if (left.length === 0) continue;
      small = candidate;
      problems = left;
      found = true;
      break;
    }
    if (!found) break;
  }
  return { small, problems };
}

/** None for a case that makes no sense. */
async function problemsOf(candidate: Case): Promise<readonly string[]> {
  try {
    return (await simulate(candidate)).problems;
  } catch {
    return [];
  }
}

function* smaller({ plan, faults }: Case): Iterable<Case> {
  for (const fewer of fewerFaults(faults)) yield { plan, faults: fewer };
  for (const child of descendants(plan)) yield { plan: { ...child, name: plan.name }, faults };
  for (const simpler of simplerPlans(plan)) yield { plan: simpler as NodePlan, faults };
}

function* fewerFaults(faults: FaultPlan): Iterable<FaultPlan> {
  const calls = Object.keys(faults.at).map(Number);
  const keep = (kept: readonly number[]): FaultPlan => ({
    ...faults,
    at: Object.fromEntries(kept.flatMap((call) => (faults.at[call] === undefined ? [] : [[call, faults.at[call]]]))),
  });
  if (calls.length > 0) yield keep([]);
  for (let size = Math.floor(calls.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < calls.length; from += size) yield keep(calls.toSpliced(from, size));
  }
  for (let at = 0; at < faults.chaos.length; at += 1) yield { ...faults, chaos: faults.chaos.toSpliced(at, 1) };
  const quiet = { eviction: "lru", live: 1_000, steps: 1_000, executions: 1_000 } as const;
  for (const [key, value] of Object.entries(quiet)) {
    if (faults[key as keyof typeof quiet] !== value) yield { ...faults, [key]: value };
  }
}

function* descendants(plan: NodePlan): Iterable<NodePlan> {
  for (const child of childrenOf(plan)) {
    // One that its starter has to end cannot stand alone.
    if (child.end.t !== "hang" || child.end.release !== "starter") yield child;
    yield* descendants(child);
  }
}

/** Every plan that differs in one place. */
function* simplerPlans(value: unknown): Iterable<unknown> {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries())
      for (const simpler of simplerPlans(item)) yield value.toSpliced(at, 1, simpler);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (LISTS.has(key) && Array.isArray(item))
        for (const at of item.keys()) yield { ...value, [key]: item.toSpliced(at, 1) };
      if (typeof item === typeof PLAINER[key] && item !== PLAINER[key]) yield { ...value, [key]: PLAINER[key] };
      for (const simpler of simplerPlans(item)) yield { ...value, [key]: simpler };
    }
  }
}
