/** What an execution waits for that others do: its children, executions it attached to, its inbox. */
import { endOfChild } from "../../engine/child-end.ts";
import type { Delivery } from "../../kernel/journal.ts";
import type { AwsContext } from "./context.ts";
import { hasEnded, type Head } from "./head.ts";
import { findHead, headsOfChildren } from "./heads.ts";
import { type InboxDelivery, loadInbox } from "./inbox.ts";
import { loadFin } from "./journal.ts";

/** From here on one query of all children costs less than reading those that are open. */
export const MANY = 8;
/** Times the linger: one that took longer is slow, and was not only held up once. */
const SLOW = 4;
/** A child that has not begun by then lost its launch. */
const LAUNCH_LOST_MS = 60_000;

/** Executions that are waited for, by the key of the operation that does. */
export class Waiting {
  readonly #cx: AwsContext;
  readonly #id: string;
  readonly #children = new Map<string, string>();
  /** Names of their workflows. */
  readonly #workflows = new Map<string, string>();
  readonly #others = new Map<string, string>();
  /** Items of the inbox that were handed to this session. */
  readonly #handed = new Set<string>();

  constructor(cx: AwsContext, id: string) {
    this.#cx = cx;
    this.#id = id;
  }

  child(key: string, id: string, workflow: string): void {
    this.#children.set(id, key);
    this.#workflows.set(id, workflow);
  }

  other(key: string, id: string): void {
    this.#others.set(key, id);
  }

  over(key: string): void {
    this.#others.delete(key);
    for (const [id, waits] of this.#children) if (waits === key) this.#children.delete(id);
  }

  get hasOthers(): boolean {
    return this.#others.size > 0;
  }

  /** Of a strong look at all of them, and at the inbox; of many children, one page. */
  get lookUnits(): number {
    const children = this.many ? 1 : this.#children.size;
    return children + this.#others.size + 1;
  }

  /** Is there anybody whose end may come soon? */
  get some(): boolean {
    const { patience, settings } = this.#cx;
    if (this.#others.size > 0) return true;
    const workflows = new Set([...this.#children.keys()].map((id) => this.#workflows.get(id) ?? ""));
    return [...workflows].some((workflow) => patience.endsWithin(workflow, settings.lingerMs * SLOW));
  }

  get many(): boolean {
    return this.#children.size >= MANY;
  }

  /** Is there anybody whose end is waited for? */
  get any(): boolean {
    return this.#children.size + this.#others.size > 0;
  }

  /** A new generation asks anew, and what was sent to the one before and not taken is for it. */
  clear(): void {
    this.#children.clear();
    this.#others.clear();
    this.#handed.clear();
  }

  /** Ends since the last look, each once. */
  async ends(strong: boolean): Promise<readonly Delivery[]> {
    const found = await Promise.all(
      [...(await this.#childHeads(strong)), ...(await this.#otherHeads(strong))].map(this.#end),
    );
    return found.flatMap((delivery) => delivery ?? []);
  }

  async #childHeads(strong: boolean): Promise<readonly { head: Head; key: string }[]> {
    const ids = [...this.#children.keys()];
    const [first] = ids;
    // Of many, the one that began first tells whether it is worth looking at all of them.
    const isWorth = strong || ids.length < MANY || (await this.#hasEnded(first));
    if (!isWorth) return [];
    const heads =
      ids.length < MANY
        ? await Promise.all(ids.map((id) => findHead(this.#cx.table, id, strong)))
        : await headsOfChildren(this.#cx.table, this.#id, strong);
    const known = heads.flatMap((head) => {
      const key = head === undefined ? undefined : this.#children.get(head.statics.id);
      return head === undefined || key === undefined ? [] : [{ head, key }];
    });
    if (strong) await this.#launchLost(known.map(({ head }) => head));
    return known;
  }

  async #hasEnded(id = ""): Promise<boolean> {
    const head = await findHead(this.#cx.table, id, false);
    return head !== undefined && hasEnded(head);
  }

  async #launchLost(heads: readonly Head[]): Promise<void> {
    const before = this.#cx.clock.now() - LAUNCH_LOST_MS;
    const lost = heads.filter(
      ({ epoch, endedAt, statics }) =>
        epoch === 0 && endedAt === undefined && (statics.startAt ?? statics.createdAt) < before,
    );
    await this.#cx.queues.send(
      lost.map(({ statics: { id }, executor }) => ({
        queue: "launches" as const,
        executor,
        message: { kind: "launch" as const, id },
      })),
    );
  }

  #otherHeads(strong: boolean): Promise<readonly { head: Head; key: string }[]> {
    const all = [...this.#others].map(async ([key, id]) => {
      const head = await findHead(this.#cx.table, id, strong);
      return head === undefined ? [] : [{ head, key }];
    });
    return Promise.all(all).then((found) => found.flat());
  }

  readonly #end = async ({ head, key }: { head: Head; key: string }): Promise<Delivery | undefined> => {
    if (!hasEnded(head)) return undefined;
    const fin = await loadFin(this.#cx.table, head);
    if (fin === undefined) return undefined;
    this.over(key);
    const { workflow, createdAt, startAt = createdAt } = head.statics;
    this.#cx.patience.note(workflow, fin.at - startAt);
    return endOfChild(key, head.statics, fin);
  };

  /** What lies in the inbox and was not handed out yet. */
  async inbox(): Promise<readonly InboxDelivery[]> {
    const all = await loadInbox(this.#cx.table, this.#id);
    const fresh = all.filter(({ keys }) => !this.#handed.has(keys[0]?.sk ?? ""));
    for (const { keys } of fresh) this.#handed.add(keys[0]?.sk ?? "");
    return fresh;
  }
}
