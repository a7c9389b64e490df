/**
 * Events: a projection of journals (D14). They cost no write; the order of an execution's events is its journal's, and
 * over a tree it is the order in which the records were made, which is causal.
 *
 * An entry carries neither the time nor the metadata of what it is about, so a projector must have seen the records
 * before it: feed it from the beginning, `after` or not. What is not wanted is learnt and never decoded.
 */
import type { Entry } from "../kernel/journal.ts";
import type { ExecutionEvent } from "../ports/client.ts";
import { defined } from "./defined.ts";
import { type EventPlace, formatCursor, isBehind, parseCursor, type Place } from "./event-cursor.ts";
import { type Draft, draftsOf } from "./event-drafts.ts";
import type { EventFacts, HeadLookup } from "./event-filter.ts";
import { EventMemory } from "./event-memory.ts";
import { type Redactor, redactError } from "./redact.ts";
import type { HeadLike } from "./view.ts";

/** A journal entry and where it stands: what `StoreReader.pages` gives. */
export interface PlacedEntry {
  readonly executionId: string;
  readonly generation: number;
  readonly entry: Entry;
  readonly cursor: Place;
}

export interface EventOptions {
  /** Events of executions whose head is not known are left out. */
  readonly headOf: HeadLookup;
  /** See `eventMatcher`. @default all events */
  readonly matches?: (event: EventFacts) => boolean;
  /** Only events behind this cursor. */
  readonly after?: string | undefined;
  readonly redact?: Redactor;
}

/** Turns records into events, one by one in their order; keeps a little of every execution that is open. */
export class EventProjector {
  readonly #options: EventOptions;
  readonly #after: EventPlace | undefined;
  readonly #memories = new Map<string, EventMemory>();

  /** @throws TreelineError `invalid_argument` when `after` is not a cursor */
  constructor(options: EventOptions) {
    this.#options = options;
    this.#after = options.after === undefined ? undefined : parseCursor(options.after);
  }

  project(record: PlacedEntry): ExecutionEvent[] {
    const { executionId, entry } = record;
    const memory = this.#memoryOf(record);
    memory.learn(entry);
    const head = this.#options.headOf(executionId);
    const events = head === undefined || this.#isOver(record) ? [] : this.#events(head, record, memory);
    memory.forget(entry);
    if (entry.t === "fin") this.#memories.delete(executionId);
    return events;
  }

  #memoryOf({ executionId, generation }: PlacedEntry): EventMemory {
    let memory = this.#memories.get(executionId);
    if (memory === undefined) {
      memory = new EventMemory(generation);
      this.#memories.set(executionId, memory);
    }
    return memory;
  }

  /** The whole record lies before what is wanted. */
  #isOver({ cursor }: PlacedEntry): boolean {
    return this.#after !== undefined && !isBehind({ ...cursor, sub: Number.MAX_SAFE_INTEGER }, this.#after);
  }

  #events(head: HeadLike, { entry, cursor }: PlacedEntry, memory: EventMemory): ExecutionEvent[] {
    return draftsOf(entry, memory, head.summary).flatMap((draft, sub) => {
      const place = { ...cursor, sub };
      const wanted = this.#after === undefined || isBehind(place, this.#after);
      return wanted && this.#matches(head, draft) ? [this.#event(head, draft, place, memory.generation)] : [];
    });
  }

  #matches({ id, workflow, parentId }: HeadLike, { type }: Draft): boolean {
    const { matches } = this.#options;
    return matches === undefined || matches({ type, executionId: id, workflow, ...defined({ parentId }) });
  }

  #event(head: HeadLike, draft: Draft, place: EventPlace, journal: number): ExecutionEvent {
    const { type, at, generation, operation, name, kind, attempt, meta } = draft;
    const { id, workflow, parentId, rootId, depth, path } = head;
    const { redact = same } = this.#options;
    return {
      id: `${id}:${journal}:${place.pos}.${place.index}:${place.sub}`,
      cursor: formatCursor(place),
      type,
      at,
      executionId: id,
      runId: runId(id, generation),
      workflow,
      rootId,
      depth,
      path,
      ...defined({
        continuedRunId: generation > 1 ? runId(id, generation - 1) : undefined,
        parentId,
        operation,
        name,
        kind,
        attempt,
        meta: meta ?? (type.startsWith("execution.") ? head.meta : undefined),
        error: draft.error && redactError(redact, draft.error),
      }),
      ...(draft.data === undefined ? undefined : { data: redact(draft.data()) }),
    };
  }
}

/** The events of records that are at hand, from the beginning. */
export function projectEvents(options: EventOptions, records: Iterable<PlacedEntry>): ExecutionEvent[] {
  const projector = new EventProjector(options);
  return [...records].flatMap((record) => projector.project(record));
}

/** Of one generation of an execution. */
export function runId(executionId: string, generation: number): string {
  return `${executionId}/${generation}`;
}

function same<T>(value: T): T {
  return value;
}
