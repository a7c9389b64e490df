/**
 * Rejections of one execution's code that nothing has handled yet (D36). A later `await` may still handle them, so they
 * are judged when the workflow's function has returned.
 */
import { messageOf } from "../kernel/error-object.ts";
import { isCancellation, UnhandledRejectionError } from "../kernel/errors.ts";
import type { ExecutionInfo } from "../kernel/context.ts";

export class Rejections {
  readonly #info: ExecutionInfo;
  /** Reasons, by promise. Hardly any execution has one. */
  #open: Map<Promise<unknown>, unknown> | undefined;

  constructor(info: ExecutionInfo) {
    this.#info = info;
  }

  add(promise: Promise<unknown>, reason: unknown): void {
    this.#open ??= new Map();
    this.#open.set(promise, reason);
  }

  handled(promise: Promise<unknown>): void {
    this.#open?.delete(promise);
  }

  get reasons(): readonly unknown[] {
    return this.#open === undefined ? [] : [...this.#open.values()];
  }

  /**
   * What fails an execution that would have succeeded.
   * @param isCancelled a cancel rejects every open wait, also those whose result the code has stopped waiting for
   */
  judge(isCancelled: boolean): UnhandledRejectionError | undefined {
    const reasons = this.reasons.filter((reason) => !(isCancelled && isCancellation(reason)));
    if (reasons.length === 0) return undefined;
    const [cause] = reasons;
    const { path, executionId } = this.#info;
    const message =
      `${path} (${executionId}) returned, and a promise of its code was rejected without anything to handle it: ` +
      `${messageOf(cause)}. Await the promise, or catch its error`;
    return new UnhandledRejectionError("unhandled_rejection", message, { cause });
  }
}
