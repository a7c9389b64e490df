/** Events: page by page with long polls, or as a stream where the host can. */
import { TreelineError } from "../kernel/errors.ts";
import type { EventFilter, EventIterable, EventsEnd, ExecutionEvent } from "../ports/client.ts";
import { streamEvents, STREAM_HEADERS } from "./event-stream.ts";
import { accepts, EVENT_STREAM_TYPE, JSON_TYPE, STORED_TYPE } from "./forms.ts";
import { Patience } from "./patience.ts";
import { plainEvent } from "./plain-views.ts";
import { EventsQuery } from "./requests.ts";
import { route, type Answer, type Call } from "./route.ts";
import { EventPageShape } from "./shapes.ts";
import type { z } from "zod";

type Query = z.infer<typeof EventsQuery>;

export const eventsRoute = route(
  {
    method: "GET",
    path: "/executions/{id}/events",
    scope: "namespace",
    name: "getEvents",
    summary: "What happened in an execution and below it, behind a cursor",
    description:
      "With `wait` and nothing new, answers as soon as there is something, or when the time is over. " +
      "With `Accept: text/event-stream`, where the host can stream: server-sent events, `id` being the cursor. " +
      "An event named `end` says that all has ended, one named `problem` that something failed. " +
      "With `Last-Event-ID`, when no event follows it and all has ended: 204, so that a browser does not reconnect.",
    query: EventsQuery,
    headers: [{ name: "Last-Event-ID", description: "The same as `after`, for a stream that is taken up again" }],
    answers: {
      200: { description: "Events in order", schema: EventPageShape },
      204: { description: "A stream that would be empty: no event follows `Last-Event-ID`, and all has ended" },
    },
    problems: [404, 406, 422],
    streams: true,
  },
  async (call) => {
    const { client, id, namespace, query, request, served } = call;
    const { headers } = request;
    const wantsStream = accepts(headers, EVENT_STREAM_TYPE);
    const after = query.after ?? headers.get("last-event-id") ?? undefined;
    if (!wantsStream || !served.streaming) {
      const wantsPage = accepts(headers, STORED_TYPE) || accepts(headers, JSON_TYPE);
      if (wantsStream && !wantsPage) throw noStream();
      return page(call, after);
    }
    // A refusal needs a status of its own, which a stream that has begun cannot give.
    await client.execution(id, namespace);
    const filter = filterOf(query, after);
    const isOver = after !== undefined && (await isExhausted(client.events(id, filter, namespace)));
    if (isOver && headers.has("last-event-id")) return { status: 204 };
    if (call.isHead) return { stream: new Response(null, { headers: STREAM_HEADERS }) };
    return { stream: streamEvents(call, { ...filter, follow: query.follow ?? true }) };
  },
);

/**
 * Whether no event follows and all has ended.
 * @throws TreelineError `invalid_argument` when the filter's cursor is none
 */
async function isExhausted(events: EventIterable): Promise<boolean> {
  const { rest } = await take(events, 0);
  return rest?.allEnded === true;
}

function noStream(): TreelineError {
  return new TreelineError("not_acceptable", `this host does not stream; poll with ?wait=20 and Accept: ${JSON_TYPE}`);
}

async function page(call: Call<Query>, after: string | undefined): Promise<Answer> {
  const { client, id, namespace, query, served } = call;
  const limit = Math.min(query.limit ?? served.limits.pageSize, served.limits.pageSize);
  const filter = filterOf(query, after);
  const { events, rest } = await take(client.events(id, filter, namespace), limit);
  if (events.length > 0 || rest?.allEnded === true || (query.wait ?? 0) === 0) {
    return answer(events, { after, more: rest === undefined, ended: rest?.allEnded === true });
  }
  return waitForMore(call, filter);
}

async function waitForMore(call: Call<Query>, filter: EventFilter): Promise<Answer> {
  const { client, id, namespace, query, request, served } = call;
  const patience = new Patience(served, request, query.wait ?? 0);
  const { signal } = patience;
  try {
    for await (const event of client.events(id, { ...filter, follow: true, signal }, namespace)) {
      return answer([event], { after: filter.after, more: true, ended: false });
    }
    return answer([], { after: filter.after, more: false, ended: !patience.isSpent });
  } finally {
    patience.end();
  }
}

function answer(
  events: readonly ExecutionEvent[],
  { after, more, ended }: { after: string | undefined; more: boolean; ended: boolean },
): Answer {
  const cursor = events.findLast(({ ephemeral }) => ephemeral !== true)?.cursor ?? after;
  const rest = { ...(cursor === undefined ? undefined : { cursor }), more, ended };
  return { value: { events, ...rest }, plain: { events: events.map(plainEvent), ...rest } };
}

interface Taken {
  readonly events: readonly ExecutionEvent[];
  /** Undefined when there are more events than were taken. */
  readonly rest: EventsEnd | undefined;
}

async function take(events: EventIterable, limit: number): Promise<Taken> {
  const iterator = events[Symbol.asyncIterator]();
  const taken: ExecutionEvent[] = [];
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return { events: taken, rest: next.value };
    if (taken.length === limit) break;
    taken.push(next.value);
  }
  // The reader holds a snapshot of the store until it is told to stop.
  await iterator.return?.();
  return { events: taken, rest: undefined };
}

function filterOf({ descendants, types, workflow, parentId }: Query, after: string | undefined): EventFilter {
  return {
    ...(after === undefined ? undefined : { after }),
    ...(descendants === undefined ? undefined : { descendants }),
    ...(types === undefined ? undefined : { types }),
    ...(workflow === undefined ? undefined : { workflow }),
    ...(parentId === undefined ? undefined : { parentId }),
  };
}
