/** What is durably recorded in one simulation, indexed by the labels of the plan as it is committed. */
import type { CommitGroup, LogRecord } from "../../lib/homes/embedded/records.ts";
import type { InboxEntry } from "../../lib/kernel/journal.ts";
import { decode } from "../../lib/kernel/payload.ts";
import { MemoryDisk } from "../helpers/memory-store.ts";
import type { NodeInput } from "./plan.ts";

export class Recorded extends MemoryDisk {
  /** Execution by label, and back. */
  readonly ids = new Map<string, string>();
  readonly labels = new Map<string, string>();
  /** Labels that more than one execution bears: a child that was started twice. */
  readonly doubles: string[] = [];
  readonly #marks = new Set<string>();
  readonly #callbacks = new Map<string, { readonly key: string; readonly generation: number; readonly id: string }[]>();
  readonly #settled = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #once = new Set<string>();

  override apply(group: CommitGroup): void {
    super.apply(group);
    for (const record of group.records) this.#index(record);
  }

  #index({ executionId, generation, entry }: LogRecord): void {
    const at = `${executionId} ${generation} `;
    switch (entry.t) {
      case "run":
        return this.#introduce(executionId, decode(entry.input) as NodeInput);
      case "op":
        this.#asked.add(at + entry.k);
        if (entry.d?.semantics === "once") this.#once.add(at + entry.k);
        if (entry.d?.callbackId !== undefined)
          this.#noteCallback(executionId, { key: entry.k, generation, id: entry.d.callbackId });
        return undefined;
      case "mark":
        if (entry.kind === "EVENT") this.#marks.add(`${executionId} ${entry.n}`);
        return undefined;
      case "ok":
      case "err":
        this.#settled.add(at + entry.k);
        return undefined;
      default:
        return undefined;
    }
  }

  #introduce(executionId: string, { label }: NodeInput): void {
    const known = this.ids.get(label);
    if (known !== undefined && known !== executionId) this.doubles.push(label);
    this.ids.set(label, executionId);
    this.labels.set(executionId, label);
  }

  #noteCallback(executionId: string, callback: { key: string; generation: number; id: string }): void {
    const callbacks = this.#callbacks.get(executionId) ?? [];
    callbacks.push(callback);
    this.#callbacks.set(executionId, callbacks);
  }

  isMarked(executionId: string, mark: string): boolean {
    return this.#marks.has(`${executionId} ${mark}`);
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
    const found = this.#callbacks.get(executionId)?.find(({ key }) => key.includes(`:${callback}#`));
    return found !== undefined && this.#settled.has(`${executionId} ${found.generation} ${found.key}`);
  }

  /** The callback of the operation (or of the context) with this name. */
  callbackOf(executionId: string, name: string): string | undefined {
    return this.#callbacks.get(executionId)?.find(({ key }) => key.includes(`:${name}#`))?.id;
  }

  isAsked(executionId: string, generation: number, key: string): boolean {
    return this.#asked.has(`${executionId} ${generation} ${key}`);
  }

  isSettled(executionId: string, generation: number, key: string): boolean {
    return this.#settled.has(`${executionId} ${generation} ${key}`);
  }

  /** May each attempt of it run only once? */
  isOnce(executionId: string, generation: number, key: string): boolean {
    return this.#once.has(`${executionId} ${generation} ${key}`);
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
