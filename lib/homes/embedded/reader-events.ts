/** Events of an execution and what is below it, read from the journal, and followed until all of it has ended. */
import { eventMatcher, type HeadLookup } from "../../engine/event-filter.ts";
import { EventProjector } from "../../engine/events.ts";
import { redactor } from "../../engine/redact.ts";
import type { EventFilter, EventsEnd, ExecutionEvent } from "../../ports/client.ts";
import type { ReaderHooks } from "./reader-client.ts";
import type { ExecutionHead, LogRecord } from "./records.ts";
import type { RecordCursor, StoreReader } from "./store.ts";

/** How often somebody who does not own the file looks whether there is more. */
const POLL_MS = 100;

export async function* readEvents(
  reader: StoreReader,
  hooks: ReaderHooks,
  head: ExecutionHead,
  filter: EventFilter,
): AsyncGenerator<ExecutionEvent, EventsEnd> {
  const { follow = false, after, signal } = filter;
  const headOf = rememberHeads(reader);
  const matches = eventMatcher(head.id, filter, headOf);
  const redact = redactor(hooks.redact ?? []);
  const projector = new EventProjector({ headOf, matches, after, redact });
  const open = new OpenExecutions(head.id, filter, headOf);
  const news = new News(hooks, signal);
  let from: RecordCursor | undefined;
  try {
    do {
      for await (const page of reader.pages({ rootId: head.rootId, ...(from && { after: from }) })) {
        for (const record of page) {
          open.note(record);
          from = record.cursor;
          for (const event of projector.project(record)) {
            if (signal?.aborted === true) return { allEnded: false };
            yield event;
          }
        }
      }
      for (const event of news.ephemeral(matches)) yield { ...event, data: redact(event.data) };
    } while (follow && !open.none && (await news.next()) && hooks.closed?.() !== true);
    return { allEnded: open.none };
  } finally {
    news.close();
  }
}

/** What events need of a head never changes. */
function rememberHeads(reader: StoreReader): HeadLookup {
  const heads = new Map<string, ExecutionHead | undefined>();
  return (id) => {
    const known = heads.get(id) ?? reader.head(id);
    heads.set(id, known);
    return known;
  };
}

/** Those of the executions followed that have not ended, counted from the records read so far. */
class OpenExecutions {
  readonly #open: Set<string>;
  readonly #isFollowed: (executionId: string) => boolean;

  constructor(id: string, { descendants = true }: EventFilter, headOf: HeadLookup) {
    const matches = eventMatcher(id, { descendants }, headOf);
    this.#open = new Set([id]);
    this.#isFollowed = (executionId) => {
      const { workflow = "", parentId } = headOf(executionId) ?? {};
      return matches({ type: "execution.started", executionId, workflow, ...(parentId && { parentId }) });
    };
  }

  get none(): boolean {
    return this.#open.size === 0;
  }

  note({ executionId, entry }: LogRecord): void {
    if (entry.t === "run" && this.#isFollowed(executionId)) this.#open.add(executionId);
    if (entry.t === "fin") this.#open.delete(executionId);
  }
}

/** That more was committed, or that nobody wants to know any more. News between two questions are kept. */
class News {
  readonly #stopListening: (() => void) | undefined;
  #shown: ExecutionEvent[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #unsubscribe: (() => void) | undefined;
  #fresh = false;
  #wake: (() => void) | undefined;

  constructor(hooks: ReaderHooks, signal: AbortSignal | undefined) {
    this.#unsubscribe = hooks.onCommit?.(this.#tell);
    this.#stopListening = hooks.onEphemeral?.((event) => {
      this.#shown.push(event);
      this.#tell();
    });
    this.#signal = signal;
    signal?.addEventListener("abort", this.#tell);
  }

  /** False when nobody wants to know any more. */
  async next(): Promise<boolean> {
    if (!this.#fresh && this.#signal?.aborted !== true) await new Promise<void>((resolve) => this.#await(resolve));
    this.#fresh = false;
    return this.#signal?.aborted !== true;
  }

  /** What was shown since the last question, and is kept nowhere. */
  *ephemeral(matches: (event: ExecutionEvent) => boolean): Iterable<ExecutionEvent> {
    const shown = this.#shown;
    this.#shown = [];
    for (const event of shown) if (matches(event)) yield event;
  }

  close(): void {
    this.#unsubscribe?.();
    this.#stopListening?.();
    this.#signal?.removeEventListener("abort", this.#tell);
  }

  #await(resolve: () => void): void {
    this.#wake = resolve;
    if (this.#unsubscribe === undefined) setTimeout(this.#tell, POLL_MS);
  }

  readonly #tell = (): void => {
    this.#fresh = true;
    this.#wake?.();
  };
}
