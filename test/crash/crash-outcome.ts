/** What must not depend on whether, and where, a process died. */
import { isDeepStrictEqual } from "node:util";
import { show } from "../conformance/expect-compare.ts";
import type { Observation } from "../conformance/runner.ts";
import type { MemoryDisk } from "../helpers/memory-store.ts";

/** How everything ended: no ids, no times, no words, no attempts. */
export interface CrashOutcome {
  readonly executions: ReadonlyMap<string, unknown>;
  readonly problems: readonly string[];
}

export function outcomeOf({ executions, problems }: Observation): CrashOutcome {
  const ends = [...executions].map(
    ([path, { workflow, status, output, error, state, documents }]): [string, unknown] => {
      const shown = documents.map(({ id, value }) => ({ id, value })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      return [path, { workflow, status, output, error: typesOf(error), state, documents: shown }];
    },
  );
  return { executions: new Map(ends), problems };
}

/** One line per difference. */
export function differences(expected: CrashOutcome, actual: CrashOutcome): string[] {
  const found = actual.problems.filter((problem) => !expected.problems.includes(problem));
  for (const path of new Set([...expected.executions.keys(), ...actual.executions.keys()])) {
    const [was, is] = [expected.executions.get(path), actual.executions.get(path)];
    if (!isDeepStrictEqual(was, is)) found.push(`${path}: without a crash ${show(was)}, with it ${show(is)}`);
  }
  return found;
}

function typesOf(error: { type: string; cause?: unknown } | undefined): string[] {
  const types: string[] = [];
  for (let at = error; at !== undefined; at = at.cause as typeof error) types.push(at.type);
  return types;
}

/** Each result stands in a journal once, and nothing stands behind an end. */
export function journalProblems(disk: MemoryDisk): string[] {
  const found: string[] = [];
  for (const [id, journal] of disk.journals) {
    let once = new Set<string>();
    let hasEnded = false;
    for (const { entry } of journal) {
      if (hasEnded) found.push(`${id}: ${entry.t} stands behind its end`);
      if (entry.t === "run") once = new Set();
      hasEnded = entry.t === "fin";
      const mark = entry.t === "ok" || entry.t === "err" ? entry.k : entry.t === "in" ? `in ${entry.id}` : undefined;
      if (mark !== undefined && once.has(mark)) found.push(`${id}: ${mark} is recorded twice`);
      if (mark !== undefined) once.add(mark);
    }
  }
  return found;
}
