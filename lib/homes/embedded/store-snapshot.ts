/**
 * One state of the file, whole.
 *
 * The tables lag behind the journal (store-heads.ts). What the pages behind the checkpoint say about heads is laid over
 * them in temporary tables of the same shape; the view `heads` is both together. It is brought up to date before each
 * read, by the pages that are new since the one before, and starts anew when the owner has moved the checkpoint.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { StoredPage } from "./page.ts";
import { damagedPage, translate } from "./sqlite-errors.ts";
import { HeadChanges, HeadTables } from "./store-heads.ts";
import { EXECUTION_COLUMNS, executionColumns, NAME_COLUMNS, WATCH_COLUMNS } from "./store-schema.ts";

const overlay = (columns: string): string => `
  CREATE TEMP TABLE executions(${EXECUTION_COLUMNS}) WITHOUT ROWID;
  CREATE TEMP TABLE names(${NAME_COLUMNS}) WITHOUT ROWID;
  CREATE TEMP TABLE watches(${WATCH_COLUMNS}) WITHOUT ROWID;
  CREATE TEMP VIEW heads AS
    SELECT ${columns} FROM main.executions WHERE id NOT IN (SELECT id FROM temp.executions)
    UNION ALL SELECT * FROM temp.executions;
`;

export class Snapshot {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #overlay: HeadTables;
  readonly #statements = new Map<string, StatementSync>();
  /** Checkpoint on which the overlay is based, and the page up to which it is right; -1 when it has to be built. */
  #base = -1;
  #scanned = -1;
  #isReading = false;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  /** What is at hand is as new as what is in the file. */
  readonly isOwner: boolean;

  /** @param isOwner nobody else changes heads and journal, so no transaction is needed to see them stand still */
  constructor(db: DatabaseSync, file: string, isOwner: boolean) {
    this.#db = db;
    this.#file = file;
    this.isOwner = isOwner;
    this.#begin = db.prepare("BEGIN");
    this.#commit = db.prepare("COMMIT");
    const columns = executionColumns(db);
    db.exec(overlay(columns));
    this.#overlay = new HeadTables(db, "temp", columns);
  }

  /** Position of the newest page, as of the last `read`. */
  get position(): number {
    return this.#scanned;
  }

  /** All that `body` reads is of the same state. May be nested. */
  read<T>(body: () => T): T {
    if (this.#isReading) return body();
    this.#isReading = true;
    try {
      if (!this.isOwner) this.#begin.run();
      this.#refresh();
      const result = body();
      if (!this.isOwner) this.#commit.run();
      return result;
    } catch (error) {
      this.#base = -1;
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw translate(error, "read", this.#file);
    } finally {
      this.#isReading = false;
    }
  }

  /** Rows of a statement that is prepared once. The caller says what a row is, since SQL cannot. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(...values) as Row[];
  }

  #refresh(): void {
    const [row] = this.all<{ checkpoint: string | null; newest: number | null }>(
      "SELECT (SELECT value FROM meta WHERE key = 'checkpoint') AS checkpoint, (SELECT max(pos) FROM journal) AS newest",
    );
    const checkpoint = Number(row?.checkpoint ?? 0);
    if (checkpoint !== this.#base) {
      this.#db.exec("DELETE FROM temp.executions; DELETE FROM temp.names; DELETE FROM temp.watches");
      this.#base = checkpoint;
      this.#scanned = checkpoint;
    }
    // All pages may have been pruned.
    const position = Math.max(checkpoint, row?.newest ?? 0);
    if (position > this.#scanned) this.#overlay.write(changesAfter(this.#db, this.#file, this.#scanned));
    this.#scanned = position;
  }
}

/** What the pages behind `pos` say about heads. */
export function changesAfter(db: DatabaseSync, file: string, pos: number): HeadChanges {
  const changes = new HeadChanges();
  const pages = db.prepare("SELECT pos, page FROM journal WHERE pos > ? ORDER BY pos").iterate(pos);
  for (const row of pages as Iterable<{ pos: number; page: StoredPage }>) {
    try {
      changes.notePage(row.pos, row.page);
    } catch (error) {
      throw damagedPage(file, row.pos, error);
    }
  }
  return changes;
}
