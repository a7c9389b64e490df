/** Finds heads: by internal id, or by the id a user gave. */
import { ExecutionNotFoundError } from "../../kernel/errors.ts";
import { type Head, readHead } from "./head.ts";
import { childrenPrefix, headKey, HEADS_PREFIX, isInternalId, nameKey, treePartition } from "./keys.ts";
import type { Table } from "./table.ts";

export async function findHead(table: Table, id: string, strong = true): Promise<Head | undefined> {
  const item = await table.get(headKey(id), strong);
  return item === undefined ? undefined : readHead(item);
}

/** @throws ExecutionNotFoundError also for one of another namespace (D6) */
export async function resolveHead(table: Table, namespace: string, target: string): Promise<Head> {
  const head = (await ofInternal(table, namespace, target)) ?? (await ofName(table, namespace, target));
  if (head === undefined) throw notFound(namespace, target);
  return head;
}

export function notFound(namespace: string, target: string): ExecutionNotFoundError {
  return new ExecutionNotFoundError(`there is no execution ${target} in namespace ${namespace}`);
}

async function ofInternal(table: Table, namespace: string, target: string): Promise<Head | undefined> {
  const head = isInternalId(target) ? await findHead(table, target) : undefined;
  return head?.statics.namespace === namespace ? head : undefined;
}

async function ofName(table: Table, namespace: string, target: string): Promise<Head | undefined> {
  const pointer = await table.get(nameKey(namespace, target), true);
  return pointer === undefined ? undefined : findHead(table, String(pointer["id"]));
}

export async function headsOfChildren(table: Table, parentId: string, strong: boolean): Promise<readonly Head[]> {
  const items = await table.query({ pk: treePartition(parentId), prefix: childrenPrefix(parentId), strong });
  return items.map(readHead);
}

export async function headsOfTree(table: Table, id: string): Promise<readonly Head[]> {
  const items = await table.query({ pk: treePartition(id), prefix: HEADS_PREFIX, strong: true });
  return items.map(readHead);
}
