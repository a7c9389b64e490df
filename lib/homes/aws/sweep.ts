/**
 * The last net: finds what nobody reported. Every parked execution carries a mark in a sparse index; one that has
 * stood there too long, or beyond its deadline, is woken and looks for itself. A wake too many is harmless.
 */
import type { AwsContext } from "./context.ts";
import { hasEnded } from "./head.ts";
import { findHead } from "./heads.ts";
import { SHARD_NAMES } from "./keys.ts";
import { wakeOf } from "./endings.ts";
import type { Item } from "./table.ts";

const MINUTE_MS = 60_000;
/** So long a park is not looked at again: what got lost is found within an hour. */
const LOOK_AFTER_MS = 50 * MINUTE_MS;
/** Its own message, or its host, should have come. */
const OVERDUE_MS = 5 * MINUTE_MS;
const PAGE = 200;

export interface SweepReport {
  /** Looked at. */
  readonly parked: number;
  /** Overdue: a message, or a host, must have been lost. */
  readonly found: number;
}

export async function sweep(cx: AwsContext): Promise<SweepReport> {
  const reports = await Promise.all(SHARD_NAMES.map((shard) => sweepShard(cx, shard)));
  return {
    parked: reports.reduce((sum, { parked }) => sum + parked, 0),
    found: reports.reduce((sum, { found }) => sum + found, 0),
  };
}

async function sweepShard(cx: AwsContext, shard: string): Promise<SweepReport> {
  const now = cx.clock.now();
  let parked = 0;
  let found = 0;
  let from: Item | undefined;
  for (;;) {
    const before = now - OVERDUE_MS;
    const page = await cx.table.queryIndex({ index: "parked", partition: shard, before, from, limit: PAGE });
    for (const { id, overdue } of await Promise.all(page.map((item) => lookAt(cx, idOf(item), now)))) {
      found += overdue ? 1 : 0;
      if (id !== undefined) cx.log({ level: "warn", message: `the sweep wakes execution ${id}`, executionId: id });
    }
    parked += page.length;
    if (page.length < PAGE) return { parked, found };
    from = page.at(-1);
  }
}

/** A key tells the id: the root's, and what the head's sort key adds. */
function idOf({ pk, sk }: { readonly pk: string; readonly sk: string }): string {
  const root = pk.slice(pk.indexOf("#") + 1);
  const rest = sk.slice(sk.indexOf("#") + 1);
  return rest === "" ? root : `${root}-${rest}`;
}

async function lookAt(cx: AwsContext, id: string, now: number): Promise<{ id?: string; overdue: boolean }> {
  const head = await findHead(cx.table, id);
  if (head?.park === undefined || hasEnded(head)) return { overdue: false };
  const overdue = head.due !== undefined && head.due < now - OVERDUE_MS;
  if (!overdue && now - (head.parkedAt ?? 0) < LOOK_AFTER_MS) return { overdue };
  await cx.queues.send([wakeOf(head)]);
  return { id, overdue };
}
