/** Counts what an execution asks for and how much it writes. */
import { type Entry, isNote, type StepEffect, type Usage } from "./journal.ts";

/** An entry's fields besides its payload, roughly. */
const ENTRY_BYTES = 64;

/** How much an entry takes in the journal, roughly. */
export function bytesOf(entry: Entry): number {
  const bytes = ENTRY_BYTES + ("v" in entry && entry.v !== undefined ? entry.v.length : 0);
  if (entry.t === "op" && entry.d?.child !== undefined) return bytes + entry.d.child.input.length;
  if (entry.t === "run") return bytes + entry.input.length;
  return bytes;
}

export class UsageMeter {
  readonly #usage = { operations: 0, attempts: 0, children: 0, bytes: 0 };

  get usage(): Usage {
    return this.#usage;
  }

  #measureEffects(effects: readonly StepEffect[]): void {
    for (const effect of effects) {
      if (effect.t !== "start") continue;
      this.#usage.children += 1;
      this.#usage.bytes += effect.d.input.length;
    }
  }

  measure(entry: Entry): void {
    if (isNote(entry)) return;
    const usage = this.#usage;
    usage.bytes += ENTRY_BYTES + ("v" in entry && entry.v !== undefined ? entry.v.length : 0);
    if (entry.t === "op") {
      usage.operations += 1;
      if (entry.kind === "STEP" || entry.kind === "CONDITION") usage.attempts += 1;
      if (entry.d?.child !== undefined) {
        usage.children += 1;
        usage.bytes += entry.d.child.input.length;
      }
    } else if (entry.t === "try" && entry.why !== "heartbeat") usage.attempts += 1;
    else if (entry.t === "ok" && entry.fx !== undefined) this.#measureEffects(entry.fx);
  }
}
