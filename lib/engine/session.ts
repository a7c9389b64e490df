/**
 * One execution being advanced: the machine (what the code wants) joined to a home (what the world does).
 *
 * Job: carry out operations, in the order "durable first, then out" (K5), and deliver their results. Boundary: it
 * reaches the world only through `SessionHost`. The same session runs in one process and in a Lambda.
 */
import { ContextApi } from "../kernel/context-api.ts";
import type { ExecutionInfo } from "../kernel/context.ts";
import type { Workflow } from "../kernel/definition.ts";
import {
  CallbackTimeoutError,
  ExecutionTimeoutError,
  ForeignAwaitError,
  isCancellation,
  NonDeterministicExecutionError,
  UnhandledRejectionError,
} from "../kernel/errors.ts";
import { lineOf, toError, toErrorObject } from "../kernel/error-object.ts";
import type {
  Delivery,
  Entry,
  ErrorObject,
  ExecutionStatus,
  FinEntry,
  InboxEntry,
  Millis,
  Payload,
  RetryPolicyData,
  RunEntry,
  TerminalStatus,
} from "../kernel/journal.ts";
import { JournalMismatchError } from "../kernel/journal-mismatch.ts";
import type { CodeResult, KernelHost } from "../kernel/kernel-host.ts";
import { Machine } from "../kernel/machine.ts";
import type { Operation } from "../kernel/operation.ts";
import { decode, encode } from "../kernel/payload.ts";
import { decideRetry } from "../kernel/retry.ts";
import { type StandardSchema, validate } from "../kernel/schema.ts";
import { checkSignal } from "../kernel/signal-check.ts";
import type { Scope } from "../kernel/scope.ts";
import { encodeStateMap } from "../kernel/state.ts";
import type { SessionHost } from "../ports/session-host.ts";
import { type CodeOwner, type CodePlace, currentPlace, detached, inPlace } from "./code-place.ts";
import { Observer } from "./observer.ts";
import { boundedError, checkPayloadSize } from "../kernel/payload-size.ts";
import { Rejections } from "./rejections.ts";
import { StepRunner } from "./step-runner.ts";
import { warnOfUnread } from "./unread-signals.ts";

/**
 * After a generation that took nothing in, the next one begins not sooner than this, so that a loop of such generations
 * fills neither the disk nor the time of the others.
 */
const SHORTEST_LIFE_MS = 100;

/** How long a workflow may await something foreign before it is told (D17). */
const FOREIGN_AWAIT_MS = 1_000;

export interface SessionOptions {
  readonly workflow: Workflow;
  readonly info: ExecutionInfo;
  readonly run: RunEntry;
  readonly history: readonly Entry[];
  readonly host: SessionHost;
  /** Retry of the execution as a whole. */
  readonly retry?: RetryPolicyData | undefined;
  /** End of its life. */
  readonly deadline?: Millis | undefined;
  /** The process that ran it before died: steps that were begun were interrupted. */
  readonly crashed: boolean;
}

interface NextGeneration {
  readonly cause: "retry" | "continue";
  readonly input: Payload;
  readonly attempt: number;
  /** Not before. */
  readonly due: Millis;
}

export class Session implements KernelHost, CodeOwner {
  readonly options: SessionOptions;
  readonly machine: Machine;
  readonly host: SessionHost;
  readonly observer: Observer;
  readonly #steps: StepRunner;
  /** Timers of operations, by key; the second is a callback's heartbeat. */
  #timers: Map<string, { due: Millis; cancel: () => void }> | undefined;
  #foreign: (() => void) | undefined;
  /** Requests on their way, of which no answer is recorded. */
  #unanswered: Set<Operation> | undefined;
  /** Schemas that take their time over a signal, or over the output. */
  #checking = 0;
  #parked = false;
  #closed = false;
  #hasEnded = false;
  #resuming: boolean;
  readonly #place: CodePlace = { owner: this };
  readonly #rejections: Rejections;
  /** What its code threw, or what failed it. */
  #failure: unknown;

  constructor(options: SessionOptions) {
    const { host, workflow, info, run, history } = options;
    this.options = options;
    this.host = host;
    this.#resuming = history.length > 0;
    this.observer = Observer.of({ host, info, run, history });
    this.#steps = new StepRunner(this);
    this.#rejections = new Rejections(info);
    this.machine = new Machine({
      workflow,
      info,
      run,
      history,
      host: this,
      createContext,
      maxPendingChildren: host.limits.pendingChildren,
      maxPayload: host.limits.payload,
      continueAsNewAt: host.limits.continueAsNewAt,
    });
  }

  /** @param arrived what waited for it while it was not in memory, and is delivered next */
  start(arrived: readonly Delivery[] = []): void {
    const { deadline } = this.options;
    try {
      if (deadline !== undefined) this.arm("", deadline, () => this.timeOut());
      this.observer.invocation(arrived, () => this.runInside(() => this.machine.start()));
    } catch (error) {
      this.end("FAILED", toErrorObject(error));
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  get parked(): boolean {
    return this.#parked;
  }

  get resumesAfterCrash(): boolean {
    return this.#resuming && this.options.crashed;
  }

  deliver(entry: Delivery): void {
    if (this.#closed) return;
    this.#parked = false;
    detached(() => this.machine.deliver(entry));
  }

  succeed(operation: Operation, v: Payload | undefined): void {
    this.deliver({ t: "ok", k: operation.key, at: this.host.clock.now(), ...(v === undefined ? undefined : { v }) });
  }

  fail(operation: Operation, e: ErrorObject, status?: "TIMED_OUT"): void {
    this.deliver({
      t: "err",
      k: operation.key,
      e,
      at: this.host.clock.now(),
      ...(status === undefined ? undefined : { status }),
    });
  }

  /**
   * Puts it away: nothing of it reaches the home any more (K1), and the code does not hear of it (K6). The journal has
   * all that is needed to go on.
   */
  close(): void {
    this.#leave("PENDING");
  }

  #leave(status: ExecutionStatus, fin?: FinEntry): void {
    this.#closed = true;
    this.#hasEnded ||= status !== "PENDING";
    this.machine.putAway();
    this.#foreign?.();
    this.#steps.close();
    if (this.#timers !== undefined) for (const { cancel } of this.#timers.values()) cancel();
    this.#timers = undefined;
    this.observer.ended(status, fin);
    if (this.#hasEnded) for (const reason of this.#rejections.reasons) this.#tellLeft(reason);
  }

  // ---- CodeOwner: what its code does ----------------------------------------------------------------------------

  runInside<T>(run: () => T): T {
    return inPlace(this.#place, run);
  }

  runOutside<T>(run: () => T): T {
    return inPlace(undefined, run);
  }

  misplaced(): string | undefined {
    const place = currentPlace();
    if (place === this.#place) return undefined;
    if (place === undefined) return "outside of workflow code";
    const { owner, step } = place;
    const whose = owner === this ? "" : ` of ${owner.path}`;
    return step === undefined ? `in the code${whose}` : `in the body of step "${step}"${whose}`;
  }

  strayed(): void {
    inPlace(undefined, () => this.host.guard?.strayed(this.path));
  }

  get path(): string {
    return this.options.info.path;
  }

  unsafe(call: string, advice: string): void {
    inPlace(undefined, () => this.host.guard?.unsafe(this.options.info.path, call, advice));
  }

  rejected(promise: Promise<unknown>, reason: unknown, step: string | undefined): void {
    if (step !== undefined) return this.#tellRejection(reason, step);
    if (!this.#closed) return this.#rejections.add(promise, reason);
    // Of one that was put away nothing is told: its replay comes to the same.
    if (this.#hasEnded) this.#tellLeft(reason);
  }

  handled(promise: Promise<unknown>): void {
    this.#rejections.handled(promise);
  }

  get #isCancelled(): boolean {
    return this.machine.root.cancelled !== undefined;
  }

  /** It did not decide the end. */
  #tellLeft(reason: unknown): void {
    const isKnown = reason === this.#failure || (this.#isCancelled && isCancellation(reason));
    if (!isKnown) this.#tellRejection(reason);
  }

  #tellRejection(reason: unknown, step?: string): void {
    const { executionId, workflow, path } = this.options.info;
    const where = step === undefined ? path : `${path}, step ${step}`;
    this.host.log({
      level: "warn",
      message: `${where}: a promise was rejected, and nothing handled it: ${lineOf(reason)}`,
      executionId,
      workflow,
      path,
    });
  }

  /** Ends without the code (K8): stop, timeout, a spent budget. */
  end(status: TerminalStatus, error: ErrorObject): void {
    if (this.#closed) return;
    this.machine.abort();
    this.#seal({ status, e: error });
  }

  timeOut(): void {
    const { info } = this.options;
    const message = `${info.path} (${info.executionId}) did not end within its execution timeout`;
    this.end("TIMED_OUT", toErrorObject(new ExecutionTimeoutError("execution_timed_out", message)));
  }

  // ---- KernelHost: what the machine tells ---------------------------------------------------------------------

  append(entry: Entry): void {
    this.host.append(entry);
    this.observer.appended(entry);
  }

  drain(callback: () => void): void {
    this.host.drain(callback);
  }

  log(
    level: "debug" | "info" | "warn" | "error",
    message: string,
    fields: Readonly<Record<string, unknown>> | undefined,
    scope: string,
  ): void {
    const { executionId, workflow, path } = this.options.info;
    const extra = this.observer.logFields();
    const merged = fields === undefined && extra === undefined ? undefined : { ...extra, ...fields };
    const line = {
      level,
      message,
      executionId,
      workflow,
      path,
      ...(scope === "" ? {} : { scope }),
      ...(merged === undefined ? {} : { fields: merged }),
    };
    this.runOutside(() => this.host.log(line));
  }

  enterContext<T>(key: string, run: () => T): T {
    return this.observer.context(key, this.machine.replaying, run);
  }

  introduced(workflow: Workflow): void {
    detached(() => this.host.introduce(workflow));
  }

  started(operation: Operation): void {
    detached(() => this.#carryOut(operation));
  }

  #carryOut(operation: Operation): void {
    const { kind, entry } = operation;
    const d = entry.d ?? {};
    switch (kind) {
      case "STEP":
      case "CONDITION":
        return this.#steps.begin(operation);
      case "WAIT":
        return this.arm(entry.k, d.due ?? 0, () => this.succeed(operation, undefined));
      case "CALLBACK":
        return this.#armCallback(operation);
      case "RECEIVE":
        return this.#armFire(operation);
      case "CHILD":
        this.#armFire(operation);
        if (d.child?.awaited === false) this.#asks(operation);
        if (operation.uses !== undefined) this.host.watch(entry.k, operation.uses);
        else if (d.child !== undefined) this.host.launch(entry.k, d.child, this.#resuming);
        return undefined;
      case "ATTACH":
        this.#armFire(operation);
        if (operation.uses !== undefined) return this.host.watch(entry.k, operation.uses);
        this.#asks(operation);
        return this.host.find(entry.k, d.target ?? "");
      case "REQUEST":
        if (d.action === "continue") return this.#checkNext(operation);
        this.#asks(operation);
        return this.host.send(entry.k, d);
      case "CONTEXT":
        return undefined;
      default:
        return kind satisfies never;
    }
  }

  attempted(operation: Operation): void {
    if (operation.kind === "CALLBACK") this.#armHeartbeat(operation);
    else this.#steps.again(operation);
  }

  read(operation: Operation, signal: InboxEntry, schema: StandardSchema): void {
    const encoded = (value: unknown, what: string): Payload => this.encoded(value, what);
    const entry = detached(() => checkSignal(signal, schema, operation.key, encoded, () => this.host.clock.now()));
    if (entry instanceof Promise) this.#await(entry, (read) => this.deliver(read));
    else this.deliver(entry);
  }

  /** The input of the next generation passes the schema once, as that of a start does; a refusal is an answer (D39). */
  #checkNext(operation: Operation): void {
    const refuse = (error: unknown): void => this.fail(operation, toErrorObject(error));
    let input: Payload | Promise<Payload>;
    try {
      input = this.#nextInput(operation.entry.d?.payload);
    } catch (error) {
      return refuse(error);
    }
    if (!(input instanceof Promise)) return this.machine.continueWith(input);
    const answer = input.then(
      (checked) => () => this.machine.continueWith(checked),
      (error: unknown) => () => refuse(error),
    );
    this.#await(answer, (then) => then());
  }

  #nextInput(given: Payload | undefined): Payload | Promise<Payload> {
    const { workflow } = this.options;
    const what = `input of ${workflow.name}`;
    const value = this.runOutside(() => validate(workflow.input, decode(given), what));
    return value instanceof Promise ? value.then((v) => this.encoded(v, what)) : this.encoded(value, what);
  }

  /** It stays in memory until the schema has answered, as it does for a step. */
  #await<T>(answer: Promise<T>, then: (value: T) => void): void {
    this.#checking += 1;
    const over = answer.then((value) => {
      this.#checking -= 1;
      then(value);
    });
    this.host.work(over);
  }

  dropped(operation: Operation): void {
    detached(() => this.#letGo(operation));
  }

  #letGo(operation: Operation): void {
    this.#disarm(operation.key);
    this.#disarm(`${operation.key} heartbeat`);
    this.#steps.abort(operation);
    if (operation.uses !== undefined) this.host.unwatch(operation.key, operation.uses);
  }

  replayed(): void {
    this.host.replayed?.();
  }

  finished(result: CodeResult): void {
    detached(() => this.#finished(result));
  }

  #finished(result: CodeResult): void {
    if (result.kind === "threw" && result.error instanceof JournalMismatchError && this.host.keeps?.(result.error)) {
      return this.#leave("PENDING");
    }
    switch (result.kind) {
      case "returned":
        return this.host.afterRejections(() => this.#judge(result.value));
      case "threw":
        return this.#threw(result.status, result.error);
      case "continued":
        return this.#continue({
          cause: "continue",
          input: result.input,
          // A generation that continued has succeeded: what it failed at before counts no more (D39).
          attempt: 1,
          due: this.machine.tookSomethingIn ? 0 : this.host.clock.now() + SHORTEST_LIFE_MS,
        });
    }
  }

  idle(): void {
    if (this.#closed || this.machine.ended) return;
    this.#resuming = false;
    const isDue = (this.wakeAt() ?? Number.POSITIVE_INFINITY) <= this.host.clock.now();
    if (!isDue && this.host.hasArrived !== false) this.observer.goesOn();
    this.host.still();
    if (this.#closed || this.machine.busy || this.#steps.active > 0 || this.#checking > 0) return;
    if (this.#nothingPending) return this.#watchForeignAwait();
    const wakeAt = this.wakeAt();
    // A timer that is about to fire: parking now would only bring it back to fire the same timer.
    if (wakeAt !== undefined && wakeAt <= this.host.clock.now()) return;
    this.#parked = true;
    this.host.parked(wakeAt, !this.#asksStill());
  }

  #asks(operation: Operation): void {
    this.#unanswered ??= new Set();
    this.#unanswered.add(operation);
  }

  /** A request whose answer is not recorded is sent again by whoever takes over: nothing else would bring it back. */
  #asksStill(): boolean {
    for (const operation of this.#unanswered ?? []) {
      if (operation.settled !== "no" || operation.uses !== undefined) this.#unanswered?.delete(operation);
    }
    return (this.#unanswered?.size ?? 0) > 0;
  }

  /** A step ended without a word, since nobody waits for it any more: that may have been the last thing to run (K11). */
  stepGone(): void {
    if (!this.#parked && !this.machine.busy) this.idle();
  }

  // ---- timers -------------------------------------------------------------------------------------------------

  /** When time alone will wake it. */
  wakeAt(): Millis | undefined {
    let first: Millis | undefined;
    if (this.#timers === undefined) return undefined;
    for (const { due } of this.#timers.values()) if (first === undefined || due < first) first = due;
    return first;
  }

  arm(key: string, due: Millis, callback: () => void): void {
    this.#disarm(key);
    const cancel = this.host.clock.at(due, () => {
      this.#timers?.delete(key);
      // It moves again: an eviction that waits for the disk must not take it (K9).
      this.#parked = false;
      callback();
    });
    this.#timers ??= new Map();
    this.#timers.set(key, { due, cancel });
  }

  #disarm(key: string): void {
    this.#timers?.get(key)?.cancel();
    this.#timers?.delete(key);
  }

  #armFire(operation: Operation): void {
    const due = operation.entry.d?.due;
    if (due === undefined) return;
    this.arm(operation.key, due, () => this.deliver({ t: "fire", k: operation.key, at: this.host.clock.now() }));
  }

  #armCallback(operation: Operation): void {
    const { due } = operation.entry.d ?? {};
    if (due !== undefined)
      this.arm(operation.key, due, () => this.#callbackTimedOut(operation, "deadline", "it was not completed in time"));
    this.#armHeartbeat(operation);
  }

  /** Every sign of life is in the journal, so that a restart neither forgives nor invents a silence. */
  #armHeartbeat(operation: Operation): void {
    const { heartbeatMs, heartbeatDue } = operation.entry.d ?? {};
    const due = operation.lastTry?.due ?? heartbeatDue;
    if (heartbeatMs === undefined || due === undefined) return;
    this.arm(`${operation.key} heartbeat`, due, () =>
      this.#callbackTimedOut(operation, "heartbeat", `no heartbeat for ${heartbeatMs} ms`),
    );
  }

  #callbackTimedOut(operation: Operation, missed: "deadline" | "heartbeat", why: string): void {
    const message = `callback ${operation.entry.n} timed out: ${why}`;
    const error = new CallbackTimeoutError("callback_timed_out", message, { data: { missed } });
    this.#settled(operation);
    this.fail(operation, toErrorObject(error), "TIMED_OUT");
  }

  /** A delivery came from outside: the operation's own timers are over. */
  #settled(operation: Operation): void {
    if (this.#timers === undefined) return;
    this.#disarm(operation.key);
    this.#disarm(`${operation.key} heartbeat`);
  }

  /** What the home delivers: the operation's own timers are over when it is its result. */
  settle(entry: Delivery): void {
    if (entry.t === "ok" || entry.t === "err") {
      const operation = this.machine.open.get(entry.k);
      if (operation !== undefined) this.#settled(operation);
    }
    this.deliver(entry);
  }

  // ---- the end ------------------------------------------------------------------------------------------------

  #judge(value: unknown): void {
    if (this.#closed) return;
    const unhandled = this.#rejections.judge(this.#isCancelled);
    if (unhandled === undefined) this.#returned(value);
    else this.#threw("FAILED", unhandled);
  }

  #returned(value: unknown): void {
    const { workflow, info } = this.options;
    try {
      const output = validate(workflow.output, value, `output of ${info.workflow}`);
      if (!(output instanceof Promise)) return this.#succeed(output);
      const end = output.then(
        (v: unknown) => () => this.#succeed(v),
        (error: unknown) => () => this.#threw("FAILED", error),
      );
      this.#await(end, (seal) => seal());
    } catch (error) {
      this.#threw("FAILED", error);
    }
  }

  #succeed(output: unknown): void {
    if (this.#closed) return;
    try {
      const v = this.encoded(output, `output of ${this.options.info.workflow}`);
      this.#seal({ status: "SUCCEEDED", v });
    } catch (error) {
      this.#threw("FAILED", error);
    }
  }

  #threw(status: TerminalStatus, error: unknown): void {
    if (this.#closed) return;
    const { retry, info, run } = this.options;
    // Where code and journal do not fit, another try would only lose the journal.
    const failure = toError(error);
    this.#failure = failure instanceof UnhandledRejectionError ? failure.cause : error;
    const mayRetry = !(failure instanceof NonDeterministicExecutionError) && !this.#isCancelled;
    if (status === "FAILED" && retry !== undefined && mayRetry) {
      const decision = decideRetry(retry, failure, info.attempt, () => this.host.ids.random());
      if (decision.retry) {
        const due = this.host.clock.now() + decision.delayMs;
        return this.#continue(
          { cause: "retry", input: run.input, attempt: info.attempt + 1, due },
          boundedError(toErrorObject(error), this.host.limits.payload),
        );
      }
    }
    this.#seal({ status, e: boundedError(toErrorObject(error), this.host.limits.payload) });
  }

  #continue(next: NextGeneration, error?: ErrorObject): void {
    if (this.#closed) return;
    const now = this.host.clock.now();
    const { generation } = this.options.info;
    const carried = next.cause === "continue" ? this.machine.carried() : this.#retryCarries();
    const run: RunEntry = {
      t: "run",
      g: generation + 1,
      cause: next.cause,
      a: next.attempt,
      input: next.input,
      at: now,
      ...(next.due > now ? { due: next.due } : undefined),
      ...(error === undefined ? undefined : { e: error }),
      ...carried,
    };
    this.append(run);
    this.#leave("CONTINUED_AS_NEW");
    this.host.continued(run);
  }

  /** A retry begins with the state it was given and loses nothing that was sent to it. */
  #retryCarries(): Pick<RunEntry, "state" | "signals" | "seen"> {
    const { state } = this.options.run;
    const { signals, seen } = this.machine.carried();
    return {
      ...(state === undefined ? undefined : { state }),
      ...(signals === undefined ? undefined : { signals }),
      ...(seen === undefined ? undefined : { seen }),
    };
  }

  #seal(result: Pick<FinEntry, "status" | "v" | "e">): void {
    const state = encodeStateMap(this.machine.root.state.values);
    const fin: FinEntry = {
      t: "fin",
      ...result,
      ...(state === undefined ? undefined : { state }),
      usage: this.machine.usage,
      at: this.host.clock.now(),
    };
    this.append(fin);
    this.#leave(fin.status, fin);
    const unread = this.machine.unread();
    if (unread.length > 0) warnOfUnread(this.host.log, this.options.info, fin.status, unread);
    this.host.ended(fin);
  }

  /** As it is stored. @throws SerdesFailedError, LimitError `payload_too_large` */
  encoded(value: unknown, what: string): Payload {
    const payload = encode(value, what);
    checkPayloadSize(payload, this.host.limits.payload, what);
    return payload;
  }

  // ---- foreign awaits -----------------------------------------------------------------------------------------

  get #nothingPending(): boolean {
    return this.machine.open.size === 0;
  }

  /** Nothing of ours is pending and the code has not ended: it awaits something that a replay cannot give it (D17). */
  #watchForeignAwait(): void {
    this.#foreign?.();
    this.#foreign = this.host.clock.at(this.host.clock.now() + FOREIGN_AWAIT_MS, () => {
      if (this.#closed || this.machine.busy || this.machine.ended || !this.#nothingPending) return;
      const { info } = this.options;
      const message =
        `${info.path} (${info.executionId}) awaits something that is not the context's (a fetch, a timer, a file): ` +
        "it would break on replay. Do it in a ctx.step, or use ctx.wait";
      this.end("FAILED", toErrorObject(new ForeignAwaitError("foreign_await", message)));
    });
  }
}

function createContext(machine: Machine, scope: Scope): ContextApi {
  return new ContextApi(machine, scope);
}
