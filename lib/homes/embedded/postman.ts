/** Signals, cancels, stops and patches: from executions and from outside, through the same doors (D11, D22). */
import { ExecutionClosedError, LimitError, StoreError, TreelineError } from "../../kernel/errors.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import type { Delivery, InboxEntry, Millis, OpDetails, Payload } from "../../kernel/journal.ts";
import { executionOfCallback } from "../../kernel/keys.ts";
import type { Operation } from "../../kernel/operation.ts";
import { decode, encode } from "../../kernel/payload.ts";
import { checkText } from "../../kernel/plain.ts";
import { rememberCheck } from "../../kernel/signal-check.ts";
import { checkPayloadSize } from "../../kernel/payload-size.ts";
import { InOrder, type Turn } from "../../engine/in-order.ts";
import type { Session } from "../../engine/session.ts";
import { stopped } from "../../engine/stopped.ts";
import { OperationLog } from "../../engine/view-operations.ts";
import { StateLog } from "../../engine/view-state.ts";
import { refuseCircle } from "./own-line.ts";
import { applyInbox, type OutsideBody } from "./outside-inbox.ts";
import type { OutsideItem } from "./records.ts";
import { OUTSIDE } from "./round-limit.ts";
import type { Runtime } from "./runtime.ts";
import { answerOf, type CallbackAnswer } from "../../engine/callback-answer.ts";
import { letIn } from "../../engine/signal-door.ts";
import type { Slot } from "./slot.ts";

/** What remains when a request stands in its target's journal, or cannot: to make it durable. */
type Rest<T> = () => Promise<T>;

const FULL_RETRY_MS = 1_000;

const done: Rest<void> = async () => undefined;

export class Postman {
  readonly #runtime: Runtime;
  /** Callbacks whose answer is on its way into the journal. */
  readonly #answered = new Set<string>();
  readonly #signals = new InOrder();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** A request of an execution. The answer is delivered to it. */
  send(sender: Slot, key: string, request: OpDetails): void {
    const { generation } = sender;
    const answer = (v: Payload | void): void => {
      this.#runtime.deliver(
        sender,
        { t: "ok", k: key, at: this.#runtime.clock.now(), ...(v === undefined ? undefined : { v }) },
        generation,
      );
    };
    const refuse = (error: unknown): void => {
      if (error instanceof StoreError && error.code === "store_full") {
        // An execution waits for room, here as with every commit; whoever asks from outside is told.
        this.#runtime.clock.at(this.#runtime.clock.now() + FULL_RETRY_MS, carry);
        return;
      }
      this.#runtime.deliver(
        sender,
        { t: "err", k: key, e: toErrorObject(error), at: this.#runtime.clock.now() },
        generation,
      );
    };
    const id = `${sender.id}:${generation}:${key}`;
    const carry = (): void => {
      const handed = this.#carry(sender, id, request);
      if (request.action === "cancel" || request.action === "stop") {
        const onItsWay = (sender.onItsWay ??= new Set());
        const arrived = (): unknown => onItsWay.delete(handed);
        onItsWay.add(handed);
        handed.then(arrived, arrived);
      }
      this.#runtime.work(handed.then((rest) => rest()).then(answer, refuse));
    };
    carry();
  }

  async #carry({ statics }: Slot, id: string, request: OpDetails): Promise<Rest<Payload | void>> {
    const { namespace } = statics;
    const target = request.target ?? "";
    const open = this.#runtime.directory.open(namespace, target);
    const isOwn = open !== undefined && open.id === statics.id;
    if (open !== undefined && (request.action === "stop" || (request.action === "cancel" && isOwn)))
      refuseCircle(this.#runtime, request.action, statics, open.statics);
    switch (request.action) {
      case "signal":
        return () => this.signal(namespace, target, request.signal ?? "", decode(request.payload), id);
      case "cancel":
        return this.askToCancel(namespace, target, request.reason ?? "", id);
      case "stop":
        return this.#askToStop(namespace, target, request.reason ?? "");
      default: {
        const v = encode(this.status(namespace, target));
        return async () => v;
      }
    }
  }

  status(namespace: string, target: string): string {
    const status = this.#runtime.directory.status(namespace, target);
    if (status === undefined) throw this.#runtime.directory.notFound(namespace, target);
    return status;
  }

  /** Resolves when the signal is durably in the journal. */
  async signal(namespace: string, target: string, name: string, payload: unknown, id: string): Promise<void> {
    checkText(name, "the name of a signal");
    checkPayloadSize(name, this.#runtime.limits.payload, "the name of the signal");
    checkText(id, "signalId");
    const turn = this.#signals.take(this.#runtime.directory.open(namespace, target)?.id ?? target);
    try {
      if (await this.#hasTaken(namespace, target, id)) return await this.#durable();
      const slot = this.#runtime.directory.open(namespace, target);
      await this.#holding(slot, () => this.#signal(turn, namespace, target, name, payload, id));
    } catch (error) {
      // The same signal may have come in another way, and have been what its target ended with.
      if (!(error instanceof ExecutionClosedError)) throw error;
      // The refusal is an answer, too: it leaves when the end that it tells of is durable (K5).
      await this.#durable();
      if (!(await this.#hasTaken(namespace, target, id))) throw error;
    } finally {
      turn.over();
    }
  }

  async #signal(
    turn: Turn,
    namespace: string,
    target: string,
    name: string,
    payload: unknown,
    id: string,
  ): Promise<void> {
    const { slot, session } = await this.#loaded(namespace, target, `signal ${name}`);
    const { payload: longest } = this.#runtime.limits;
    const workflow = session?.options.workflow ?? this.#runtime.definitions.of(slot.statics);
    const fitting = await letIn(workflow, session, name, payload);
    const v = encode(fitting.payload, `payload of signal ${name}`);
    checkPayloadSize(v, longest, `payload of signal ${name}`);
    const entry: InboxEntry = { t: "in", kind: "signal", id, n: name, v, at: this.#runtime.clock.now() };
    if (fitting.checked !== undefined) rememberCheck(entry, fitting.checked);
    // A schema may have been slower for the signal before.
    await turn.mine;
    await this.#refuseFull(slot);
    slot.arriving += 1;
    const handed = this.#handOver(slot, entry);
    turn.over();
    const rest = await this.#counted(slot, handed);
    return rest();
  }

  /** Until it is in the mailbox, or in the inbox table, which are counted themselves. */
  async #counted(slot: Slot, handed: Promise<Rest<void>>): Promise<Rest<void>> {
    try {
      const rest = await handed;
      if (slot.session !== undefined) return rest;
      await rest();
      return done;
    } finally {
      slot.arriving -= 1;
    }
  }

  /** What has not begun, or cannot be brought into memory, has its signals in the inbox table. */
  async #refuseFull(slot: Slot): Promise<void> {
    const { inbox } = this.#runtime.limits;
    const { session, deferred } = slot;
    const known = session?.machine.mailbox.size ?? (deferred?.run.signals?.length ?? 0) + (await this.#left(slot));
    if (known + slot.arriving < inbox) return;
    throw new LimitError(
      "inbox_full",
      `${slot.statics.path} (${slot.id}) has ${inbox} unread signals; try again when it has read some`,
    );
  }

  async #left({ id }: Slot): Promise<number> {
    const items = await this.#runtime.store.inboxItems();
    return items.filter(({ executionId, kind }) => executionId === id && kind === "signal").length;
  }

  /** Resolves when the request is durable. */
  async cancel(namespace: string, target: string, reason: string, id: string): Promise<void> {
    const rest = await this.askToCancel(namespace, target, reason, id);
    return rest();
  }

  /** Cooperative. An execution of which no code runs ends at once; one that has ended is left alone. */
  async askToCancel(namespace: string, target: string, reason: string, id: string): Promise<Rest<void>> {
    checkText(reason, "a reason");
    checkPayloadSize(reason, this.#runtime.limits.payload, "the reason");
    await this.#runtime.launcher.underway(target);
    const slot = this.#mayBeOpen(namespace, target);
    if (slot === undefined) return done;
    if (slot.fin !== undefined) return this.#durable;
    if (await slot.hold(this.#runtime.endings.cancelUnbegun(slot, reason))) return this.#durable;
    try {
      return await this.#handOver(slot, { t: "in", kind: "cancel", id, n: reason, at: this.#runtime.clock.now() });
    } catch (error) {
      // It ended before the request came to it: as good as cancelled (T08).
      if (!(error instanceof ExecutionClosedError)) throw error;
      return this.#durable;
    }
  }

  /** Hard: ends at once, no cleanup. Resolves when the end is durable. */
  async stop(namespace: string, target: string, reason: string): Promise<void> {
    const rest = await this.#askToStop(namespace, target, reason);
    return rest();
  }

  async #askToStop(namespace: string, target: string, reason: string): Promise<Rest<void>> {
    checkText(reason, "a reason");
    checkPayloadSize(reason, this.#runtime.limits.payload, "the reason");
    await this.#runtime.launcher.underway(target);
    const slot = this.#mayBeOpen(namespace, target);
    if (slot === undefined) return done;
    if (slot.fin !== undefined) return this.#durable;
    await this.#runtime.endings.endWithoutCode(slot, "STOPPED", stopped(reason));
    return this.#durable;
  }

  async patch(
    namespace: string,
    target: string,
    patch: Payload,
    ifVersion: number | undefined,
    id: string,
  ): Promise<void> {
    const bring = (): Promise<void> => this.#patch(namespace, target, patch, ifVersion, id);
    await this.#refusedWhenDurable(() => this.#holding(this.#runtime.directory.open(namespace, target), bring));
  }

  async #patch(
    namespace: string,
    target: string,
    patch: Payload,
    ifVersion: number | undefined,
    id: string,
  ): Promise<void> {
    checkPayloadSize(patch, this.#runtime.limits.payload, "the patch");
    const { slot } = await this.#loaded(namespace, target, "patchState");
    const entry: InboxEntry = { t: "in", kind: "patch", id, n: "", v: patch, at: this.#runtime.clock.now() };
    if (ifVersion === undefined) return this.append(slot, entry);
    let session = await this.#runtime.loaded(slot);
    // Others that came at the same moment come first, or are seen to be there.
    while (session?.machine.busy === true) session = await this.#runtime.loaded(slot);
    const version = session?.machine.root.state.version ?? (await this.#versionOf(slot));
    if (ifVersion !== version) {
      throw new TreelineError(
        "state_conflict",
        `the state of ${slot.id} has version ${version}, not ${ifVersion}; read it again`,
      );
    }
    const rest = await this.#handOver(slot, entry, session);
    await rest();
  }

  /** Of one that is not in memory: by its journal, and what was left for it since. */
  async #versionOf(slot: Slot): Promise<number> {
    const records = await this.#runtime.store.journal(slot.id, { latestGeneration: true });
    const left = await this.#runtime.store.inboxItems();
    const patches = left.filter(({ executionId, kind }) => executionId === slot.id && kind === "patch");
    return new StateLog(records.map(({ entry }) => entry)).version + patches.length;
  }

  /** Success, failure or a sign of life for a callback. @throws callback_not_found, ValidationError */
  async completeCallback(callbackId: string, answer: CallbackAnswer): Promise<void> {
    const slot = this.#runtime.slots.find(executionOfCallback(callbackId));
    await this.#refusedWhenDurable(() => this.#holding(slot, () => this.#complete(callbackId, answer)));
  }

  async #complete(callbackId: string, answer: CallbackAnswer): Promise<void> {
    if (await this.#leaveAnswer(callbackId, answer)) return;
    const { slot, operation } = await this.#callback(callbackId, executionOfCallback(callbackId));
    const { generation } = slot;
    const entry = await answerOf(operation, answer, this.#runtime.clock.now(), this.#runtime.limits.payload);
    // Somebody else may have been faster, or its time is over.
    const isOver = slot.fin !== undefined || slot.generation !== generation || this.#isSettled(slot, operation.key);
    if (isOver || this.#answered.has(callbackId)) throw noCallback(callbackId);
    if (entry.t !== "try") this.#answered.add(callbackId);
    // Through the slot: its session may have been put away while the payload was checked.
    this.#runtime.deliver(slot, entry);
    await this.#runtime.loaded(slot);
    this.#answered.delete(callbackId);
    await this.#durable();
    if (slot.fin !== undefined && !(await this.#isAnswered(slot, entry))) throw noCallback(callbackId);
  }

  /** True when its execution is blocked: the answer waits in the inbox, and is checked when code fits. */
  async #leaveAnswer(callbackId: string, answer: CallbackAnswer): Promise<boolean> {
    const slot = this.#runtime.slots.find(executionOfCallback(callbackId));
    if (slot === undefined || slot.fin !== undefined) return false;
    const session = await this.#runtime.loaded(slot);
    if (session !== undefined || slot.blocked === undefined) return false;
    const records = await this.#runtime.history(slot);
    const waits = new OperationLog(records.map(({ entry }) => entry)).waits(slot.statics);
    if (!waits.some((wait) => wait.callbackId === callbackId)) throw noCallback(callbackId);
    const body: OutsideBody = { namespace: slot.statics.namespace, callbackId, ...answer };
    await this.#leaveBody(slot, { kind: "callback", body, at: this.#runtime.clock.now() });
    return true;
  }

  /** It ended in the same moment: by this answer, or before it took it. */
  async #isAnswered({ id }: Slot, answer: Delivery & { k: string }): Promise<boolean> {
    const records = await this.#runtime.store.journal(id, { latestGeneration: true });
    return records.some(({ entry }) => entry.t === answer.t && "k" in entry && entry.k === answer.k);
  }

  #isSettled({ session }: Slot, key: string): boolean {
    return session !== undefined && !session.machine.replaying && !session.machine.open.has(key);
  }

  async #callback(callbackId: string, executionId: string): Promise<{ slot: Slot; operation: Operation }> {
    const slot = this.#runtime.slots.find(executionId);
    const session = slot === undefined || slot.fin !== undefined ? undefined : await this.#runtime.loaded(slot);
    if (slot !== undefined && session !== undefined) {
      for (const operation of session.machine.open.values()) {
        if (operation.entry.d?.callbackId === callbackId) return { slot, operation };
      }
    }
    throw noCallback(callbackId);
  }

  /** The target stays in memory until what comes for it is in its journal, or refused. */
  #holding<T>(slot: Slot | undefined, act: () => Promise<T>): Promise<T> {
    return slot === undefined ? act() : slot.hold(act());
  }

  // ---- doors --------------------------------------------------------------------------------------------------

  #mayBeOpen(namespace: string, target: string): Slot | undefined {
    const slot = this.#runtime.directory.open(namespace, target);
    if (slot === undefined && this.#runtime.directory.closed(namespace, target) === undefined) {
      throw this.#runtime.directory.notFound(namespace, target);
    }
    return slot;
  }

  /**
   * A sender that died before it heard the answer asks again: what was taken in is taken in, whatever has become of the
   * target and its inbox since.
   */
  async #hasTaken(namespace: string, target: string, id: string): Promise<boolean> {
    const slot = this.#runtime.directory.open(namespace, target);
    if (slot !== undefined && slot.fin === undefined) return slot.session?.machine.hasTaken(id) ?? false;
    const ended = slot ?? this.#runtime.directory.closed(namespace, target);
    if (ended === undefined) return false;
    if (slot !== undefined) await this.#durable();
    const records = await this.#runtime.store.journal(ended.id, { latestGeneration: true });
    return records.some(
      ({ entry }) => (entry.t === "in" && entry.id === id) || (entry.t === "run" && entry.seen?.includes(id) === true),
    );
  }

  async #loaded(
    namespace: string,
    target: string,
    what: string,
  ): Promise<{ slot: Slot; session: Session | undefined }> {
    const slot = this.#mayBeOpen(namespace, target);
    if (slot === undefined || slot.fin !== undefined) throw closed(target, what);
    const session = slot.session ?? (slot.status === "PENDING" ? undefined : await this.#runtime.loaded(slot));
    if (slot.fin !== undefined) throw closed(target, what);
    return { slot, session };
  }

  /**
   * Resolves when the item is durable: in the journal, or, where the execution cannot be brought into memory now, in
   * the inbox table. An end that comes first refuses it.
   */
  async append(slot: Slot, entry: InboxEntry): Promise<void> {
    const rest = await this.#handOver(slot, entry);
    return rest();
  }

  /** @param current the session it is known to have; looked for when left out */
  #handOver(slot: Slot, entry: InboxEntry, current?: Session): Promise<Rest<void>> {
    return slot.hold(this.#putIn(slot, entry, current));
  }

  async #putIn(slot: Slot, entry: InboxEntry, current: Session | undefined): Promise<Rest<void>> {
    const session = current ?? (await this.#runtime.loaded(slot));
    if (slot.fin !== undefined) throw closed(slot.id, entry.kind);
    if (session === undefined) return () => slot.hold(this.#leave(slot, entry));
    if (!session.machine.hasTaken(entry.id)) {
      await new Promise<void>((resolve, reject) => {
        slot.expect(entry.id, { taken: resolve, ended: () => reject(closed(slot.id, entry.kind)) });
        this.#runtime.deliver(slot, entry);
      });
    }
    return this.#durable;
  }

  /** What was on its way to a session that is no more, since its journal does not fit: its senders wait for an answer. */
  setAside(slot: Slot): void {
    const items = slot.waiting.filter((entry) => entry.t === "in");
    slot.waiting = slot.waiting.filter((entry) => entry.t !== "in");
    for (const entry of items) this.#runtime.work(this.#leave(slot, entry).then(() => slot.taken(entry.id)));
  }

  async #leave(slot: Slot, entry: InboxEntry): Promise<void> {
    const unchecked = this.#runtime.definitions.of(slot.statics) === undefined;
    const body: OutsideBody = { namespace: slot.statics.namespace, entry, ...(unchecked ? { unchecked } : undefined) };
    await this.#leaveBody(slot, { kind: entry.kind, body, at: entry.at });
  }

  async #leaveBody(
    slot: Slot,
    { kind, body, at }: { kind: OutsideItem["kind"]; body: OutsideBody; at: Millis },
  ): Promise<void> {
    // The inbox is written at once, so what the sender knows must be durable before (K5).
    await this.#durable();
    this.#runtime.withInbox.add(slot.id);
    await this.#runtime.store.leave({ executionId: slot.id, kind, body: encode(body, "what is sent"), at });
    // It may have come into memory meanwhile, and looked for it too early.
    if (slot.session !== undefined) await applyInbox(this.#runtime, slot.id);
    // Or have come and been put away again; whoever cannot be brought back now finds it when he can.
    else this.#runtime.load(slot);
  }

  /** A refusal is an answer, too: it leaves when what it tells of is durable (K5). */
  async #refusedWhenDurable(attempt: () => Promise<void>): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      await this.#durable();
      throw error;
    }
  }

  readonly #durable = (): Promise<void> => new Promise((resolve) => this.#runtime.whenDurable(resolve, OUTSIDE));
}

function closed(target: string, what: string): ExecutionClosedError {
  return new ExecutionClosedError(`execution ${target} has ended: it takes no ${what}`);
}

function noCallback(callbackId: string): TreelineError {
  return new TreelineError(
    "callback_not_found",
    `there is no open callback ${callbackId}: it was completed, timed out, or never existed`,
  );
}
