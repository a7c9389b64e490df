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
const FORMAT = 1;

/** Columns of `executions` and of what a reader lays over it. */
export const EXECUTION_COLUMNS = `
  id TEXT PRIMARY KEY, status TEXT, workflow TEXT, namespace TEXT, created_at INTEGER, ended_at INTEGER,
  last INTEGER, born INTEGER, retention_ms INTEGER, attributes TEXT`;
export const NAME_COLUMNS = "namespace TEXT, public_id TEXT, id TEXT, PRIMARY KEY(namespace, public_id)";

/**
 * `journal` is the truth; `executions` and `names` are an index over it that lags behind by the pages after
 * `meta.checkpoint` (store-heads.ts). A commit of one page is one appended row and touches no other table.
 *
 * `last` is the newest page that mentions the execution, `born` the one that holds its statics.
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
  PRAGMA application_id = ${APPLICATION_ID};
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

function createSchema(db: DatabaseSync, file: string): void {
  try {
    // The mode first: it cannot change inside a transaction, and a file with nothing but the mode still counts as new.
    db.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");
    db.exec(SCHEMA);
    db.exec("COMMIT");
  } catch (error) {
    throw translate(error, "create", file);
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
