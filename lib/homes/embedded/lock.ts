/**
 * Ownership of a file: one process, and in it one store, may write it (K1).
 *
 * The lock is a write transaction that is never finished, on an empty SQLite file beside the store's. SQLite takes it
 * with the locks of the operating system, so it ends with the process however that dies, and it also holds between two
 * stores in one process. The empty file stays; deleting it would open a gap for two owners.
 */
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../kernel/errors.ts";
import { isOwnedHere, ownHere } from "./owned-files.ts";
import { loadSqlite } from "./sqlite.ts";
import { isBusy, translate } from "./sqlite-errors.ts";

export interface Ownership {
  /** The file exists now: this process knows it by whatever path. */
  opened(): void;
  release(): void;
}

/**
 * @param ownerOf reads who the owner is, for the message; undefined when it cannot be told (yet)
 * @throws StoreError `store_locked`
 */
export function takeOwnership(file: string, ownerOf: () => number | undefined): Ownership {
  const { DatabaseSync: Database } = loadSqlite();
  let db: DatabaseSync | undefined;
  try {
    db = new Database(`${file}-owner`, { timeout: 0 });
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    db?.close();
    throw isBusy(error) ? locked(file, ownerOf()) : translate(error, "take ownership of", file);
  }
  let forget = (): void => {};
  return {
    opened: () => void (forget = ownHere(file)),
    release() {
      forget();
      db.close();
    },
  };
}

/** The usual reason is a reload of modules in development. @throws StoreError `store_locked` */
export function refuseOwnedHere(file: string): void {
  if (!isOwnedHere(file)) return;
  throw new StoreError(
    "store_locked",
    `${file} is open in this process already. Use the engine that has it, or close that engine first; ` +
      `where modules are reloaded, keep the engine on globalThis.`,
    { data: { pid: process.pid } },
  );
}

function locked(file: string, pid: number | undefined): StoreError {
  const elsewhere = pid === process.pid ? " (of another container, or another thread here)" : "";
  const who = pid === undefined ? "another process" : `process ${pid}${elsewhere}`;
  return new StoreError(
    "store_locked",
    `${file} is in use by ${who}. Close the engine there, or end that process, or use another file; ` +
      `reading is possible all the while.`,
    pid === undefined ? {} : { data: { pid } },
  );
}
