/**
 * SQS in memory: messages that are held back, delivered in batches, hidden while they are handled, and come back when
 * they were not. What was received too often goes to the dead letters.
 */
import { toBody } from "../../../lib/homes/aws/messages.ts";
import type { Delivered, Handled, Queues, Sending } from "../../../lib/homes/aws/services.ts";
import type { VirtualClock } from "../virtual-clock.ts";

/** One way in which a message arrives. */
export interface Arrival {
  /** Later than it would. @default 0 */
  readonly lateMs?: number;
  /** The message itself once more, to another consumer: who deletes one deletes both. @default an own copy */
  readonly same?: true;
}

export interface QueueOptions {
  /** Hidden so long from everybody else. */
  readonly visibilityMs: number;
  /** Whoever handles it longer than that gets a rival. Elsewise it comes back only behind whoever gave it back. */
  readonly strict: boolean;
  /** Messages of one invocation. */
  readonly batch: number;
  readonly maxReceives: number;
  /** How long a second is that a message is postponed by. */
  readonly secondMs: number;
  /** How a message arrives; none: it is lost. @default once */
  readonly arrivals?: (sending: Sending) => readonly Arrival[];
}

/** Resolves with what became of each; never, when its process died. */
export type Consumer = (batch: readonly Delivered[]) => Promise<readonly Handled[]>;

interface Queued {
  readonly messageId: string;
  readonly body: string;
  readonly queue: string;
  receives: number;
  visibleAt: number;
  isGone: boolean;
  give: () => void;
}

export class MemoryQueues implements Queues {
  readonly dead: string[] = [];
  readonly #clock: VirtualClock;
  readonly #options: QueueOptions;
  readonly #consume: Consumer;
  readonly #busy: () => void;
  readonly #messages = new Map<string, Queued>();
  readonly #ready = new Map<string, Queued[]>();
  #count = 0;

  constructor(clock: VirtualClock, options: QueueOptions, consume: Consumer, busy: () => void) {
    this.#clock = clock;
    this.#options = options;
    this.#consume = consume;
    this.#busy = busy;
  }

  /** Messages that are somewhere. */
  get bodies(): readonly string[] {
    return [...this.#messages.values()].map(({ body }) => body);
  }

  async send(sendings: readonly Sending[]): Promise<void> {
    for (const sending of sendings) this.#send(sending);
  }

  async postpone({ handle }: { handle: string }, seconds: number): Promise<void> {
    const queued = this.#messages.get(handle);
    if (queued !== undefined) this.#show(queued, this.#clock.now() + seconds * this.#options.secondMs, true);
  }

  #send(sending: Sending): void {
    const { message, delaySeconds = 0, queue, executor } = sending;
    let queued: Queued | undefined;
    for (const { lateMs = 0, same } of this.#options.arrivals?.(sending) ?? [{}]) {
      const at = this.#clock.now() + delaySeconds * 1_000 + lateMs;
      if (same === true && queued !== undefined) {
        const twice = queued;
        this.#at(at, () => this.#arrive(twice));
        continue;
      }
      this.#count += 1;
      const messageId = String(this.#count);
      queued = {
        messageId,
        body: toBody(message),
        queue: `${executor}-${queue}`,
        receives: 0,
        visibleAt: 0,
        isGone: false,
        give: () => undefined,
      };
      this.#messages.set(messageId, queued);
      this.#show(queued, at, true);
    }
  }

  /** @param arm it is to come by itself then */
  #show(queued: Queued, at: number, arm: boolean): void {
    queued.give();
    queued.visibleAt = at;
    if (arm) queued.give = this.#at(at, () => this.#arrive(queued));
  }

  #at(at: number, callback: () => void): () => void {
    this.#busy();
    if (at > this.#clock.now()) return this.#clock.at(at, callback);
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }

  #arrive(queued: Queued): void {
    if (queued.isGone) return;
    this.#busy();
    const ready = this.#ready.get(queued.queue) ?? [];
    this.#ready.set(queued.queue, ready);
    ready.push(queued);
    if (ready.length === 1) setImmediate(() => this.#deliver(queued.queue));
  }

  #deliver(queue: string): void {
    const ready = this.#ready.get(queue) ?? [];
    const batch: Queued[] = [];
    while (ready.length > 0 && batch.length < this.#options.batch) {
      const queued = ready.shift();
      if (queued === undefined || queued.isGone || batch.includes(queued)) continue;
      if (queued.receives >= this.#options.maxReceives) this.#bury(queued);
      else batch.push(queued);
    }
    if (ready.length > 0) setImmediate(() => this.#deliver(queue));
    if (batch.length > 0) void this.#handle(batch);
  }

  async #handle(batch: readonly Queued[]): Promise<void> {
    this.#busy();
    const { visibilityMs, strict } = this.#options;
    for (const queued of batch) {
      queued.receives += 1;
      this.#show(queued, this.#clock.now() + visibilityMs, strict);
    }
    const delivered = batch.map(({ messageId, body }) => ({
      messageId,
      body,
      receipt: { queueArn: "completions", handle: messageId },
    }));
    const handled = await this.#consume(delivered);
    this.#busy();
    for (const [at, queued] of batch.entries()) {
      if (handled[at] === "done") this.#delete(queued);
      else this.#show(queued, Math.max(queued.visibleAt, this.#clock.now() + 1), true);
    }
  }

  #delete(queued: Queued): void {
    queued.isGone = true;
    queued.give();
    this.#messages.delete(queued.messageId);
  }

  #bury(queued: Queued): void {
    this.#delete(queued);
    this.dead.push(queued.body);
  }
}
