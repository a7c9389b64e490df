/** Usage of a generation that has not ended; the kernel counts the same way and records it with the end. */
import { type ChildDetails, type Entry, isNote, type Usage } from "../kernel/journal.ts";

/** What an entry costs beside its values. */
const ENTRY_BYTES = 64;

export function measureUsage(generation: readonly Entry[]): Usage {
  const counted = generation.filter((entry) => entry.t !== "run" && entry.t !== "fin" && !isNote(entry));
  const operations = counted.filter((entry) => entry.t === "op");
  const children = counted.flatMap(childrenOf);
  const tries = counted.filter((entry) => entry.t === "try" && entry.why !== "heartbeat").length;
  const values = counted.map((entry) => ("v" in entry ? (entry.v?.length ?? 0) : 0));
  return {
    operations: operations.length,
    attempts: operations.filter(({ kind }) => kind === "STEP" || kind === "CONDITION").length + tries,
    children: children.length,
    bytes: counted.length * ENTRY_BYTES + sum(values) + sum(children.map(({ input }) => input.length)),
  };
}

/** Those of a step's effects, too (D9). */
function childrenOf(entry: Entry): readonly ChildDetails[] {
  if (entry.t === "op") return entry.d?.child === undefined ? [] : [entry.d.child];
  if (entry.t !== "ok") return [];
  return entry.fx?.flatMap((effect) => (effect.t === "start" ? [effect.d] : [])) ?? [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
