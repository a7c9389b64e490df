/** Events: page by page with long polls, or as a stream where the host can. */
import { TreelineError } from "../kernel/errors.ts";
import type { EventFilter, ExecutionEvent } from "../ports/client.ts";
import { streamEvents } from "./event-stream.ts";
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
      "An event named `end` says that all has ended, one named `problem` that something failed.",
    query: EventsQuery,
    headers: [{ name: "Last-Event-ID", description: "The same as `after`, for a stream that is taken up again" }],
    answers: { 200: { description: "Events in order", schema: EventPageShape } },
    problems: [404, 406],
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
    // Who asks for what is not there hears of it before a stream begins.
    await client.execution(id, namespace);
    const filter = { ...filterOf(query, after), follow: query.follow ?? true };
    return { stream: streamEvents(call, filter) };
  },
);

function noStream(): TreelineError {
  return new TreelineError(
    "not_acceptable",
    `this host answers at once: ask for ${JSON_TYPE} with ?wait=20, again and again`,
  );
}

async function page(call: Call<Query>, after: string | undefined): Promise<Answer> {
  const { client, id, namespace, query, served } = call;
  const limit = Math.min(query.limit ?? served.limits.pageSize, served.limits.pageSize);
  const filter = filterOf(query, after);
  const { events, more } = await take(client.events(id, filter, namespace), limit);
  if (events.length > 0 || (query.wait ?? 0) === 0) return answer(events, { after, more, ended: false });
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

async function take(
  events: AsyncIterable<ExecutionEvent>,
  limit: number,
): Promise<{ events: readonly ExecutionEvent[]; more: boolean }> {
  const taken: ExecutionEvent[] = [];
  for await (const event of events) {
    if (taken.length === limit) return { events: taken, more: true };
    taken.push(event);
  }
  return { events: taken, more: false };
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
