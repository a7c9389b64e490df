/**
 * Runs the bodies of steps and conditions: attempts, retries, timeouts, interruptions, buffered effects (D9).
 *
 * A body starts only when everything it may depend on is durable (K5). Its result is durable before anything that
 * depends on it leaves; a body that was begun and not recorded runs again, unless it is at most once per attempt.
 */
import { Attempt, type AttemptHost, type AttemptPlace } from "../kernel/attempt.ts";
import { toMillis } from "../kernel/duration.ts";
import { CancelledError, StepInterruptedError, StepTimeoutError, WaitForConditionError } from "../kernel/errors.ts";
import { toErrorObject } from "../kernel/error-object.ts";
import type { ErrorObject, Payload } from "../kernel/journal.ts";
import type { LogLevel } from "../kernel/kernel-host.ts";
import type { Operation, OperationBody } from "../kernel/operation.ts";
import { callBody, checkedResult, judgeFailure, judgePoll } from "../kernel/step-body.ts";
import { isThenable } from "../kernel/thenable.ts";
import { detached, inPlace } from "./code-place.ts";
import type { Session } from "./session.ts";

const NOTHING = Promise.resolve();

export class StepRunner implements AttemptHost {
  readonly #session: Session;
  /** Attempts; each stands with its operation. */
  #running = 0;
  /** Begun, waiting for durability or for a worker. */
  #queued = 0;
  #closed = false;

  constructor(session: Session) {
    this.#session = session;
  }

  get active(): number {
    return this.#running + this.#queued;
  }

  begin(operation: Operation): void {
    if (this.#session.resumesAfterCrash && this.#mayHaveBegun(operation)) return this.#interrupted(operation);
    this.#schedule(operation, operation.lastTry?.due ?? 0);
  }

  /** The attempt before is in the journal: the next may begin when it is due. */
  again(operation: Operation): void {
    if (!this.#closed && operation.settled === "no") this.#schedule(operation, operation.lastTry?.due ?? 0);
  }

  abort(operation: Operation): void {
    if (operation.running === undefined) return;
    const why = operation.scope.cancelled ?? new CancelledError("cancelled", "nobody waits for this step any more");
    this.#giveUp(operation, operation.running, why);
  }

  close(): void {
    this.#closed = true;
    if (this.#running === 0) return;
    for (const operation of this.#session.machine.open.values()) {
      if (operation.running === undefined) continue;
      this.#giveUp(operation, operation.running, new CancelledError("cancelled", "the execution has ended"));
    }
  }

  #giveUp(operation: Operation, attempt: Attempt, why: CancelledError): void {
    this.#over(operation);
    attempt.abort(why);
    this.#session.observer.attemptEnded(operation, attempt.attempt, { outcome: "FAILED", error: toErrorObject(why) });
  }

  // ---- AttemptHost --------------------------------------------------------------------------------------------

  log(
    { operation, attempt }: AttemptPlace,
    level: LogLevel,
    message: string,
    fields: Readonly<Record<string, unknown>> | undefined,
  ): void {
    const { executionId, workflow, path } = this.#session.options.info;
    const extra = this.#session.observer.logFields(operation.key, attempt);
    const merged = fields === undefined && extra === undefined ? {} : { fields: { ...extra, ...fields } };
    this.#session.host.log({
      level,
      message,
      executionId,
      workflow,
      path,
      operation: operation.key,
      attempt,
      ...merged,
    });
  }

  stream({ operation, attempt }: AttemptPlace, name: string, data: unknown): void {
    const { k, m } = operation.entry;
    this.#session.host.ephemeral({ operation: k, name, attempt, data, ...(m === undefined ? undefined : { meta: m }) });
  }

  // ---- attempts -----------------------------------------------------------------------------------------------

  #schedule(operation: Operation, due: number): void {
    if (due > 0 && due > this.#session.host.clock.now()) {
      return this.#session.arm(operation.key, due, () => this.#enqueue(operation));
    }
    return this.#enqueue(operation);
  }

  #enqueue(operation: Operation): void {
    // A timer that fires late finds a session that was put away.
    if (this.#closed) return;
    this.#queued += 1;
    this.#session.host.working();
    this.#session.host.whenDurable(() => {
      if (this.#closed) return;
      if (operation.settled !== "no") {
        this.#queued -= 1;
        return this.#session.stepGone();
      }
      this.#session.host.runStep(() => {
        this.#queued -= 1;
        return this.#run(operation);
      });
    });
  }

  #run(operation: Operation): Promise<void> {
    const { body } = operation;
    if (this.#closed || operation.settled !== "no" || body === undefined) {
      this.#session.stepGone();
      return NOTHING;
    }
    const attempt = new Attempt(this.#session.machine, { operation, attempt: operation.attempts + 1 }, this);
    operation.running = attempt;
    this.#running += 1;
    let disarm: (() => void) | undefined;
    let result: unknown;
    try {
      disarm = this.#armTimeout(operation, body, attempt);
      const place = { owner: this.#session, step: operation.entry.n };
      const value = detached(() =>
        this.#session.observer.attempt(operation, attempt.attempt, () =>
          inPlace(place, () => callBody(body, operation, attempt)),
        ),
      );
      result = isThenable(value)
        ? Promise.resolve(value).then((later) => checkedResult(body, operation, later))
        : checkedResult(body, operation, value);
    } catch (error) {
      result = Promise.reject(error);
    }
    return this.#take(operation, attempt, result, disarm);
  }

  /** Only in a microtask: whoever was told something at the same moment as the body acts before its result is there. */
  async #take(
    operation: Operation,
    attempt: Attempt,
    result: unknown,
    disarm: (() => void) | undefined,
  ): Promise<void> {
    try {
      this.#returned(operation, attempt, await result);
    } catch (error) {
      this.#threw(operation, attempt, error);
    } finally {
      disarm?.();
    }
  }

  #returned(operation: Operation, attempt: Attempt, result: unknown): void {
    if (!this.#isWanted(operation, attempt)) return;
    if (operation.body?.kind === "condition") this.#polled(operation, operation.body, attempt, result);
    else this.#stepReturned(operation, attempt, result);
  }

  #threw(operation: Operation, attempt: Attempt, error: unknown): void {
    if (this.#isWanted(operation, attempt)) this.#failed(operation, attempt, error);
  }

  /** False when the attempt was given up meanwhile: its late result is nobody's. */
  #isWanted(operation: Operation, attempt: Attempt): boolean {
    return !this.#closed && !attempt.over && operation.settled === "no";
  }

  #armTimeout(operation: Operation, body: OperationBody, attempt: Attempt): (() => void) | undefined {
    if (body.kind !== "step" || body.options.timeout === undefined) return undefined;
    const ms = toMillis(body.options.timeout, "timeout");
    return this.#session.host.clock.at(this.#session.host.clock.now() + ms, () => {
      if (!this.#isWanted(operation, attempt)) return;
      const error = new StepTimeoutError(
        "step_timed_out",
        `step ${operation.entry.n}: attempt ${attempt.attempt} ran longer than ${ms} ms`,
      );
      attempt.abort(error);
      this.#failed(operation, attempt, error);
    });
  }

  #stepReturned(operation: Operation, attempt: Attempt, value: unknown): void {
    const what = `result of step ${operation.entry.n}`;
    const v = this.#session.encoded(value, what);
    this.#done(operation, attempt);
    this.#session.observer.attemptEnded(operation, attempt.attempt, { outcome: "SUCCEEDED" });
    const fx = attempt.effects;
    this.#session.deliver({
      t: "ok",
      k: operation.key,
      v,
      at: this.#session.host.clock.now(),
      ...(fx === undefined ? undefined : { fx }),
    });
  }

  #polled(operation: Operation, body: OperationBody & { kind: "condition" }, attempt: Attempt, state: unknown): void {
    const v = this.#session.encoded(state, `state of ${operation.entry.n}`);
    const delayMs = judgePoll(body, attempt.attempt, v);
    const due = delayMs === undefined ? undefined : this.#session.host.clock.now() + delayMs;
    this.#done(operation, attempt);
    const isLate = due !== undefined && isTooLate(operation, due);
    this.#session.observer.attemptEnded(operation, attempt.attempt, {
      outcome: "SUCCEEDED",
      ...(due === undefined || isLate ? undefined : { nextAttemptAt: due }),
    });
    if (due === undefined) return this.#session.succeed(operation, v);
    if (isLate) return this.#conditionTimedOut(operation);
    this.#record(operation, attempt.attempt, "polled", due, { v });
  }

  #conditionTimedOut(operation: Operation, cause?: ErrorObject): void {
    const error = new WaitForConditionError("condition_failed", `${operation.entry.n} was not so within its timeout`);
    const e = toErrorObject(error);
    this.#session.fail(operation, cause === undefined ? e : { ...e, cause }, "TIMED_OUT");
  }

  #failed(operation: Operation, attempt: Attempt, error: unknown): void {
    this.#done(operation, attempt);
    return this.#retryOrFail(operation, attempt.attempt, "failed", error);
  }

  #retryOrFail(operation: Operation, attempt: number, why: "failed" | "interrupted", error: unknown): void {
    const { e, decision } = judgeFailure(operation, error, attempt, () => this.#session.host.ids.random());
    if (!decision.retry) return this.#failForGood(operation, attempt, e);
    const due = this.#session.host.clock.now() + decision.delayMs;
    if (isTooLate(operation, due)) {
      this.#session.observer.attemptEnded(operation, attempt, { outcome: "FAILED", error: e });
      return this.#conditionTimedOut(operation, e);
    }
    this.#session.observer.attemptEnded(operation, attempt, { outcome: "FAILED", error: e, nextAttemptAt: due });
    this.#record(operation, attempt, why, due, { e, ...found(operation) });
  }

  #failForGood(operation: Operation, attempt: number, e: ErrorObject): void {
    this.#session.observer.attemptEnded(operation, attempt, { outcome: "FAILED", error: e });
    this.#session.fail(operation, e);
  }

  #record(
    operation: Operation,
    a: number,
    why: "failed" | "interrupted" | "polled",
    due: number,
    extra: { v?: Payload; e?: ErrorObject },
  ): void {
    this.#session.deliver({ t: "try", k: operation.key, a, why, due, at: this.#session.host.clock.now(), ...extra });
  }

  #over(operation: Operation): void {
    operation.running = undefined;
    this.#running -= 1;
  }

  #done(operation: Operation, attempt: Attempt): void {
    attempt.over = true;
    this.#over(operation);
  }

  // ---- interruptions ------------------------------------------------------------------------------------------

  /** Durable before the body starts is all the journal can say: the next attempt may have begun. */
  #mayHaveBegun(operation: Operation): boolean {
    return (operation.lastTry?.due ?? 0) <= this.#session.host.clock.now();
  }

  #interrupted(operation: Operation): void {
    const attempt = operation.attempts + 1;
    const { interruptions } = this.#session.host.limits;
    const what = `step ${operation.entry.n} was interrupted by a crash in attempt ${attempt}`;
    if (operation.interruptions >= interruptions) {
      const words = `${what}, after ${operation.interruptions} interruptions before; limits.interruptions is ${interruptions}. Look whether it is what ends the process`;
      return this.#failForGood(operation, attempt, toErrorObject(new StepInterruptedError("step_interrupted", words)));
    }
    if (operation.entry.d?.semantics === "once") {
      const error = new StepInterruptedError("step_interrupted", `${what}; nobody knows how far it came`);
      return this.#retryOrFail(operation, attempt, "interrupted", error);
    }
    return this.#record(operation, operation.attempts, "interrupted", this.#session.host.clock.now(), found(operation));
  }
}

/** A condition goes on with what its last poll found. */
function found({ lastTry }: Operation): { v?: Payload } {
  return lastTry?.v === undefined ? {} : { v: lastTry.v };
}

/** Of a condition whose wait is over before its next attempt. */
function isTooLate({ entry }: Operation, due: number): boolean {
  return due > (entry.d?.due ?? Number.POSITIVE_INFINITY);
}
