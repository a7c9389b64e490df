/**
 * What is sent to an execution, by others and from outside: signals, cancels, patches, answers of callbacks (D11, D22).
 *
 * The sender writes its item, then looks whether the execution is parked, and wakes it; whoever parks looks for items
 * after it has written that it is parked. So one of the two sees the other (K9).
 */
import { cancelledUnbegun } from "../../engine/cancelled-unbegun.ts";
import { answerOf, type CallbackAnswer } from "../../engine/callback-answer.ts";
import { checkPayloadSize } from "../../kernel/payload-size.ts";
import { letIn } from "../../engine/signal-door.ts";
import { OperationLog } from "../../engine/view-operations.ts";
import { StateLog } from "../../engine/view-state.ts";
import type { Session } from "../../engine/session.ts";
import { ExecutionClosedError, LimitError, TreelineError } from "../../kernel/errors.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import type { Delivery, Entry, InboxEntry, OpDetails, Payload } from "../../kernel/journal.ts";
import { executionOfCallback } from "../../kernel/keys.ts";
import { decode, encode } from "../../kernel/payload.ts";
import { checkText } from "../../kernel/plain.ts";
import type { AwsContext } from "./context.ts";
import { epochIs, finOf, latestGeneration, OPEN, stopExecution, tail, wakeOf, warnOfInbox } from "./endings.ts";
import { hasEnded, type Head, readHead } from "./head.ts";
import { findHead, resolveHead } from "./heads.ts";
import { inboxItem, loadInbox } from "./inbox.ts";
import { loadJournal } from "./journal.ts";
import { headKey, inboxKey } from "./keys.ts";
import { peek } from "./peek.ts";
import { ABSENT, type Item } from "./table.ts";

/** After that, somebody else does what a stopper did not come to. */
const STOP_AGAIN_SECONDS = 10;

interface Place {
  readonly namespace: string;
  readonly target: string;
}

// ---- signals ----------------------------------------------------------------------------------------------------

/** Resolves when it is durable. The same `id` twice counts once. */
export async function signal(cx: AwsContext, to: Place, name: string, payload: unknown, id: string): Promise<void> {
  checkText(name, "the name of a signal");
  checkPayloadSize(name, cx.limits.payload, "the name of the signal");
  checkText(id, "signalId");
  const head = await resolveHead(cx.table, to.namespace, to.target);
  const journal = await loadJournal(cx.table, head, head.base);
  if (hasTaken(journal.entries, id)) return;
  if (hasEnded(head)) throw closed(to.target, `signal ${name}`);
  const session = head.epoch === 0 ? undefined : await peek(cx, head, journal.entries);
  await refuseFull(cx, head, session);
  const { payload: fitting } = await letIn(cx.workflows.of(head.statics), session, name, payload);
  const v = encode(fitting, `payload of signal ${name}`);
  checkPayloadSize(v, cx.limits.payload, `payload of signal ${name}`);
  const entry: InboxEntry = { t: "in", kind: "signal", id, n: name, v, at: cx.clock.now() };
  await leave(cx, { head, generation: generationIn(journal.entries), sender: id }, entry, () =>
    closed(to.target, `signal ${name}`),
  );
}

/** That runs, by its journal: the head is told of a new one later, with its next write. */
function generationIn(entries: readonly Entry[]): number {
  const [run] = latestGeneration(entries);
  return run?.t === "run" ? run.g : 1;
}

function hasTaken(entries: readonly Entry[], id: string): boolean {
  return entries.some(
    (entry) => (entry.t === "in" && entry.id === id) || (entry.t === "run" && entry.seen?.includes(id) === true),
  );
}

async function refuseFull(cx: AwsContext, head: Head, session: Session | undefined): Promise<void> {
  const left = await loadInbox(cx.table, head.statics.id);
  const unread = left.length + (session?.machine.mailbox.size ?? 0);
  if (unread < cx.limits.inbox) return;
  throw new LimitError(
    "inbox_full",
    `${head.statics.path} (${head.statics.id}) has ${unread} unread signals; try again when it has read some`,
  );
}

/** To whom an item goes, and by whom. */
interface Letter {
  readonly head: Head;
  /** That runs as the sender knows it: an answer is for the generation that asked. */
  readonly generation: number;
  /** Key of the item. */
  readonly sender: string;
}

/**
 * Writes the item, then looks at the head: an end that came in between did not take it.
 * @param refusal what the sender hears then
 */
async function leave(
  cx: AwsContext,
  { head, generation, sender }: Letter,
  entry: Delivery,
  refusal: () => Error,
  unlessTaken: (entries: readonly Entry[]) => boolean = (entries) => hasTaken(entries, sender),
): Promise<void> {
  const { id } = head.statics;
  const items = inboxItem(id, sender, generation, entry, cx.ids.root(), cx.settings.chunkBytes);
  await writeItems(cx, items);
  const now = await findHead(cx.table, id);
  if (now === undefined || hasEnded(now)) {
    const journal = now === undefined ? [] : (await loadJournal(cx.table, now, now.base)).entries;
    if (unlessTaken(journal)) return;
    await cx.table.delete(items);
    throw refusal();
  }
  if (now.park !== undefined) await cx.queues.send([wakeOf(now)]);
}

/** Whoever left what is there already may have died before he woke it, and this may be him again. */
async function wakeAgain({ queues }: AwsContext, head: Head): Promise<void> {
  if (head.park !== undefined) await queues.send([wakeOf(head)]);
}

/** The first item is the one that makes it count once; what belongs to it is there before. */
async function writeItems({ table }: AwsContext, items: readonly Item[]): Promise<void> {
  const [first, ...rest] = items;
  await Promise.all(rest.map((item) => table.put(item)));
  if (first !== undefined) await table.put(first, ABSENT);
}

// ---- cancel, stop -----------------------------------------------------------------------------------------------

/**
 * Cooperative. One whose code has not begun ends in this write (R5); one that waits between two attempts ends when its
 * holder finds the mark; one that has ended is left alone.
 * @param request by which the same request, repeated, counts once
 */
export async function cancel(cx: AwsContext, to: Place, reason: string, request: string): Promise<void> {
  checkText(reason, "a reason");
  checkPayloadSize(reason, cx.limits.payload, "the reason");
  const { statics } = await resolveHead(cx.table, to.namespace, to.target);
  const head = await requestCancel(cx, statics.id, reason, request);
  if (head?.park !== undefined) await cx.queues.send([wakeOf(head)]);
}

/** @returns the head as it is then; undefined when this was its end, and all of it is done */
export async function requestCancel(
  cx: AwsContext,
  id: string,
  reason: string,
  request: string,
): Promise<Head | undefined> {
  if (await cancelUnborn(cx, await findHead(cx.table, id), reason)) return undefined;
  const entry: InboxEntry = { t: "in", kind: "cancel", id: request, n: reason, at: cx.clock.now() };
  const written = await cx.table.update(headKey(id), { setOnce: { cx: JSON.stringify(entry) } }, OPEN);
  return written.item === undefined ? undefined : readHead(written.item);
}

/** Nobody has held it yet: its end takes no lease, only that there still is none (R5). */
async function cancelUnborn(cx: AwsContext, head: Head | undefined, reason: string): Promise<boolean> {
  if (head === undefined || head.epoch > 0 || hasEnded(head)) return false;
  const { entries } = await loadJournal(cx.table, head, head.base);
  const fin = finOf(entries, "CANCELLED", toErrorObject(cancelledUnbegun(reason)), cx.clock.now());
  const change = { set: { st: fin.status, endAt: fin.at, fin: JSON.stringify(fin), jl: 1 }, remove: ["nb"] };
  const written = await cx.table.update(headKey(head.statics.id), change, epochIs(0));
  if (!written.done) return false;
  await warnOfInbox(cx, head, entries, fin);
  await tail(cx, readHead(written.item), fin, [], false);
  return true;
}

/** Hard: ends at once, no cleanup. Resolves when the end is durable. */
export async function stop(cx: AwsContext, to: Place, reason: string): Promise<void> {
  checkText(reason, "a reason");
  checkPayloadSize(reason, cx.limits.payload, "the reason");
  const head = await resolveHead(cx.table, to.namespace, to.target);
  if (hasEnded(head)) return;
  const { id } = head.statics;
  // Before anything is touched: whoever dies on the way has left somebody who does it again (R3). Not at once: two that
  // stop at the same time take the right to write from each other.
  const message = { kind: "stop", id, reason } as const;
  await cx.queues.send([{ queue: "completions", executor: head.executor, message, delaySeconds: STOP_AGAIN_SECONDS }]);
  await stopExecution(cx, id, reason);
}

// ---- state ------------------------------------------------------------------------------------------------------

/** `ifVersion` is held against what is known when the patch is accepted, and two of one version exclude each other. */
export async function patch(
  cx: AwsContext,
  to: Place,
  value: Payload,
  ifVersion: number | undefined,
  id: string,
): Promise<void> {
  checkPayloadSize(value, cx.limits.payload, "the patch");
  const head = await resolveHead(cx.table, to.namespace, to.target);
  if (hasEnded(head)) throw closed(to.target, "patchState");
  let sender = id;
  let { generation } = head;
  if (ifVersion !== undefined) {
    // The inbox first: what leaves it meanwhile is in the journal.
    const left = await loadInbox(cx.table, head.statics.id);
    const { entries } = await loadJournal(cx.table, await resolveHead(cx.table, to.namespace, to.target), head.base);
    const patches = left.filter(
      ({ entry }) => entry.t === "in" && entry.kind === "patch" && !hasTaken(entries, entry.id),
    );
    generation = generationIn(entries);
    sender = `patch:${generation}:${ifVersion}`;
    const version = new StateLog(latestGeneration(entries)).version + patches.length;
    if (version !== ifVersion) {
      await wakeAgain(cx, head);
      throw conflict(head, version, ifVersion);
    }
  }
  const entry: InboxEntry = { t: "in", kind: "patch", id: sender, n: "", v: value, at: cx.clock.now() };
  await leave(cx, { head, generation, sender }, entry, () => closed(to.target, "patchState"));
}

function conflict({ statics }: Head, version: number, asked: number): TreelineError {
  return new TreelineError(
    "state_conflict",
    `the state of ${statics.id} has version ${version}, not ${asked}; read it again`,
  );
}

// ---- callbacks --------------------------------------------------------------------------------------------------

/**
 * By the journal alone: an execution is pinned to its Lambda version, and the code of another deployment cannot replay
 * it (D33). The schema of the callback is unknown here.
 */
function openCallback({ statics }: Head, entries: readonly Entry[], callbackId: string) {
  const generation = latestGeneration(entries);
  const isOpen = new OperationLog(generation).waits(statics).some((wait) => wait.callbackId === callbackId);
  const entry = generation.findLast((each) => each.t === "op" && each.d?.callbackId === callbackId);
  return isOpen && entry?.t === "op" ? { key: entry.k, entry, schema: undefined } : undefined;
}

/** @throws callback_not_found, ValidationError */
export async function completeCallback(cx: AwsContext, callbackId: string, answer: CallbackAnswer): Promise<void> {
  const head = await findHead(cx.table, executionOfCallback(callbackId));
  if (head === undefined || hasEnded(head)) throw noCallback(callbackId);
  const { entries } = await loadJournal(cx.table, head, head.base);
  const session = await peek(cx, head, entries);
  const operation =
    session === undefined
      ? openCallback(head, entries, callbackId)
      : [...session.machine.open.values()].find(({ entry }) => entry.d?.callbackId === callbackId);
  const sender = `callback:${callbackId}`;
  const answered = await cx.table.get(inboxKey(head.statics.id, sender), true);
  if (operation === undefined || answered !== undefined) {
    await wakeAgain(cx, head);
    throw noCallback(callbackId);
  }
  const entry = await answerOf(operation, answer, cx.clock.now(), cx.limits.payload);
  const key = entry.t === "try" ? `${sender}:${entry.at}:${Math.floor(cx.ids.random() * 2 ** 32)}` : sender;
  const isTaken = (journal: readonly Entry[]): boolean =>
    journal.some((each) => each.t === entry.t && "k" in each && each.k === entry.k);
  const letter = { head, generation: generationIn(entries), sender: key };
  await leave(cx, letter, entry, () => noCallback(callbackId), isTaken);
}

// ---- requests of executions -------------------------------------------------------------------------------------

/** What an execution asks of another. @param id by which the same request, repeated after a crash, counts once */
export async function carry(
  cx: AwsContext,
  namespace: string,
  id: string,
  request: OpDetails,
): Promise<Payload | undefined> {
  const to = { namespace, target: request.target ?? "" };
  switch (request.action) {
    case "signal":
      await signal(cx, to, request.signal ?? "", decode(request.payload), id);
      return undefined;
    case "cancel":
      await cancel(cx, to, request.reason ?? "", id);
      return undefined;
    case "stop":
      await stop(cx, to, request.reason ?? "");
      return undefined;
    default:
      return encode((await resolveHead(cx.table, namespace, to.target)).status, "status");
  }
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
