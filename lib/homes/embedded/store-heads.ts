/**
 * The index over the journal that answers "which executions are there, and where does each one's chain end".
 *
 * It lags: a commit only appends a page, and what pages say about heads is gathered here and written to the tables
 * once for many pages. An execution that starts and ends within that time costs one row written once. The tables are
 * right up to `meta.checkpoint`; the pages behind it say the rest, to a restart and to every reader.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ExecutionStatus, Millis } from "../../kernel/journal.ts";
import { decodeHead, type Facts, type StoredPage } from "./page.ts";
import type { ExecutionStatics } from "./records.ts";

/** What the tables do not know yet of one execution. */
interface HeadChange {
  last: number;
  status: ExecutionStatus | null;
  endedAt: Millis | null;
  /** Position of the page that created it, when the tables lack it altogether. */
  born: number;
  statics: ExecutionStatics | undefined;
  claimsName: boolean;
}

/** A page and the executions it mentions. */
type NotedPage = Facts & { readonly ids: readonly string[] };

export class HeadChanges {
  readonly #changes = new Map<string, HeadChange>();

  get size(): number {
    return this.#changes.size;
  }

  lastOf(id: string): number | undefined {
    return this.#changes.get(id)?.last;
  }

  /** Takes in what pages say: the first of them stands at `first`. */
  note(pages: readonly NotedPage[], first: number): void {
    for (const [at, page] of pages.entries()) this.#note(page, first + at);
  }

  /** All of this and what pages say, as a set of its own. */
  with(pages: readonly NotedPage[], first: number): HeadChanges {
    const changes = new HeadChanges();
    for (const [id, change] of this.#changes) changes.#changes.set(id, { ...change });
    changes.note(pages, first);
    return changes;
  }

  /** Takes in a page as it was read. */
  notePage(pos: number, page: StoredPage): void {
    this.#note(decodeHead(page), pos);
  }

  entries(): Iterable<[string, Readonly<HeadChange>]> {
    return this.#changes;
  }

  /** Where the chains end of those that are not known to have ended: the others are heard of no more. */
  openChains(): ReadonlyMap<string, number> {
    const chains = new Map<string, number>();
    for (const [id, { last, endedAt }] of this.#changes) if (endedAt === null) chains.set(id, last);
    return chains;
  }

  #note({ ids, created, touched, ended }: NotedPage, pos: number): void {
    for (const { statics, claimsName } of created) {
      const status = statics.startAt === undefined ? "RUNNING" : "PENDING";
      this.#changes.set(statics.id, { last: pos, status, endedAt: null, born: pos, statics, claimsName });
    }
    for (const id of ids) if (id !== "") this.#of(id).last = pos;
    for (const { id, status } of touched) this.#of(id).status = status;
    for (const { id, status, at } of ended) {
      const change = this.#of(id);
      change.status = status;
      change.endedAt = at;
    }
  }

  #of(id: string): HeadChange {
    let change = this.#changes.get(id);
    if (change === undefined) {
      change = { last: 0, status: null, endedAt: null, born: 0, statics: undefined, claimsName: false };
      this.#changes.set(id, change);
    }
    return change;
  }
}

const COLUMNS = "id, status, workflow, namespace, created_at, ended_at, last, born, retention_ms, attributes";
const COLUMN_COUNT = 10;
/** Rows inserted at once: one by one takes a third longer. */
const ROWS = 20;

/** Writes changes to the tables of one schema: `main`, or a reader's `temp`. */
export class HeadTables {
  /** Fetches the row of `main` that is to be changed in `temp`. */
  readonly #fetch: StatementSync | undefined;
  readonly #insert: StatementSync;
  readonly #insertMany: StatementSync;
  readonly #update: StatementSync;
  readonly #claim: StatementSync;

  constructor(db: DatabaseSync, schema: "main" | "temp") {
    if (schema === "temp") {
      this.#fetch = db.prepare("INSERT OR IGNORE INTO temp.executions SELECT * FROM main.executions WHERE id = ?");
    }
    // "OR REPLACE": what is wrong with one execution must not stop the others, long after the commit that brought it.
    const insert = `INSERT OR REPLACE INTO ${schema}.executions(${COLUMNS}) VALUES`;
    const row = `(${Array<string>(COLUMN_COUNT).fill("?").join()})`;
    this.#insert = db.prepare(`${insert} ${row}`);
    this.#insertMany = db.prepare(`${insert} ${Array<string>(ROWS).fill(row).join()}`);
    this.#update = db.prepare(
      `UPDATE ${schema}.executions SET last = ?, status = coalesce(?, status), ended_at = coalesce(?, ended_at)
      WHERE id = ?`,
    );
    this.#claim = db.prepare(`INSERT OR REPLACE INTO ${schema}.names(namespace, public_id, id) VALUES (?, ?, ?)`);
  }

  write(changes: HeadChanges): void {
    const values: (string | number | null)[] = [];
    for (const [id, { last, status, endedAt, born, statics, claimsName }] of changes.entries()) {
      if (statics === undefined) {
        this.#fetch?.run(id);
        this.#update.run(last, status, endedAt, id);
        continue;
      }
      const { workflow, namespace, createdAt, retentionMs = null, attributes, publicId } = statics;
      const filterable = attributes === undefined ? null : JSON.stringify(attributes);
      values.push(id, status, workflow, namespace, createdAt, endedAt, last, born, retentionMs, filterable);
      if (values.length === ROWS * COLUMN_COUNT) this.#insertMany.run(...values.splice(0));
      if (claimsName) this.#claim.run(namespace, publicId, id);
    }
    for (let at = 0; at < values.length; at += COLUMN_COUNT) this.#insert.run(...values.slice(at, at + COLUMN_COUNT));
  }
}
