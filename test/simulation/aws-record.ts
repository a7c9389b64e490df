/** The table of a cloud, as a record that the oracle and the invariants of the simulation read. */
import { type Head, readHead } from "../../lib/homes/aws/head.ts";
import { findHead } from "../../lib/homes/aws/heads.ts";
import { loadInbox } from "../../lib/homes/aws/inbox.ts";
import { loadFin, loadJournal } from "../../lib/homes/aws/journal.ts";
import { HEADS_PREFIX, INBOX_PREFIX } from "../../lib/homes/aws/keys.ts";
import type { Key, Table } from "../../lib/homes/aws/table.ts";
import type { ExecutionHead, LogRecord, OutsideItem } from "../../lib/homes/embedded/records.ts";
import type { Entry } from "../../lib/kernel/journal.ts";
import type { MemoryTable } from "../helpers/aws/memory-table.ts";
import { MemoryDisk } from "../helpers/memory-store.ts";
import { Recorded } from "./record.ts";

/** Follows a table: what was written since the last look is read again, whole executions at a time. */
export class AwsRecord extends Recorded {
  readonly #written = new Set<string>();
  readonly #answers = new Map<string, readonly string[]>();
  /** Senders of all that ever lay in an inbox, by execution. */
  readonly #senders = new Map<string, Set<string>>();

  /** Somebody wrote or deleted the item of this key. */
  wrote({ pk, sk }: Key): void {
    const [kind, owner = ""] = pk.split("#", 2);
    if (kind === "x") this.#written.add(owner);
    if (sk.startsWith(INBOX_PREFIX)) this.#senderOf(owner).add(sk.slice(INBOX_PREFIX.length));
    if (kind === "t") this.#written.add(sk === HEADS_PREFIX ? owner : `${owner}-${sk.slice(HEADS_PREFIX.length)}`);
  }

  async look(table: Table): Promise<void> {
    for (const id of this.#written) {
      const head = await findHead(table, id);
      if (head !== undefined) this.#replace(await readExecution(table, head));
      this.#written.delete(id);
    }
  }

  #replace(execution: Execution): void {
    const { id } = execution.head;
    this.forget(id);
    for (let at = this.inbox.length - 1; at >= 0; at -= 1)
      if (this.inbox[at]?.executionId === id) this.inbox.splice(at, 1);
    add(this, execution);
    for (const record of execution.records) this.index(record);
    this.#answers.set(id, execution.answers);
  }

  #senderOf(executionId: string): Set<string> {
    const senders = this.#senders.get(executionId) ?? new Set();
    this.#senders.set(executionId, senders);
    return senders;
  }

  /**
   * An execution may end between the acknowledgement of what was sent to it and the look of the judge. Its end discards
   * the inbox, read or not; so of one that has ended it is enough that the item lay there once.
   */
  #lay(executionId: string, sender: string): boolean {
    return this.hasEnded(executionId) && [...this.#senderOf(executionId)].some((each) => each.startsWith(sender));
  }

  override hasTaken(executionId: string, itemId: string): boolean {
    return super.hasTaken(executionId, itemId) || this.#lay(executionId, itemId);
  }

  override isPatched(executionId: string, key: string): boolean {
    return super.isPatched(executionId, key) || this.#lay(executionId, "patch:");
  }

  override isAnswered(executionId: string, callback: string): boolean {
    if (super.isAnswered(executionId, callback) || this.#lay(executionId, "callback:")) return true;
    return this.#answers.get(executionId)?.some((key) => key.includes(`:${callback}#`)) === true;
  }
}

/** The same of executions that run no plan. */
export async function diskOf(table: MemoryTable): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const heads = [...table.items()].filter(({ sk, s }) => sk.startsWith(HEADS_PREFIX) && s !== undefined).map(readHead);
  for (const head of heads) add(disk, await readExecution(table.onlooker, head));
  return disk;
}

interface Execution {
  readonly head: ExecutionHead;
  readonly records: LogRecord[];
  /** What lies in its inbox. */
  readonly left: readonly Omit<OutsideItem, "rowid">[];
  /** Operations whose answers lie there. */
  readonly answers: readonly string[];
}

async function readExecution(table: Table, head: Head): Promise<Execution> {
  const { statics, status, endedAt, generation, attempt } = head;
  const { id } = statics;
  const { entries } = await loadJournal(table, head, 0);
  const fin = await loadFin(table, head);
  const inbox = (await loadInbox(table, id)).map(({ entry }) => entry);
  const { cancel } = head;
  const isCancelLeft = cancel !== undefined && endedAt === undefined && !isTaken(entries, cancel.id);
  const left = [...inbox, ...(isCancelLeft ? [cancel] : [])].flatMap((entry) =>
    entry.t === "in"
      ? [{ executionId: id, kind: entry.kind as OutsideItem["kind"], body: JSON.stringify(entry), at: 0 }]
      : [],
  );
  return {
    head: {
      ...statics,
      status,
      generation,
      attempt,
      parked: false,
      ...(endedAt === undefined ? undefined : { endedAt }),
    },
    records: recordsOf(id, fin === undefined ? entries : [...entries, fin]),
    left,
    answers: inbox.flatMap((entry) => (entry.t === "in" ? [] : [entry.k])),
  };
}

function isTaken(entries: readonly Entry[], id: string): boolean {
  return entries.some((entry) =>
    entry.t === "in" ? entry.id === id : entry.t === "run" && entry.cancel !== undefined,
  );
}

function recordsOf(executionId: string, entries: readonly Entry[]): LogRecord[] {
  let generation = 1;
  return entries.map((entry) => {
    if (entry.t === "run") generation = entry.g;
    return { executionId, generation, entry };
  });
}

function add(disk: MemoryDisk, { head, records, left }: Execution): void {
  const { id, publicId, namespace } = head;
  disk.heads.set(id, head);
  if (publicId !== id) disk.names.set(`${namespace}\n${publicId}`, id);
  disk.journals.set(id, records);
  for (const item of left) disk.inbox.push({ ...item, rowid: disk.inbox.length + 1 });
}
