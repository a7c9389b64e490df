/**
 * The state of one scope (D13): values stay encoded, so that a fork is a copy of references and nobody shares a mutable.
 */
import type { Payload } from "./journal.ts";
import { applyPatch, diffState, type StatePatch } from "./state.ts";

export class StateFork {
  #values: ReadonlyMap<string, Payload>;
  #base: ReadonlyMap<string, Payload>;
  /** Keys that were changed here. */
  #written: Set<string> | undefined;
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
    this.#written ??= new Set();
    for (const key of patch.keys()) this.#written.add(key);
    this.version += 1;
  }

  /**
   * Takes over what was changed outside, which is no change of this fork. A key that was written here keeps its value.
   * @returns what was taken over
   */
  inherit(patch: StatePatch): StatePatch {
    const unwritten = new Map([...patch].filter(([key]) => this.#written?.has(key) !== true));
    if (unwritten.size === 0) return unwritten;
    const isUnchanged = this.#values === this.#base;
    this.#base = applyPatch(this.#base, unwritten);
    this.#values = isUnchanged ? this.#base : applyPatch(this.#values, unwritten);
    this.version += 1;
    return unwritten;
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
