/**
 * Deletes trees that have expired (D23): a tree expires as one, when all of it has ended longer ago than its retention.
 *
 * Pages are shared by executions: one that others still need is emptied of what expired, and deleted with the last of
 * them. Runs within a transaction of the owner, when the tables are up to date.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Millis } from "../../kernel/journal.ts";
import { rootOf, treeRange } from "./execution-ids.ts";
import { decodeHead, withoutExecutions, type StoredPage } from "./page.ts";
import type { PruneOptions, PruneResult } from "./store.ts";

const DEFAULT_RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;
const DEFAULT_TREES = 100;
/** Bounds on one call, which blocks its process: rows looked at, and (by whole trees) executions deleted. */
const SCAN_ROWS = 20_000;
const DELETE_EXECUTIONS = 2_000;
const SLICE = 1_000;

interface Row {
  readonly id: string;
  readonly ended_at: Millis | null;
  readonly retention_ms: number | null;
  readonly last: number;
}

interface Tree {
  readonly rootId: string;
  readonly lastPages: number[];
  expired: boolean;
}

export class Pruner {
  readonly #scan: StatementSync;
  readonly #deleteTree: StatementSync;
  readonly #deleteItems: StatementSync;
  readonly #deleteWatches: StatementSync;
  readonly #deleteName: StatementSync;
  readonly #exists: StatementSync;
  readonly #readPage: StatementSync;
  readonly #writePage: StatementSync;
  readonly #deletePage: StatementSync;
  /** Where the call before stopped. */
  #after = "";

  constructor(db: DatabaseSync) {
    this.#scan = db.prepare(
      "SELECT id, ended_at, retention_ms, last FROM main.executions WHERE id > ? ORDER BY id LIMIT ?",
    );
    this.#deleteTree = db.prepare("DELETE FROM main.executions WHERE id >= ? AND id < ?");
    this.#deleteItems = db.prepare("DELETE FROM inbox WHERE execution_id >= ? AND execution_id < ?");
    this.#deleteWatches = db.prepare("DELETE FROM main.watches WHERE watcher >= ? AND watcher < ?");
    this.#deleteName = db.prepare("DELETE FROM main.names WHERE namespace = ? AND public_id = ? AND id = ?");
    this.#exists = db.prepare("SELECT 1 FROM main.executions WHERE id = ?");
    this.#readPage = db.prepare("SELECT page FROM journal WHERE pos = ?");
    this.#writePage = db.prepare("UPDATE journal SET page = ? WHERE pos = ?");
    this.#deletePage = db.prepare("DELETE FROM journal WHERE pos = ?");
  }

  prune(now: Millis, options: PruneOptions): PruneResult {
    const { retentionMs = DEFAULT_RETENTION_MS, limit = DEFAULT_TREES } = options;
    const { trees, done } = this.#expired(now, retentionMs, limit);
    let executions = 0;
    for (const { rootId } of trees) {
      executions += Number(this.#deleteTree.run(...treeRange(rootId)).changes);
      this.#deleteItems.run(...treeRange(rootId));
      this.#deleteWatches.run(...treeRange(rootId));
    }
    return { trees: trees.length, executions, pages: this.#clearPages(trees), done };
  }

  #expired(now: Millis, retentionMs: number, limit: number): { trees: Tree[]; done: boolean } {
    const trees: Tree[] = [];
    let executions = 0;
    let scanned = 0;
    for (const tree of this.#trees(now, retentionMs)) {
      scanned += tree.lastPages.length;
      if (tree.expired) {
        trees.push(tree);
        executions += tree.lastPages.length;
      }
      this.#after = `${tree.rootId}.`;
      if (trees.length >= limit || executions >= DELETE_EXECUTIONS || scanned >= SCAN_ROWS)
        return { trees, done: false };
    }
    this.#after = "";
    return { trees, done: true };
  }

  /** All trees behind `#after`, in the order of ids. */
  *#trees(now: Millis, retentionMs: number): Iterable<Tree> {
    let tree: Tree | undefined;
    for (const { id, ended_at, retention_ms, last } of this.#rows()) {
      const rootId = rootOf(id);
      if (tree?.rootId !== rootId) {
        if (tree !== undefined) yield tree;
        tree = { rootId, lastPages: [], expired: true };
      }
      tree.lastPages.push(last);
      tree.expired &&= ended_at !== null && ended_at + (retention_ms ?? retentionMs) <= now;
    }
    if (tree !== undefined) yield tree;
  }

  *#rows(): Iterable<Row> {
    let after = this.#after;
    for (;;) {
      const rows = this.#scan.all(after, SLICE) as unknown as Row[];
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** Follows the chains of what was deleted. Returns how many pages are gone. */
  #clearPages(trees: readonly Tree[]): number {
    const roots = new Set(trees.map(({ rootId }) => rootId));
    const ahead = trees.flatMap(({ lastPages }) => lastPages);
    const seen = new Set([0]);
    let deleted = 0;
    for (let pos = ahead.pop(); pos !== undefined; pos = ahead.pop()) {
      if (seen.has(pos)) continue;
      seen.add(pos);
      const row = this.#readPage.get(pos) as { readonly page: StoredPage } | undefined;
      if (row === undefined) continue;
      const { ids, previous, created } = decodeHead(row.page);
      for (const [number, id] of ids.entries()) if (roots.has(rootOf(id))) ahead.push(previous[number] ?? 0);
      for (const { statics } of created) {
        if (roots.has(statics.rootId)) this.#deleteName.run(statics.namespace, statics.publicId, statics.id);
      }
      const isGone = (id: string): boolean => this.#exists.get(id) === undefined;
      if (ids.every((id) => id === "" || isGone(id))) {
        this.#deletePage.run(pos);
        deleted += 1;
      } else {
        this.#writePage.run(withoutExecutions(row.page, isGone), pos);
      }
    }
    return deleted;
  }
}
