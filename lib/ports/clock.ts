/** Time, and being woken at a time. The only clock there is (K12). */
import type { Millis } from "../kernel/journal.ts";

export interface Clock {
  now(): Millis;
  /** Calls back at `due`, or soon after, never before. Returns how to give it up. */
  at(due: Millis, callback: () => void): () => void;
}
