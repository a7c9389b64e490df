/**
 * The children of an execution that are not known to have ended: what close policies walk (K10). Without those that
 * outlive it anyway, which would be carried from generation to generation for nothing.
 */
import type { CarriedChild, ChildDetails } from "./journal.ts";
import type { Operation } from "./operation.ts";

export class ChildLedger {
  /** Most executions have no children. */
  #open: Map<string, CarriedChild> | undefined;
  #awaited = 0;

  /** @param carried those that earlier generations left open */
  constructor(carried: readonly CarriedChild[] = []) {
    if (carried.length > 0) this.#open = new Map(carried.map((child) => [child.id, child]));
  }

  /** How many of them the code waits for. */
  get awaited(): number {
    return this.#awaited;
  }

  started(child: ChildDetails): void {
    if (child.policy !== "abandon") {
      this.#open ??= new Map();
      this.#open.set(child.id, child);
    }
    if (child.awaited) this.#awaited += 1;
  }

  /** A result was delivered for the operation that started a child, or waited for one. */
  ended(operation: Operation): void {
    this.waitOver(operation);
    if (operation.kind !== "CHILD" && operation.kind !== "ATTACH") return;
    if (operation.target !== undefined) this.#open?.delete(operation.target);
  }

  /** There is no such child: another execution had its id, and close policies are none of that one's concern (D38). */
  redirected({ entry }: Operation): void {
    this.#open?.delete(entry.d?.child?.id ?? "");
  }

  /** The code does not wait any more, whether the child has ended or not. */
  waitOver(operation: Operation): void {
    if (operation.entry.d?.child?.awaited === true) this.#awaited -= 1;
  }

  known(): CarriedChild[] {
    if (this.#open === undefined) return [];
    return Array.from(this.#open.values(), ({ id, policy }) => ({ id, policy }));
  }
}
