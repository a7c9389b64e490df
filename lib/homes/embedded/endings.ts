/**
 * Ends, and what follows upon each (K8, K10): close policies, the parent, the watchers, whoever waits outside. All of it
 * goes into the commit group of the end, so that a crash cannot part them.
 */
import { cancelledUnbegun } from "../../engine/cancelled-unbegun.ts";
import { endOfChild } from "../../engine/child-end.ts";
import { Observer } from "../../engine/observer.ts";
import { openChildren } from "../../engine/open-children.ts";
import { stopped } from "../../engine/stopped.ts";
import { unreadIn, warnOfUnread } from "../../engine/unread-signals.ts";
import { StateLog } from "../../engine/view-state.ts";
import { measureUsage } from "../../engine/view-usage.ts";
import type { CarriedChild, Entry, ErrorObject, FinEntry, TerminalStatus } from "../../kernel/journal.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import { encodeStateMap } from "../../kernel/state.ts";
import { applyInbox } from "./outside-inbox.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./slot.ts";

export class Endings {
  readonly #runtime: Runtime;
  #tails = 0;
  /** Of those outside who wait for an end, by execution. */
  readonly #awaited = new Map<string, PromiseWithResolvers<FinEntry>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Ends of which something is yet to come: their group must wait for it. */
  get unfinished(): number {
    return this.#tails;
  }

  /** Resolves with the last entry once it is durable. @throws ExecutionNotFoundError when it was pruned (D23) */
  whenEnded(id: string): Promise<FinEntry> {
    const known = this.#awaited.get(id);
    if (known !== undefined) return known.promise;
    if (this.#runtime.slots.get(id) === undefined && !this.#isOpen(id)) return this.#runtime.finOf(id);
    const awaited = Promise.withResolvers<FinEntry>();
    // Whoever has a handle need not wait for the result.
    awaited.promise.catch(() => undefined);
    this.#awaited.set(id, awaited);
    return awaited.promise;
  }

  #isOpen(id: string): boolean {
    const head = this.#runtime.store.head(id);
    return head !== undefined && head.endedAt === undefined;
  }

  /** Nobody will hear of an end any more. */
  refuseAll(error: Error): void {
    for (const { reject } of this.#awaited.values()) reject(error);
    this.#awaited.clear();
  }

  /** Its last entry has been appended (K8): everything that follows goes into the same commit group. */
  ended(slot: Slot, fin: FinEntry, children: readonly CarriedChild[]): void {
    slot.fin = fin;
    slot.onItsWay?.forEach((request) => this.tail(request));
    slot.refuseExpected();
    this.#runtime.forget(slot);
    this.#runtime.commits.ended(slot.id, fin.status, fin.at);
    this.closeChildren(children, `its parent ended ${fin.status}`);
    this.#tellParent(slot, fin);
    this.#runtime.directory.tellWatchers(slot, fin);
    this.#runtime.whenDurable(() => this.#gone(slot, fin), slot.statics.rootId);
    // Signals that were left for it and that nothing reads any more: each is dropped with a line in the log.
    if (this.#runtime.withInbox.has(slot.id)) this.#runtime.work(applyInbox(this.#runtime, slot.id));
  }

  #gone(slot: Slot, fin: FinEntry): void {
    this.#runtime.slots.remove(slot);
    this.#runtime.withInbox.delete(slot.id);
    this.#awaited.get(slot.id)?.resolve(fin);
    this.#awaited.delete(slot.id);
  }

  #tellParent(slot: Slot, fin: FinEntry): void {
    const { parentId, parentOperation, parentGeneration, awaited } = slot.statics;
    if (awaited !== true || parentId === undefined || parentOperation === undefined) return;
    const parent = this.#runtime.slots.find(parentId);
    // Not in memory since a restart: it looks at its children itself when it is, and only then knows its generation.
    if (parent?.crashed === true) return;
    // A parent in a later generation does not wait at that operation any more.
    if (parent === undefined || parent.generation !== parentGeneration) return;
    parent.comes(parentOperation);
    this.#runtime.deliver(parent, endOfChild(parentOperation, slot.statics, fin));
  }

  /**
   * Applies the close policies, in this very group, so that a crash cannot part them from the end.
   * @param stops takes those of children whose journals have to be read first
   */
  closeChildren(children: readonly CarriedChild[], why: string, stops: Promise<void>[] = []): void {
    for (const { id, policy } of children) {
      const child = policy === "abandon" ? undefined : this.#runtime.slots.find(id);
      if (child === undefined || child.fin !== undefined) continue;
      this.#runtime.wakes(child);
      if (policy === "terminate") {
        const stop = this.endWithoutCode(child, "STOPPED", stopped(why));
        this.tail(stop);
        this.#runtime.work(stop);
        if (child.fin === undefined) stops.push(stop);
      } else {
        const asked = this.#runtime.postman.askToCancel(
          child.statics.namespace,
          id,
          why,
          `close:${child.statics.parentId ?? ""}`,
        );
        this.tail(asked);
        this.#runtime.work(asked.then((rest) => rest()));
      }
    }
  }

  /** Keeps the group of an end open until all that belongs to the end is in it; others' journals may have to be read. */
  tail(promise: Promise<unknown>): void {
    this.#tails += 1;
    const over = (): void => {
      this.#tails -= 1;
      this.#runtime.turns.poke();
    };
    promise.then(over, over);
  }

  /** Ends it from outside its code: stop, timeout while not in memory. */
  async endWithoutCode(slot: Slot, status: TerminalStatus, e: ErrorObject): Promise<void> {
    if (this.#endSession(slot, status, e)) return;
    await slot.hold(this.#loadAndEnd(slot, status, e));
  }

  async #loadAndEnd(slot: Slot, status: TerminalStatus, e: ErrorObject): Promise<void> {
    // Brought into memory where that can be: then its state and usage are known at the end, too.
    await this.#runtime.loaded(slot);
    if (this.#endSession(slot, status, e)) return;
    const entries = await this.#journal(slot);
    // It may have been brought into memory, or have ended, while its journal was read.
    if (!this.#endSession(slot, status, e)) this.#endByJournal(slot, entries, status, e);
  }

  /**
   * A cancel ends an execution at once where none of its code runs: before the first attempt, and between two (D37).
   * Code that is in memory, or has written to the journal, is asked instead.
   * @returns whether the execution has ended
   */
  async cancelUnbegun(slot: Slot, reason: string): Promise<boolean> {
    if (slot.session !== undefined) return false;
    const { lastGroup } = slot;
    const entries = slot.deferred === undefined ? await this.#journal(slot) : [slot.deferred.run];
    if (slot.fin !== undefined) return true;
    // The code may have begun while the journal was read, and may even have been evicted since.
    const isUnbegun = slot.session === undefined && slot.lastGroup === lastGroup && entries.length === 1;
    if (isUnbegun) this.#endByJournal(slot, entries, "CANCELLED", toErrorObject(cancelledUnbegun(reason)));
    return isUnbegun;
  }

  /** Of the latest generation. */
  async #journal(slot: Slot): Promise<readonly Entry[]> {
    if (slot.deferred !== undefined) return [slot.deferred.run];
    return (await this.#runtime.history(slot)).map(({ entry }) => entry);
  }

  #endByJournal(slot: Slot, entries: readonly Entry[], status: TerminalStatus, e: ErrorObject): void {
    const state = encodeStateMap(new StateLog(entries).values);
    const usage = measureUsage(entries);
    const fin: FinEntry = {
      t: "fin",
      status,
      e,
      ...(state === undefined ? undefined : { state }),
      usage,
      at: this.#runtime.clock.now(),
    };
    slot.append(fin);
    warnOfUnread(slot.log, { executionId: slot.id, ...slot.statics }, status, unreadIn(entries));
    this.#tellUnseen(slot, entries, fin);
    this.ended(slot, fin, openChildren(entries));
  }

  #tellUnseen(slot: Slot, [run, ...history]: readonly Entry[], fin: FinEntry): void {
    if (run?.t === "run") Observer.endedUnseen({ host: slot, info: slot.info(), run, history }, fin);
  }

  #endSession(slot: Slot, status: TerminalStatus, e: ErrorObject): boolean {
    if (slot.fin !== undefined) return true;
    const { session } = slot;
    // While it replays it does not know all its children yet, and the cascade would miss the others (K10).
    if (session === undefined || session.machine.replaying) return false;
    session.end(status, e);
    return true;
  }
}
