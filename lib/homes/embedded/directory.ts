/** Finds executions by id or name, and tells those who wait for another's end. */
import { endOfChild } from "../../engine/child-end.ts";
import { ExecutionNotFoundError } from "../../kernel/errors.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import type { ExecutionStatus, FinEntry } from "../../kernel/journal.ts";
import { findCircle } from "./own-line.ts";
import type { ExecutionHead, ExecutionStatics } from "./records.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./slot.ts";

interface Watch {
  readonly executionId: string;
  readonly generation: number;
  readonly key: string;
}

export class Directory {
  readonly #runtime: Runtime;
  /** Open executions in memory by the user's own id. */
  readonly #names = new Map<string, string>();
  /** What executions in memory wait for, by the execution whose end it is. */
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

  /** An open execution of this namespace, by internal or public id, wherever it is. */
  open(namespace: string, target: string): Slot | undefined {
    const present = this.#present(namespace, target);
    if (present !== undefined) return present;
    const head = this.#runtime.store.headByName(namespace, target);
    return head === undefined ? undefined : this.#runtime.slots.find(head.id);
  }

  #present(namespace: string, target: string): Slot | undefined {
    const named = this.#names.get(nameKey(namespace, target));
    const slot = this.#runtime.slots.get(named ?? target);
    return slot?.statics.namespace === namespace ? slot : undefined;
  }

  /** What never changes of an execution, open or not. Brings nothing into memory. */
  statics(namespace: string, target: string): ExecutionStatics | undefined {
    return this.#present(namespace, target)?.statics ?? this.#runtime.store.headByName(namespace, target);
  }

  /** Its status now. Brings nothing into memory. */
  status(namespace: string, target: string): ExecutionStatus | undefined {
    const slot = this.#present(namespace, target);
    return slot?.fin?.status ?? slot?.status ?? this.#runtime.store.headByName(namespace, target)?.status;
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

  /** Says which execution was found before its end can come: a public id may belong to another one later. */
  find(watcher: Slot, key: string, target: string): void {
    const { generation, statics } = watcher;
    const { namespace } = statics;
    const found = this.statics(namespace, target);
    const at = this.#runtime.clock.now();
    const refuse = (error: Error): void =>
      this.#runtime.deliver(watcher, { t: "err", k: key, e: toErrorObject(error), at }, generation);
    if (found === undefined) return refuse(this.notFound(namespace, target));
    const circle = findCircle(this.#runtime, "wait for", statics, found);
    if (circle !== undefined) return refuse(circle);
    const { id } = found;
    this.#runtime.deliver(watcher, { t: "ack", k: key, id, at }, generation);
    this.watch(watcher, key, id);
  }

  watch(watcher: Slot, key: string, id: string): void {
    const slot = this.#runtime.slots.find(id);
    if (slot === undefined || slot.fin !== undefined) watcher.comes(key);
    if (slot === undefined) return this.#answerFromStore(watcher, key, id);
    if (slot.fin !== undefined) return this.#runtime.deliver(watcher, endOfChild(key, slot.statics, slot.fin));
    let watches = this.#watches.get(id);
    if (watches === undefined) this.#watches.set(id, (watches = new Map()));
    watches.set(`${watcher.id} ${key}`, { executionId: watcher.id, generation: watcher.generation, key });
    watcher.watching ??= new Map();
    watcher.watching.set(key, id);
  }

  /** A child tells its parent of its end by itself, unless it has ended already. */
  watchChild(parent: Slot, key: string, child: Slot): void {
    if (child.fin === undefined) return parent.arrived(key);
    parent.comes(key);
    return this.#runtime.deliver(parent, endOfChild(key, child.statics, child.fin));
  }

  unwatch(watcher: Slot, key: string, id: string): void {
    watcher.watching?.delete(key);
    this.#watches.get(id)?.delete(`${watcher.id} ${key}`);
  }

  tellWatchers(slot: Slot, fin: FinEntry): void {
    const watches = this.#watches.get(slot.id);
    this.#watches.delete(slot.id);
    for (const { executionId, key, generation } of watches?.values() ?? []) {
      const watcher = this.#runtime.slots.get(executionId);
      if (watcher !== undefined) this.#tell(watcher, key, { of: slot, fin, generation });
    }
    for (const { id, key } of slot.watched ? this.#runtime.store.watchers(slot.id) : []) {
      const watcher = watches?.has(`${id} ${key}`) === true ? undefined : this.#runtime.slots.find(id);
      // Once its code is loaded it watches in memory, or has something newer to do than the file knows.
      if (watcher === undefined || watcher.session !== undefined) continue;
      this.#tell(watcher, key, { of: slot, fin, generation: watcher.generation });
    }
  }

  #tell(watcher: Slot, key: string, { of, fin, generation }: { of: Slot; fin: FinEntry; generation: number }): void {
    watcher.watching?.delete(key);
    if (watcher.generation === generation) watcher.comes(key);
    this.#runtime.deliver(watcher, endOfChild(key, of.statics, fin), generation);
  }

  /** It leaves memory: the file knows what it waits for. */
  leaves(watcher: Slot): void {
    for (const [key, id] of watcher.watching ?? []) {
      this.#watches.get(id)?.delete(`${watcher.id} ${key}`);
      const target = this.#runtime.slots.get(id);
      if (target !== undefined) target.watched = true;
    }
  }

  /** Delivers the end of an execution that is not open any more. */
  #answerFromStore(watcher: Slot, key: string, id: string): void {
    const { generation } = watcher;
    const head = this.#runtime.store.head(id);
    const refuse = (error: unknown): void => {
      const at = this.#runtime.clock.now();
      this.#runtime.deliver(watcher, { t: "err", k: key, e: toErrorObject(error), at }, generation);
    };
    if (head === undefined) return refuse(this.notFound(watcher.statics.namespace, id));
    return this.#runtime.work(
      this.#runtime
        .finOf(id)
        .then(
          (fin) => this.#runtime.deliver(watcher, endOfChild(key, head, fin, this.#runtime.clock.now()), generation),
          refuse,
        ),
    );
  }
}

function nameKey(namespace: string, publicId: string): string {
  return `${namespace}\n${publicId}`;
}
