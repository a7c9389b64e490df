/** Rest records as a page holds them: by place, and without what is absent. Almost every commit brings some. */
import type { LiveStatus, Millis } from "../../kernel/journal.ts";
import type { Blocked } from "../../ports/client.ts";
import type { RestRecord } from "./records.ts";

export type StoredRest = [
  number: number,
  status: LiveStatus,
  /** Absent in format 1, where nothing was parked in the file. */
  parked?: 0 | 1,
  /** Counted from the time of the page. */
  wakeAt?: Millis | null,
  watches?: readonly [key: string, target: string][],
  blocked?: Blocked,
];

export function encodeRest(record: RestRecord, number: number, base: Millis): StoredRest {
  const { status, parked, wakeAt, watches, blocked } = record;
  const stored: StoredRest = [number, status, parked ? 1 : 0];
  if (wakeAt === undefined && watches === undefined && blocked === undefined) return stored;
  stored.push(wakeAt === undefined ? null : wakeAt - base);
  if (watches === undefined && blocked === undefined) return stored;
  stored.push(watches?.map(({ key, target }) => [key, target]) ?? []);
  if (blocked !== undefined) stored.push(blocked);
  return stored;
}

export function decodeRest(stored: StoredRest, base: Millis, ids: readonly string[]): RestRecord {
  const [number, status, parked, wakeAt, watches = [], blocked] = stored;
  return {
    id: ids[number] ?? "",
    status,
    parked: parked === 1,
    ...(typeof wakeAt === "number" && { wakeAt: base + wakeAt }),
    ...(watches.length > 0 && { watches: watches.map(([key, target]) => ({ key, target })) }),
    ...(blocked !== undefined && { blocked }),
  };
}
