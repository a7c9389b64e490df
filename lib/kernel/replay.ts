/**
 * The record of what the code asked for, held against what it asks for now (K3, K4, D7).
 *
 * Between two deliveries the code must ask for the recorded operations, in the recorded order. Behind the last
 * recorded delivery changed code may insert operations, but not hold back what is recorded there: nobody could tell
 * that from a renaming. They are marked (`x`) and from then on found anywhere between their neighbouring deliveries.
 */
import { toErrorObject } from "./error-object.ts";
import { type Delivery, type Entry, type Intent, isNote, type MarkEntry } from "./journal.ts";
import { JournalMismatchError } from "./journal-mismatch.ts";

export function isIntent(entry: Entry): entry is Intent {
  return entry.t === "op" || entry.t === "mark";
}

/** `try` entries do not reach the code, so they do not end a stretch of it. */
function reachesCode(entry: Entry): boolean {
  return !isIntent(entry) && entry.t !== "try";
}

export class Replay {
  readonly #history: readonly Entry[];
  readonly #lastDelivery: number;
  readonly #taken = new Set<number>();
  #cursor = 0;
  /** What the code asked for since the last delivery: shown when it differs from the record. */
  #asked: string[] = [];
  /** The same of the stretch before. */
  #askedBefore: readonly string[] = [];

  constructor(history: readonly Entry[]) {
    this.#history = history.filter((entry) => !isNote(entry));
    this.#lastDelivery = this.#history.findLastIndex(reachesCode);
  }

  /** True when the record has this request; false when it is a permitted insertion. */
  match(intent: Intent): boolean {
    this.#asked.push(intent.k);
    this.#skip(intent);
    const expected = this.#history[this.#cursor];
    if (expected !== undefined && isIntent(expected) && same(expected, intent)) {
      this.#cursor += 1;
      return true;
    }
    if (this.#takeInserted(intent)) return true;
    if (this.#cursor > this.#lastDelivery && !this.#recordedLater(intent)) return false;
    const isOther = expected !== undefined && isIntent(expected) && sameRequest(expected, intent);
    throw this.#differs(isOther ? `asks for it ${difference(expected, intent)}` : `asks for ${intent.k}`, this.#cursor);
  }

  /** True when the record has a request with this key, wherever. */
  has(key: string): boolean {
    return this.#history.some((entry) => isIntent(entry) && entry.k === key);
  }

  /** The mark of the patch `id` that the record has up to the next delivery. */
  patchMark(id: string): MarkEntry | undefined {
    for (const { entry } of this.#ahead()) if (isPatch(entry) && entry.n === id && entry.v === undefined) return entry;
    return undefined;
  }

  /** True when code before this came past this place: an operation or a delivery is recorded behind it. */
  get passed(): boolean {
    return this.#cursor <= this.#lastDelivery || [...this.#ahead()].some(({ entry }) => !isPatch(entry));
  }

  /** Ids of patches that the code before the change did without. */
  get unpatched(): readonly string[] {
    return this.#history.flatMap((entry) => (isPatch(entry) && entry.v !== undefined ? [entry.n] : []));
  }

  /** The next delivery, once the code has asked for everything recorded before it; undefined at the end. */
  next(): Delivery | undefined {
    this.#skip(undefined);
    const entry = this.#history[this.#cursor];
    if (entry === undefined) return undefined;
    if (isIntent(entry)) throw this.#differs("does not ask for it", this.#cursor);
    this.#cursor += 1;
    if (reachesCode(entry)) {
      this.#askedBefore = this.#asked;
      this.#asked = [];
    }
    return entry as Delivery;
  }

  /** True when nothing that the code would have to ask for is left. */
  get complete(): boolean {
    for (let i = this.#cursor; i < this.#history.length; i += 1) {
      const entry = this.#history[i];
      if (entry !== undefined && isIntent(entry) && !isPatch(entry) && !this.#taken.has(i)) return false;
    }
    return true;
  }

  /** The delivery that `next` gave last is for nobody. */
  unasked(what: string): JournalMismatchError {
    this.#asked = [...this.#askedBefore, ...this.#asked];
    return this.#differs(what, this.#cursor - 1);
  }

  /** @param error what the code threw, if that is how it ended */
  ended(error?: unknown): JournalMismatchError {
    this.#skip(undefined);
    const how = error === undefined ? "has ended" : `has ended with ${toErrorObject(error).message}`;
    return this.#differs(how, this.#cursor, error);
  }

  /** Steps over insertions that were taken already, and over marks of patches that the code no longer mentions. */
  #skip(intent: Intent | undefined): void {
    for (;;) {
      const entry = this.#history[this.#cursor];
      if (entry === undefined || !isIntent(entry)) return;
      const dropped = isPatch(entry) && entry.k !== intent?.k;
      if (!dropped && !this.#taken.has(this.#cursor)) return;
      this.#cursor += 1;
    }
  }

  #takeInserted(intent: Intent): boolean {
    for (const { entry, at } of this.#ahead()) {
      if (entry.x === true && same(entry, intent)) {
        this.#taken.add(at);
        return true;
      }
    }
    return false;
  }

  /** What is recorded from here to the next delivery and has not been asked for. */
  *#ahead(): Iterable<{ readonly entry: Intent; readonly at: number }> {
    for (let at = this.#cursor; at < this.#history.length; at += 1) {
      const entry = this.#history[at];
      if (entry === undefined || reachesCode(entry)) return;
      if (isIntent(entry) && !this.#taken.has(at)) yield { entry, at };
    }
  }

  #recordedLater(intent: Intent): boolean {
    return this.#history.slice(this.#cursor).some((entry) => isIntent(entry) && sameRequest(entry, intent));
  }

  #differs(now: string, at: number, cause?: unknown): JournalMismatchError {
    const recorded = this.#stretch(at);
    const expected = this.#history[at];
    const first = expected === undefined ? "nothing" : describe(expected);
    return new JournalMismatchError(
      `the record has ${first}, the code ${now}.\n` +
        `  recorded here: ${recorded.join(", ") || "(nothing)"}\n  asked for now: ${this.#asked.join(", ") || "(nothing)"}`,
      cause === undefined ? {} : { cause },
    );
  }

  /** The recorded requests between the deliveries around this place. */
  #stretch(at: number): string[] {
    let from = Math.min(at, this.#history.length);
    for (
      let entry = this.#history[from - 1];
      entry !== undefined && !reachesCode(entry);
      entry = this.#history[from - 1]
    ) {
      from -= 1;
    }
    const keys: string[] = [];
    for (let i = from; i < this.#history.length; i += 1) {
      const entry = this.#history[i];
      if (entry === undefined || reachesCode(entry)) break;
      if (isIntent(entry)) keys.push(entry.k);
    }
    return keys;
  }
}

function isPatch(entry: Entry): entry is MarkEntry {
  return entry.t === "mark" && entry.kind === "PATCH";
}

function describe(entry: Entry): string {
  return isIntent(entry) ? entry.k : `${entry.t} ${"k" in entry ? entry.k : "n" in entry ? entry.n : ""}`;
}

/** A mark may have the key of the operation that it is about; the kind tells them apart. */
function sameRequest(recorded: Intent, asked: Intent): boolean {
  return recorded.t === asked.t && recorded.k === asked.k && recorded.kind === asked.kind;
}

function same(recorded: Intent, asked: Intent): boolean {
  if (!sameRequest(recorded, asked)) return false;
  return difference(recorded, asked) === undefined;
}

/** In what cannot be changed once it is recorded: somebody else may have acted on it. */
function difference(recorded: Intent, asked: Intent): string | undefined {
  if (recorded.t === "mark" || asked.t === "mark") return undefined;
  const was = recorded.d?.child;
  const is = asked.d?.child;
  if (was?.workflow !== is?.workflow)
    return `for another workflow, ${is?.workflow ?? "none"} and not ${was?.workflow ?? "none"}`;
  if (was?.input !== is?.input) return "with another input";
  return recorded.d?.target === asked.d?.target ? undefined : "for another execution";
}
