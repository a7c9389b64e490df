/**
 * The store of the embedded home: one SQLite file that holds the journals, the heads and the outside inbox.
 *
 * Job: commit groups atomically and durably, and read them back. Boundary: it knows the shapes in `records.ts` and
 * nothing of what they mean; it has no clock and no ids of its own.
 *
 * Invariants
 *  1. A group is there whole or not at all; what `commit` returned from survives kill -9 (`process`) or loss of power
 *     (`power`). A commit that threw left nothing behind and can be tried again with the same group.
 *  2. Exactly one process, and in it one store, owns a file for writing. The lock dies with the process (K1).
 *  3. The journal is append-only and in the order of the groups. Nothing changes a page but `prune`.
 *  4. With a codec no payload stands in the file, the WAL or the inbox in its plain form.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Millis } from "../../kernel/journal.ts";
import type { ListFilter } from "../../ports/client.ts";
import { refuseOwnedHere, takeOwnership } from "./lock.ts";
import type { CommitGroup, ExecutionHead, LogRecord, OutsideItem, Wake, Watcher, WorkflowKind } from "./records.ts";
import { translate } from "./sqlite-errors.ts";
import { loadSqlite } from "./sqlite.ts";
import { SqliteReader } from "./store-reader.ts";
import { checkRegularFile, MEMORY, toStoreFile } from "./store-file.ts";
import { checkExisting, openForReading, openForWriting } from "./store-schema.ts";
import { SqliteStore } from "./store-writer.ts";

/** Meta key of the owner's process id. */
const OWNER = "owner";

/** `process` survives the death of the process (kill -9), `power` also loss of power: one fsync per group. */
export type Durability = "process" | "power";

/** Encrypts values at rest, for example (D3). Applied to every payload before it is written and after it is read. */
export interface PayloadCodec {
  /** Recorded with everything encoded, and handed to `decode`, so that keys can change. */
  readonly keyId: string;
  encode(text: string, context: PayloadContext): Promise<string>;
  decode(text: string, keyId: string, context: PayloadContext): Promise<string>;
}

/** The same when a payload is written and when it is read. */
export interface PayloadContext {
  /** Whose journal it stands in: a child's input stands in its parent's and, as it came out of its schema, in its own. */
  readonly executionId: string;
}

export interface StoreOptions {
  /** Path, or `:memory:`. Its folder must exist. */
  readonly file: string;
  readonly durability: Durability;
  /** Opens beside an owner, without owning: every commit is refused with `store_read_only`. @default false */
  readonly readOnly?: boolean;
  readonly codec?: PayloadCodec;
}

export interface ReaderOptions {
  readonly file: string;
  readonly codec?: PayloadCodec;
}

/** Where a record stands in the global order: page and index within it. */
export interface RecordCursor {
  readonly pos: number;
  readonly index: number;
}

/** A record with its place; `cursor`s are stable for the life of the record. */
export interface PlacedRecord extends LogRecord {
  readonly cursor: RecordCursor;
}

export interface PageFilter {
  /** Exclusive: only records behind this one. From the beginning when absent. */
  readonly after?: RecordCursor;
  /** Only records of the tree of this root. */
  readonly rootId?: string;
}

export interface PruneOptions {
  /** For executions that state no `retentionMs`. @default 30 days */
  readonly retentionMs?: number;
  /** Trees deleted at most in one call, so that no call takes long. @default 100 */
  readonly limit?: number;
}

export interface PruneResult {
  readonly trees: number;
  readonly executions: number;
  /** Journal pages deleted (pages that others still need are only emptied of what expired). */
  readonly pages: number;
  /** False when there is more to look at: call again. A call goes on where the one before stopped. */
  readonly done: boolean;
}

/** What any process may do with the file, beside its owner. Every read sees whole groups only. */
export interface StoreReader {
  readonly file: string;
  /** Position of the newest page; 0 in an empty file. */
  position(): number;
  head(id: string): ExecutionHead | undefined;
  /** By the user's own id (the newest claim); else by internal id. Only within `namespace`. */
  headByName(namespace: string, publicId: string): ExecutionHead | undefined;
  /** All heads that have not ended, oldest id first. Safe against commits in between. */
  openHeads(): Iterable<ExecutionHead>;
  /** Of which workflows there are open executions that are not parked. */
  unparkedKinds(): readonly WorkflowKind[];
  /** Open executions of one kind that are not parked. Safe against commits in between. */
  unparked(kind: WorkflowKind): Iterable<ExecutionHead>;
  /** The next executions that time wakes, those behind `after`, the earliest first. */
  wakes(after: Wake, limit: number): readonly Wake[];
  /** Executions that rest in the file and wait for the end of this one. */
  watchers(id: string): readonly Watcher[];
  /** Newest id first. `cursor` is absent on the last page. */
  list(filter: ListFilter): { readonly heads: readonly ExecutionHead[]; readonly cursor?: string };
  /** The root and everything below it, in the order of ids. */
  treeHeads(rootId: string): readonly ExecutionHead[];
  /** All whose id begins with `prefix` (`<root>-<hash of parent>-`), in the order of ids. */
  childHeads(prefix: string): readonly ExecutionHead[];
  /**
   * Everything recorded for one execution, in order: all generations, or from the newest `run` entry on.
   * @default latestGeneration false
   */
  journal(id: string, options?: { readonly latestGeneration?: boolean }): Promise<readonly LogRecord[]>;
  /**
   * Records in the global order, one array per page, up to what is durable at the call. Ends there; whoever follows
   * calls again with the last cursor when it hears of more.
   */
  pages(filter?: PageFilter): AsyncIterable<readonly PlacedRecord[]>;
  /** What outsiders left and nobody has applied yet, in the order they left it. */
  inboxItems(): Promise<readonly OutsideItem[]>;
  /** Leaves an item for the owner: one short write of its own. Gives the item's rowid. */
  leave(item: Omit<OutsideItem, "rowid">): Promise<number>;
  meta(key: string): string | undefined;
  close(): void;
}

/** The owner's side. */
export interface Store extends StoreReader {
  /** Groups committed since opening. */
  readonly commits: number;
  readonly durability: Durability;
  /**
   * Commits one group: synchronous, one transaction. An empty group costs nothing and is not counted.
   * @throws StoreError `store_full`, `store_read_only`, `store_failed`: nothing was committed, the store stays usable
   * @throws StoreError `store_failed` when the store has a codec: use `commitEncoded`
   */
  commit(group: CommitGroup): void;
  /** The same through the codec, in the order of the calls. Without a codec: `commit`. */
  commitEncoded(group: CommitGroup): Promise<void>;
  /** The latest time that the newest page tells; 0 in an empty file. */
  latestTime(): Millis;
  setMeta(key: string, value: string): void;
  /** Deletes whole trees in which everything has ended longer ago than its retention. */
  prune(now: Millis, options?: PruneOptions): PruneResult;
}

/**
 * Opens, and creates if need be, the file and becomes its owner.
 * @throws StoreError `store_locked`, `store_foreign`, `store_newer`, `store_read_only`, `store_failed`
 * @throws TreelineError `invalid_argument` for an empty name
 */
export function openStore({ file: given, durability, readOnly = false, codec }: StoreOptions): Store {
  loadSqlite();
  const file = resolved(given);
  const parts = { file, durability, codec, readOnly };
  if (readOnly) return openWith(openForReading(file), (db) => new SqliteStore({ ...parts, db, ownership: undefined }));
  refuseOwnedHere(file);
  checkExisting(file);
  const ownership = file === MEMORY ? undefined : takeOwnership(file, () => ownerOf(file));
  try {
    return openWith(openForWriting(file, durability), (db) => {
      const store = new SqliteStore({ ...parts, db, ownership });
      store.setMeta(OWNER, String(process.pid));
      ownership?.opened();
      return store;
    });
  } catch (error) {
    ownership?.release();
    throw translate(error, "open", file);
  }
}

/**
 * Opens an existing file for reading, whether or not somebody owns it.
 * @throws StoreError `store_foreign`, `store_newer`, `store_failed`
 */
export function openReader({ file: given, codec }: ReaderOptions): StoreReader {
  loadSqlite();
  const file = resolved(given);
  return openWith(openForReading(file), (db) => new SqliteReader(db, file, codec));
}

function openWith<T>(db: DatabaseSync, open: (db: DatabaseSync) => T): T {
  try {
    return open(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function resolved(name: string): string {
  const file = toStoreFile(name);
  if (file !== MEMORY) checkRegularFile(file);
  return file;
}

function ownerOf(file: string): number | undefined {
  try {
    const reader = openReader({ file });
    try {
      const pid = reader.meta(OWNER);
      return pid === undefined ? undefined : Number(pid);
    } finally {
      reader.close();
    }
  } catch {
    // It is only for a message; the owner may be about to create the file.
    return undefined;
  }
}
