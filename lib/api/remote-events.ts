/** Events of an engine elsewhere: a stream where its host can, page by page where not. */
import { TreelineError } from "../kernel/errors.ts";
import type { EventFilter, EventsEnd, ExecutionEvent } from "../ports/client.ts";
import { EVENT_STREAM_TYPE, read } from "./forms.ts";
import { fromProblem } from "./problem.ts";
import type { Query, RemoteTransport } from "./remote-transport.ts";
import { readMessages } from "./sse.ts";

interface Page {
  readonly events: readonly ExecutionEvent[];
  readonly cursor?: string;
  readonly more: boolean;
  readonly ended: boolean;
}

/** Streams that may break, one after the other, without a single event. */
const BROKEN_STREAMS = 3;

/** Ends quietly when the filter's signal is aborted. */
export async function* remoteEvents(
  transport: RemoteTransport,
  path: string,
  filter: EventFilter,
  waitSeconds: number,
): AsyncGenerator<ExecutionEvent, EventsEnd> {
  const { signal } = filter;
  const query = queryOf(filter);
  const events =
    filter.follow === true
      ? follow(transport, path, { query, signal, waitSeconds })
      : readAll(transport, path, { query, signal });
  try {
    let next = await events.next();
    for (; next.done !== true; next = await events.next()) {
      if (signal?.aborted === true) return NOT_TOLD;
      yield next.value;
    }
    return next.value;
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return NOT_TOLD;
  } finally {
    // A reader that stops early closes the connection, too.
    await events.return(NOT_TOLD);
  }
}

const NOT_TOLD: EventsEnd = { allEnded: false };

interface Asked {
  readonly query: Query;
  readonly signal: AbortSignal | undefined;
}

function queryOf({ descendants, after, types, workflow, parentId }: EventFilter): Query {
  return { descendants, after, types: types?.join(","), workflow, parentId };
}

async function* readAll(
  transport: RemoteTransport,
  path: string,
  asked: Asked,
): AsyncGenerator<ExecutionEvent, EventsEnd> {
  let query = asked.query;
  for (;;) {
    const page = await transport.ask<Page>("GET", path, { query, signal: asked.signal });
    yield* page.events;
    if (!page.more) return { allEnded: page.ended };
    query = { ...query, after: page.cursor };
  }
}

async function* follow(
  transport: RemoteTransport,
  path: string,
  { query, signal, waitSeconds }: Asked & { readonly waitSeconds: number },
): AsyncGenerator<ExecutionEvent, EventsEnd> {
  let after = query["after"];
  for (let broken = 0; broken < BROKEN_STREAMS;) {
    const response = await transport.stream(path, { query: { ...query, after, wait: waitSeconds }, signal });
    const streams = response.headers.get("content-type")?.startsWith(EVENT_STREAM_TYPE) === true;
    const batch = streams ? fromStream(response) : fromPage(await transport.read<Page>(response));
    let known = false;
    try {
      let next = await batch.next();
      for (; next.done !== true; next = await batch.next()) {
        if (next.value.ephemeral !== true) after = next.value.cursor;
        known = true;
        yield next.value;
      }
      if (next.value === "ended") return { allEnded: true };
      known ||= next.value === "go on";
    } finally {
      // Lets go of the connection where the reader has had enough.
      await batch.return("broken");
    }
    broken = known ? 0 : broken + 1;
  }
  throw new TreelineError("remote_failed", `the stream of ${path} broke off again and again`);
}

type Rest = "ended" | "go on" | "broken";

async function* fromPage({ events, ended }: Page): AsyncGenerator<ExecutionEvent, Rest> {
  yield* events;
  return ended ? "ended" : "go on";
}

async function* fromStream(response: Response): AsyncGenerator<ExecutionEvent, Rest> {
  try {
    for await (const { event, data } of readMessages(response.body)) {
      if (event === "end") return "ended";
      const value = read(data, "stored");
      if (event === "problem") {
        throw fromProblem(value) ?? new TreelineError("remote_failed", "the stream ended with a problem nobody knows");
      }
      yield value as ExecutionEvent;
    }
  } catch (error) {
    // The connection broke; what we did not understand is an error.
    if (!(error instanceof TypeError)) throw error;
  }
  return "broken";
}
