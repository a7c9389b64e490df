/**
 * Ownership of a file: one process, and in it one store, may write it (K1).
 *
 * The lock is a write transaction that is never finished, on an empty SQLite file beside the store's. SQLite takes it
 * with the locks of the operating system, so it ends with the process however that dies, and it also holds between two
 * stores in one process. The empty file stays; deleting it would open a gap for two owners.
 */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../kernel/errors.ts";
import { isBusy, translate } from "./sqlite-errors.ts";

export interface Ownership {
  release(): void;
}

/**
 * @param ownerOf reads who the owner is, for the message; undefined when it cannot be told (yet)
 * @throws StoreError `store_locked`
 */
export function takeOwnership(file: string, ownerOf: () => number | undefined): Ownership {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(`${file}-owner`, { timeout: 0 });
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    db?.close();
    throw isBusy(error) ? locked(file, ownerOf()) : translate(error, "take ownership of", file);
  }
  return { release: () => db.close() };
}

function locked(file: string, pid: number | undefined): StoreError {
  const who = pid === undefined ? "another process" : pid === process.pid ? "this process" : `process ${pid}`;
  return new StoreError(
    "store_locked",
    `${file} is in use by ${who}. Close the engine there, or end that process, or use another file; ` +
      `reading is possible all the while.`,
    pid === undefined ? {} : { data: { pid } },
  );
}
