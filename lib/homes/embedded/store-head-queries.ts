/** Questions about heads. Rows come from a snapshot, what never changes from the page that created the execution. */
import type { SQLInputValue } from "node:sqlite";
import { formatListCursor, parseListCursor } from "../../engine/list-cursor.ts";
import type { ExecutionStatus, Millis } from "../../kernel/journal.ts";
import type { Blocked, ListFilter } from "../../ports/client.ts";
import { rootOf, treeRange } from "./execution-ids.ts";
import type { ExecutionHead, ExecutionStatics, Wake, Watcher, WorkflowKind } from "./records.ts";
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
  readonly generation: number;
  readonly attempt: number;
  readonly parked: 0 | 1;
  readonly wake_at: Millis | null;
  readonly blocked: string | null;
}

const UNPARKED = "parked = 0 AND ended_at IS NULL";

/** Columns of a `HeadRow`. */
export const ROW = "id, status, ended_at, last, born, generation, attempt, parked, wake_at, blocked";

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

  open(): Iterable<ExecutionHead> {
    return this.#slices("ended_at IS NULL");
  }

  unparkedKinds(): readonly WorkflowKind[] {
    const sql = `SELECT DISTINCT workflow, version FROM heads WHERE ${UNPARKED}`;
    return this.#snapshot.read(() => this.#snapshot.all<WorkflowKind>(sql));
  }

  unparked({ workflow, version }: WorkflowKind): Iterable<ExecutionHead> {
    return this.#slices(`${UNPARKED} AND workflow = ? AND version IS ?`, workflow, version);
  }

  *#slices(where: string, ...values: SQLInputValue[]): Iterable<ExecutionHead> {
    for (let after: string | undefined = ""; after !== undefined;) {
      const heads: readonly ExecutionHead[] = this.#read(
        `${where} AND id > ? ORDER BY id LIMIT ?`,
        ...values,
        after,
        SLICE,
      );
      yield* heads;
      after = heads.at(-1)?.id;
    }
  }

  wakes({ at, id }: Wake, limit: number): readonly Wake[] {
    const next = (schema: string, where: string): Wake[] =>
      this.#snapshot.all<Wake>(
        `SELECT id, wake_at AS at FROM ${schema}.executions
        WHERE wake_at IS NOT NULL AND ended_at IS NULL AND (wake_at, id) > (?, ?) ${where}
        ORDER BY wake_at, id LIMIT ?`,
        Number.isFinite(at) ? at : Number.MIN_SAFE_INTEGER,
        id,
        limit,
      );
    return this.#snapshot.read(() => {
      const found = [...next("main", "AND id NOT IN (SELECT id FROM temp.executions)"), ...next("temp", "")];
      return found.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).slice(0, limit);
    });
  }

  watchers(id: string): readonly Watcher[] {
    return this.#snapshot.read(() => {
      return this.#snapshot.all<Watcher>(
        `SELECT watcher AS id, key FROM main.watches
        WHERE target = ? AND watcher NOT IN (SELECT id FROM temp.executions)
        UNION ALL SELECT watcher, key FROM temp.watches WHERE target = ?`,
        id,
        id,
      );
    });
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
      return this.#snapshot.all<HeadRow>(`SELECT ${ROW} FROM heads WHERE ${where}`, ...values);
    });
  }

  /** With what never changes of it. */
  headOf(row: HeadRow): ExecutionHead {
    const created = this.#pages.head(row.born)?.created.find(({ statics }) => statics.id === row.id);
    if (created === undefined) throw damaged(this.#file, `page ${row.born} should tell of execution ${row.id}`);
    return headOf(created.statics, row);
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
          heads.set(statics.id, headOf(statics, row));
        }
      }
      return [...heads.values()].map((head) => {
        if ("born" in head) throw damaged(this.#file, `page ${head.born} should tell of execution ${head.id}`);
        return head;
      });
    });
  }
}

export function headOf(statics: ExecutionStatics, row: HeadRow): ExecutionHead {
  const { status, generation, attempt, parked, ended_at: endedAt, wake_at: wakeAt, blocked } = row;
  return {
    ...statics,
    status,
    generation,
    attempt,
    parked: parked === 1,
    ...(endedAt !== null && { endedAt }),
    ...(wakeAt !== null && { wakeAt }),
    ...(blocked !== null && { blocked: JSON.parse(blocked) as Blocked }),
  };
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
