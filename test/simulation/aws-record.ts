/** The table of a cloud, as a record that the oracle and the invariants of the simulation read. */
import type { Head } from "../../lib/homes/aws/head.ts";
import { readHead } from "../../lib/homes/aws/head.ts";
import { loadInbox } from "../../lib/homes/aws/inbox.ts";
import { loadFin, loadJournal } from "../../lib/homes/aws/journal.ts";
import { HEADS_PREFIX } from "../../lib/homes/aws/keys.ts";
import type { Entry } from "../../lib/kernel/journal.ts";
import type { LogRecord } from "../../lib/homes/embedded/records.ts";
import type { MemoryTable } from "../helpers/aws/memory-table.ts";
import { MemoryDisk } from "../helpers/memory-store.ts";
import { Recorded } from "./record.ts";

export class AwsRecord extends Recorded {
  readonly #answered = new Set<string>();

  answered(executionId: string, key: string): void {
    this.#answered.add(`${executionId} ${key}`);
  }

  override isAnswered(executionId: string, callback: string): boolean {
    if (super.isAnswered(executionId, callback)) return true;
    return [...this.#answered].some((each) => each.startsWith(`${executionId} `) && each.includes(`:${callback}#`));
  }
}

export async function recordOf(table: MemoryTable): Promise<AwsRecord> {
  const record = new AwsRecord();
  await readInto(record, table);
  return record;
}

/** The same of executions that run no plan. */
export async function diskOf(table: MemoryTable): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await readInto(disk, table);
  return disk;
}

async function readInto(disk: MemoryDisk, table: MemoryTable): Promise<void> {
  const heads = [...table.items()].filter(({ sk, s }) => sk.startsWith(HEADS_PREFIX) && s !== undefined).map(readHead);
  await Promise.all(
    heads.map(async (head) => {
      const { id } = head.statics;
      const [{ entries }, fin, inbox] = await Promise.all([
        loadJournal(table, head, 0),
        loadFin(table, head),
        loadInbox(table, id),
      ]);
      add(disk, head, fin === undefined ? entries : [...entries, fin]);
      for (const { entry } of inbox) {
        if (entry.t === "in") leave(disk, id, entry.kind, JSON.stringify(entry));
        else if (disk instanceof AwsRecord) disk.answered(id, entry.k);
      }
      if (head.cancel !== undefined && head.endedAt === undefined && !isTaken(entries, head.cancel.id))
        leave(disk, id, "cancel", JSON.stringify(head.cancel));
    }),
  );
}

function isTaken(entries: readonly Entry[], id: string): boolean {
  return entries.some((entry) =>
    entry.t === "in" ? entry.id === id : entry.t === "run" && entry.cancel !== undefined,
  );
}

function leave(disk: MemoryDisk, executionId: string, kind: string, body: string): void {
  const rowid = disk.inbox.length + 1;
  disk.inbox.push({ rowid, executionId, kind, body, at: 0 } as unknown as (typeof disk.inbox)[number]);
}

function add(disk: MemoryDisk, { statics, status, endedAt }: Head, entries: readonly Entry[]): void {
  let generation = 1;
  const records = entries.map((entry): LogRecord => {
    if (entry.t === "run") generation = entry.g;
    return { executionId: statics.id, generation, entry };
  });
  disk.apply({
    created: [{ statics, claimsName: statics.publicId !== statics.id }],
    records,
    ended: endedAt === undefined ? [] : [{ id: statics.id, status, at: endedAt }],
    touched: endedAt === undefined ? [{ id: statics.id, status }] : [],
    inboxApplied: [],
  });
}
