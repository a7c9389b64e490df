/** The owner's side: commits, and keeps the tables of heads close behind the journal. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreError } from "../../kernel/errors.ts";
import type { Millis } from "../../kernel/journal.ts";
import type { Ownership } from "./lock.ts";
import { changePayloads } from "./page-payloads.ts";
import { encodePages, type EncodedPage } from "./page-writer.ts";
import type { CommitGroup, ExecutionHead, Watcher } from "./records.ts";
import { translate } from "./sqlite-errors.ts";
import { headOf, ROW, type HeadRow } from "./store-head-queries.ts";
import { changed, HeadChanges, HeadTables, newRowOf } from "./store-heads.ts";
import { Pruner } from "./store-prune.ts";
import { SqliteReader } from "./store-reader.ts";
import { changesAfter } from "./store-snapshot.ts";
import type { Durability, PayloadCodec, PruneOptions, PruneResult, Store } from "./store.ts";

/**
 * How far the tables may lag behind: what a restart and every reader have to make up for, and how long a commit takes
 * that brings them up to date (1 to 2 ms per thousand heads).
 */
const LAG_HEADS = 1_000;
const LAG_PAGES = 1_000;

export interface WriterParts {
  readonly db: DatabaseSync;
  readonly file: string;
  readonly durability: Durability;
  readonly codec: PayloadCodec | undefined;
  /** Absent when nobody else can open the file, or this store may not write. */
  readonly ownership: Ownership | undefined;
  readonly readOnly: boolean;
}

export class SqliteStore extends SqliteReader implements Store {
  readonly durability: Durability;
  readonly #ownership: Ownership | undefined;
  readonly #readOnly: boolean;
  readonly #tables: HeadTables;
  readonly #pruner: Pruner;
  readonly #insertPage: StatementSync;
  readonly #deleteItem: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #selectHead: StatementSync;
  readonly #selectWatchers: StatementSync;
  readonly #putMeta: StatementSync;
  #commits = 0;
  #position = 0;
  #checkpoint = 0;
  /** What the tables lack, and the chains that they got last: whoever works on is in one of the two. */
  #changes = new HeadChanges();
  #written: ReadonlyMap<string, number> = new Map();
  #encoding: Promise<void> = Promise.resolve();

  constructor({ db, file, durability, codec, ownership, readOnly }: WriterParts) {
    super(db, file, codec, !readOnly);
    this.durability = durability;
    this.#ownership = ownership;
    this.#readOnly = readOnly;
    this.#tables = new HeadTables(db, "main");
    this.#pruner = new Pruner(db);
    this.#insertPage = db.prepare("INSERT INTO journal(pos, page) VALUES (?, ?)");
    this.#deleteItem = db.prepare("DELETE FROM inbox WHERE item = ?");
    this.#selectLast = db.prepare("SELECT last FROM main.executions WHERE id = ?");
    this.#selectHead = db.prepare(`SELECT ${ROW} FROM main.executions WHERE id = ?`);
    this.#selectWatchers = db.prepare("SELECT watcher AS id, key FROM main.watches WHERE target = ?");
    this.#putMeta = db.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)");
    this.#checkpoint = Number(this.meta("checkpoint") ?? 0);
    this.#position = super.position();
    this.#changes = changesAfter(db, file, this.#checkpoint);
  }

  get commits(): number {
    return this.#commits;
  }

  override position(): number {
    return this.#position;
  }

  /** Without laying the newest pages over the tables: what they say is at hand, and executions are looked for often. */
  override head(id: string): ExecutionHead | undefined {
    return this.#readOnly ? super.head(id) : this.#read(() => this.#head(id));
  }

  #head(id: string): ExecutionHead | undefined {
    const change = this.#changes.of(id);
    if (change?.statics !== undefined) return headOf(change.statics, newRowOf(id, change));
    const row = this.#selectHead.get(id) as HeadRow | undefined;
    return row === undefined ? undefined : this.heads.headOf(change === undefined ? row : changed(row, change));
  }

  protected override lastPage(id: string): number {
    if (this.#readOnly) return super.lastPage(id);
    return this.#read(() => {
      const row = this.#selectLast.get(id) as { readonly last: number } | undefined;
      return this.#changes.lastOf(id) ?? row?.last ?? 0;
    });
  }

  override watchers(id: string): readonly Watcher[] {
    if (this.#readOnly) return super.watchers(id);
    return this.#read(() => {
      const rows = this.#selectWatchers.all(id) as unknown as Watcher[];
      return [...rows.filter((watcher) => !this.#changes.hasState(watcher.id)), ...this.#changes.watchersOf(id)];
    });
  }

  #read<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw translate(error, "read", this.file);
    }
  }

  commit(group: CommitGroup): void {
    if (this.codec !== undefined) {
      throw new StoreError("store_failed", `${this.file} was opened with a codec: commit with commitEncoded.`);
    }
    this.#commit(group, undefined);
  }

  commitEncoded(group: CommitGroup): Promise<void> {
    const { codec } = this;
    const done = this.#encoding.then(async () => {
      if (codec === undefined) return this.#commit(group, undefined);
      const records = await changePayloads(group.records, (payload, record) => codec.encode(payload, record));
      this.#commit({ ...group, records }, codec.keyId);
    });
    // What was handed in behind a group that failed fails with it, since it may build on it; what comes later does not.
    this.#encoding = done;
    done.catch(() => {
      if (this.#encoding === done) this.#encoding = Promise.resolve();
    });
    return done;
  }

  latestTime(): Millis {
    const records = this.pagesCache.records(this.#position);
    return Math.max(
      0,
      ...records.map((record) => (record !== undefined && "at" in record.entry ? record.entry.at : 0)),
    );
  }

  setMeta(key: string, value: string): void {
    this.#write("write to", () => this.#putMeta.run(key, value));
  }

  prune(now: Millis, options: PruneOptions = {}): PruneResult {
    return this.#write("prune", () => {
      const result = this.#transaction(() => {
        this.#catchUp(this.#changes, this.#position);
        return this.#pruner.prune(now, options);
      });
      this.#caughtUp(this.#changes);
      this.#written = new Map();
      this.pagesCache.forget();
      return result;
    });
  }

  override close(): void {
    if (!this.db.isOpen) return;
    try {
      if (!this.#readOnly && this.#position > this.#checkpoint)
        this.#transaction(() => this.#catchUp(this.#changes, this.#position));
    } catch {
      // The tables are only an index: whoever opens the file next brings them up to date.
    } finally {
      super.close();
      this.#ownership?.release();
    }
  }

  protected override ownConnection(): DatabaseSync | undefined {
    return this.#readOnly ? undefined : this.db;
  }

  // ---- commit ---------------------------------------------------------------------------------------------------

  #commit(group: CommitGroup, keyId: string | undefined): void {
    const { created, records, ended, rested, woken, generations, inboxApplied } = group;
    const facts = created.length + ended.length + rested.length + woken.length + generations.length;
    const isQuiet = records.length + facts === 0;
    if (isQuiet && inboxApplied.length === 0) return;
    this.#write("commit to", () => {
      const first = this.#position + 1;
      const pages = isQuiet ? [] : encodePages(group, first, this.#lastOf, keyId);
      const position = this.#position + pages.length;
      const isLagging = this.#changes.size >= LAG_HEADS || this.#position - this.#checkpoint >= LAG_PAGES;
      // Together with this group, so that what it ends need not be written twice.
      const changes = isLagging ? this.#changes.with(pages, first) : undefined;
      const [page, more] = pages;
      if (page !== undefined && more === undefined && changes === undefined && inboxApplied.length === 0) {
        // One statement is a transaction by itself, and that is the cheapest one.
        this.#insertPage.run(first, page.page);
      } else {
        this.#transaction(() => {
          this.#insertPages(pages, first);
          for (const item of inboxApplied) this.#deleteItem.run(item);
          if (changes !== undefined) this.#catchUp(changes, position);
        });
      }
      this.#position = position;
      if (changes === undefined) this.#changes.note(pages, first);
      else this.#caughtUp(changes);
      this.#commits += 1;
    });
  }

  #insertPages(pages: readonly EncodedPage[], first: number): void {
    for (const [at, { page }] of pages.entries()) this.#insertPage.run(first + at, page);
  }

  readonly #lastOf = (id: string): number => {
    const known = this.#changes.lastOf(id) ?? this.#written.get(id);
    if (known !== undefined) return known;
    const row = this.#selectLast.get(id) as { readonly last: number } | undefined;
    if (row === undefined) throw new StoreError("store_failed", `There is no execution ${id} in ${this.file}.`);
    return row.last;
  };

  // ---- the tables -----------------------------------------------------------------------------------------------

  /** Within a transaction. Only when that went through is it also true in memory: `#caughtUp`. */
  #catchUp(changes: HeadChanges, position: number): void {
    this.#tables.write(changes);
    this.#putMeta.run("checkpoint", String(position));
  }

  #caughtUp(changes: HeadChanges): void {
    this.#checkpoint = this.#position;
    this.#written = changes.openChains();
    this.#changes = new HeadChanges();
  }

  // ---- writing --------------------------------------------------------------------------------------------------

  #write<T>(attempt: string, body: () => T): T {
    if (this.#readOnly) {
      throw new StoreError("store_read_only", `Cannot ${attempt} ${this.file}: this store was opened read-only.`);
    }
    try {
      return body();
    } catch (error) {
      throw translate(error, attempt, this.file);
    }
  }

  #transaction<T>(body: () => T): T {
    try {
      this.db.exec("BEGIN IMMEDIATE");
      const result = body();
      this.db.exec("COMMIT");
      return result;
    } catch (error) {
      // Some failures (a full disk) have rolled back already.
      if (this.db.isTransaction) this.db.exec("ROLLBACK");
      throw error;
    }
  }
}
