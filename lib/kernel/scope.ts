/**
 * A scope: the execution itself, a child context, a branch of a batch, or a shielded part.
 *
 * Job: keys, cancellation, closing and the fork of the state of one scope. Boundary: knows no operations' meaning.
 * A cancelled scope rejects its operations; a closed one never answers them (its batch has ended without it).
 */
import type { CancelledError } from "./errors.ts";
import { KeySpace } from "./keys.ts";
import type { Operation } from "./operation.ts";
import type { StatePatch } from "./state.ts";
import { StateFork } from "./state-fork.ts";

export class Scope {
  readonly path: string;
  readonly parent: Scope | undefined;
  readonly shielded: boolean;
  readonly keys: KeySpace;
  readonly state: StateFork;
  /** Operations of the whole execution that have not settled, by key. What has settled is kept nowhere. */
  readonly operations: Map<string, Operation>;
  /** Those of this scope; not for the root, which most executions never leave and whose close looks at all of them anyway. */
  readonly #own: Set<Operation> | undefined;
  #closed = false;
  #children: Set<Scope> | undefined;
  #cancelled: CancelledError | undefined;
  #controller: AbortController | undefined;

  constructor(path: string, parent?: Scope, options: { shielded?: boolean; state?: StateFork } = {}) {
    this.path = path;
    this.parent = parent;
    this.shielded = options.shielded ?? false;
    this.keys = new KeySpace(path);
    this.operations = parent?.operations ?? new Map();
    this.#own = parent === undefined ? undefined : new Set();
    this.state = options.state ?? parent?.state ?? new StateFork();
    this.#join();
  }

  /** Code may keep the context of a function that has returned: it is as closed, and as cancelled, as those around it. */
  get closed(): boolean {
    return this.#closed || this.parent?.closed === true;
  }

  get cancelled(): CancelledError | undefined {
    return this.#cancelled ?? (this.shielded ? undefined : this.parent?.cancelled);
  }

  /** Made on demand: most executions never look at it, and an AbortController is dear. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    const { cancelled } = this;
    if (cancelled !== undefined) this.#controller.abort(cancelled);
    return this.#controller.signal;
  }

  /** Operations of this scope that have not settled, in the order they were asked for: as of now. */
  get open(): readonly Operation[] {
    if (this.#own !== undefined) return [...this.#own];
    return Array.from(this.operations.values()).filter((operation) => operation.scope === this);
  }

  add(operation: Operation): void {
    this.#join();
    this.#own?.add(operation);
    this.operations.set(operation.key, operation);
  }

  remove(operation: Operation): void {
    this.#own?.delete(operation);
    this.operations.delete(operation.key);
  }

  /** Hands a change of the execution's state from outside to the open forks below (D13). */
  passOn(patch: StatePatch): void {
    if (patch.size === 0) return;
    for (const child of this.#children ?? []) {
      // A batch and a shielded part share the state of the scope around them.
      child.passOn(child.state === this.state ? patch : child.state.inherit(patch));
    }
  }

  /** Marks this scope and the unshielded ones below as cancelled; calls `each` for every one of them. */
  cancel(reason: CancelledError, each: (scope: Scope) => void): void {
    if (this.#cancelled !== undefined) return;
    this.#cancelled = reason;
    this.#controller?.abort(reason);
    each(this);
    for (const child of this.#children ?? []) if (!child.shielded) child.cancel(reason, each);
  }

  /** Closes this scope and all below; calls `each` for every operation that was still open. */
  close(each: (operation: Operation) => void): void {
    this.#closed = true;
    if (this.operations.size > 0) {
      for (const operation of this.open) {
        this.remove(operation);
        each(operation);
      }
    }
    if (this.#children !== undefined) for (const child of this.#children) child.close(each);
    this.leave();
  }

  /** Where a cancel and a close find it; again, when it had left. */
  #join(): void {
    const { parent } = this;
    if (parent === undefined || parent.#children?.has(this) === true) return;
    parent.#children ??= new Set();
    parent.#children.add(this);
    parent.#join();
  }

  leave(): void {
    if (this.parent !== undefined) this.parent.#children?.delete(this);
  }
}
