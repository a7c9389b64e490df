/**
 * An execution under the lease of one invocation: its head, and the journal's entries on their way to the table. The head
 * is written on the condition that the epoch is still this one's (K1); pieces of the journal need none (journal.ts).
 */
import type { AwsContext } from "./context.ts";
import { epochIs, headBytes } from "./endings.ts";
import { type Head, readHead } from "./head.ts";
import { segmentItems } from "./journal.ts";
import { JournalWriter, type Plan } from "./journal-writer.ts";
import { headKey } from "./keys.ts";
import type { Change, Condition, Item, Written } from "./table.ts";

export class Held {
  readonly #cx: AwsContext;
  readonly #epoch: number;
  readonly writer: JournalWriter;
  #item: Item;
  #head: Head;

  constructor(cx: AwsContext, item: Item) {
    this.#cx = cx;
    this.#item = item;
    this.#head = readHead(item);
    this.#epoch = this.#head.epoch;
    this.writer = new JournalWriter(this.#epoch, this.#head.tail.position, this.#head.tail.entries);
  }

  get id(): string {
    return this.#head.statics.id;
  }

  /** As it was last written, or read with the lease. */
  get head(): Head {
    return this.#head;
  }

  get item(): Item {
    return this.#item;
  }

  /** Makes all entries durable without the head. It does not tell whether the lease still holds. */
  async flush(): Promise<void> {
    const plan = this.writer.flush();
    if (plan === undefined) return;
    await this.#put(this.writer.pieceOf(plan));
    this.writer.flushed(plan);
  }

  /** Makes all entries durable with the head: in it, or in a piece that is put before. */
  async write(change: Change, condition: Condition): Promise<Written> {
    const plan = this.writer.withHead(this.#cx.settings.headBytes - headBytes(this.#item));
    if (plan.segment !== undefined) await this.#put(plan.segment);
    const written = await this.change({ ...change, set: { ...change.set, ...plan.set } }, condition);
    if (written.done) this.writer.wroteHead(plan);
    else this.writer.refused(plan);
    return written;
  }

  /** The head alone. */
  async change(change: Change, condition: Condition): Promise<Written> {
    const fenced = { all: [epochIs(this.#epoch), condition] };
    const written = await this.#cx.table.update(headKey(this.id), change, fenced);
    if (written.done) {
      this.#item = written.item;
      this.#head = readHead(written.item);
    }
    return written;
  }

  /** @param item of the head, as somebody else may have written it since */
  isStillMine(item: Item | undefined): boolean {
    return item !== undefined && item["endAt"] === undefined && Number(item["ep"]) === this.#epoch;
  }

  async #put(piece: NonNullable<Plan["segment"]>): Promise<void> {
    const items = segmentItems(this.id, piece, this.#cx.settings.chunkBytes);
    await Promise.all(items.map((item) => this.#cx.table.put(item)));
  }
}
