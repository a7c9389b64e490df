/** What every process may ask of a file: the owner on its own connection, others beside it. */
import type { DatabaseSync } from "node:sqlite";
import type { ListFilter } from "../../ports/client.ts";
import type { ExecutionHead, LogRecord, OutsideItem, Wake, Watcher, WorkflowKind } from "./records.ts";
import { HeadQueries } from "./store-head-queries.ts";
import { inboxItems, leaveItem } from "./store-inbox.ts";
import { codecFor, JournalQueries } from "./store-journal-queries.ts";
import { Pages } from "./store-pages.ts";
import { Snapshot } from "./store-snapshot.ts";
import type { PageFilter, PayloadCodec, PlacedRecord, StoreReader } from "./store.ts";

export class SqliteReader implements StoreReader {
  readonly file: string;
  /** For tests that need a full or a read-only file. */
  readonly db: DatabaseSync;
  protected readonly codec: PayloadCodec | undefined;
  protected readonly pagesCache: Pages;
  readonly #snapshot: Snapshot;
  protected readonly heads: HeadQueries;
  readonly #journals: JournalQueries;

  constructor(db: DatabaseSync, file: string, codec: PayloadCodec | undefined, isOwner = false) {
    this.db = db;
    this.file = file;
    this.codec = codec;
    this.pagesCache = new Pages(db, file);
    this.#snapshot = new Snapshot(db, file, isOwner);
    this.heads = new HeadQueries(this.#snapshot, this.pagesCache, file);
    this.#journals = new JournalQueries({
      snapshot: this.#snapshot,
      pages: this.pagesCache,
      heads: this.heads,
      codec,
      file,
      lastPage: (id) => this.lastPage(id),
    });
  }

  position(): number {
    return this.#snapshot.read(() => this.#snapshot.position);
  }

  head(id: string): ExecutionHead | undefined {
    return this.heads.byId(id);
  }

  headByName(namespace: string, publicId: string): ExecutionHead | undefined {
    return this.heads.byName(namespace, publicId);
  }

  openHeads(): Iterable<ExecutionHead> {
    return this.heads.open();
  }

  unparkedKinds(): readonly WorkflowKind[] {
    return this.heads.unparkedKinds();
  }

  unparked(kind: WorkflowKind): Iterable<ExecutionHead> {
    return this.heads.unparked(kind);
  }

  wakes(after: Wake, limit: number): readonly Wake[] {
    return this.heads.wakes(after, limit);
  }

  watchers(id: string): readonly Watcher[] {
    return this.heads.watchers(id);
  }

  list(filter: ListFilter): { readonly heads: readonly ExecutionHead[]; readonly cursor?: string } {
    return this.heads.list(filter);
  }

  treeHeads(rootId: string): readonly ExecutionHead[] {
    return this.heads.tree(rootId);
  }

  childHeads(prefix: string): readonly ExecutionHead[] {
    return this.heads.children(prefix);
  }

  journal(id: string, options: { readonly latestGeneration?: boolean } = {}): Promise<readonly LogRecord[]> {
    return this.#journals.journal(id, options.latestGeneration ?? false);
  }

  pages(filter: PageFilter = {}): AsyncIterable<readonly PlacedRecord[]> {
    return this.#journals.pages(filter);
  }

  async inboxItems(): Promise<readonly OutsideItem[]> {
    const items = inboxItems(this.#snapshot).map(async ({ keyId, ...item }) => {
      if (keyId === null) return item;
      return { ...item, body: await codecFor(keyId, this.codec, this.file).decode(item.body, keyId, item) };
    });
    return Promise.all(items);
  }

  async leave(item: Omit<OutsideItem, "rowid">): Promise<number> {
    const body = this.codec === undefined ? item.body : await this.codec.encode(item.body, item);
    return leaveItem(this.file, this.ownConnection(), { ...item, body }, this.codec?.keyId);
  }

  meta(key: string): string | undefined {
    return this.#snapshot.read(() => {
      return this.#snapshot.all<{ value: string }>("SELECT value FROM meta WHERE key = ?", key)[0]?.value;
    });
  }

  close(): void {
    if (this.db.isOpen) this.db.close();
  }

  protected lastPage(id: string): number {
    return this.heads.rows("id = ?", id)[0]?.last ?? 0;
  }

  /** The connection that may write, if this one may. */
  protected ownConnection(): DatabaseSync | undefined {
    return undefined;
  }
}
