/**
 * The state of one scope (D13): values stay encoded, so that a fork is a copy of references and nobody shares a mutable.
 */
import type { Payload } from "./journal.ts";
import { applyPatch, diffState, type StatePatch } from "./state.ts";

export class StateFork {
  #values: ReadonlyMap<string, Payload>;
  readonly #base: ReadonlyMap<string, Payload>;
  version = 0;

  constructor(values: ReadonlyMap<string, Payload> = new Map()) {
    this.#values = values;
    this.#base = values;
  }

  get values(): ReadonlyMap<string, Payload> {
    return this.#values;
  }

  /** `null` deletes. */
  patch(patch: StatePatch): void {
    if (patch.size === 0) return;
    this.#values = applyPatch(this.#values, patch);
    this.version += 1;
  }

  fork(): StateFork {
    return new StateFork(this.#values);
  }

  /** What changed since this fork was made. */
  changes(): StatePatch {
    return this.#values === this.#base ? NOTHING : diffState(this.#base, this.#values);
  }
}

const NOTHING: StatePatch = new Map();
