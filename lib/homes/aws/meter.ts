/**
 * What an execution uses: who acts for it pays, and who takes a message pays for its way.
 *
 * The counts stand in the head of the execution, added by writes of the head that happen anyway. Such a write carries
 * what was counted so far, itself, and what is expected to follow upon it; where something else follows, one more write
 * puts it right (`metered.ts`). What an invocation that died had counted since its last write is not known.
 */
import type { Clock } from "../../ports/clock.ts";
import type { Millis } from "../../kernel/journal.ts";
import type { Item } from "./table.ts";

/** Attributes of heads. */
const ATTRIBUTES = {
  writeUnits: "mw",
  readUnits: "mr",
  requests: "mq",
  transitions: "mt",
  invocations: "mn",
  gbSeconds: "mg",
} as const;

type Count = keyof typeof ATTRIBUTES;
const COUNTS = Object.keys(ATTRIBUTES) as Count[];

export type Counts = Readonly<Record<Count, number>>;
export type SomeCounts = Readonly<Partial<Record<Count, number>>>;

export const NOTHING: Counts = {
  writeUnits: 0,
  readUnits: 0,
  requests: 0,
  transitions: 0,
  invocations: 0,
  gbSeconds: 0,
};

/** Parts of batches make fractions: finer than this nothing is told apart. */
const FINEST = 1e-6;

function rounded(value: number): number {
  return Math.round(value / FINEST) * FINEST;
}

export function plus(a: Counts, b: SomeCounts, sign: 1 | -1 = 1): Counts {
  const sums: Record<Count, number> = { ...a };
  for (const name of COUNTS) sums[name] += sign * (b[name] ?? 0);
  return sums;
}

/** What the head says. */
export function countsOf(item: Item): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, Number(item[ATTRIBUTES[name]] ?? 0)])) as Counts;
}

/** As numbers to be added to a head. */
export function toAttributes(counts: Counts): Record<string, number> {
  const some = COUNTS.map((name) => [ATTRIBUTES[name], Number(rounded(counts[name]).toFixed(6))] as const);
  return Object.fromEntries(some.filter(([, value]) => value !== 0));
}

/** The running function, and the part of it that is this execution's. */
export interface Running {
  readonly clock: Clock;
  readonly memoryMb: number;
  /** Messages it was invoked with. */
  readonly batch: number;
}

export class Meter {
  #counted = NOTHING;
  #saved = NOTHING;
  #expected = NOTHING;
  readonly #running: Running | undefined;
  readonly #begin: Millis;
  #owner: string | undefined;
  /** Of the head of who pays, as it was last seen. */
  headBytes = 0;

  /** @param owner the execution that pays; of an act from outside it is known later */
  constructor(owner?: string, running?: Running) {
    this.#owner = owner;
    this.#running = running;
    this.#begin = running?.clock.now() ?? 0;
  }

  get owner(): string | undefined {
    return this.#owner;
  }

  /** The first whom it is about pays. */
  isAbout(id: string): void {
    this.#owner ??= id;
  }

  count(counts: SomeCounts): void {
    this.#counted = plus(this.#counted, counts);
  }

  /** What was counted is something else. */
  replace(before: SomeCounts, after: SomeCounts): void {
    this.#counted = plus(plus(this.#counted, before, -1), after);
  }

  /** Will follow upon the next write of the head. */
  expect(counts: SomeCounts): void {
    this.#expected = plus(this.#expected, counts);
  }

  /** Expected or not: the write did not happen. */
  expectNothing(): void {
    this.#expected = NOTHING;
  }

  /** What the head does not say yet, with what is expected. */
  get unsaved(): Counts {
    const known = plus(plus(this.#counted, { gbSeconds: this.#gbSeconds }), this.#expected);
    return plus(known, this.#saved, -1);
  }

  get #gbSeconds(): number {
    if (this.#running === undefined) return 0;
    const { clock, memoryMb, batch } = this.#running;
    return (((clock.now() - this.#begin) / 1_000) * (memoryMb / 1_024)) / batch;
  }

  saved(counts: Counts): void {
    this.#saved = plus(this.#saved, counts);
    this.#expected = NOTHING;
  }

  /** Nothing to put right. The last moments of an invocation are worth no write. */
  get isSettled(): boolean {
    const { gbSeconds: _, ...unsaved } = plus(this.unsaved, this.#expected, -1);
    return Object.values(unsaved).every((value) => Math.abs(value) < FINEST * 2);
  }
}
