/** Journals and the global order of records, decoded by the codec. */
import { StoreError } from "../../kernel/errors.ts";
import { changePayloads } from "./page-payloads.ts";
import { rootOf } from "./execution-ids.ts";
import type { LogRecord } from "./records.ts";
import { damaged } from "./sqlite-errors.ts";
import type { HeadQueries } from "./store-head-queries.ts";
import type { Pages } from "./store-pages.ts";
import type { Snapshot } from "./store-snapshot.ts";
import type { PageFilter, PayloadCodec, PlacedRecord } from "./store.ts";

/** Up to so many pages behind a cursor are scanned; where there are more, the chains lead to those of one tree. */
const SCAN_PAGES = 256;
/** Positions read at a time. */
const SLICE = 500;

export interface JournalParts {
  readonly snapshot: Snapshot;
  readonly pages: Pages;
  readonly heads: HeadQueries;
  readonly codec: PayloadCodec | undefined;
  readonly file: string;
  /** Position of the newest page that mentions an execution; 0 when there is none. */
  lastPage(id: string): number;
}

/** What one page says of one execution. */
interface Link {
  readonly records: LogRecord[];
  readonly keyId: string | undefined;
}

export class JournalQueries {
  readonly #parts: JournalParts;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  async journal(id: string, latestGeneration: boolean): Promise<readonly LogRecord[]> {
    const { snapshot } = this.#parts;
    const chain = (): Link[] => this.#chain(id, this.#parts.lastPage(id), latestGeneration);
    const pages = snapshot.isOwner ? chain() : snapshot.read(chain);
    const decoded = await Promise.all(pages.map(({ records, keyId }) => this.#decode(records, keyId)));
    return decoded.flat();
  }

  async *pages({ after = { pos: 0, index: -1 }, rootId }: PageFilter): AsyncIterable<readonly PlacedRecord[]> {
    for (const pos of this.#positions(after.pos, rootId)) {
      const placed = this.#place(pos, rootId).filter(({ cursor }) => pos > after.pos || cursor.index > after.index);
      if (placed.length > 0) yield await this.#decode(placed, this.#parts.pages.head(pos)?.keyId);
    }
  }

  /** An execution's own records page by page, along its chain from the newest back. */
  #chain(id: string, from: number, latestGeneration: boolean): Link[] {
    const { pages, file } = this.#parts;
    const found: Link[] = [];
    let pos = from;
    while (pos > 0) {
      const head = pages.head(pos);
      const number = head?.ids.indexOf(id) ?? -1;
      if (head === undefined || number < 0) throw damaged(file, `page ${pos} should tell of execution ${id}`);
      const records = pages.records(pos).filter((record) => record?.executionId === id) as LogRecord[];
      const begin = latestGeneration ? records.findLastIndex(({ entry }) => entry.t === "run") : -1;
      found.push({ records: records.slice(Math.max(begin, 0)), keyId: head.keyId });
      pos = begin < 0 ? (head.previous[number] ?? 0) : 0;
    }
    return found.toReversed();
  }

  /** Pages from `from` on that may hold records of the tree, or of all, oldest first. */
  *#positions(from: number, rootId: string | undefined): Iterable<number> {
    const { snapshot } = this.#parts;
    const tip = snapshot.read(() => snapshot.position);
    if (rootId !== undefined && tip - from > SCAN_PAGES) {
      yield* snapshot.read(() => this.#treePositions(from, rootId));
      return;
    }
    let next = from;
    while (next <= tip) {
      const sql = "SELECT pos FROM journal WHERE pos >= ? AND pos <= ? ORDER BY pos LIMIT ?";
      const rows = snapshot.read(() => snapshot.all<{ pos: number }>(sql, next, tip, SLICE));
      for (const { pos } of rows) yield pos;
      next = (rows.at(-1)?.pos ?? tip) + 1;
    }
  }

  /** All chains of the tree at once: each page is looked at one time, however many of its executions are on it. */
  #treePositions(from: number, rootId: string): number[] {
    const found = new Set<number>();
    const ahead = this.#parts.heads.lastPages(rootId);
    for (let pos = ahead.pop(); pos !== undefined; pos = ahead.pop()) {
      if (pos < from || pos === 0 || found.has(pos)) continue;
      found.add(pos);
      const head = this.#parts.pages.head(pos);
      for (const [number, id] of head?.ids.entries() ?? []) {
        if (rootOf(id) === rootId) ahead.push(head?.previous[number] ?? 0);
      }
    }
    return [...found].toSorted((a, b) => a - b);
  }

  #place(pos: number, rootId: string | undefined): PlacedRecord[] {
    const { snapshot, pages } = this.#parts;
    return snapshot.read(() => {
      const isWanted = (id: string): boolean => rootId === undefined || rootOf(id) === rootId;
      if (pages.head(pos)?.ids.some(isWanted) !== true) return [];
      const placed: PlacedRecord[] = [];
      for (const [index, record] of pages.records(pos).entries()) {
        if (record !== undefined && isWanted(record.executionId)) placed.push({ ...record, cursor: { pos, index } });
      }
      return placed;
    });
  }

  async #decode<R extends LogRecord>(records: readonly R[], keyId: string | undefined): Promise<readonly R[]> {
    if (keyId === undefined) return records;
    const codec = codecFor(keyId, this.#parts.codec, this.#parts.file);
    return changePayloads(records, (payload, record) => codec.decode(payload, keyId, record));
  }
}

export function codecFor(keyId: string, codec: PayloadCodec | undefined, file: string): PayloadCodec {
  if (codec !== undefined) return codec;
  throw new StoreError("store_failed", `${file} holds values encoded with key ${keyId}. Open it with that codec.`);
}
