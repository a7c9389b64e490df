/**
 * The kernel's heart: one execution, replayed from its journal and then run on.
 *
 * Job: run the workflow's code, record what it asks for, deliver results to it one at a time in journal order.
 * Boundary: knows no time, no storage, no other execution. Whatever must happen in the world it tells its host, and
 * hears of results through `deliver`. It never throws to suspend: code that waits simply is not answered (K6).
 *
 * Invariants (INVARIANTS.md): K2 journal order is the order of delivery; K3 one delivery at a time, decoded before,
 * microtasks drained in between; K4 a journal that does not fit fails by name; K6 suspension is not an exception;
 * K10 a cancelled scope refuses new operations; K12 nothing here reads a clock.
 */
import type { ExecutionInfo } from "./context.ts";
import type { Workflow } from "./definition.ts";
import { type CancelledError, isCancellation, TreelineError } from "./errors.ts";
import type {
  ChildDetails,
  ContextKind,
  Delivery,
  Entry,
  ErrEntry,
  InboxEntry,
  Intent,
  MarkEntry,
  MarkKind,
  Meta,
  OkEntry,
  OpDetails,
  OpEntry,
  OperationKind,
  Payload,
  RunEntry,
  Usage,
} from "./journal.ts";
import { applyPolicy, cancelAll, redirect, refusal, waitTimedOut } from "./cancellation.ts";
import { ChildLedger } from "./child-ledger.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import { describeSchema } from "./json-schema.ts";
import type { CodeResult, KernelHost, LogLevel } from "./kernel-host.ts";
import { childCollection, childId } from "./keys.ts";
import { Mailbox } from "./mailbox.ts";
import { outcomeOf } from "./outcome.ts";
import { UsageMeter } from "./usage-meter.ts";
import type { Mutable } from "./mutable.ts";
import { Operation, type OperationBody } from "./operation.ts";
import { operationError } from "./operation-error.ts";
import { decode, encode } from "./payload.ts";
import { boundedDelivery, boundedError, checkIntent, checkPayloadSize } from "./payload-size.ts";
import { checkFlat } from "./plain.ts";
import { createRandom } from "./random.ts";
import { Replay } from "./replay.ts";
import type { StandardSchema } from "./schema.ts";
import { Scope } from "./scope.ts";
import { decodeOutsidePatch, decodeStateMap, encodeStateMap, encodeStatePatch, type StatePatch } from "./state.ts";
import { StateFork } from "./state-fork.ts";
import { isThenable } from "./thenable.ts";

export interface MachineOptions {
  readonly workflow: Workflow;
  readonly info: ExecutionInfo;
  readonly run: RunEntry;
  /** Entries of this generation behind `run`. */
  readonly history: readonly Entry[];
  readonly host: KernelHost;
  readonly createContext: (machine: Machine, scope: Scope) => Parameters<Workflow["run"]>[0];
  readonly maxPendingChildren: number;
  /** Bytes of a stored value (M31). */
  readonly maxPayload: number;
  readonly continueAsNewAt: { readonly operations: number; readonly bytes: number };
}

export interface RequestOptions {
  readonly details?: OpDetails;
  readonly meta?: Meta | undefined;
  readonly body?: OperationBody;
}

/** Waits for something that is not one operation: looks again whenever a source has news. */
export interface Receiver {
  readonly operation: Operation;
  /** Settles the operation when one of its sources has something. */
  readonly look: () => void;
}

export class Machine {
  readonly options: MachineOptions;
  readonly info: ExecutionInfo;
  readonly root: Scope;
  readonly children: ChildLedger;
  /** Time of the last delivery. */
  now: number;
  /** Number of deliveries so far. */
  seq = 0;
  readonly #meter = new UsageMeter();
  readonly #host: KernelHost;
  #replay: Replay | undefined;
  /** What changed code inserted: recorded when the replay has shown that the journal fits. */
  readonly #inserted: Intent[] = [];
  /** First answers of `patched`. */
  readonly #patches = new Map<string, boolean>();
  /** Of inbox items. Like all that most executions never need, it is made for the first one. */
  #seen: Set<string> | undefined;
  #mailbox: Mailbox | undefined;
  #receivers: Set<Receiver> | undefined;
  readonly #queue = new DeliveryQueue();
  #draining = true;
  #ended = false;
  #away = false;
  #random: (() => number) | undefined;
  #cancelReason: string | undefined;
  #collection: string | undefined;

  constructor(options: MachineOptions) {
    const { run } = options;
    this.options = options;
    this.info = options.info;
    this.#host = options.host;
    this.now = Math.max(run.at, run.due ?? 0);
    this.root = new Scope("", undefined, { state: new StateFork(decodeStateMap(run.state)) });
    this.children = new ChildLedger(run.children);
    if (run.seen !== undefined) this.#seen = new Set(run.seen);
    // Before all that is delivered here, and among themselves in the order in which they came (K2).
    run.signals?.forEach((entry, at, all) => this.mailbox.put({ seq: at - all.length, entry }));
    if (run.cancel !== undefined) this.#cancel(run.cancel);
    if (options.history.length > 0) {
      this.#replay = new Replay(options.history);
      for (const entry of options.history) this.#meter.measure(entry);
      for (const id of this.#replay.unpatched) this.#patches.set(id, false);
    }
  }

  get replaying(): boolean {
    return this.#replay !== undefined;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True while something is delivered or about to be. */
  get busy(): boolean {
    return this.#draining;
  }

  /** Empty when it was not asked to cancel, or without a reason. */
  get cancelReason(): string {
    return this.#cancelReason ?? "";
  }

  get mailbox(): Mailbox {
    this.#mailbox ??= new Mailbox();
    return this.#mailbox;
  }

  get receivers(): Set<Receiver> {
    this.#receivers ??= new Set();
    return this.#receivers;
  }

  get usage(): Usage {
    return this.#meter.usage;
  }

  get random(): () => number {
    this.#random ??= createRandom(`${this.info.executionId}:${this.info.generation}`);
    return this.#random;
  }

  /** Runs the code. Everything after this happens in microtasks and in `deliver`. */
  start(): void {
    const { workflow, run, createContext } = this.options;
    try {
      const result = workflow.run(createContext(this, this.root), decode(run.input));
      if (isThenable(result)) result.then(this.#returned, this.#threw);
      else this.#returned(result);
    } catch (error) {
      this.#threw(error);
    }
    this.#host.drain(this.#advance);
  }

  /** False for a generation that was delivered nothing, and read none of the signals that it was given. */
  get tookSomethingIn(): boolean {
    return this.seq > 0 || (this.#mailbox?.unread().length ?? 0) < (this.options.run.signals?.length ?? 0);
  }

  /** Hands in a result from outside. Its place in the journal is where it is delivered (K2). */
  deliver(entry: Delivery): void {
    // Behind the end too: its output may still be looked at, and the generation that follows gets what was sent.
    this.#queue.push(boundedDelivery(entry, this.options.maxPayload));
    if (!this.#ended && !this.#draining) this.#advance();
  }

  /** Its session is no more: code that goes on, since it awaited something foreign, asks nobody for anything. */
  putAway(): void {
    this.#ended = true;
    this.#away = true;
  }

  /**
   * Before every call of the context: refuses it where this execution's code does not run, since a replay would not
   * come to it, and where nothing could come of it any more.
   * @throws TreelineError `context_misplaced`
   */
  use(scope: Scope, call: string): void {
    // Suspended code is not told (K6): its replay makes the same call.
    if (this.#away) return;
    const elsewhere = this.#host.misplaced?.();
    if (elsewhere !== undefined) throw misplaced(call, this.info, `${elsewhere}: ${NOT_REPLAYED}`);
    const late = this.#tooLate(scope);
    if (late !== undefined) throw misplaced(call, this.info, `${late}: ${TOO_LATE}`);
    if (!this.#draining) this.#host.strayed?.();
  }

  #tooLate(scope: Scope): string | undefined {
    if (this.#ended) return "after its execution had ended";
    return scope.closed ? `in ${scope.path}, which its batch had left` : undefined;
  }

  /** Ends without the code: stop, timeout, crash budget. The host is not told: it was the host who did it. */
  abort(): void {
    this.#ended = true;
    this.root.close((operation) => {
      operation.drop();
      this.#host.dropped(operation);
    });
  }

  /** What is still open, by key, in the order it was asked for. */
  get open(): ReadonlyMap<string, Operation> {
    return this.root.operations;
  }

  // ---- what the context asks for ------------------------------------------------------------------------------

  request(scope: Scope, kind: OperationKind, name: string, options: RequestOptions = {}): Operation {
    return this.requestAs(scope, scope.keys.next(kind, name), kind, name, options);
  }

  requestAs(scope: Scope, key: string, kind: OperationKind, name: string, options: RequestOptions): Operation {
    if (options.meta !== undefined) checkFlat(options.meta, `meta of ${name}`);
    const entry: Mutable<OpEntry> = { t: "op", k: key, kind, n: name };
    if (options.details !== undefined) entry.d = options.details;
    if (options.meta !== undefined) entry.m = options.meta;
    const operation = new Operation(entry, scope, options.body);
    if (scope.closed || this.#ended) {
      operation.drop();
      return operation;
    }
    if (scope.cancelled !== undefined) {
      operation.reject(refusal(kind, name, scope.cancelled));
      return operation;
    }
    this.#admit(operation);
    return operation;
  }

  /** Sent on behalf of a scope even when it is cancelled: cancel requests to children, close policies. */
  requestAction(scope: Scope, action: "cancel" | "stop", target: string, reason: string): Operation {
    const details: OpDetails = { action, target, reason };
    const key = scope.keys.next("REQUEST", action);
    const operation = new Operation({ t: "op", k: key, kind: "REQUEST", n: action, d: details }, scope);
    operation.promise.catch(() => undefined);
    this.#admit(operation);
    return operation;
  }

  #admit(operation: Operation): void {
    const { entry } = operation;
    const isNew = this.#ask(entry);
    if (this.#ended) return operation.drop();
    operation.scope.add(operation);
    if (entry.d?.child !== undefined) this.children.started(entry.d.child);
    // While replaying nothing is carried out: what is open at the end of the record is started then.
    if (isNew && this.#replay === undefined) this.#host.started(operation);
  }

  mark(scope: Scope, kind: MarkKind, name: string, extra: Partial<Pick<MarkEntry, "v" | "e" | "m">> = {}): void {
    this.markAs(scope, scope.keys.next(kind, name), kind, name, extra);
  }

  markAs(
    scope: Scope,
    key: string,
    kind: MarkKind,
    name: string,
    extra: Partial<Pick<MarkEntry, "v" | "e" | "m">>,
  ): void {
    if (scope.closed || this.#ended) return;
    const { e, ...rest } = extra;
    const bounded = e === undefined ? undefined : { e: boundedError(e, this.options.maxPayload) };
    this.#ask({ t: "mark", k: key, kind, n: name, ...rest, ...bounded });
  }

  /** A child context: recorded, but nothing is delivered for it. */
  openContext(
    scope: Scope,
    key: string,
    name: string,
    { sub, meta }: { sub?: ContextKind | undefined; meta?: Meta | undefined },
  ): void {
    if (meta !== undefined) checkFlat(meta, `meta of ${name}`);
    if (scope.closed || this.#ended) return;
    const details = sub === undefined ? undefined : { d: { sub } };
    this.#ask({
      t: "op",
      k: key,
      kind: "CONTEXT",
      n: name,
      ...details,
      ...(meta === undefined ? undefined : { m: meta }),
    });
  }

  enterContext<T>(key: string, run: () => T): T {
    return this.#host.enterContext === undefined ? run() : this.#host.enterContext(key, run);
  }

  /** What a person may send, as JSON Schema. Schemas are not workflow code. */
  describe(schema: StandardSchema | undefined): unknown {
    if (this.#host.runOutside === undefined) return describeSchema(schema);
    return this.#host.runOutside(() => describeSchema(schema));
  }

  /** Calls a function of the author's that must be as deterministic as the workflow. */
  ask<T>(run: () => T): T {
    return this.#host.runInside === undefined ? run() : this.#host.runInside(run);
  }

  /**
   * The first answer for an id is the answer of the whole generation. Either answer is recorded, so that it still holds
   * when later code asks elsewhere. A journal may hold several marks of one id, from when every call was marked.
   */
  patched(id: string): boolean {
    if (this.#ended) return this.#patches.get(id) ?? false;
    const mark = this.#replay?.patchMark(id);
    if (mark !== undefined) {
      this.#ask(mark);
      this.#patches.set(id, true);
      return true;
    }
    return this.#patches.get(id) ?? this.#firstPatched(id);
  }

  #firstPatched(id: string): boolean {
    checkPayloadSize(id, this.options.maxPayload, "the id of a patch");
    const answer = this.#replay?.passed !== true;
    this.#patches.set(id, answer);
    const mark: MarkEntry = { t: "mark", k: this.root.keys.next("PATCH", id), kind: "PATCH", n: id };
    if (answer) this.#ask(mark);
    // Its place in the record is past; a replay reads it before the code begins.
    else this.#inserted.push({ ...mark, v: encode(false, id), x: true });
    return answer;
  }

  /** Has a signal checked for the wait that would take it; it hears of it by `onRead`. */
  read(operation: Operation, signal: InboxEntry, schema: StandardSchema): void {
    this.#host.read?.(operation, signal, schema);
  }

  /** Something that a wait may be for has news. */
  lookAgain(): void {
    for (const receiver of Array.from(this.#receivers ?? [])) {
      if (receiver.operation.settled === "no") receiver.look();
      else this.receivers.delete(receiver);
    }
  }

  /** Settles an operation from inside: its sources had news, which were deliveries of their own. */
  settleLocally(operation: Operation, value: () => unknown): void {
    if (operation.settled !== "no") return;
    // A deadline that passed (`fire`) is an entry of its own; anything else a reader of the journal could not see.
    if (operation.settledAt === 0) this.markAs(operation.scope, operation.key, "SETTLED", "ok", {});
    operation.settledAt = this.seq;
    try {
      operation.resolve(value());
    } catch (error) {
      operation.reject(error);
    }
    this.#host.dropped(operation);
  }

  /** The code is told that it is cancelled; whatever the operation brings is nobody's any more. */
  cancelNow(operation: Operation, error: CancelledError): void {
    if (operation.settled !== "no") return;
    this.markAs(operation.scope, operation.key, "SETTLED", "cancelled", {});
    operation.settledAt = this.seq;
    this.children.waitOver(operation);
    operation.reject(error);
    this.#host.dropped(operation);
  }

  setState(scope: Scope, patch: StatePatch): void {
    scope.state.patch(patch);
    this.lookAgain();
  }

  /** A child context's changes go into the scope around it. Recorded where readers see the result: in the root's state. */
  mergeState(scope: Scope, patch: StatePatch): void {
    if (patch.size > 0 && scope.state === this.root.state)
      this.mark(scope, "MERGE", "", { v: encodeStatePatch(patch) });
    this.setState(scope, patch);
  }

  introduce(workflow: Workflow): void {
    this.#host.introduced(workflow);
  }

  childId(key: string): string {
    this.#collection ??= childCollection(this.info.executionId);
    return childId(this.#collection, this.info.generation, key);
  }

  /** Where the input has a schema, the host asks it first: its answer is recorded, so replay does not ask again (D2). */
  continueAsNew(scope: Scope, input: Payload): Promise<never> {
    checkPayloadSize(input, this.options.maxPayload, "the input of continueAsNew");
    if (this.options.workflow.input !== undefined) return this.#requestNext(scope, input);
    this.continueWith(input);
    return new Promise(() => undefined);
  }

  /** Ends this generation. */
  continueWith(input: Payload): void {
    this.#finish({ kind: "continued", input });
  }

  /** Settles only by a refusal. Asked in a cancelled scope too: an execution may clean up in its next generation. */
  #requestNext(scope: Scope, input: Payload): Promise<never> {
    const details: OpDetails = { action: "continue", payload: input };
    const key = scope.keys.next("REQUEST", "continue");
    const operation = new Operation({ t: "op", k: key, kind: "REQUEST", n: "continue", d: details }, scope);
    if (scope.closed || this.#ended) operation.drop();
    else this.#admit(operation);
    return operation.promise as Promise<never>;
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> | undefined, scope: Scope): void {
    if (this.#replay === undefined) this.#host.log(level, message, fields, scope.path);
  }

  /** Ends a batch's unfinished branch: its operations are never answered, its children get their close policy. */
  closeScope(scope: Scope, under: Scope): void {
    scope.close((operation) => {
      operation.drop();
      this.mark(under, "DROP", operation.key);
      this.#host.dropped(operation);
      this.children.waitOver(operation);
      applyPolicy(this, under, operation);
    });
  }

  // ---- the pump -----------------------------------------------------------------------------------------------

  /** One delivery, then the microtask queue runs empty, then the next (K3). */
  readonly #advance = (): void => {
    this.#draining = true;
    try {
      while (!this.#ended) {
        const entry = this.#replay === undefined ? this.#nextLive() : this.#nextRecorded();
        if (entry === undefined) break;
        if (this.#apply(entry)) return this.#host.drain(this.#advance);
      }
      this.#draining = false;
      if (!this.#ended) this.#host.idle();
    } catch (error) {
      this.#draining = false;
      this.#fail(error);
    }
  };

  #nextRecorded(): Delivery | undefined {
    const entry = this.#replay?.next();
    if (entry !== undefined) return entry;
    this.#replay = undefined;
    this.#recordInserted();
    this.#host.replayed?.();
    for (const operation of this.open.values()) this.#host.started(operation);
    // A signal that nobody had looked at yet when the record ended.
    this.lookAgain();
    return this.#nextLive();
  }

  #nextLive(): Delivery | undefined {
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take()) {
      // The same item sent twice, after a crash of its sender for example, counts once.
      if (entry.t === "in" && this.#seen?.has(entry.id) === true) continue;
      // Its operation was cancelled or dropped meanwhile: nobody asked, so it is not recorded.
      if ("k" in entry && !this.open.has(entry.k)) continue;
      this.#append(entry);
      return entry;
    }
    return undefined;
  }

  /** Returns whether code may react. */
  #apply(entry: Delivery): boolean {
    if (entry.t === "try") return this.#noteAttempt(entry);
    this.seq += 1;
    this.now = Math.max(this.now, entry.at);
    if (entry.t === "in") return this.#applyInbox(entry);
    const operation = this.open.get(entry.k);
    if (operation === undefined) {
      throw this.#replay?.unasked(`has not asked for ${entry.k}`) ?? new Error(`nobody asked for ${entry.k}`);
    }
    if (entry.t === "read") {
      operation.onRead?.(entry);
      return true;
    }
    if (entry.t === "ack" && operation.kind === "ATTACH") {
      operation.uses = entry.id;
      return false;
    }
    if (entry.t === "ack" && operation.entry.d?.child?.awaited === true)
      return entry.id !== undefined && redirect(this, operation, entry.id);
    operation.settledAt = this.seq;
    switch (entry.t) {
      case "ok":
        this.#applyEffects(operation, entry);
        this.children.ended(operation);
        operation.resolve(this.#valueOf(operation, entry));
        return true;
      case "err":
        this.children.ended(operation);
        this.#applyError(operation, entry);
        return true;
      case "ack":
        if (entry.id !== undefined) this.children.redirected(operation);
        operation.resolve(entry.id);
        return true;
      case "fire":
        this.#applyFire(operation);
        return true;
    }
  }

  #applyError(operation: Operation, entry: ErrEntry): void {
    if (operation.wantsOutcome && entry.status !== undefined) operation.resolve(outcomeOf(operation, entry));
    else operation.reject(operationError(operation, entry));
  }

  #valueOf(operation: Operation, entry: OkEntry): unknown {
    return operation.wantsOutcome ? outcomeOf(operation, entry) : decode(entry.v);
  }

  #noteAttempt(entry: Delivery & { t: "try" }): boolean {
    const operation = this.open.get(entry.k);
    if (operation === undefined) throw this.#replay?.unasked(`has not asked for ${entry.k}`) ?? new Error(entry.k);
    operation.attempts = entry.a;
    if (entry.why === "interrupted") operation.interruptions += 1;
    if (entry.why === "failed") operation.failures += 1;
    if (entry.why === "polled") operation.failures = 0;
    operation.lastTry = entry;
    if (this.#replay === undefined) this.#host.attempted(operation);
    return false;
  }

  #applyInbox(entry: InboxEntry): boolean {
    this.#seen ??= new Set();
    this.#seen.add(entry.id);
    switch (entry.kind) {
      case "signal":
        this.mailbox.put({ seq: this.seq, entry });
        this.lookAgain();
        return true;
      case "patch":
        this.#patch(decodeOutsidePatch(entry.v));
        return true;
      case "cancel":
        this.#cancel(entry.n);
        return true;
    }
  }

  #patch(patch: StatePatch): void {
    this.root.passOn(patch);
    this.setState(this.root, patch);
  }

  #cancel(reason: string): void {
    this.#cancelReason ??= reason;
    cancelAll(this, reason);
  }

  #applyEffects(operation: Operation, entry: OkEntry): void {
    if (entry.fx === undefined) return;
    for (const effect of entry.fx) {
      if (effect.t === "state") this.setState(operation.scope, new Map([[effect.n, effect.v]]));
      if (effect.t === "start") this.#startFromStep(operation.scope, effect.k, effect.d);
    }
  }

  /** A child that a step started (D9): its record is the step's result, so nothing is asked for anew. */
  #startFromStep(scope: Scope, key: string, child: ChildDetails): void {
    const operation = new Operation({ t: "op", k: key, kind: "CHILD", n: child.workflow, d: { child } }, scope);
    scope.add(operation);
    this.children.started(child);
    if (this.#replay === undefined) this.#host.started(operation);
  }

  #applyFire(operation: Operation): void {
    if (operation.onFire === undefined) waitTimedOut(this, operation);
    else operation.onFire();
  }

  #ask(entry: Intent): boolean {
    // Code that was stopped runs on until it awaits something: nothing stands behind an end (K8).
    if (this.#ended) return false;
    this.#checkSize(entry);
    if (this.#replay !== undefined) {
      try {
        if (this.#replay.match(entry)) return false;
      } catch (error) {
        this.#fail(error);
        return false;
      }
      this.#inserted.push({ ...entry, x: true });
      return true;
    }
    this.#append(entry);
    return true;
  }

  /** What is recorded stays what it was when the limit was a higher one. @throws LimitError `payload_too_large` */
  #checkSize(entry: Intent): void {
    try {
      checkIntent(entry, this.options.maxPayload);
    } catch (error) {
      if (this.#replay?.has(entry.k) !== true) throw error;
    }
  }

  /** Not earlier: where the journal does not fit after all, it must stay as it is, for code that fits (D33). */
  #recordInserted(): void {
    for (const entry of this.#inserted.splice(0)) this.#append(entry);
  }

  #append(entry: Entry): void {
    this.#meter.measure(entry);
    this.#host.append(entry);
  }

  // ---- the end ------------------------------------------------------------------------------------------------

  readonly #returned = (value: unknown): void => {
    try {
      this.#lookAtTick();
    } catch (error) {
      return this.#threw(error);
    }
    if (!this.#ended) this.#tellOpen();
    return this.#finish({ kind: "returned", value });
  };

  #lookAtTick(): void {
    if (!this.#ended && !this.#draining) this.#host.strayed?.();
  }

  /** What does work and has not ended is dropped with the end of the code: most often an `await` is missing (D17). */
  #tellOpen(): void {
    const open = [...this.open.values()].filter(({ kind }) => WORK.has(kind)).map(({ key }) => key);
    if (open.length === 0) return;
    const shown = `${open.slice(0, MOST_SHOWN).join(", ")}${open.length > MOST_SHOWN ? ", …" : ""}`;
    const message = `${this.info.path} returned while it had not ended: ${shown}. Await it before the workflow returns`;
    this.#host.log("warn", message, undefined, "");
  }

  readonly #threw = (error: unknown): void => {
    const cancelled = this.root.cancelled !== undefined && isCancellation(error);
    this.#finish({ kind: "threw", status: cancelled ? "CANCELLED" : "FAILED", error });
  };

  #finish(result: CodeResult): void {
    if (this.#ended) return;
    if (this.#replay?.complete === false) {
      return this.#fail(this.#replay.ended(result.kind === "threw" ? result.error : undefined));
    }
    this.#recordInserted();
    this.#end(result);
  }

  #fail(error: unknown): void {
    if (!this.#ended) this.#end({ kind: "threw", status: "FAILED", error });
  }

  #end(result: CodeResult): void {
    this.#ended = true;
    this.root.close((operation) => {
      operation.drop();
      this.#host.dropped(operation);
    });
    this.#host.finished(result);
  }

  /** What the next generation takes over (D8). */
  carried(): Pick<RunEntry, "state" | "signals" | "seen" | "children" | "cancel"> {
    const state = encodeStateMap(this.root.state.values);
    const signals = this.unread();
    const seen = [...(this.#seen ?? [])].slice(-SEEN_CARRIED);
    const children = this.children.known();
    return {
      ...(state === undefined ? undefined : { state }),
      ...(signals.length === 0 ? undefined : { signals }),
      ...(seen.length === 0 ? undefined : { seen }),
      ...(children.length === 0 ? undefined : { children }),
      ...(this.#cancelReason === undefined ? undefined : { cancel: this.#cancelReason }),
    };
  }

  /** Signals that were delivered and that no wait has taken. */
  unread(): readonly InboxEntry[] {
    return this.#mailbox?.unread() ?? [];
  }

  /** Whether the inbox item of that id was delivered. */
  hasTaken(id: string): boolean {
    return this.#seen?.has(id) === true;
  }

  /** What outsiders sent and this generation did not come to: the next one gets it. */
  undelivered(): InboxEntry[] {
    return this.queued().filter((entry): entry is InboxEntry => entry.t === "in");
  }

  /** Everything that was handed in and did not reach the code. */
  queued(): readonly Delivery[] {
    return this.#queue.rest();
  }
}

/** Operations that are work, not waiting. */
const WORK: ReadonlySet<OperationKind> = new Set(["STEP", "CONDITION", "CHILD", "REQUEST"]);
const MOST_SHOWN = 10;

const NOT_REPLAYED = "only the workflow's own code is replayed. Call it there, and hand its result over";
const TOO_LATE = "nothing can come of it any more. Await what the function begins before the function returns";

function misplaced(call: string, { path, executionId }: ExecutionInfo, why: string): TreelineError {
  return new TreelineError("context_misplaced", `${call} of ${path} (${executionId}) was called ${why}`);
}

/** A sender repeats itself after a crash at the latest, so the newest ids are enough. */
const SEEN_CARRIED = 1_000;
