/**
 * Where things lie in the table. All heads of a tree are one collection, sorted so that the children of an execution
 * stand together: both are single queries, without an index. What belongs to one execution alone is another.
 */
import type { Millis } from "../../kernel/journal.ts";
import type { ExecutionStatics } from "../../engine/statics.ts";
import { childCollection } from "../../kernel/keys.ts";
import { hashText } from "../../kernel/random.ts";
import type { Key } from "./table.ts";

/** Partitions of an index per name: one takes about a thousand writes a second. */
const SHARDS = 4;
export const SHARD_NAMES: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => String(shard));

const HEAD = "h#";
const DIGITS = 10;

/** Internal ids are made of the root's and of two hashes (D5): `<root>` or `<root>-<parent>-<operation>`. */
const INTERNAL_ID = /^([0-9a-z]{20})(-[0-9a-v]{13}-[0-9a-v]{13})?$/;

export function isInternalId(text: string): boolean {
  return INTERNAL_ID.test(text);
}

export function rootOf(id: string): string {
  const dash = id.indexOf("-");
  return dash === -1 ? id : id.slice(0, dash);
}

export function treePartition(id: string): string {
  return `t#${rootOf(id)}`;
}

export function headKey(id: string): Key {
  const dash = id.indexOf("-");
  return { pk: treePartition(id), sk: HEAD + (dash === -1 ? "" : id.slice(dash + 1)) };
}

export const HEADS_PREFIX = HEAD;

/** Of the heads of an execution's children. */
export function childrenPrefix(parentId: string): string {
  const collection = childCollection(parentId);
  return `${HEAD}${collection.slice(collection.indexOf("-") + 1)}-`;
}

/** Journal, inbox, watchers and the big end of one execution. */
export function ownPartition(id: string): string {
  return `x#${id}`;
}

export const SEGMENTS_PREFIX = "s#";
export const INBOX_PREFIX = "in#";
export const WATCHERS_PREFIX = "w#";

export function segmentKey(id: string, position: number, epoch: number, chunk: number, birth?: string): Key {
  const writer = birth === undefined ? padded(epoch) : `${padded(epoch)}.${birth}`;
  return { pk: ownPartition(id), sk: `${segmentsFrom(position)}#${writer}#${padded(chunk)}` };
}

/** Sort keys of segments that begin at `position` or behind it are not before this one. */
export function segmentsFrom(position: number): string {
  return `${SEGMENTS_PREFIX}${padded(position)}`;
}

export function finKey(id: string, epoch: number, chunk: number): Key {
  return { pk: ownPartition(id), sk: `${finPrefix(epoch)}${padded(chunk)}` };
}

export function finPrefix(epoch: number): string {
  return `f#${padded(epoch)}#`;
}

/** `sender`: the key by which the same item, sent twice, counts once (K2). It may be any text, and long. */
export function inboxKey(id: string, sender: string): Key {
  return { pk: ownPartition(id), sk: `${INBOX_PREFIX}${/^[^\n]{1,200}$/.test(sender) ? sender : hashText(sender)}` };
}

export function watcherKey(target: string, watcher: string, generation: number, operation: string): Key {
  return { pk: ownPartition(target), sk: `${WATCHERS_PREFIX}${watcher}#${generation}#${hashText(operation)}` };
}

/** The pointer of a user's own id. */
export function nameKey(namespace: string, publicId: string): Key {
  return { pk: `n#${namespace}#${publicId}`, sk: "id" };
}

/** Keys of the index by which executions are listed (D27). */
/** Sort key of an execution in the lists: all older ones are before it. */
export function keyBefore({ createdAt, id }: { readonly createdAt: Millis; readonly id: string }): string {
  return `${padded(createdAt, 15)}#${id}`;
}

export function listingKeys({
  namespace,
  workflow,
  id,
  createdAt,
}: Pick<ExecutionStatics, "namespace" | "workflow" | "id" | "createdAt">): { gpk: string; gsk: string } {
  return { gpk: listingPartition(namespace, workflow, shardOf(id)), gsk: keyBefore({ createdAt, id }) };
}

export function listingPartition(namespace: string, workflow: string, shard: string): string {
  return `${namespace}#${workflow}#${shard}`;
}

export function shardOf(id: string): string {
  let sum = 0;
  for (let at = 0; at < id.length; at += 1) sum += id.charCodeAt(at);
  return String(sum % SHARDS);
}

export function padded(value: number, digits: number = DIGITS): string {
  return String(value).padStart(digits, "0");
}
