/**
 * What leaves an execution, once everything before is durable (K5): its turn comes with a write of the head, or never.
 * What is on its way is counted; what fails of it fails the invocation.
 */
import { toError } from "../../kernel/error-object.ts";
import { AT_ONCE, Gathering } from "./gathering.ts";
import type { News } from "./news.ts";
import type { Queues } from "./services.ts";

export interface Departure {
  /** Of one line, one leaves after the other: what is about one other execution, or wants one id. */
  readonly line: string | undefined;
  readonly send: (queues: Queues) => Promise<void>;
}

export class Departures {
  readonly #queues: Queues;
  readonly #news: News;
  readonly #waiting: Departure[] = [];
  readonly #lines = new Map<string, Promise<unknown>>();
  #flying = 0;
  #failure: Error | undefined;

  constructor(queues: Queues, news: News) {
    this.#queues = queues;
    this.#news = news;
  }

  /** That wait for their write. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** On their way. */
  get flying(): number {
    return this.#flying;
  }

  /** Of the first that did not arrive. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  add(departure: Departure): void {
    this.#waiting.push(departure);
    this.#news.tell();
  }

  /** Those that the next write lets go. */
  take(): readonly Departure[] {
    return this.#waiting.splice(0);
  }

  /** The write was refused: they come first again. */
  putBack(departures: readonly Departure[]): void {
    this.#waiting.unshift(...departures);
  }

  send(departures: readonly Departure[]): void {
    for (const { send, line } of departures)
      if (line !== undefined) this.fly(this.#inLine(line, () => send(this.#queues)));
    const launches = departures.filter(({ line }) => line === undefined);
    for (let at = 0; at < launches.length; at += AT_ONCE) {
      const group = launches.slice(at, at + AT_ONCE);
      const gathering = new Gathering(this.#queues, group.length);
      for (const { send } of group) this.fly(gathering.member(send));
    }
  }

  /** What fails here fails the invocation. */
  fail(error: unknown): void {
    this.#failure ??= toError(error);
    this.#news.tell();
  }

  /** Something that is on its way already. */
  fly(promise: Promise<void>): void {
    this.#flying += 1;
    promise
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#flying -= 1;
        this.#news.tell();
      });
  }

  #inLine(line: string, send: () => Promise<void>): Promise<void> {
    const before = this.#lines.get(line);
    const sent = before === undefined ? send() : before.then(send);
    // What failed fails the invocation; those behind it are sent all the same.
    this.#lines.set(
      line,
      sent.catch(() => undefined),
    );
    return sent;
  }
}
