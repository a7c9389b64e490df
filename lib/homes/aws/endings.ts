/**
 * Ends that the code did not make, and the tail of every end (K8, K10): close policies, the parent, the watchers, the
 * host. The tail is redone until it is done; so everything in it may be done twice.
 */
import { type BirthParent, requestOf } from "../../engine/birth.ts";
import { Observer } from "../../engine/observer.ts";
import { openChildren } from "../../engine/open-children.ts";
import { stopped } from "../../engine/stopped.ts";
import { unreadIn, warnOfUnread } from "../../engine/unread-signals.ts";
import { StateLog } from "../../engine/view-state.ts";
import { measureUsage } from "../../engine/view-usage.ts";
import type { CarriedChild, ChildDetails, Entry, ErrorObject, FinEntry, TerminalStatus } from "../../kernel/journal.ts";
import { encodeStateMap } from "../../kernel/state.ts";
import { createHead, giveBirth } from "./births.ts";
import type { AwsContext } from "./context.ts";
import { hasEnded, type Head, readHead } from "./head.ts";
import { findHead, headsOfChildren } from "./heads.ts";
import { infoOf } from "../../engine/execution-info.ts";
import { loadInbox } from "./inbox.ts";
import { finItems, loadFin, loadJournal, segmentItems } from "./journal.ts";
import { JournalWriter } from "./journal-writer.ts";
import { headKey } from "./keys.ts";
import { tellWatchers } from "./notices.ts";
import { expiryOf } from "./retention.ts";
import type { Sending } from "./services.ts";
import type { Change, Condition, Item, Written } from "./table.ts";

export const OPEN: Condition = { all: [{ has: "id" }, { lacks: "endAt" }] };

export function epochIs(epoch: number): Condition {
  return { all: [OPEN, { attribute: "ep", is: epoch }] };
}

const PAUSE_MS = 10;
const MAX_PAUSE_MS = 1_000;

/** A host, a park and a lease end with the execution. */
const REMOVED_AT_END = ["lu", "pt", "ppk", "psk", "due", "nb"];

// ---- ends from outside ------------------------------------------------------------------------------------------

/** Hard: no cleanup. One that has ended is left alone; its tail is redone. */
export function stopExecution(cx: AwsContext, id: string, reason: string): Promise<void> {
  return endWithoutCode(cx, id, "STOPPED", stopped(reason));
}

/**
 * Takes the right to write (the epoch) before it reads the journal: whoever ran it can start no child any more that
 * this reading does not show (R3, R6).
 */
export async function endWithoutCode(
  cx: AwsContext,
  id: string,
  status: TerminalStatus,
  e: ErrorObject,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const taken = await cx.table.update(headKey(id), { add: { ep: 1 } }, OPEN);
    if (taken.item === undefined) return;
    const head = readHead(taken.item);
    if (!taken.done) return redoTail(cx, head);
    const loaded = await loadJournal(cx.table, head, head.base);
    const { base, entries } = loaded;
    const latest = latestGeneration(entries);
    const fin = finOf(latest, status, e, cx.clock.now());
    const writer = new JournalWriter(head.epoch, head.tail.position, head.tail.entries);
    // What the holder added behind its head was read, and stays: its children are closed below.
    writer.goOn(loaded);
    const length = base + entries.length;
    const place = placeOf(latest, length - latest.length);
    const written = await writeEnd(cx, { head, item: taken.item, writer, place, length }, fin);
    if (written.done) {
      await warnOfInbox(cx, head, latest, fin);
      showEnd(cx, head, latest, fin);
      return tail(cx, readHead(written.item), fin, latest, true);
    }
    await pause(cx, attempt);
  }
}

/** Signals that no code reads any more: in the journal, and left beside it. */
export async function warnOfInbox(
  cx: AwsContext,
  { statics }: Head,
  entries: readonly Entry[],
  { status }: FinEntry,
): Promise<void> {
  const left = (await loadInbox(cx.table, statics.id)).flatMap(({ entry }) => (entry.t === "in" ? [entry] : []));
  warnOfUnread(cx.log, { executionId: statics.id, ...statics }, status, [...unreadIn(entries), ...left]);
}

/** Plugins hear of an end that no code of the execution came to. */
export function showEnd(cx: AwsContext, head: Head, [run, ...history]: readonly Entry[], fin: FinEntry): void {
  if (cx.plugins.length === 0 || run?.t !== "run") return;
  Observer.endedUnseen({ host: cx, info: infoOf(head.statics, run.g, run.a), run, history }, fin);
}

/** Somebody else took the right to write: perhaps to do the same. */
function pause({ clock, ids }: AwsContext, attempt: number): Promise<void> {
  const ms = Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** attempt) * (0.5 + ids.random());
  return new Promise((resolve) => clock.at(clock.now() + ms, resolve));
}

export function latestGeneration(entries: readonly Entry[]): readonly Entry[] {
  const at = entries.findLastIndex(({ t }) => t === "run");
  return at <= 0 ? entries : entries.slice(at);
}

export function finOf(entries: readonly Entry[], status: TerminalStatus, e: ErrorObject, at: number): FinEntry {
  const state = encodeStateMap(new StateLog(entries).values);
  return {
    t: "fin",
    status,
    e,
    ...(state === undefined ? undefined : { state }),
    usage: measureUsage(entries),
    at,
  };
}

/** Where the generation that runs begins in the journal, as a head says it. */
export type Place = Readonly<Record<"gen" | "att" | "gp", number>>;

/** Undefined where the head is right as it is. @param latest entries of the generation that runs, its `run` first */
export function placeOf([run]: readonly Entry[], base: number): Place | undefined {
  return run?.t === "run" ? { gen: run.g, att: run.a, gp: base } : undefined;
}

/** What is to end: the head as it was read, and the journal behind it. */
interface Open {
  readonly head: Head;
  readonly item: Item;
  readonly writer: JournalWriter;
  /** The tail is redone by what the head says, so an end says in which generation it came. */
  readonly place: Place | undefined;
  /** Entries of the journal before the end: what a slow predecessor may still add counts nothing. */
  readonly length: number;
}

/** The one write of an end. What does not fit into the head goes before it. */
export async function writeEnd(cx: AwsContext, open: Open, fin: FinEntry): Promise<Written> {
  const { table, settings } = cx;
  const { head, item, writer, place, length } = open;
  const { id } = head.statics;
  const finText = JSON.stringify(fin);
  const isBig = Buffer.byteLength(finText) > settings.endBytes / 2;
  const room = settings.endBytes - headBytes(item) - (isBig ? 0 : Buffer.byteLength(finText));
  const plan = writer.withHead(room);
  const before = [
    ...(plan.segment === undefined ? [] : segmentItems(id, plan.segment, settings.chunkBytes)),
    ...(isBig ? finItems(id, head.epoch, fin, settings.chunkBytes) : []),
  ];
  await Promise.all(before.map((each) => table.put(each)));
  const stored = isBig ? JSON.stringify({ epoch: head.epoch, status: fin.status }) : finText;
  // A piece that was put before would outlive the head.
  const exp = expiryOf(
    { ...head, generation: place?.gen ?? head.generation },
    fin.at,
    before.length > 0 || Number(plan.set["jp"]) > 0,
    fin.usage.children,
  );
  const change: Change = {
    set: { ...plan.set, ...place, st: fin.status, endAt: fin.at, fin: stored, jl: length, exp },
    remove: REMOVED_AT_END,
  };
  const written = await table.update(headKey(id), change, epochIs(head.epoch));
  if (written.done) writer.wroteHead(plan);
  else writer.refused(plan);
  return written;
}

/** Bytes of a head without its entries. */
export function headBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    if (name === "jt" || name === "fin") continue;
    bytes += name.length + (typeof value === "string" ? Buffer.byteLength(value) : 8);
  }
  return bytes;
}

// ---- the tail ---------------------------------------------------------------------------------------------------

/** Somebody found it ended: whoever ended it may have died right after. */
export async function redoTail(cx: AwsContext, head: Head): Promise<void> {
  const fin = await loadFin(cx.table, head);
  if (fin === undefined) return;
  const mayHaveChildren = fin.usage.operations > 0 || head.generation > 1;
  const entries = mayHaveChildren ? (await loadJournal(cx.table, head, head.base)).entries : [];
  await tail(cx, head, fin, latestGeneration(entries), mayHaveChildren);
}

/**
 * @param entries of its last generation
 * @param mayMiss children of the journal may have no head yet
 */
export async function tail(
  cx: AwsContext,
  head: Head,
  fin: FinEntry,
  entries: readonly Entry[],
  mayMiss: boolean,
): Promise<void> {
  const children = openChildren(entries);
  const started = children.length === 0 || !mayMiss ? undefined : new Map(startedChildren(entries));
  await Promise.all([
    closeChildren(cx, head, children, `its parent ended ${fin.status}`, started),
    tellParent(cx, head),
    tellWatchers(cx, head, fin),
    head.token === undefined ? undefined : cx.hosts.release(head.token),
  ]);
}

/** What the journal says was started, with all that its birth needs. */
function* startedChildren(entries: readonly Entry[]): Iterable<[id: string, { key: string; child: ChildDetails }]> {
  for (const entry of entries) {
    if (entry.t === "op" && entry.d?.child !== undefined)
      yield [entry.d.child.id, { key: entry.k, child: entry.d.child }];
    if (entry.t !== "ok") continue;
    for (const effect of entry.fx ?? [])
      if (effect.t === "start") yield [effect.d.id, { key: effect.k, child: effect.d }];
  }
}

type Started = ReadonlyMap<string, { readonly key: string; readonly child: ChildDetails }>;

/** @param started given when heads may be missing: a child that was recorded and not created gets one now (K10, R4) */
export async function closeChildren(
  cx: AwsContext,
  parent: Head,
  children: readonly CarriedChild[],
  reason: string,
  started?: Started,
): Promise<void> {
  const concerned = started === undefined ? children.filter(({ policy }) => policy !== "abandon") : children;
  if (concerned.length === 0) return;
  const known = new Map(
    (await headsOfChildren(cx.table, parent.statics.id, true)).map((head) => [head.statics.id, head]),
  );
  for (const child of concerned) {
    if (!known.has(child.id)) await createMissing(cx, parent, child, started, known);
  }
  const sendings = concerned.flatMap(({ id, policy }) => {
    const head = known.get(id);
    return head === undefined || hasEnded(head) ? [] : closing(head, policy, reason, parent.statics.id);
  });
  await cx.queues.send(sendings);
}

function closing(
  { statics: { id }, executor, epoch }: Head,
  policy: CarriedChild["policy"],
  reason: string,
  parentId: string,
): Sending[] {
  const to = { queue: "completions", executor } as const;
  switch (policy) {
    case "terminate":
      return [{ ...to, message: { kind: "stop", id, reason } }];
    case "request_cancel":
      return [{ ...to, message: { kind: "cancel", id, reason, request: `close:${parentId}` } }];
    case "abandon":
      // Recorded and created, but perhaps never launched: its parent is not there to do it again (R4).
      return epoch === 0 ? [{ queue: "launches", executor, message: { kind: "launch", id } }] : [];
  }
}

async function createMissing(
  cx: AwsContext,
  parent: Head,
  { id, policy }: CarriedChild,
  started: Started | undefined,
  known: Map<string, Head>,
): Promise<void> {
  const found = started?.get(id);
  if (found === undefined) return;
  const birth = parentOf(parent, found.key, found.child);
  const request = requestOf(parent.statics.namespace, found.child);
  try {
    if (policy === "abandon") await giveBirth(cx, request, birth);
    else await createHead(cx, request, birth);
  } catch {
    // It would have been refused: there is no such child, and never will be.
    return;
  }
  const head = await findHead(cx.table, id);
  if (head !== undefined && policy !== "abandon") known.set(id, head);
}

export function parentOf(parent: Head, key: string, child: ChildDetails): BirthParent {
  const { statics, generation, ancestors } = parent;
  const own = statics.fingerprint === undefined ? [] : [statics.fingerprint];
  return { statics, generation, key, child, ancestors: [...ancestors, ...own] };
}

/** Nothing is sent to a parent that runs or lingers: it looks before it parks (K9). */
async function tellParent(cx: AwsContext, { statics }: Head): Promise<void> {
  const { parentId, awaited } = statics;
  if (parentId === undefined || awaited !== true) return;
  const parent = await findHead(cx.table, parentId);
  if (parent?.park === undefined) return;
  await cx.wakes.once(parentId, parent.park, () => cx.queues.send([wakeOf(parent)]));
}

export function wakeOf({ statics, executor }: Pick<Head, "statics" | "executor">): Sending {
  return { queue: "completions", executor, message: { kind: "wake", id: statics.id } };
}
