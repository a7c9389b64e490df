/** Questions about heads. Rows come from a snapshot, what never changes from the page that created the execution. */
import type { SQLInputValue } from "node:sqlite";
import { formatListCursor, parseListCursor } from "../../engine/list-cursor.ts";
import type { ExecutionStatus, Millis } from "../../kernel/journal.ts";
import type { ListFilter } from "../../ports/client.ts";
import { rootOf, treeRange } from "./execution-ids.ts";
import type { ExecutionHead } from "./records.ts";
import { damaged } from "./sqlite-errors.ts";
import type { Pages } from "./store-pages.ts";
import type { Snapshot } from "./store-snapshot.ts";

/** Sorts behind every character that can stand in an id. */
const BEHIND_IDS = "~";
const DEFAULT_LIMIT = 100;
/** Rows read at a time where all are wanted, so that no statement stays open between two of them. */
const SLICE = 500;

/** A row of `heads`. */
export interface HeadRow {
  readonly id: string;
  readonly status: ExecutionStatus;
  readonly ended_at: Millis | null;
  readonly last: number;
  readonly born: number;
}

export class HeadQueries {
  readonly #snapshot: Snapshot;
  readonly #pages: Pages;
  readonly #file: string;

  constructor(snapshot: Snapshot, pages: Pages, file: string) {
    this.#snapshot = snapshot;
    this.#pages = pages;
    this.#file = file;
  }

  byId(id: string): ExecutionHead | undefined {
    return this.#read("id = ?", id)[0];
  }

  byName(namespace: string, publicId: string): ExecutionHead | undefined {
    return this.#snapshot.read(() => {
      const claims = ["temp.names", "main.names"].flatMap((table) => {
        const sql = `SELECT id FROM ${table} WHERE namespace = ? AND public_id = ?`;
        return this.#snapshot.all<{ id: string }>(sql, namespace, publicId);
      });
      // The claim that the tables do not know yet is the newer one.
      return this.#read("id = ? AND namespace = ?", claims[0]?.id ?? publicId, namespace)[0];
    });
  }

  *open(): Iterable<ExecutionHead> {
    let after = "";
    for (;;) {
      const heads = this.#read("ended_at IS NULL AND id > ? ORDER BY id LIMIT ?", after, SLICE);
      yield* heads;
      const last = heads.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  tree(rootId: string): readonly ExecutionHead[] {
    return this.#read("id >= ? AND id < ? ORDER BY id", ...treeRange(rootId));
  }

  children(prefix: string): readonly ExecutionHead[] {
    return this.#read("id >= ? AND id < ? ORDER BY id", prefix, prefix + BEHIND_IDS);
  }

  list(filter: ListFilter): { readonly heads: readonly ExecutionHead[]; readonly cursor?: string } {
    const { limit = DEFAULT_LIMIT, parentId } = filter;
    const from = filter.cursor === undefined ? BEHIND_IDS : parseListCursor(filter.cursor).id;
    const { conditions, values } = conditionsOf(filter);
    return this.#snapshot.read(() => {
      const found: ExecutionHead[] = [];
      let before = from;
      // One more than asked for tells whether there are more. Where the parent is asked for, rows of others fall out.
      while (found.length <= limit) {
        const slice = parentId === undefined ? limit + 1 : SLICE;
        const heads = this.#read(`id < ? ${conditions} ORDER BY id DESC LIMIT ?`, before, ...values, slice);
        found.push(...(parentId === undefined ? heads : heads.filter((head) => head.parentId === parentId)));
        const last = heads.at(-1);
        if (last === undefined || heads.length < slice) break;
        before = last.id;
      }
      const heads = found.slice(0, limit);
      const last = found.length > limit ? heads.at(-1) : undefined;
      return { heads, ...(last !== undefined && { cursor: formatListCursor(last) }) };
    });
  }

  /** Where the chain of each execution in the tree ends. */
  lastPages(rootId: string): number[] {
    return this.rows("id >= ? AND id < ?", ...treeRange(rootId)).map(({ last }) => last);
  }

  rows(where: string, ...values: SQLInputValue[]): HeadRow[] {
    return this.#snapshot.read(() => {
      return this.#snapshot.all<HeadRow>(
        `SELECT id, status, ended_at, last, born FROM heads WHERE ${where}`,
        ...values,
      );
    });
  }

  /** Heads in the order of their rows; each page that created some of them is looked at once. */
  #read(where: string, ...values: SQLInputValue[]): ExecutionHead[] {
    return this.#snapshot.read(() => {
      const heads = new Map<string, ExecutionHead | HeadRow>(this.rows(where, ...values).map((row) => [row.id, row]));
      const born = Map.groupBy(heads.values() as Iterable<HeadRow>, (row) => row.born);
      for (const pos of born.keys()) {
        for (const { statics } of this.#pages.head(pos)?.created ?? []) {
          const row = heads.get(statics.id) as HeadRow | undefined;
          if (row?.born !== pos) continue;
          const endedAt = row.ended_at === null ? {} : { endedAt: row.ended_at };
          heads.set(statics.id, { ...statics, status: row.status, ...endedAt });
        }
      }
      return [...heads.values()].map((head) => {
        if ("born" in head) throw damaged(this.#file, `page ${head.born} should tell of execution ${head.id}`);
        return head;
      });
    });
  }
}

function conditionsOf(filter: ListFilter): { readonly conditions: string; readonly values: SQLInputValue[] } {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...bound: SQLInputValue[]): void => {
    conditions.push(`AND ${condition}`);
    values.push(...bound);
  };
  if (filter.workflow !== undefined) add("workflow = ?", filter.workflow);
  if (filter.namespace !== undefined) add("namespace = ?", filter.namespace);
  if (filter.startedAfter !== undefined) add("created_at > ?", filter.startedAfter);
  if (filter.startedBefore !== undefined) add("created_at < ?", filter.startedBefore);
  if (filter.rootId !== undefined) add("id >= ? AND id < ?", ...treeRange(filter.rootId));
  if (filter.parentId !== undefined) add("id >= ? AND id < ?", ...treeRange(rootOf(filter.parentId)));
  if (filter.status !== undefined)
    add("status IN (SELECT value FROM json_each(?))", JSON.stringify([filter.status].flat()));
  for (const [name, value] of Object.entries(filter.attributes ?? {})) {
    // Compared as JSON text, so that 1 is not "1" and not true.
    add("attributes -> ? = ?", `$.${JSON.stringify(name)}`, JSON.stringify(value));
  }
  return { conditions: conditions.join(" "), values };
}
