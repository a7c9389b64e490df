/** Heads and journals as the projections want them. */
import { type GenerationEntry, type HeadLike, projectView } from "../../engine/view.ts";
import type { Entry } from "../../kernel/journal.ts";
import type { ExecutionView } from "../../ports/client.ts";
import type { AwsContext } from "./context.ts";
import type { Head } from "./head.ts";
import { loadFin, loadJournal } from "./journal.ts";

/** With its end. */
export async function wholeJournal({ table }: AwsContext, head: Head, from: number): Promise<readonly Entry[]> {
  const { entries } = await loadJournal(table, head, from);
  const fin = await loadFin(table, head);
  return fin === undefined ? entries : [...entries, fin];
}

export function withGenerations(entries: readonly Entry[]): readonly GenerationEntry[] {
  let generation = 1;
  return entries.map((entry) => {
    if (entry.t === "run") generation = entry.g;
    return { generation, entry };
  });
}

export function headLike({ statics, status, endedAt }: Head): HeadLike {
  return { ...statics, status, ...(endedAt === undefined ? undefined : { endedAt }) };
}

export function viewOf(head: Head): ExecutionView {
  return projectView(headLike(head), { generation: head.generation, attempt: head.attempt });
}
