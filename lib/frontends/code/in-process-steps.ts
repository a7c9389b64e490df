/** The bodies of steps and conditions of a workflow that runs in process: attempts and retries, no timeouts. */
import { Attempt, type AttemptHost, type AttemptPlace } from "../../kernel/attempt.ts";
import { CancelledError } from "../../kernel/errors.ts";
import type { TryEntry } from "../../kernel/journal.ts";
import type { LogLevel } from "../../kernel/kernel-host.ts";
import type { Machine } from "../../kernel/machine.ts";
import type { Operation, OperationBody } from "../../kernel/operation.ts";
import { encode } from "../../kernel/payload.ts";
import { callBody, checkedResult, judgeFailure, judgePoll } from "../../kernel/step-body.ts";
import { inContext } from "./current-context.ts";

export class InProcessSteps implements AttemptHost {
  readonly #machine: Machine;
  readonly #at: (key: string, due: number, then: () => void) => void;
  readonly #running = new Map<string, Attempt>();

  constructor(machine: Machine, at: (key: string, due: number, then: () => void) => void) {
    this.#machine = machine;
    this.#at = at;
  }

  begin(operation: Operation): void {
    // Not at once: the code that asked for it goes on first, as with an engine.
    setImmediate(() => void this.#run(operation));
  }

  again(operation: Operation): void {
    this.#at(operation.key, operation.lastTry?.due ?? 0, () => void this.#run(operation));
  }

  abort(operation: Operation): void {
    const reason = operation.scope.cancelled ?? new CancelledError("cancelled", "nobody waits for this step any more");
    this.#running.get(operation.key)?.abort(reason);
    this.#running.delete(operation.key);
  }

  log(
    { operation, attempt }: AttemptPlace,
    level: LogLevel,
    message: string,
    fields: Readonly<Record<string, unknown>> | undefined,
  ): void {
    console[level](message, { step: operation.entry.n, attempt, ...fields });
  }

  /** Nobody follows. */
  stream(): void {}

  async #run(operation: Operation): Promise<void> {
    const { body } = operation;
    if (operation.settled !== "no" || body === undefined) return;
    const attempt = new Attempt(this.#machine, { operation, attempt: operation.attempts + 1 }, this);
    this.#running.set(operation.key, attempt);
    try {
      const value = await inContext(undefined, () => callBody(body, operation, attempt));
      if (body.kind === "step") this.#succeeded(operation, attempt, await checkedResult(body, operation, value));
      else this.#polled(operation, body, attempt, value);
    } catch (error) {
      this.#failed(operation, attempt, error);
    }
  }

  #succeeded(operation: Operation, attempt: Attempt, value: unknown): void {
    const v = encode(value, `result of step ${operation.entry.n}`);
    this.#done(operation, attempt);
    const { effects } = attempt;
    this.#machine.deliver({
      t: "ok",
      k: operation.key,
      v,
      at: Date.now(),
      ...(effects === undefined ? undefined : { fx: effects }),
    });
  }

  #polled(operation: Operation, body: OperationBody & { kind: "condition" }, attempt: Attempt, state: unknown): void {
    const v = encode(state, `state of ${operation.entry.n}`);
    const delayMs = judgePoll(body, attempt.attempt, v);
    this.#done(operation, attempt);
    if (delayMs === undefined) this.#machine.deliver({ t: "ok", k: operation.key, v, at: Date.now() });
    else this.#tryAgain(operation, attempt, delayMs, { why: "polled", v });
  }

  #failed(operation: Operation, attempt: Attempt, error: unknown): void {
    this.#done(operation, attempt);
    const { e, decision } = judgeFailure(operation, error, attempt.attempt, Math.random);
    if (decision.retry)
      this.#tryAgain(operation, attempt, decision.delayMs, { why: "failed", e, ...keptState(operation) });
    else this.#machine.deliver({ t: "err", k: operation.key, e, at: Date.now() });
  }

  #tryAgain(operation: Operation, { attempt }: Attempt, delayMs: number, how: Pick<TryEntry, "why" | "v" | "e">): void {
    const at = Date.now();
    this.#machine.deliver({ t: "try", k: operation.key, a: attempt, due: at + delayMs, at, ...how });
  }

  #done(operation: Operation, attempt: Attempt): void {
    attempt.over = true;
    this.#running.delete(operation.key);
  }
}

/** A condition goes on with what its last poll found. */
function keptState({ lastTry }: Operation): Pick<TryEntry, "v"> {
  return lastTry?.v === undefined ? {} : { v: lastTry.v };
}
