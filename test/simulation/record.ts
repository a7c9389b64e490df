/** What is durably recorded in one simulation, indexed by the labels of the plan as it is committed. */
import type { CommitGroup, LogRecord } from "../../lib/homes/embedded/records.ts";
import type { InboxEntry } from "../../lib/kernel/journal.ts";
import { decode } from "../../lib/kernel/payload.ts";
import { MemoryDisk } from "../helpers/memory-store.ts";
import type { NodeInput } from "./plan.ts";

/** What the journal of one execution says. Operations are named by `at`. */
interface Index {
  readonly marks: Set<string>;
  readonly callbacks: { readonly key: string; readonly generation: number; readonly id: string }[];
  readonly settled: Set<string>;
  readonly asked: Set<string>;
  readonly once: Set<string>;
}

function at(generation: number, key: string): string {
  return `${generation} ${key}`;
}

export class Recorded extends MemoryDisk {
  /** Execution by label, and back. */
  readonly ids = new Map<string, string>();
  readonly labels = new Map<string, string>();
  /** Labels that more than one execution bears: a child that was started twice. */
  readonly doubles: string[] = [];
  readonly #indexes = new Map<string, Index>();

  override apply(group: CommitGroup): void {
    super.apply(group);
    for (const record of group.records) this.index(record);
  }

  protected index({ executionId, generation, entry }: LogRecord): void {
    const index = this.#indexOf(executionId);
    switch (entry.t) {
      case "run":
        if (!this.labels.has(executionId)) this.#introduce(executionId, decode(entry.input) as NodeInput);
        return undefined;
      case "op":
        index.asked.add(at(generation, entry.k));
        if (entry.d?.semantics === "once") index.once.add(at(generation, entry.k));
        if (entry.d?.callbackId !== undefined)
          index.callbacks.push({ key: entry.k, generation, id: entry.d.callbackId });
        return undefined;
      case "mark":
        if (entry.kind === "EVENT") index.marks.add(entry.n);
        return undefined;
      case "ok":
      case "err":
        index.settled.add(at(generation, entry.k));
        return undefined;
      default:
        return undefined;
    }
  }

  /** Its journal is about to be read anew. */
  protected forget(executionId: string): void {
    this.#indexes.delete(executionId);
    this.journals.delete(executionId);
  }

  #indexOf(executionId: string): Index {
    const known = this.#indexes.get(executionId);
    if (known !== undefined) return known;
    const index = { marks: new Set(), callbacks: [], settled: new Set(), asked: new Set(), once: new Set() } as Index;
    this.#indexes.set(executionId, index);
    return index;
  }

  #introduce(executionId: string, { label }: NodeInput): void {
    const known = this.ids.get(label);
    if (known !== undefined && known !== executionId) this.doubles.push(label);
    this.ids.set(label, executionId);
    this.labels.set(executionId, label);
  }

  isMarked(executionId: string, mark: string): boolean {
    return this.#indexes.get(executionId)?.marks.has(mark) === true;
  }

  /** Is this item in its journal, or left for it? */
  hasTaken(executionId: string, itemId: string): boolean {
    return this.#hasItem(executionId, (entry) => entry.id === itemId, JSON.stringify(itemId));
  }

  isPatched(executionId: string, key: string): boolean {
    return this.#hasItem(executionId, (entry) => entry.kind === "patch" && entry.v?.includes(`"${key}"`) === true, key);
  }

  isCancelled(executionId: string): boolean {
    return this.#hasItem(executionId, (entry) => entry.kind === "cancel", '"cancel"');
  }

  /** @param text stands in an item that was left for it */
  #hasItem(executionId: string, accept: (entry: InboxEntry) => boolean, text: string): boolean {
    const journal = this.journals.get(executionId) ?? [];
    if (journal.some(({ entry }) => entry.t === "in" && accept(entry))) return true;
    return this.inbox.some((item) => item.executionId === executionId && item.body.includes(text));
  }

  isAnswered(executionId: string, callback: string): boolean {
    const { callbacks = [], settled } = this.#indexes.get(executionId) ?? {};
    const found = callbacks.find(({ key }) => key.includes(`:${callback}#`));
    return found !== undefined && settled?.has(at(found.generation, found.key)) === true;
  }

  /** The callback of the operation (or of the context) with this name. */
  callbackOf(executionId: string, name: string): string | undefined {
    return this.#indexes.get(executionId)?.callbacks.find(({ key }) => key.includes(`:${name}#`))?.id;
  }

  isAsked(executionId: string, generation: number, key: string): boolean {
    return this.#indexes.get(executionId)?.asked.has(at(generation, key)) === true;
  }

  isSettled(executionId: string, generation: number, key: string): boolean {
    return this.#indexes.get(executionId)?.settled.has(at(generation, key)) === true;
  }

  /** May each attempt of it run only once? */
  isOnce(executionId: string, generation: number, key: string): boolean {
    return this.#indexes.get(executionId)?.once.has(at(generation, key)) === true;
  }

  hasEnded(executionId: string): boolean {
    return this.heads.get(executionId)?.endedAt !== undefined;
  }

  get openIds(): string[] {
    return [...this.heads.values()].filter((head) => head.endedAt === undefined).map((head) => head.id);
  }

  /** How many generations of it have begun. */
  generationOf(executionId: string): number {
    return this.journals.get(executionId)?.at(-1)?.generation ?? 1;
  }
}
