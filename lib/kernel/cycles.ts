/** Cycles among workflows that say which others they may start: found before anything runs (D16). */
import type { Workflow } from "./definition.ts";

/** The names along the first cycle, e.g. `["a", "b", "a"]`; undefined when there is none. Recursion that is allowed is none. */
export function findCycle(workflows: Iterable<Workflow>): readonly string[] | undefined {
  const byName = new Map([...workflows].map((workflow) => [workflow.name, workflow]));
  const done = new Set<string>();
  for (const name of byName.keys()) {
    const cycle = walk(name, byName, [], done);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function walk(
  name: string,
  byName: ReadonlyMap<string, Workflow>,
  path: readonly string[],
  done: Set<string>,
): readonly string[] | undefined {
  const workflow = byName.get(name);
  if (workflow === undefined || workflow.allowRecursion === true || done.has(name)) return undefined;
  if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
  for (const child of workflow.children?.() ?? []) {
    const cycle = walk(child, byName, [...path, name], done);
    if (cycle !== undefined) return cycle;
  }
  done.add(name);
  return undefined;
}
