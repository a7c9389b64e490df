/**
 * The children of an execution that are not known to have ended: what close policies walk (K10). Without those that
 * outlive it anyway, which would be carried from generation to generation for nothing.
 */
import type { CarriedChild, ChildDetails } from "./journal.ts";
import type { Operation } from "./operation.ts";

export class ChildLedger {
  readonly #open = new Map<string, CarriedChild>();
  #awaited = 0;

  /** @param carried those that earlier generations left open */
  constructor(carried: readonly CarriedChild[] = []) {
    for (const child of carried) this.#open.set(child.id, child);
  }

  /** How many of them the code waits for. */
  get awaited(): number {
    return this.#awaited;
  }

  started(child: ChildDetails): void {
    if (child.policy !== "abandon") this.#open.set(child.id, child);
    if (child.awaited) this.#awaited += 1;
  }

  /** A result was delivered for the operation that started a child, or waited for one. */
  ended(operation: Operation): void {
    const { child, target } = operation.entry.d ?? {};
    this.waitOver(operation);
    const id = child?.id ?? (operation.kind === "ATTACH" ? target : undefined);
    if (id !== undefined) this.#open.delete(id);
  }

  /** The code does not wait any more, whether the child has ended or not. */
  waitOver(operation: Operation): void {
    if (operation.entry.d?.child?.awaited === true) this.#awaited -= 1;
  }

  known(): CarriedChild[] {
    return Array.from(this.#open.values(), ({ id, policy }) => ({ id, policy }));
  }
}
