/** Those who follow what happens: what became durable, and what is shown at this moment and kept nowhere (D14). */
import type { ExecutionEvent } from "../../ports/client.ts";
import type { EphemeralEvent } from "../../ports/session-host.ts";
import type { Slot } from "./slot.ts";

export class Followers {
  readonly #committed = new Set<() => void>();
  readonly #followers = new Set<(event: ExecutionEvent) => void>();
  #shown = 0;

  /** There is more in the journal; or there will be no more. */
  committed(): void {
    for (const call of this.#committed) call();
  }

  /** Calls back after every commit, for those who follow the journal. */
  onCommit(callback: () => void): () => void {
    this.#committed.add(callback);
    return () => this.#committed.delete(callback);
  }

  onEphemeral(callback: (event: ExecutionEvent) => void): () => void {
    this.#followers.add(callback);
    return () => this.#followers.delete(callback);
  }

  /** To those who follow at this moment. */
  show(slot: Slot, shown: EphemeralEvent): void {
    if (this.#followers.size === 0) return;
    const { id, workflow, parentId, rootId, depth, path } = slot.statics;
    this.#shown += 1;
    const event: ExecutionEvent = {
      id: `${id}:${slot.generation}:ephemeral:${this.#shown}`,
      cursor: "",
      type: "custom",
      ephemeral: true,
      at: slot.clock.now(),
      executionId: id,
      runId: `${id}/${slot.generation}`,
      workflow,
      rootId,
      depth,
      path,
      ...shown,
      ...(parentId === undefined ? undefined : { parentId }),
    };
    for (const follower of this.#followers) follower(event);
  }
}
