/**
 * Group commit over all executions: what was appended in one round of work becomes durable together (K5).
 *
 * While the disk refuses (full, gone), the group is kept, nothing that depends on it leaves, and the commit is tried
 * again until it goes through.
 */
import { setImmediate } from "node:timers";
import { lineOf, toErrorObject } from "../../kernel/error-object.ts";
import { StoreError } from "../../kernel/errors.ts";
import type { ExecutionStatus, Millis } from "../../kernel/journal.ts";
import { bytesOf } from "../../kernel/usage-meter.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import type { GroupSize } from "./round-limit.ts";
import type { CommitGroup, ExecutionStatics, GenerationRecord, LogRecord, RestRecord } from "./records.ts";
import type { Store } from "./store.ts";

const RETRY_MS = 1_000;

class Group {
  readonly created: { statics: ExecutionStatics; claimsName: boolean }[] = [];
  readonly records: LogRecord[] = [];
  readonly ended: { id: string; status: ExecutionStatus; at: Millis }[] = [];
  readonly inboxApplied: number[] = [];
  readonly callbacks: (() => void)[] = [];
  /** The roots of the trees that wait for it. */
  readonly waiting = new Set<string>();
  bytes = 0;
  since: Millis = 0;
  readonly number: number;
  readonly #rested = new Map<string, RestRecord>();
  readonly #woken = new Set<string>();
  readonly #generations = new Map<string, GenerationRecord>();

  constructor(number: number) {
    this.number = number;
  }

  get entries(): number {
    return this.records.length;
  }

  get empty(): boolean {
    const { records, created, inboxApplied } = this;
    return records.length + created.length + inboxApplied.length + this.#rested.size + this.#woken.size === 0;
  }

  /** What the store gets. */
  get content(): CommitGroup {
    const { created, records, ended, inboxApplied } = this;
    const rested = [...this.#rested.values()];
    const generations = [...this.#generations.values()];
    return { created, records, ended, inboxApplied, rested, generations, woken: [...this.#woken] };
  }

  rests(record: RestRecord): void {
    this.#woken.delete(record.id);
    this.#rested.set(record.id, record);
  }

  moves(id: string): void {
    this.#rested.delete(id);
    this.#woken.delete(id);
  }

  wakes(id: string): void {
    this.#rested.delete(id);
    this.#woken.add(id);
  }

  begins(record: GenerationRecord): void {
    this.#generations.set(record.id, record);
  }
}

export class CommitLog {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: LogSink;
  readonly #encoded: boolean;
  readonly #committed: () => void;
  #group = new Group(1);
  /** Number of the last group that is durable. */
  #durable = 0;
  /** Groups on their way to the disk, oldest first; more than one only behind a codec or a refusing disk. */
  readonly #queue: Group[] = [];
  #writing = false;
  #problem: StoreError | undefined;
  #retry: (() => void) | undefined;
  #closing = false;
  #abandoned = false;

  /** @param committed called after every group, for those who follow what is durable */
  constructor(parts: { store: Store; clock: Clock; log: LogSink; encoded: boolean; committed: () => void }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#encoded = parts.encoded;
    this.#committed = parts.committed;
  }

  /** Why nothing becomes durable at the moment. */
  get problem(): StoreError | undefined {
    return this.#problem;
  }

  get clean(): boolean {
    return this.#queue.length === 0 && this.#group.empty && this.#group.callbacks.length === 0;
  }

  /** Of the group that is being gathered. */
  get size(): GroupSize {
    return this.#group;
  }

  /** Number of the group that is being gathered. */
  get gathering(): number {
    return this.#group.number;
  }

  isDurable(group: number): boolean {
    return group <= this.#durable;
  }

  create(statics: ExecutionStatics, claimsName: boolean): void {
    this.#group.created.push({ statics, claimsName });
  }

  append(record: LogRecord): void {
    if (this.#group.entries === 0) this.#group.since = this.#clock.now();
    this.#group.bytes += bytesOf(record.entry);
    this.#group.records.push(record);
  }

  ended(id: string, status: ExecutionStatus, at: Millis): void {
    this.#group.ended.push({ id, status, at });
  }

  /** An execution rests; the record is void as soon as something more is appended to its journal. */
  rests(record: RestRecord): void {
    this.#group.rests(record);
  }

  /** Something is appended to the journal of an execution whose rest record may stand in this group. */
  moves(id: string): void {
    this.#group.moves(id);
  }

  /** Something came for an execution, and is not in its journal yet: whoever opens the file next must load it. */
  wakes(id: string): void {
    this.#group.wakes(id);
  }

  begins(record: GenerationRecord): void {
    this.#group.begins(record);
  }

  inboxApplied(rowid: number): void {
    this.#group.inboxApplied.push(rowid);
  }

  /** Calls back once everything so far is durable. */
  whenDurable(callback: () => void, root?: string): void {
    this.#group.callbacks.push(callback);
    if (root !== undefined) this.#group.waiting.add(root);
  }

  flush(): void {
    // Whoever waits behind what was given up must not be told that it is durable.
    if (this.#abandoned) return;
    if (this.#group.empty && this.#group.callbacks.length === 0) return;
    this.#queue.push(this.#group);
    this.#group = new Group(this.#group.number + 1);
    this.#write();
  }

  /** Nothing more is written, and nobody hears of anything any more. */
  abandon(): void {
    this.#closing = true;
    this.#abandoned = true;
    this.#retry?.();
    this.#queue.length = 0;
  }

  /** @throws StoreError when what is pending cannot be made durable */
  async close(): Promise<void> {
    this.#closing = true;
    this.#retry?.();
    this.#problem = undefined;
    this.flush();
    while (this.#writing) await new Promise((resolve) => setImmediate(resolve));
    this.#write();
    const problem = this.problem;
    if (problem !== undefined) throw problem;
  }

  #write(): void {
    while (!this.#writing && this.#problem === undefined) {
      const group = this.#queue[0];
      if (group === undefined) return;
      if (this.#encoded && !group.empty) return this.#writeEncoded(group);
      try {
        if (!group.empty) this.#store.commit(group.content);
      } catch (error) {
        return this.#refused(error);
      }
      this.#written(group);
    }
  }

  #writeEncoded(group: Group): void {
    this.#writing = true;
    this.#store.commitEncoded(group.content).then(
      () => {
        this.#writing = false;
        this.#written(group);
        this.#write();
      },
      (error: unknown) => {
        this.#writing = false;
        this.#refused(error);
      },
    );
  }

  #written(group: Group): void {
    this.#queue.shift();
    this.#durable = group.number;
    for (const callback of group.callbacks) this.#call(callback);
    this.#call(this.#committed);
  }

  /** What one of them throws must not keep it from the others. */
  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#log({ level: "error", message: `internal: ${toErrorObject(error).stack ?? lineOf(error)}` });
    }
  }

  #refused(error: unknown): void {
    this.#problem =
      error instanceof StoreError
        ? error
        : new StoreError("store_failed", `Cannot commit: ${String(error)}.`, { cause: error });
    if (this.#closing) return;
    this.#log({
      level: "error",
      message: `${this.#problem.message} Executions wait; trying again every second.`,
      fields: { code: this.#problem.code },
    });
    this.#retry = this.#clock.at(this.#clock.now() + RETRY_MS, () => {
      this.#problem = undefined;
      this.#write();
    });
  }
}
