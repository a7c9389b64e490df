/** Usage of a generation that has not ended; the kernel counts the same way and records it with the end. */
import type { Entry, Usage } from "../kernel/journal.ts";

/** What an entry costs beside its values. */
const ENTRY_BYTES = 64;

export function measureUsage(generation: readonly Entry[]): Usage {
  const counted = generation.filter(({ t }) => t !== "run" && t !== "fin");
  const operations = counted.filter((entry) => entry.t === "op");
  const children = operations.flatMap(({ d }) => (d?.child === undefined ? [] : [d.child]));
  const tries = counted.filter((entry) => entry.t === "try" && entry.why !== "heartbeat").length;
  const values = counted.map((entry) => ("v" in entry ? (entry.v?.length ?? 0) : 0));
  return {
    operations: operations.length,
    attempts: operations.filter(({ kind }) => kind === "STEP" || kind === "CONDITION").length + tries,
    children: children.length,
    bytes: counted.length * ENTRY_BYTES + sum(values) + sum(children.map(({ input }) => input.length)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
