/** Pages of the journal by position, parsed once and kept for a while. Knows no order and no meaning. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { decodeHead, decodeRecords, type PageHead, type StoredPage } from "./page.ts";
import type { LogRecord } from "./records.ts";
import { damagedPage } from "./sqlite-errors.ts";

/** Stored size of what is kept; parsed it may take twenty times that, when it was compressed. */
const KEPT_BYTES = 512 << 10;

interface KeptPage {
  readonly stored: StoredPage;
  head?: PageHead;
  records?: readonly (LogRecord | undefined)[];
}

export class Pages {
  readonly #file: string;
  readonly #select: StatementSync;
  /** Least recently used first. */
  readonly #kept = new Map<number, KeptPage>();
  #bytes = 0;

  constructor(db: DatabaseSync, file: string) {
    this.#file = file;
    this.#select = db.prepare("SELECT page FROM journal WHERE pos = ?");
  }

  /** Undefined when there is no such page (any more). */
  head(pos: number): PageHead | undefined {
    const page = this.#use(pos);
    if (page !== undefined) page.head ??= this.#decode(pos, () => decodeHead(page.stored));
    return page?.head;
  }

  /** The records at their places; undefined where an execution was pruned. */
  records(pos: number): readonly (LogRecord | undefined)[] {
    const page = this.#use(pos);
    if (page !== undefined) page.records ??= this.#decode(pos, () => decodeRecords(page.stored));
    return page?.records ?? [];
  }

  forget(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #use(pos: number): KeptPage | undefined {
    const kept = this.#kept.get(pos);
    if (kept !== undefined) {
      this.#kept.delete(pos);
      this.#kept.set(pos, kept);
      return kept;
    }
    // The caller of the statement knows the table.
    const row = this.#select.get(pos) as { readonly page: StoredPage } | undefined;
    if (row === undefined) return undefined;
    const page: KeptPage = { stored: row.page };
    this.#kept.set(pos, page);
    this.#bytes += row.page.length;
    this.#evict(pos);
    return page;
  }

  #evict(except: number): void {
    for (const [pos, { stored }] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES || pos === except) return;
      this.#kept.delete(pos);
      this.#bytes -= stored.length;
    }
  }

  #decode<T>(pos: number, decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      throw damagedPage(this.#file, pos, error);
    }
  }
}
