/** What processes that do not own the file leave for its owner (D21). */
import type { DatabaseSync } from "node:sqlite";
import type { OutsideItem } from "./records.ts";
import { translate } from "./sqlite-errors.ts";
import { openBeside } from "./store-schema.ts";
import type { Snapshot } from "./store-snapshot.ts";

export interface StoredItem extends OutsideItem {
  readonly keyId: string | null;
}

export function inboxItems(snapshot: Snapshot): StoredItem[] {
  return snapshot.read(() =>
    snapshot.all<StoredItem>(
      `SELECT item AS rowid, execution_id AS executionId, kind, body, at, key_id AS keyId FROM inbox ORDER BY item`,
    ),
  );
}

/** One short write on a connection of its own, or on the owner's. */
export function leaveItem(
  file: string,
  owner: DatabaseSync | undefined,
  { executionId, kind, body, at }: Omit<OutsideItem, "rowid">,
  keyId: string | undefined,
): number {
  try {
    const db = owner ?? openBeside(file);
    try {
      const insert = db.prepare("INSERT INTO inbox(execution_id, kind, body, at, key_id) VALUES (?, ?, ?, ?, ?)");
      return Number(insert.run(executionId, kind, body, at, keyId ?? null).lastInsertRowid);
    } finally {
      if (owner === undefined) db.close();
    }
  } catch (error) {
    throw translate(error, "leave an item in", file);
  }
}
