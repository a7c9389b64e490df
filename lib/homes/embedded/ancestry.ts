/**
 * Who stands above an execution, as far as the recursion check cares. Linked from child to parent: a level more costs
 * one link, however deep it is, and the children keep their links, since a parent may be gone before them.
 */
import type { ExecutionStatics } from "./records.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./slot.ts";

export interface Ancestry {
  readonly fingerprint: string;
  readonly above: Ancestry | undefined;
}

export function ancestryOf(runtime: Runtime, slot: Slot): Ancestry {
  slot.ancestry ??= linked(runtime, slot.statics);
  return slot.ancestry;
}

/** After a restart. Ancestors that have ended are in the file only. */
function linked(runtime: Runtime, { fingerprint = "", parentId }: ExecutionStatics): Ancestry {
  return { fingerprint, above: parentId === undefined ? undefined : ancestryOfId(runtime, parentId) };
}

function ancestryOfId(runtime: Runtime, id: string): Ancestry | undefined {
  const slot = runtime.slots.get(id);
  if (slot !== undefined) return ancestryOf(runtime, slot);
  const head = runtime.store.head(id);
  return head === undefined ? undefined : linked(runtime, head);
}

export function includes(ancestry: Ancestry, fingerprint: string): boolean {
  for (let one: Ancestry | undefined = ancestry; one !== undefined; one = one.above) {
    if (one.fingerprint === fingerprint) return true;
  }
  return false;
}
