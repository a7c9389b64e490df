/**
 * What an execution has done for it elsewhere: children created, other executions watched, requests carried to them.
 * The answer is a delivery. What is ours to refuse is an answer, too; what the services fail at fails the invocation.
 */
import { type BirthParent, requestOf } from "../../engine/birth.ts";
import { endOfChild } from "../../engine/child-end.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import { TreelineError } from "../../kernel/errors.ts";
import type { ChildDetails, Delivery, Entry, OpDetails } from "../../kernel/journal.ts";
import { giveBirth } from "./births.ts";
import type { AwsContext } from "./context.ts";
import { carry } from "./doors.ts";
import { parentOf } from "./endings.ts";
import { hasEnded, type Head } from "./head.ts";
import { refuseCircle } from "./own-line.ts";
import { resolveHead } from "./heads.ts";
import { loadFin } from "./journal.ts";
import { watcherKey } from "./keys.ts";
import { markWatched } from "./notices.ts";
import type { Queues } from "./services.ts";
import type { Waiting } from "./waiting.ts";

/** Whose errands they are: its head as it is now, and the generation that runs. */
interface Sender {
  readonly head: Head;
  readonly generation: number;
  /** To the generation that runs when it comes. */
  deliver(entry: Delivery): void;
}

export class Errands {
  readonly #cx: AwsContext;
  readonly #sender: Sender;
  readonly #waiting: Waiting;
  /** Children that are being created, by their ids: other errands may be about them. */
  readonly #underway = new Map<string, Promise<void>>();

  constructor(cx: AwsContext, sender: Sender, waiting: Waiting) {
    this.#cx = cx;
    this.#sender = sender;
    this.#waiting = waiting;
  }

  /** It is asked for now, and created when the returned function is called. */
  launching(key: string, child: ChildDetails): (queues: Queues) => Promise<void> {
    const created = Promise.withResolvers<void>();
    this.#underway.set(child.id, created.promise);
    return (queues) =>
      this.#launch(key, child, queues).finally(() => {
        this.#underway.delete(child.id);
        created.resolve();
      });
  }

  async #launch(key: string, child: ChildDetails, queues: Queues): Promise<void> {
    const { head, generation } = this.#sender;
    const parent: BirthParent = parentOf({ ...head, generation }, key, child);
    await this.#answer(key, async () => {
      const cx = { ...this.#cx, queues };
      const { statics, existing } = await giveBirth(cx, requestOf(head.statics.namespace, child), parent);
      const used = existing ? { id: statics.id } : undefined;
      const ack: Entry = { t: "ack", k: key, at: this.#now, ...used };
      if (!child.awaited) return ack;
      if (!existing) {
        if (this.#sender.generation === generation) this.#waiting.child(key, child.id, child.workflow);
        return undefined;
      }
      if (this.#sender.generation === generation) this.#sender.deliver(ack);
      await this.watch(key, statics.id);
      return undefined;
    });
  }

  /** Says which execution was found before its end can come: a public id may belong to another one later. */
  async find(key: string, target: string): Promise<void> {
    const { head, generation } = this.#sender;
    await this.#answer(key, async () => {
      await this.#underway.get(target);
      const { statics } = await resolveHead(this.#cx.table, head.statics.namespace, target);
      await refuseCircle(this.#cx, "wait for", head.statics, statics);
      const { id } = statics;
      if (this.#sender.generation !== generation) return undefined;
      this.#sender.deliver({ t: "ack", k: key, id, at: this.#now });
      await this.watch(key, id);
      return undefined;
    });
  }

  /** The watcher's item, then the mark on the head: an end finds the mark, or the mark finds the end. */
  async watch(key: string, id: string): Promise<void> {
    const { table } = this.#cx;
    const { head: own, generation } = this.#sender;
    const { namespace } = own.statics;
    await this.#answer(key, async () => {
      const head = await resolveHead(table, namespace, id);
      if (!hasEnded(head)) {
        await table.put({ ...watcherKey(id, own.statics.id, generation, key), id: own.statics.id, cls: own.executor });
        if (await markWatched(this.#cx, id)) {
          this.#waiting.other(key, id);
          return undefined;
        }
      }
      const ended = await resolveHead(table, namespace, id);
      const fin = await loadFin(table, ended);
      return fin === undefined ? undefined : endOfChild(key, ended.statics, fin, this.#now);
    });
  }

  async carry(key: string, request: OpDetails): Promise<void> {
    const { head, generation } = this.#sender;
    const { id, namespace } = head.statics;
    await this.#answer(key, async () => {
      await this.#underway.get(request.target ?? "");
      await this.#refuseCircle(request);
      const v = await carry(this.#cx, namespace, `${id}:${generation}:${key}`, request);
      return { t: "ok", k: key, at: this.#now, ...(v === undefined ? undefined : { v }) };
    });
  }

  async #refuseCircle({ action, target = "" }: OpDetails): Promise<void> {
    const { statics } = this.#sender.head;
    const isOwn = target === statics.id || target === statics.publicId;
    if (action !== "stop" && (action !== "cancel" || !isOwn)) return;
    const { statics: other } = await resolveHead(this.#cx.table, statics.namespace, target);
    await refuseCircle(this.#cx, action, statics, other);
  }

  /** An answer is for the generation that asked. */
  async #answer(key: string, act: () => Promise<Delivery | undefined>): Promise<void> {
    const { generation } = this.#sender;
    let answer: Delivery | undefined;
    try {
      answer = await act();
    } catch (error) {
      if (!(error instanceof TreelineError) || error.code.startsWith("store_")) throw error;
      answer = { t: "err", k: key, e: toErrorObject(error), at: this.#now };
    }
    if (answer !== undefined && this.#sender.generation === generation) this.#sender.deliver(answer);
  }

  get #now(): number {
    return this.#cx.clock.now();
  }
}
