/**
 * The index over the journal that answers "which executions are there, and where does each one's chain end".
 *
 * It lags: a commit only appends a page, and what pages say about heads is gathered here and written to the tables
 * once for many pages. An execution that starts and ends within that time costs one row written once. The tables are
 * right up to `meta.checkpoint`; the pages behind it say the rest, to a restart and to every reader.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { ExecutionStatus, Millis } from "../../kernel/journal.ts";
import { decodeHead, type Facts, type StoredPage } from "./page.ts";
import type { Blocked } from "../../ports/client.ts";
import type { HeadRow } from "./store-head-queries.ts";
import type { ExecutionStatics, Watch, Watcher } from "./records.ts";

/** What the tables do not know yet of one execution. */
interface HeadChange {
  /** 0 when it stands on no page that the tables lack. */
  last: number;
  endedAt: Millis | null;
  /** Position of the page that created it, when the tables lack it altogether. */
  born: number;
  statics: ExecutionStatics | undefined;
  claimsName: boolean;
  /** How it rests, or what it became. Undefined when the tables are right about that. */
  state: HeadState | undefined;
  /** Something came for it that its journal does not have yet. */
  woken: boolean;
  generation: number | null;
  attempt: number | null;
}

/** What is written anew whenever the journal of an execution grows. */
interface HeadState {
  readonly status: ExecutionStatus;
  readonly parked: boolean;
  readonly wakeAt?: Millis;
  readonly watches?: readonly Watch[];
  readonly blocked?: Blocked;
}

/** A journal that grew, and no record that its execution rests. */
const RUNNING: HeadState = { status: "RUNNING", parked: false };

/** A page and the executions it mentions. */
type NotedPage = Facts & { readonly ids: readonly string[] };

export class HeadChanges {
  readonly #changes = new Map<string, HeadChange>();
  /** Executions whose rest record may say that they wait for the end of others. */
  readonly #watchers = new Set<string>();

  get size(): number {
    return this.#changes.size;
  }

  /** Undefined when it stands on no page that the tables lack. */
  lastOf(id: string): number | undefined {
    return this.#changes.get(id)?.last || undefined;
  }

  of(id: string): Readonly<HeadChange> | undefined {
    return this.#changes.get(id);
  }

  /** Whether the tables are wrong about what this execution watches. */
  hasState(id: string): boolean {
    return this.#changes.get(id)?.state !== undefined;
  }

  /** Executions that the tables do not know to wait for the end of this one. */
  watchersOf(target: string): Watcher[] {
    return Array.from(this.#watchers).flatMap((id) => {
      const watches = this.#changes.get(id)?.state?.watches ?? [];
      return watches.filter((watch) => watch.target === target).map(({ key }) => ({ id, key }));
    });
  }

  /** Takes in what pages say: the first of them stands at `first`. */
  note(pages: readonly NotedPage[], first: number): void {
    for (const [at, page] of pages.entries()) this.#note(page, first + at);
  }

  /** All of this and what pages say, as a set of its own. */
  with(pages: readonly NotedPage[], first: number): HeadChanges {
    const changes = new HeadChanges();
    for (const [id, change] of this.#changes) changes.#changes.set(id, { ...change });
    for (const id of this.#watchers) changes.#watchers.add(id);
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
    for (const [id, { last, endedAt }] of this.#changes) if (endedAt === null && last > 0) chains.set(id, last);
    return chains;
  }

  #note({ ids, created, rested, ended, generations, woken }: NotedPage, pos: number): void {
    for (const { statics, claimsName } of created) this.#changes.set(statics.id, newHead(statics, claimsName, pos));
    for (const id of ids) if (id !== "") this.#mentioned(id, pos);
    for (const record of rested) {
      this.#of(record.id).state = record;
      if (record.watches !== undefined) this.#watchers.add(record.id);
    }
    for (const { id, status, at } of ended) {
      const change = this.#of(id);
      change.state = { status, parked: false };
      change.endedAt = at;
    }
    for (const { id, generation, attempt } of generations) Object.assign(this.#of(id), { generation, attempt });
    for (const id of woken) this.#wake(id);
  }

  /** A rest record is void when the journal has a newer entry. */
  #mentioned(id: string, pos: number): void {
    const change = this.#of(id);
    change.last = pos;
    change.woken = false;
    if (change.born !== pos) change.state = RUNNING;
  }

  #wake(id: string): void {
    const change = this.#of(id);
    if (change.state === undefined) change.woken = true;
    else change.state = { ...change.state, parked: false };
  }

  #of(id: string): HeadChange {
    let change = this.#changes.get(id);
    if (change === undefined) {
      change = { ...UNKNOWN };
      this.#changes.set(id, change);
    }
    return change;
  }
}

const UNKNOWN: HeadChange = {
  last: 0,
  endedAt: null,
  born: 0,
  statics: undefined,
  claimsName: false,
  state: undefined,
  woken: false,
  generation: null,
  attempt: null,
};

/** One that begins later is parked from the beginning: its journal has its first entry, and its time wakes it. */
function newHead(statics: ExecutionStatics, claimsName: boolean, pos: number): HeadChange {
  const { startAt, deadline } = statics;
  const begins = { ...UNKNOWN, last: pos, born: pos, statics, claimsName, generation: 1, attempt: 1 };
  if (startAt === undefined) return { ...begins, state: RUNNING };
  return { ...begins, state: { status: "PENDING", parked: true, wakeAt: Math.min(startAt, deadline ?? startAt) } };
}

/** Columns in the order of the values that `rowOf` gives. */
const COLUMNS =
  "id status workflow namespace created_at ended_at last born retention_ms attributes version generation attempt parked wake_at blocked".split(
    " ",
  );
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
  readonly #watch: StatementSync;
  readonly #unwatch: StatementSync;

  /** @param fetch columns of a row of `main`, as an SQL list; what a file of an older format lacks has a default there */
  constructor(db: DatabaseSync, schema: "main" | "temp", fetch = "*") {
    if (schema === "temp") {
      this.#fetch = db.prepare(
        `INSERT OR IGNORE INTO temp.executions SELECT ${fetch} FROM main.executions WHERE id = ?`,
      );
    }
    // "OR REPLACE": what is wrong with one execution must not stop the others, long after the commit that brought it.
    const insert = `INSERT OR REPLACE INTO ${schema}.executions(${COLUMNS.join()}) VALUES`;
    const row = `(${COLUMNS.map(() => "?").join()})`;
    this.#insert = db.prepare(`${insert} ${row}`);
    this.#insertMany = db.prepare(`${insert} ${Array<string>(ROWS).fill(row).join()}`);
    this.#update = db.prepare(
      `UPDATE ${schema}.executions SET last = max(last, ?1), ended_at = coalesce(?2, ended_at),
        generation = coalesce(?3, generation), attempt = coalesce(?4, attempt), parked = coalesce(?5, parked),
        status = coalesce(?6, status), wake_at = iif(?6 IS NULL, wake_at, ?7), blocked = iif(?6 IS NULL, blocked, ?8)
      WHERE id = ?9`,
    );
    this.#claim = db.prepare(`INSERT OR REPLACE INTO ${schema}.names(namespace, public_id, id) VALUES (?, ?, ?)`);
    this.#watch = db.prepare(`INSERT OR REPLACE INTO ${schema}.watches(watcher, key, target) VALUES (?, ?, ?)`);
    this.#unwatch = db.prepare(`DELETE FROM ${schema}.watches WHERE watcher = ?`);
  }

  write(changes: HeadChanges): void {
    const values: SQLInputValue[] = [];
    for (const [id, change] of changes.entries()) {
      const { statics, state } = change;
      if (statics === undefined) this.#change(id, change);
      else {
        values.push(...rowOf(statics, change));
        if (values.length === ROWS * COLUMNS.length) this.#insertMany.run(...values.splice(0));
        if (change.claimsName) this.#claim.run(statics.namespace, statics.publicId, id);
      }
      for (const { key, target } of state?.watches ?? []) this.#watch.run(id, key, target);
    }
    for (let at = 0; at < values.length; at += COLUMNS.length) {
      this.#insert.run(...values.slice(at, at + COLUMNS.length));
    }
  }

  #change(id: string, { last, endedAt, generation, attempt, state, woken }: HeadChange): void {
    this.#fetch?.run(id);
    if (state !== undefined) this.#unwatch.run(id);
    const { status = null, wakeAt = null, blocked, parked = woken ? false : undefined } = state ?? {};
    const isParked = parked === undefined ? null : Number(parked);
    this.#update.run(last, endedAt, generation, attempt, isParked, status, wakeAt, toText(blocked), id);
  }
}

function rowOf(statics: ExecutionStatics, change: Readonly<HeadChange>): SQLInputValue[] {
  const { id, workflow, namespace, createdAt, retentionMs = null, attributes, version } = statics;
  const { endedAt, last, born, generation, attempt, state = RUNNING } = change;
  const { status, parked, wakeAt = null, blocked } = state;
  const rest = [version, generation, attempt, Number(parked), wakeAt, toText(blocked)];
  return [id, status, workflow, namespace, createdAt, endedAt, last, born, retentionMs, toText(attributes), ...rest];
}

/** The row of an execution that the tables lack. */
export function newRowOf(
  id: string,
  { last, born, generation, attempt, state = RUNNING, ...rest }: Readonly<HeadChange>,
): HeadRow {
  return {
    id,
    last,
    born,
    ...stateRow(state),
    ended_at: rest.endedAt,
    generation: generation ?? 1,
    attempt: attempt ?? 1,
  };
}

/** A row as it will be when the change is written. */
export function changed(row: HeadRow, change: Readonly<HeadChange>): HeadRow {
  const { last, endedAt, generation, attempt, state, woken } = change;
  return {
    ...row,
    ...(woken && { parked: 0 }),
    ...(state !== undefined && stateRow(state)),
    last: Math.max(row.last, last),
    ended_at: endedAt ?? row.ended_at,
    generation: generation ?? row.generation,
    attempt: attempt ?? row.attempt,
  };
}

function stateRow({
  status,
  parked,
  wakeAt,
  blocked,
}: HeadState): Pick<HeadRow, "status" | "parked" | "wake_at" | "blocked"> {
  return { status, parked: parked ? 1 : 0, wake_at: wakeAt ?? null, blocked: toText(blocked) };
}

function toText(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
