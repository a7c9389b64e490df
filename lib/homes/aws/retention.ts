/**
 * What has ended is kept for a while, and then goes (D23): a tree as one, when all of it has ended.
 *
 * A root without children that fits into one item says in its last write when DynamoDB may delete it (TTL): that is
 * free. All others are found here, oldest first, and deleted: a write per item, long after their end.
 */
import type { Millis } from "../../kernel/journal.ts";
import type { AwsContext } from "./context.ts";
import { hasEnded, type Head } from "./head.ts";
import { findHead, headsOfTree } from "./heads.ts";
import { headKey, listingPartition, nameKey, ownPartition, padded, SHARD_NAMES } from "./keys.ts";
import { type Registered, registered } from "./registry.ts";
import type { Key } from "./table.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
export const DEFAULT_RETENTION_MS: Millis = 30 * DAY_MS;
const PAGE = 100;

/** When DynamoDB may delete the head of an ended execution, in seconds; undefined where that would leave others behind. */
export function expiryOf(head: Head, endedAt: Millis, hasOwnItems: boolean, children: number): number | undefined {
  const { parentId, publicId, id, retentionMs = DEFAULT_RETENTION_MS } = head.statics;
  const isAlone = parentId === undefined && publicId === id && children === 0 && head.generation === 1;
  if (!isAlone || hasOwnItems || head.watched || head.epoch > 1) return undefined;
  return Math.ceil((endedAt + retentionMs) / 1_000);
}

/** @returns executions that were deleted */
export async function prune(cx: AwsContext): Promise<number> {
  let pruned = 0;
  for (const each of await registered(cx.table)) {
    for (const shard of SHARD_NAMES) pruned += await prunePartition(cx, each, shard);
  }
  return pruned;
}

async function prunePartition(
  cx: AwsContext,
  { namespace, workflow, retentionMs }: Registered,
  shard: string,
): Promise<number> {
  const oldest = cx.clock.now() - (retentionMs ?? DEFAULT_RETENTION_MS);
  let pruned = 0;
  let after: string | undefined;
  for (;;) {
    const page = await cx.table.queryIndex({
      index: "byWorkflow",
      partition: listingPartition(namespace, workflow, shard),
      after,
      before: padded(oldest, 15),
      limit: PAGE,
    });
    // Roots only: a tree is deleted from its root.
    const roots = page.map(({ gsk }) => String(gsk).slice(16)).filter((id) => !id.includes("-"));
    for (const id of roots) pruned += await pruneTree(cx, id);
    if (page.length < PAGE) return pruned;
    after = String(page.at(-1)?.["gsk"]);
  }
}

async function pruneTree(cx: AwsContext, rootId: string): Promise<number> {
  const root = await findHead(cx.table, rootId);
  if (root === undefined || !hasEnded(root)) return 0;
  const heads = await headsOfTree(cx.table, rootId);
  const { retentionMs = DEFAULT_RETENTION_MS } = root.statics;
  const last = Math.max(...heads.map(({ endedAt = Number.POSITIVE_INFINITY }) => endedAt));
  if (last + retentionMs > cx.clock.now()) return 0;
  // The root goes last: cut off in between, the tree is found again.
  for (const head of heads.toSorted((a, b) => b.statics.depth - a.statics.depth)) await pruneOne(cx, head);
  return heads.length;
}

async function pruneOne({ table }: AwsContext, { statics }: Head): Promise<void> {
  const { id, publicId, namespace } = statics;
  const own: readonly Key[] = await table.query({ pk: ownPartition(id), strong: true });
  const pointer = publicId === id ? undefined : await table.get(nameKey(namespace, publicId), true);
  // Another execution may have the name by now.
  const name = pointer?.["id"] === id ? [pointer] : [];
  await table.delete([...own, ...name]);
  await table.delete([headKey(id)]);
}
