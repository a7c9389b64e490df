/** What a journal says was to leave the execution, and does not say has: a holder that died may not have come to it. */
import type { ChildDetails, Entry, OpDetails } from "../../kernel/journal.ts";

export type Unsent = { readonly child: ChildDetails } | { readonly request: OpDetails };

/** By operation. @param history of one generation */
export function unsentOf(history: readonly Entry[]): Map<string, Unsent> {
  const unsent = new Map<string, Unsent>();
  for (const entry of history) {
    if (entry.t === "op" && entry.d?.child !== undefined) unsent.set(entry.k, { child: entry.d.child });
    else if (entry.t === "op" && entry.kind === "REQUEST" && entry.d !== undefined) {
      // The next generation is of the same execution: nothing leaves.
      if (entry.d.action !== "continue") unsent.set(entry.k, { request: entry.d });
    } else if (entry.t === "ok" || entry.t === "err" || entry.t === "ack") unsent.delete(entry.k);
    if (entry.t !== "ok") continue;
    for (const effect of entry.fx ?? []) if (effect.t === "start") unsent.set(effect.k, { child: effect.d });
  }
  return unsent;
}
