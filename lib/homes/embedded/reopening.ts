/**
 * What must be loaded when a file is opened: all that ran when it was closed or its process died. What merely waits stays
 * in the file (D50).
 */
import { applyInbox } from "./outside-inbox.ts";
import type { ExecutionHead } from "./records.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./slot.ts";

export class Reopening {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves when all that was running is loaded, not when all is idle: a step that is repeated may take its time. */
  async resume(): Promise<void> {
    const { alarms, store } = this.#runtime;
    await applyInbox(this.#runtime);
    const loading = store
      .unparkedKinds()
      .flatMap((kind) => Array.from(store.unparked(kind), (head) => this.#load(head)));
    alarms.start();
    await Promise.all(loading);
  }

  async #load({ id }: ExecutionHead): Promise<void> {
    const slot = this.#runtime.slots.find(id);
    if (slot === undefined || slot.session !== undefined) return;
    this.#applyMissedPolicy(slot);
    await this.#runtime.loaded(slot);
  }

  /** A parent's end and its children's may stand in different groups, when a child had to be loaded first (R4). */
  #applyMissedPolicy({ statics: { id, parentId, policy } }: Slot): void {
    if (parentId === undefined || policy === undefined || policy === "abandon") return;
    const parent = this.#runtime.store.head(parentId);
    if (parent?.endedAt === undefined) return;
    this.#runtime.endings.closeChildren([{ id, policy }], `its parent ended ${parent.status}`);
  }
}
