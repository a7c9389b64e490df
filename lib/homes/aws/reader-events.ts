/**
 * Events of a tree, from the journals of its executions (D14).
 *
 * Nobody orders what different executions write, so the order is made here: each execution's own order, merged by
 * time, a child's start never before its parent's request for it, and its end never behind what its parent made of it.
 * A cursor says how far each open execution was read: what is written later, with an earlier time, is not missed.
 */
import { eventMatcher } from "../../engine/event-filter.ts";
import { EventProjector } from "../../engine/events.ts";
import { redactor } from "../../engine/redact.ts";
import type { HeadLike } from "../../engine/view.ts";
import type { EventFilter, EventsEnd, ExecutionEvent } from "../../ports/client.ts";
import type { AwsContext } from "./context.ts";
import { CursorMap } from "./event-cursor.ts";
import type { Head } from "./head.ts";
import { headsOfTree } from "./heads.ts";
import { wholeJournal } from "./views.ts";
import { type Track, Tracks } from "./tracks.ts";

/** How often a follower looks. */
const FOLLOW_MS = 500;

export async function* readEvents(
  cx: AwsContext,
  head: Head,
  filter: EventFilter,
  redact: readonly string[],
): AsyncGenerator<ExecutionEvent, EventsEnd> {
  const { follow = false, after, signal, descendants = true } = filter;
  const { id } = head.statics;
  const cursor = CursorMap.parse(after);
  const tracks = new Tracks();
  const headOf = (each: string): HeadLike | undefined => tracks.get(each)?.head;
  const projector = new EventProjector({
    headOf,
    matches: eventMatcher(id, filter, headOf),
    redact: redactor(redact),
  });
  for (;;) {
    await read(cx, head, tracks);
    for (const { track, entry, generation, position } of tracks.untold()) {
      const executionId = track.head.id;
      const isOver = isToldBy(cursor, track, tracks);
      const place = { pos: position, index: 0 };
      for (const event of projector.project({ executionId, entry, generation, cursor: place })) {
        const sub = subOf(event.id);
        if (isOver || cursor.isBehind(executionId, position, sub)) continue;
        if (signal?.aborted === true) return { allEnded: false };
        cursor.note(executionId, position, sub);
        const child = track.childOf(entry);
        if (child !== undefined && tracks.get(child)?.isTold === true) cursor.over(child);
        yield { ...event, cursor: cursor.format() };
      }
    }
    const followed = tracks
      .all()
      .filter(({ head: each }) => each.id === id || (descendants && isBelow(each, id, headOf)));
    const allEnded = followed.every((track) => track.isOver);
    if (!follow || signal?.aborted === true || allEnded) return { allEnded };
    await pause(cx, signal);
  }
}

/** Not in the cursor, since its parent's place says that all of it was told. */
function isToldBy(cursor: CursorMap, track: Track, tracks: Tracks): boolean {
  const { id, parentId } = track.head;
  if (cursor.positionOf(id) !== undefined || parentId === undefined) return false;
  const parent = tracks.get(parentId);
  const end = parent?.endOf(id);
  if (parent === undefined || end === undefined) return false;
  const told = cursor.positionOf(parentId);
  return told === undefined ? isToldBy(cursor, parent, tracks) : told >= end;
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
async function read(cx: AwsContext, head: Head, tracks: Tracks): Promise<void> {
  const heads = await headsOfTree(cx.table, head.statics.id);
  const byDepth = Map.groupBy(heads, ({ statics }) => statics.depth);
  for (const [, level] of [...byDepth].toSorted(([a], [b]) => a - b)) {
    await Promise.all(
      level.map(async (each) => {
        const track = tracks.of(each);
        if (!track.isOver) track.take(await wholeJournal(cx, each, 0));
      }),
    );
  }
}

function isBelow(head: HeadLike, ancestor: string, headOf: (id: string) => HeadLike | undefined): boolean {
  for (let id = head.parentId; id !== undefined; id = headOf(id)?.parentId) if (id === ancestor) return true;
  return false;
}
