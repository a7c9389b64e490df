/**
 * State of an execution, without running its code.
 *
 * Counts as the kernel does (StateFork): one version per mark, per patch from outside, per value a step set, and per
 * child context that changed something (MERGE). What a child context changes shows when it ends.
 */
import type { Entry, OkEntry } from "../kernel/journal.ts";
import { parseKey } from "../kernel/keys.ts";
import {
  applyPatch,
  decodeOutsidePatch,
  decodeStateMap,
  decodeStatePatch,
  type StatePatch,
  type StateValues,
} from "../kernel/state.ts";

/** What `ctx.nonCancellable` calls its scope, which has no record and no state of its own. */
const SHIELDED = "nonCancellable";

const NOTHING: StatePatch = new Map();

export class StateLog {
  values: StateValues = new Map();
  version = 0;
  readonly #contexts = new Set<string>();

  constructor(generation: readonly Entry[]) {
    for (const entry of generation) this.#add(entry);
  }

  #add(entry: Entry): void {
    if (entry.t === "run") this.values = decodeStateMap(entry.state);
    else if (entry.t === "op" && entry.kind === "CONTEXT") this.#contexts.add(entry.k);
    else if (entry.t === "ok") this.#addEffects(entry);
    else this.#patch(patchOf(entry, (key) => this.#isOfRoot(key)));
  }

  #addEffects(entry: OkEntry): void {
    for (const effect of entry.fx ?? []) {
      if (effect.t === "state" && this.#isOfRoot(entry.k)) this.#patch(new Map([[effect.n, effect.v]]));
    }
  }

  #patch(patch: StatePatch): void {
    if (patch.size === 0) return;
    this.values = applyPatch(this.values, patch);
    this.version += 1;
  }

  /** Does this key stand in a scope that has the execution's own state, not a fork of it? */
  #isOfRoot(key: string): boolean {
    let { scope } = parseKey(key);
    while (scope !== "" && !this.#contexts.has(scope)) {
      const parsed = parseKey(scope);
      if (parsed.name !== SHIELDED) return false;
      ({ scope } = parsed);
    }
    return scope === "";
  }
}

function patchOf(entry: Entry, isOfRoot: (key: string) => boolean): StatePatch {
  if (entry.t === "in" && entry.kind === "patch") return decodeOutsidePatch(entry.v);
  if (entry.t !== "mark" || !isOfRoot(entry.k)) return NOTHING;
  if (entry.kind === "STATE") return new Map([[entry.n, entry.v ?? null]]);
  return entry.kind === "MERGE" ? decodeStatePatch(entry.v) : NOTHING;
}
