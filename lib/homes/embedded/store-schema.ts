/** The tables of the file, how a file is known as ours, and how a connection to it is set up. */
import fs from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { StoreError } from "../../kernel/errors.ts";
import { loadSqlite } from "./sqlite.ts";
import { isWriteRefused, isNotADatabase, translate } from "./sqlite-errors.ts";
import { MEMORY } from "./store-file.ts";

/** "Trln": tells our files from other SQLite files. */
const APPLICATION_ID = 0x54_72_6c_6e;
/** Number of the file's format (D4). */
const FORMAT = 2;

/** Columns of `executions` in format 1. */
const FIRST_COLUMNS = `
  id TEXT PRIMARY KEY, status TEXT, workflow TEXT, namespace TEXT, created_at INTEGER, ended_at INTEGER,
  last INTEGER, born INTEGER, retention_ms INTEGER, attributes TEXT`;
/** Columns that format 2 added. */
const SECOND_COLUMNS = [
  "version TEXT",
  "generation INTEGER NOT NULL DEFAULT 1",
  "attempt INTEGER NOT NULL DEFAULT 1",
  "parked INTEGER NOT NULL DEFAULT 0",
  "wake_at INTEGER",
  "blocked TEXT",
];
/** Columns of `executions` and of what a reader lays over it. */
export const EXECUTION_COLUMNS: string = [FIRST_COLUMNS, ...SECOND_COLUMNS].join(", ");
export const NAME_COLUMNS = "namespace TEXT, public_id TEXT, id TEXT, PRIMARY KEY(namespace, public_id)";
export const WATCH_COLUMNS = "watcher TEXT, key TEXT, target TEXT, PRIMARY KEY(watcher, key)";

/** The columns of a row of `main.executions`, as an SQL list, whatever the format of the file. */
export function executionColumns(db: DatabaseSync): string {
  if (formatOf(db) >= FORMAT) return "*";
  return "*, NULL AS version, 1 AS generation, 1 AS attempt, 0 AS parked, NULL AS wake_at, NULL AS blocked";
}

/** What finds executions that are not in memory: the next ones to wake, and those that wait for another's end. */
const WAITS = `
  CREATE TABLE watches(${WATCH_COLUMNS}) WITHOUT ROWID;
  CREATE INDEX watched ON watches(target);
  CREATE INDEX wakes ON executions(wake_at, id) WHERE wake_at IS NOT NULL AND ended_at IS NULL;
  CREATE INDEX unparked ON executions(workflow, version, id) WHERE parked = 0 AND ended_at IS NULL;
`;

/**
 * `journal` is the truth; `executions`, `names` and `watches` are an index over it that lags behind by the pages after
 * `meta.checkpoint` (store-heads.ts). A commit of one page is one appended row and touches no other table.
 *
 * `last` is the newest page that mentions the execution, `born` the one that holds its statics. `parked`, `wake_at`,
 * `blocked` and the execution's rows in `watches` are its rest record (records.ts).
 * Ids are ordered by time, and all ids of a tree begin with its root's: lineage needs no index.
 */
const SCHEMA = `
  CREATE TABLE journal(pos INTEGER PRIMARY KEY, page);
  CREATE TABLE executions(${EXECUTION_COLUMNS}) WITHOUT ROWID;
  CREATE INDEX open_executions ON executions(id) WHERE ended_at IS NULL;
  CREATE TABLE names(${NAME_COLUMNS}) WITHOUT ROWID;
  CREATE TABLE inbox(
    item INTEGER PRIMARY KEY AUTOINCREMENT, execution_id TEXT, kind TEXT, body TEXT, at INTEGER, key_id TEXT
  );
  CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
  ${WAITS}
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

/**
 * A file of format 1 has no rest records: all that is open in it is loaded once, and comes to rest again. The index does
 * not know the versions of these executions (NULL); the pages that created them do.
 */
const UPGRADE = `
  ${SECOND_COLUMNS.map((column) => `ALTER TABLE executions ADD COLUMN ${column};`).join("\n  ")}
  UPDATE executions SET status = 'RUNNING' WHERE ended_at IS NULL;
  ${WAITS}
  PRAGMA user_version = ${FORMAT};
`;

/** How long a writer waits for another (an outsider that leaves an item). */
const BUSY_TIMEOUT_MS = 5_000;
/** The WAL is cut back to this after a reader has held it for long. */
const WAL_LIMIT_BYTES = 64 << 20;
const CACHE_KIB = 8_000;

export function openForWriting(file: string, durability: "process" | "power"): DatabaseSync {
  const db = connect(file, false);
  try {
    if (!isOurs(db, file)) createSchema(db, file);
    else if (formatOf(db) < FORMAT) changeSchema(db, file, "upgrade", UPGRADE);
    const level = durability === "power" ? "FULL" : "NORMAL";
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${level}; PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -${CACHE_KIB}; PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function openForReading(file: string): DatabaseSync {
  const db = connectReadOnly(file);
  try {
    if (!isOurs(db, file)) throw foreign(file, "it is empty");
    db.exec("PRAGMA temp_store = MEMORY");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Refuses a file that is not ours before anything is written to it or beside it. */
export function checkExisting(file: string): void {
  if (file === MEMORY || !fs.existsSync(file) || fs.statSync(file).size === 0) return;
  const db = connectReadOnly(file);
  try {
    isOurs(db, file);
  } finally {
    db.close();
  }
}

/** Another writer beside the owner, for one short write. */
export function openBeside(file: string): DatabaseSync {
  const db = connect(file, false);
  db.exec("PRAGMA synchronous = FULL");
  return db;
}

function connect(file: string | URL, readOnly: boolean): DatabaseSync {
  const { DatabaseSync: Database } = loadSqlite();
  return new Database(file, { readOnly, timeout: BUSY_TIMEOUT_MS });
}

function connectReadOnly(file: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = connect(file, true);
    db.prepare("SELECT 1 FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db?.close();
    // A file in WAL mode wants to write beside itself, which a read-only folder forbids. Closed in good order it has no
    // WAL, and whoever could write it could do so only from elsewhere.
    if (!isWriteRefused(error) || !fs.existsSync(file) || fs.existsSync(`${file}-wal`)) throw asStoreError(error, file);
    return connect(new URL(`${pathToFileURL(file).href}?immutable=1`), true);
  }
}

/** False for a file without anything in it yet. @throws StoreError `store_foreign`, `store_newer` */
function isOurs(db: DatabaseSync, file: string): boolean {
  let numbers: { application: number; format: number; tables: number };
  try {
    numbers = db
      .prepare(
        `SELECT (SELECT application_id FROM pragma_application_id) AS application,
          (SELECT user_version FROM pragma_user_version) AS format,
          (SELECT count(*) FROM sqlite_schema) AS tables`,
      )
      .get() as typeof numbers;
  } catch (error) {
    throw asStoreError(error, file);
  }
  if (numbers.application === 0 && numbers.tables === 0) return false;
  if (numbers.application !== APPLICATION_ID) throw foreign(file, "it is a SQLite file of another program");
  if (numbers.format > FORMAT) {
    throw new StoreError(
      "store_newer",
      `${file} has format ${numbers.format}, and this version of treeline knows formats up to ${FORMAT}. ` +
        `Use a newer treeline, or another file.`,
    );
  }
  return true;
}

function formatOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA main.user_version").get()?.["user_version"] ?? 0);
}

function createSchema(db: DatabaseSync, file: string): void {
  // The mode first: it cannot change inside a transaction, and a file with nothing but the mode still counts as new.
  db.exec("PRAGMA journal_mode = WAL");
  changeSchema(db, file, "create", SCHEMA);
}

/** Whole or not at all. */
function changeSchema(db: DatabaseSync, file: string, attempt: string, sql: string): void {
  try {
    db.exec("BEGIN IMMEDIATE");
    db.exec(sql);
    db.exec("COMMIT");
  } catch (error) {
    throw translate(error, attempt, file);
  }
}

function asStoreError(error: unknown, file: string): StoreError {
  return isNotADatabase(error) ? foreign(file, "it is no SQLite file", error) : translate(error, "open", file);
}

function foreign(file: string, why: string, cause?: unknown): StoreError {
  return new StoreError("store_foreign", `${file} is not a treeline file: ${why}. Nothing was changed; use another.`, {
    cause,
  });
}
