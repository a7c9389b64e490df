/**
 * Which workflows end soon: what their last executions that this process saw took. Nobody lingers for one that does
 * not; and whatever this remembers, or forgot, is right: lingering only saves a park.
 */
import type { Millis } from "../../kernel/journal.ts";

const MOST = 1_000;

export class Patience {
  readonly #took = new Map<string, Millis>();

  /** An execution of this workflow has ended. */
  note(workflow: string, took: Millis): void {
    if (this.#took.size >= MOST) this.#took.clear();
    this.#took.set(workflow, took);
  }

  /** Of a workflow that nobody knows, perhaps. */
  endsWithin(workflow: string, ms: Millis): boolean {
    return (this.#took.get(workflow) ?? 0) <= ms;
  }
}
