/**
 * Events of a tree, from the journals of its executions (D14).
 *
 * Nobody orders what different executions write, so the order is made here: each execution's own order, merged by
 * time, a child's start never before its parent's request for it, and its end never behind what its parent made of it.
 * A cursor says how far each open execution was read: what is written later, with an earlier time, is not missed.
 */
import { eventMatcher } from "../../engine/event-filter.ts";
import { EventProjector } from "../../engine/events.ts";
import { timeAfter } from "../../engine/journal-time.ts";
import { redactor } from "../../engine/redact.ts";
import type { HeadLike } from "../../engine/view.ts";
import type { Entry, Millis } from "../../kernel/journal.ts";
import type { EventFilter, ExecutionEvent } from "../../ports/client.ts";
import type { AwsContext } from "./context.ts";
import { CursorMap } from "./event-cursor.ts";
import type { Head } from "./head.ts";
import { headsOfTree } from "./heads.ts";
import { headLike, wholeJournal, withGenerations } from "./reader.ts";

/** How often a follower looks. */
const FOLLOW_MS = 500;

/** One execution, as far as it was read. */
interface Track {
  readonly head: HeadLike;
  readonly entries: { readonly entry: Entry; readonly generation: number; readonly at: Millis }[];
  /** The next one to be told. */
  next: number;
  isOver: boolean;
}

export async function* readEvents(
  cx: AwsContext,
  head: Head,
  filter: EventFilter,
  redact: readonly string[],
): AsyncGenerator<ExecutionEvent, void> {
  const { follow = false, after, signal, descendants = true } = filter;
  const id = head.statics.id;
  const cursor = CursorMap.parse(after);
  const tracks = new Map<string, Track>();
  const headOf = (each: string): HeadLike | undefined => tracks.get(each)?.head;
  const matches = eventMatcher(id, filter, headOf);
  const projector = new EventProjector({ headOf, matches, redact: redactor(redact) });
  for (;;) {
    await read(cx, head, tracks);
    for (const { executionId, ...record } of merged(tracks)) {
      const place = { pos: record.position, index: 0 };
      for (const event of projector.project({ executionId, ...record, cursor: place })) {
        const sub = subOf(event.id);
        if (cursor.isBehind(executionId, record.position, sub)) continue;
        if (signal?.aborted === true) return;
        cursor.note(executionId, record.position, sub);
        yield { ...event, cursor: cursor.format() };
      }
    }
    const followed = [...tracks.values()].filter(
      (track) => track.head.id === id || (descendants && isBelow(track.head, id, headOf)),
    );
    if (!follow || signal?.aborted === true || followed.every((track) => track.isOver)) return;
    await pause(cx, signal);
  }
}

/** `<id>:<generation>:<position>.<index>:<sub>` */
function subOf(eventId: string): number {
  return Number(eventId.slice(eventId.lastIndexOf(":") + 1));
}

function pause({ clock }: AwsContext, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const give = clock.at(clock.now() + FOLLOW_MS, resolve);
    signal?.addEventListener("abort", () => {
      give();
      resolve();
    });
  });
}

/** Heads first, then journals, parents before children: a child that is seen was asked for in what is read of its parent. */
async function read(cx: AwsContext, head: Head, tracks: Map<string, Track>): Promise<void> {
  const heads = await headsOfTree(cx.table, head.statics.id);
  const byDepth = Map.groupBy(heads, ({ statics }) => statics.depth);
  for (const [, level] of [...byDepth].toSorted(([a], [b]) => a - b)) {
    await Promise.all(level.map((each) => readOne(cx, each, tracks)));
  }
}

async function readOne(cx: AwsContext, head: Head, tracks: Map<string, Track>): Promise<void> {
  const { id } = head.statics;
  const track: Track = tracks.get(id) ?? { head: headLike(head), entries: [], next: 0, isOver: false };
  tracks.set(id, track);
  if (track.isOver) return;
  const entries = await wholeJournal(cx, head, 0);
  let now = track.entries.at(-1)?.at ?? head.statics.createdAt;
  for (const { entry, generation } of withGenerations(entries).slice(track.entries.length)) {
    now = entry.t === "run" ? Math.max(now, entry.at) : timeAfter(now, entry);
    track.entries.push({ entry, generation, at: now });
  }
  track.isOver = track.entries.at(-1)?.entry.t === "fin";
}

interface Placed {
  readonly executionId: string;
  readonly position: number;
  readonly entry: Entry;
  readonly generation: number;
}

/** What was not told yet, in an order that causes allow. */
function* merged(tracks: ReadonlyMap<string, Track>): Iterable<Placed> {
  for (;;) {
    const track = first(tracks);
    const next = track?.entries[track.next];
    if (track === undefined || next === undefined) return;
    yield { executionId: track.head.id, position: track.next, entry: next.entry, generation: next.generation };
    track.next += 1;
  }
}

function first(tracks: ReadonlyMap<string, Track>): Track | undefined {
  let best: Track | undefined;
  for (const track of tracks.values()) {
    const next = track.entries[track.next];
    if (next === undefined || !mayBeTold(track, tracks)) continue;
    const bestAt = best?.entries[best.next]?.at ?? Number.POSITIVE_INFINITY;
    const isDeeper = best !== undefined && next.at === bestAt && track.head.depth > best.head.depth;
    if (next.at < bestAt || isDeeper) best = track;
  }
  return best;
}

function mayBeTold(track: Track, tracks: ReadonlyMap<string, Track>): boolean {
  const { head } = track;
  const next = track.entries[track.next]?.entry;
  if (track.next === 0 && head.parentId !== undefined) {
    const parent = tracks.get(head.parentId);
    if (parent !== undefined && !hasAsked(parent, head.id)) return false;
  }
  if (next?.t === "in") return isSent(next.id, tracks);
  if (next === undefined || (next.t !== "ok" && next.t !== "err")) return true;
  const child = childOf(track, next.k);
  const below = child === undefined ? undefined : tracks.get(child);
  return below === undefined || !below.isOver || below.next >= below.entries.length;
}

/** What another execution of the tree sent, it asked for before: `<execution>:<generation>:<operation>`. */
function isSent(item: string, tracks: ReadonlyMap<string, Track>): boolean {
  const [, sender, key] = /^([^:]+):\d+:(.+)$/s.exec(item) ?? [];
  const track = tracks.get(sender ?? "");
  if (track === undefined) return true;
  return track.entries.slice(0, track.next).some(({ entry }) => entry.t === "op" && entry.k === key);
}

function hasAsked(parent: Track, childId: string): boolean {
  for (let at = 0; at < parent.next; at += 1) {
    const entry = parent.entries[at]?.entry;
    if (entry?.t === "op" && entry.d?.child?.id === childId) return true;
    if (entry?.t === "ok" && entry.fx?.some((effect) => effect.t === "start" && effect.d.id === childId) === true)
      return true;
  }
  return false;
}

/** The execution that an operation of `track` waited for. */
function childOf(track: Track, key: string): string | undefined {
  for (let at = track.next - 1; at >= 0; at -= 1) {
    const entry = track.entries[at]?.entry;
    if (entry?.t === "op" && entry.k === key && entry.kind !== "REQUEST") return entry.d?.child?.id ?? entry.d?.target;
  }
  return undefined;
}

function isBelow(head: HeadLike, ancestor: string, headOf: (id: string) => HeadLike | undefined): boolean {
  for (let id = head.parentId; id !== undefined; id = headOf(id)?.parentId) if (id === ancestor) return true;
  return false;
}
