/** Starting executions, and looking at them. */
import { z } from "zod";
import type { ClientHandle, ClientStartOptions, ListFilter } from "../ports/client.ts";
import { check } from "../kernel/options.ts";
import { START_IN_BODY } from "./option-table.ts";
import { plainDetail } from "./plain-views.ts";
import { ListQuery, StartBody } from "./requests.ts";
import { route, type Answer, type Route } from "./route.ts";
import { CostShape, DetailShape, ListShape, StartedShape, TreeShape, WaitShape } from "./shapes.ts";
import { startOnce } from "./start-once.ts";
import { TreelineError } from "../kernel/errors.ts";

/** Of the fields of a request, those that were given. */
function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function started({ executionId, publicId }: ClientHandle, replayed: boolean): Answer {
  // Relative to `…/executions`, wherever a gateway has put that.
  const location = `executions/${executionId}`;
  const headers = replayed ? { location, "idempotent-replayed": "true" } : { location };
  return { status: replayed ? 200 : 201, value: { executionId, publicId }, headers };
}

const start = route(
  {
    method: "POST",
    path: "/executions",
    scope: "namespace",
    name: "startExecution",
    summary: "Start a workflow",
    description:
      "Answers when the execution is durably recorded. Input that does not fit is refused before anything is created.",
    headers: [
      {
        name: "Idempotency-Key",
        description:
          "The same key with the same request is the same execution, however often and at once it is sent, until the " +
          "execution's retention is over; with another request it is refused (422, idempotency_key_reused). It decides " +
          "the execution's id, so id, idConflict and idReuse are left out.",
      },
    ],
    body: StartBody,
    answers: {
      201: { description: "It is recorded and will run", schema: StartedShape },
      200: { description: "It was started by an earlier request with this key", schema: StartedShape },
    },
    problems: [404, 409],
  },
  async ({ client, namespace, body, request }) => {
    const { workflow, input, ...rest } = body;
    check(START_IN_BODY, rest, "start", workflow);
    const options = { ...given(rest), namespace } as ClientStartOptions;
    const key = request.headers.get("idempotency-key");
    if (key === null) return started(await client.start(workflow, input, options), false);
    const { handle, replayed } = await startOnce(client, { workflow, input, options, key });
    return started(handle, replayed);
  },
);

const list = route(
  {
    method: "GET",
    path: "/executions",
    scope: "namespace",
    name: "listExecutions",
    summary: "List executions, newest first",
    query: ListQuery,
    answers: { 200: { description: "One page", schema: ListShape } },
  },
  async ({ client, namespace, query, served }) => {
    const limit = Math.min(query.limit ?? 100, served.limits.pageSize);
    return { value: await client.list({ ...(given(query) as ListFilter), limit, namespace }) };
  },
);

const get = route(
  {
    method: "GET",
    path: "/executions/{id}",
    scope: "namespace",
    name: "getExecution",
    summary: "One execution with what its journal holds: operations, state, documents, waits",
    answers: { 200: { description: "The execution", schema: DetailShape } },
    problems: [404],
  },
  async ({ client, id, namespace }) => {
    const detail = await client.get(id, namespace);
    return { value: detail, plain: plainDetail(detail) };
  },
);

const find = route(
  {
    method: "GET",
    path: "/executions/{id}/ids",
    scope: "namespace",
    name: "getIds",
    summary: "Both ids of an execution, by either",
    answers: { 200: { description: "Its ids", schema: StartedShape } },
    problems: [404],
  },
  async ({ client, id, namespace }) => {
    const { executionId, publicId } = await client.execution(id, namespace);
    return { value: { executionId, publicId } };
  },
);

const tree = route(
  {
    method: "GET",
    path: "/executions/{id}/tree",
    scope: "namespace",
    name: "getTree",
    summary: "The execution and everything below it",
    answers: { 200: { description: "The tree", schema: TreeShape } },
    problems: [404],
  },
  async ({ client, id, namespace }) => ({ value: await client.tree(id, namespace) }),
);

const journal = route(
  {
    method: "GET",
    path: "/executions/{id}/journal",
    scope: "namespace",
    name: "getJournal",
    summary: "The raw journal, all generations; its entries are internal and change between versions",
    answers: { 200: { description: "Entries in order", schema: z.array(z.record(z.string(), z.unknown())) } },
    problems: [404],
  },
  async ({ client, id, namespace }) => ({ value: await client.journal(id, namespace) }),
);

const pending = route(
  {
    method: "GET",
    path: "/executions/{id}/pending",
    scope: "namespace",
    name: "getPending",
    summary: "Everything that the execution and those below it wait for",
    answers: { 200: { description: "Waits", schema: z.array(WaitShape) } },
    problems: [404],
  },
  async ({ client, id, namespace }) => ({ value: await client.pending(id, namespace) }),
);

const cost = route(
  {
    method: "GET",
    path: "/executions/{id}/cost",
    scope: "namespace",
    name: "getCost",
    summary: "What the execution, and all that is below it, has cost so far; where the home keeps account",
    answers: { 200: { description: "Its cost", schema: CostShape } },
    problems: [404],
  },
  async ({ client, id, namespace, served }) => {
    if (served.cost === undefined) {
      throw new TreelineError("cost_unknown", "this home keeps no account of costs; one on AWS does");
    }
    const { executionId } = await client.execution(id, namespace);
    return { value: await served.cost(executionId, namespace) };
  },
);

export const executionRoutes: readonly Route[] = [start, list, get, find, tree, journal, pending, cost];
