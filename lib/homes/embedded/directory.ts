/** Finds executions by id or name, and tells those who wait for another's end. */
import { endOfChild } from "../../engine/child-end.ts";
import { ExecutionNotFoundError } from "../../kernel/errors.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import type { FinEntry } from "../../kernel/journal.ts";
import type { ExecutionHead } from "./records.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./slot.ts";

interface Watch {
  readonly executionId: string;
  readonly generation: number;
  readonly key: string;
}

export class Directory {
  readonly #runtime: Runtime;
  /** Open executions by the user's own id. */
  readonly #names = new Map<string, string>();
  readonly #watches = new Map<string, Map<string, Watch>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  claim(slot: Slot): void {
    const { namespace, publicId, id } = slot.statics;
    if (publicId !== id) this.#names.set(nameKey(namespace, publicId), id);
  }

  release(slot: Slot): void {
    const { namespace, publicId, id } = slot.statics;
    if (publicId === id) return;
    const key = nameKey(namespace, publicId);
    if (this.#names.get(key) === id) this.#names.delete(key);
  }

  /** An open execution of this namespace, by internal or public id. */
  open(namespace: string, target: string): Slot | undefined {
    const named = this.#names.get(nameKey(namespace, target));
    const slot = this.#runtime.slots.get(named ?? target);
    return slot?.statics.namespace === namespace ? slot : undefined;
  }

  /** The head of an ended execution. */
  closed(namespace: string, target: string): ExecutionHead | undefined {
    const head = this.#runtime.store.headByName(namespace, target);
    return head?.endedAt === undefined ? undefined : head;
  }

  /** @throws ExecutionNotFoundError */
  notFound(namespace: string, target: string): ExecutionNotFoundError {
    return new ExecutionNotFoundError(`there is no execution ${target} in namespace ${namespace}`);
  }

  watch(watcher: Slot, key: string, target: string): void {
    const { namespace } = watcher.statics;
    const slot = this.open(namespace, target);
    if (slot === undefined) return this.#answerFromStore(watcher, key, target);
    if (slot.fin !== undefined) return this.#runtime.deliver(watcher, endOfChild(key, slot.statics, slot.fin));
    let watches = this.#watches.get(slot.id);
    if (watches === undefined) this.#watches.set(slot.id, (watches = new Map()));
    watches.set(`${watcher.id} ${key}`, { executionId: watcher.id, generation: watcher.generation, key });
  }

  unwatch(watcher: Slot, key: string, target: string): void {
    const slot = this.open(watcher.statics.namespace, target);
    if (slot !== undefined) this.#watches.get(slot.id)?.delete(`${watcher.id} ${key}`);
  }

  tellWatchers(slot: Slot, fin: FinEntry): void {
    const watches = this.#watches.get(slot.id);
    if (watches === undefined) return;
    this.#watches.delete(slot.id);
    for (const { executionId, key, generation } of watches.values()) {
      const watcher = this.#runtime.slots.get(executionId);
      if (watcher !== undefined) this.#runtime.deliver(watcher, endOfChild(key, slot.statics, fin), generation);
    }
  }

  /** Delivers the end of an execution that is not open any more. */
  #answerFromStore(watcher: Slot, key: string, target: string): void {
    const { generation, statics } = watcher;
    const { namespace } = statics;
    const head = this.closed(namespace, target);
    if (head === undefined) {
      const e = toErrorObject(this.notFound(namespace, target));
      return this.#runtime.deliver(watcher, { t: "err", k: key, e, at: this.#runtime.clock.now() });
    }
    return this.#runtime.work(
      this.#runtime.finOf(head.id).then(
        (fin) => this.#runtime.deliver(watcher, endOfChild(key, head, fin, this.#runtime.clock.now()), generation),
        (error: unknown) =>
          this.#runtime.deliver(
            watcher,
            { t: "err", k: key, e: toErrorObject(error), at: this.#runtime.clock.now() },
            generation,
          ),
      ),
    );
  }
}

function nameKey(namespace: string, publicId: string): string {
  return `${namespace}\n${publicId}`;
}
