/**
 * The children that a journal says were started and not said to have ended: what a cascade walks (K10). For
 * executions that end without their code: stopped or timed out while not in memory, or of an unknown workflow.
 */
import type { CarriedChild, ChildDetails, Entry } from "../kernel/journal.ts";

/** @param entries of one generation, `run` first */
export function openChildren(entries: Iterable<Entry>): CarriedChild[] {
  const open = new Map<string, CarriedChild>();
  const byKey = new Map<string, string>();
  const started = new Map<string, string>();
  const note = (key: string, child: ChildDetails): void => {
    open.set(child.id, { id: child.id, policy: child.policy });
    byKey.set(key, child.id);
    started.set(key, child.id);
  };
  for (const entry of entries) {
    if (entry.t === "run") for (const child of entry.children ?? []) open.set(child.id, child);
    if (entry.t === "op" && entry.d?.child !== undefined) note(entry.k, entry.d.child);
    if (entry.t === "op" && entry.kind === "ATTACH") byKey.set(entry.k, entry.d?.target ?? "");
    if (entry.t === "ack" && entry.id !== undefined) {
      // Of an operation that starts a child: another execution had its id, so there is no such child (D38).
      const child = started.get(entry.k);
      if (child !== undefined) open.delete(child);
      byKey.set(entry.k, entry.id);
    }
    if (entry.t === "ok" || entry.t === "err") open.delete(byKey.get(entry.k) ?? "");
    if (entry.t === "ok") for (const effect of entry.fx ?? []) if (effect.t === "start") note(effect.k, effect.d);
  }
  return [...open.values()];
}
