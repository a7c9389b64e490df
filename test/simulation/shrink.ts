/**
 * Makes a failing case small: leaves out what can be left out, as long as it still fails in the same way.
 *
 * A plan is simplified here, for every backend. What can be left out of its faults, a backend says itself.
 */
import { childrenOf, type NodePlan } from "./plan.ts";

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

export interface SomeCase<Faults> {
  readonly plan: NodePlan;
  readonly faults: Faults;
}

/** How a backend plays a case, and what it can leave out of the faults. */
export interface Shrinker<Faults> {
  /** @returns every problem, one sentence each */
  readonly play: (candidate: SomeCase<Faults>) => Promise<readonly string[]>;
  readonly fewerFaults: (faults: Faults) => Iterable<Faults>;
}

export interface Shrunk<Faults> {
  readonly small: SomeCase<Faults>;
  readonly problems: readonly string[];
}

export async function shrink<Faults>(failing: SomeCase<Faults>, by: Shrinker<Faults>): Promise<Shrunk<Faults>> {
  let problems = await by.play(failing);
  const kinds = new Set(problems.map(kindOf));
  let small = failing;
  for (let spent = 0; spent < BUDGET;) {
    let found = false;
    for (const candidate of smaller(small, by.fewerFaults)) {
      if ((spent += 1) >= BUDGET) break;
      const left = await playSafely(candidate, by);
      if (!left.some((problem) => kinds.has(kindOf(problem)))) continue;
      small = candidate;
      problems = left;
      found = true;
      break;
    }
    if (!found) break;
  }
  return { small, problems };
}

/** The words of a problem without the labels, ids and numbers in it. */
function kindOf(problem: string): string {
  const [line = ""] = problem.split("\n", 1);
  return line.replaceAll(/\S*(?:\d|\br)\S*/gu, "").slice(0, 60);
}

/** None for a case that makes no sense. */
async function playSafely<Faults>(candidate: SomeCase<Faults>, by: Shrinker<Faults>): Promise<readonly string[]> {
  try {
    return await by.play(candidate);
  } catch {
    return [];
  }
}

function* smaller<Faults>(
  { plan, faults }: SomeCase<Faults>,
  fewerFaults: Shrinker<Faults>["fewerFaults"],
): Iterable<SomeCase<Faults>> {
  for (const fewer of fewerFaults(faults)) yield { plan, faults: fewer };
  for (const child of descendants(plan)) yield { plan: { ...child, name: plan.name }, faults };
  for (const simpler of simplerPlans(plan)) yield { plan: simpler as NodePlan, faults };
}

/** Numbered faults without some of them: none, halves, quarters, …, all but one. */
export function* fewerOf<T>(faults: Readonly<Record<number, T>>): Iterable<Readonly<Record<number, T>>> {
  const numbers = Object.keys(faults).map(Number);
  if (numbers.length > 0) yield {};
  for (let size = Math.floor(numbers.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < numbers.length; from += size) {
      const kept = numbers.toSpliced(from, size);
      yield Object.fromEntries(kept.flatMap((number) => (number in faults ? [[number, faults[number] as T]] : [])));
    }
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
