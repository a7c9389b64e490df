/** Waiting for an end from outside: for so long, and no longer. */
import type { EventType, ExecutionDetail } from "../ports/client.ts";
import { plainError } from "./plain-views.ts";
import { WaitQuery } from "./requests.ts";
import { route, type Answer, type Call } from "./route.ts";
import { OutcomeShape } from "./shapes.ts";
import { Patience } from "./patience.ts";

const ENDS: readonly EventType[] = [
  "execution.succeeded",
  "execution.failed",
  "execution.timed_out",
  "execution.cancelled",
  "execution.stopped",
];

export const outcomeRoute = route(
  {
    method: "GET",
    path: "/executions/{id}/outcome",
    scope: "namespace",
    name: "getOutcome",
    summary: "How it ended; with `wait` as soon as it has",
    query: WaitQuery,
    answers: {
      200: { description: "It has ended", schema: OutcomeShape },
      202: { description: "It has not; ask again", schema: OutcomeShape },
    },
    problems: [404],
  },
  async (call) => {
    const { client, id, namespace, query } = call;
    if ((query.wait ?? 0) > 0 && !(await ends(call, query.wait ?? 0))) return NOT_YET;
    const detail = await client.get(id, namespace);
    return detail.endedAt === undefined ? NOT_YET : answer(detail);
  },
);

const NOT_YET: Answer = { status: 202, value: { ended: false } };

function answer(detail: ExecutionDetail): Answer {
  const { id: executionId, workflow, status, output, error, state, usage, meta } = detail;
  const value = {
    ended: true,
    executionId,
    workflow,
    status,
    state,
    usage,
    ...(status === "SUCCEEDED" ? { output } : undefined),
    ...(error === undefined ? undefined : { error }),
    ...(meta === undefined ? undefined : { meta }),
  };
  return { value, plain: plainError(value) };
}

/** Nothing goes on when this resolves: a function that was answered for may be frozen. */
async function ends({ client, id, namespace, served, request }: Call, seconds: number): Promise<boolean> {
  const patience = new Patience(served, request, seconds);
  try {
    const filter = { descendants: false, follow: true, types: ENDS, signal: patience.signal };
    for await (const event of client.events(id, filter, namespace)) void event;
    return !patience.isSpent;
  } finally {
    patience.end();
  }
}
