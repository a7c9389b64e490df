/**
 * The HTTP API: one app over the client of any home.
 *
 * Paths stand twice: below `/namespaces/{namespace}`, and without it for the namespace `default`. A callback's id names
 * its execution by itself, so `/callbacks/{id}` is of no namespace: whoever has the id may answer.
 */
import { Hono, type Context } from "hono";
import { currentVersions } from "../engine/registered-workflows.ts";
import { TreelineError } from "../kernel/errors.ts";
import { validate, type StandardSchema } from "../kernel/schema.ts";
import type { Workflow } from "../kernel/definition.ts";
import { realClock } from "../homes/real-clock.ts";
import type { Client } from "../ports/client.ts";
import type { Clock } from "../ports/clock.ts";
import { safeLog } from "../engine/safe-log.ts";
import type { LogSink } from "../ports/log-sink.ts";
import { readBody } from "./body.ts";
import { eventsRoute } from "./event-routes.ts";
import { executionRoutes } from "./execution-routes.ts";
import { formWanted, JSON_TYPE, PROBLEM_TYPE, typeOf, write } from "./forms.ts";
import { createDocument } from "./openapi.ts";
import { outcomeRoute } from "./outcomes.ts";
import { toProblem } from "./problem.ts";
import { requestRoutes } from "./request-routes.ts";
import type { Answer, ApiLimits, Route, Served } from "./route.ts";
import { fromSegment } from "./segment.ts";
import type { Cost } from "./shapes.ts";
import { workflowRoutes } from "./workflow-routes.ts";

const ROUTES: readonly Route[] = [...executionRoutes, outcomeRoute, eventsRoute, ...requestRoutes, ...workflowRoutes];

const DEFAULT_NAMESPACE = "default";

const DEFAULT_LIMITS: ApiLimits = {
  bodyBytes: 4 * 1024 * 1024,
  waitSeconds: 20,
  pageSize: 1_000,
  heartbeatSeconds: 15,
};

export interface ApiOptions {
  readonly client: Client;
  /** Those that can be started: told under `/workflows` and in the OpenAPI document. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a list of workflows of any types
  readonly workflows: readonly Workflow<any, any>[];
  /** Can the host send an answer bit by bit? Without it, events are polled for. */
  readonly streaming: boolean;
  readonly limits?: Partial<ApiLimits>;
  /** Of the API's document. @default "1" */
  readonly version?: string;
  /** What an execution has cost, where the home keeps account. Ids are internal ones. */
  readonly cost?: (id: string, namespace: string) => Promise<Cost>;
  /** Path that everything stands below, e.g. `/api`. */
  readonly basePath?: string;
  /** Told of what fails through no fault of the asker's. @default one line of JSON to standard error */
  readonly log?: LogSink;
  /** Lets go of streams and long polls when it is aborted. */
  readonly closing?: AbortSignal;
  /** For tests. */
  readonly clock?: Clock;
}

export function createApi(options: ApiOptions): Hono {
  const { client, workflows, streaming, version = "1", limits, cost, closing, clock = realClock } = options;
  const served: Served = {
    client,
    workflows: currentVersions(workflows),
    streaming,
    version,
    limits: { ...DEFAULT_LIMITS, ...limits },
    cost,
    closing,
    clock,
  };
  const app = options.basePath === undefined ? new Hono() : new Hono().basePath(options.basePath);
  const log = safeLog(options.log ?? toStderr);
  for (const route of ROUTES) addRoute(app, served, route, log);
  let document: string | undefined;
  app.get("/openapi.json", () => {
    document ??= JSON.stringify(createDocument(ROUTES, served));
    return new Response(document, { headers: { "content-type": JSON_TYPE } });
  });
  for (const [path, methods] of methodsByPath()) app.all(path, (c) => refuseMethod(c, methods));
  app.notFound((c) => problem(c, new TreelineError("route_unknown", `there is no ${c.req.path}; see /openapi.json`)));
  app.onError((error, c) => problem(c, error, log));
  return app;
}

function addRoute(app: Hono, served: Served, route: Route, log: LogSink): void {
  // Caught here, since what is thrown may be no error at all.
  const answer = (c: Context): Promise<Response> => serve(c, served, route).catch((error) => problem(c, error, log));
  for (const path of pathsOf(route)) app.on(route.method, path, answer);
}

/** As Hono writes them. */
function pathsOf({ path, scope }: Route): string[] {
  const own = path.replaceAll(/\{(\w+)\}/g, ":$1");
  return scope === "none" ? [own] : [own, `/namespaces/:namespace${own}`];
}

function methodsByPath(): Map<string, string[]> {
  const methods = new Map([["/openapi.json", ["GET"]]]);
  for (const route of ROUTES) {
    for (const path of pathsOf(route)) methods.set(path, [...(methods.get(path) ?? []), route.method]);
  }
  return methods;
}

async function serve(c: Context, served: Served, route: Route): Promise<Response> {
  const request = c.req.raw;
  const namespace = c.req.param("namespace");
  const answer = await route.run({
    served,
    client: served.client,
    namespace: namespace === undefined ? DEFAULT_NAMESPACE : named(namespace, "namespace"),
    inNamespace: namespace !== undefined,
    id: named(c.req.param("id") ?? "", "id"),
    query: await parsed(route.query, queryOf(c), "The query"),
    body: await bodyOf(route, request, served),
    request,
    isHead: request.method === "HEAD",
    form: formWanted(request.headers),
  });
  return answer.stream ?? respond(answer, request);
}

function named(segment: string, what: string): string {
  const name = fromSegment(segment);
  if (name !== undefined) return name;
  throw new TreelineError("route_unknown", `the ${what} in the path is no base64url of text`);
}

async function bodyOf({ body, bodyOptional }: Route, request: Request, { limits }: Served): Promise<unknown> {
  if (body === undefined) return undefined;
  const given = await readBody(request, limits.bodyBytes);
  if (given === undefined && bodyOptional !== true) {
    throw new TreelineError("malformed_request", "the request has no body; send JSON");
  }
  return parsed(body, given, "The body");
}

/** Without `wait` for HEAD: its answer has no body that could be worth a wait. */
function queryOf(c: Context): Record<string, string | string[]> {
  const isHead = c.req.raw.method === "HEAD";
  const all = Object.entries(c.req.queries()).filter(([name]) => !isHead || name !== "wait");
  return Object.fromEntries(all.map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]));
}

/** @throws ValidationError with the path of every wrong field */
async function parsed(schema: StandardSchema | undefined, value: unknown, what: string): Promise<unknown> {
  return schema === undefined ? undefined : validate(schema, value, what);
}

function respond(answer: Answer, { headers }: Request): Response {
  const { status = 200, value, plain = value } = answer;
  if (status === 204) return new Response(null, { status });
  const form = formWanted(headers);
  return new Response(write(form === "stored" ? value : plain, form), {
    status,
    headers: { "content-type": typeOf(form), vary: "accept", ...answer.headers },
  });
}

function refuseMethod(c: Context, methods: readonly string[]): Response {
  const allow = methods.join(", ");
  const refusal = new TreelineError("method_not_allowed", `${c.req.path} takes ${allow}, not ${c.req.method}`);
  const response = problem(c, refusal);
  response.headers.set("allow", allow);
  return response;
}

function problem(c: Context, failure: unknown, log?: LogSink): Response {
  const { error, ...told } = toProblem(failure);
  if (told.status >= 500) {
    log?.({
      level: "error",
      message: `the API failed: ${told.code}`,
      fields: { instance: told.instance, error: failure },
    });
  }
  const body = formWanted(c.req.raw.headers) === "stored" ? { ...told, error } : told;
  return new Response(JSON.stringify(body), { status: told.status, headers: { "content-type": PROBLEM_TYPE } });
}

const toStderr: LogSink = ({ level, message, fields = {} }) => {
  const { error, ...rest } = fields;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${JSON.stringify({ level, message, ...rest, error: stack })}\n`);
};
