/** Lets the plugin say which ids its spans get; all others get what the generator behind it gives. */
import { randomBytes } from "node:crypto";

/** As the OpenTelemetry SDK has it. */
export interface IdGenerator {
  generateTraceId(): string;
  generateSpanId(): string;
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

export class TreelineIdGenerator implements IdGenerator {
  readonly #otherwise: IdGenerator;
  #wanted: Ids | undefined;
  #taken: Ids | undefined;

  /** @param otherwise for the spans of others. @default random ids */
  constructor(otherwise: IdGenerator = random) {
    this.#otherwise = otherwise;
  }

  /** Asked for first. A processor that hears of the span may begin another, which must not get the same. */
  generateSpanId(): string {
    this.#taken = this.#wanted;
    this.#wanted = undefined;
    return this.#taken?.spanId ?? this.#otherwise.generateSpanId();
  }

  /** Asked for right behind the span's own, when it has no parent. */
  generateTraceId(): string {
    return this.#taken?.traceId ?? this.#otherwise.generateTraceId();
  }

  /** The first span begun in `begin` gets these ids. */
  with<T>(ids: Ids, begin: () => T): T {
    this.#wanted = ids;
    try {
      return begin();
    } finally {
      this.#wanted = undefined;
      this.#taken = undefined;
    }
  }
}

const random: IdGenerator = {
  generateTraceId: () => randomBytes(16).toString("hex"),
  generateSpanId: () => randomBytes(8).toString("hex"),
};
