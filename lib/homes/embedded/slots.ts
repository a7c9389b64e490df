/**
 * The executions in memory. All others rest in the file until something comes for them: a delivery, a request, their
 * time, or code that can run them (D50).
 */
import type { ExecutionStatus, LiveStatus } from "../../kernel/journal.ts";
import type { ExecutionHead } from "./records.ts";
import type { Runtime } from "./runtime.ts";
import { Slot } from "./slot.ts";

export class Slots {
  readonly #runtime: Runtime;
  readonly #slots = new Map<string, Slot>();
  /** Those that leave as soon as nothing needs them. */
  readonly #leaving = new Set<Slot>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Only if it is in memory. */
  get(id: string): Slot | undefined {
    return this.#slots.get(id);
  }

  values(): Iterable<Slot> {
    return this.#slots.values();
  }

  /** An open execution, wherever it is. Undefined when it has ended, or never was. */
  find(id: string): Slot | undefined {
    const present = this.#slots.get(id);
    if (present !== undefined) return present;
    const head = this.#runtime.store.head(id);
    return head === undefined || head.endedAt !== undefined ? undefined : this.adopt(head);
  }

  /** Brings back what the file knows of an open execution. Its code is not loaded by this. */
  adopt(head: ExecutionHead): Slot {
    const { status, parked, wakeAt, blocked, generation, attempt } = head;
    const slot = new Slot(this.#runtime, head, generation, attempt);
    // One that ran, or was about to, was interrupted: no other process has it, and this one has not loaded it.
    slot.crashed = !parked;
    if (isLive(status) && (parked || blocked !== undefined)) {
      slot.rest = { status, parked, ...(wakeAt !== undefined && { wakeAt }), ...(blocked && { blocked }) };
    }
    // Others may rest in the file and wait for its end.
    slot.watched = true;
    if (wakeAt !== undefined) this.#runtime.alarms.unset(head.id, wakeAt);
    this.add(slot);
    this.mayLeave(slot);
    return slot;
  }

  add(slot: Slot): void {
    this.#slots.set(slot.id, slot);
    this.#runtime.directory.claim(slot);
  }

  remove(slot: Slot): void {
    slot.left = true;
    this.#slots.delete(slot.id);
    this.#leaving.delete(slot);
    this.#runtime.directory.release(slot);
  }

  /** It stands still, and the file says how: it leaves memory when that is durable and nothing needs it any more. */
  mayLeave(slot: Slot): void {
    this.#leaving.add(slot);
    this.#runtime.turns.poke();
  }

  get anyLeaves(): boolean {
    return this.#leaving.size > 0;
  }

  /** When all is quiet. */
  sweep(): void {
    for (const slot of this.#leaving) {
      if (slot.session !== undefined || slot.fin !== undefined) this.#leaving.delete(slot);
      else if (slot.rests && this.#runtime.commits.isDurable(slot.restGroup)) this.#leave(slot);
    }
  }

  #leave(slot: Slot): void {
    const wakeAt = slot.rest?.wakeAt;
    slot.wake?.();
    slot.wake = undefined;
    this.#runtime.directory.leaves(slot);
    this.remove(slot);
    if (wakeAt !== undefined) this.#runtime.alarms.set(slot.id, wakeAt);
  }
}

function isLive(status: ExecutionStatus): status is LiveStatus {
  return status === "PENDING" || status === "RUNNING" || status === "WAITING";
}
