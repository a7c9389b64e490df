/** A route as data: one table serves requests and describes itself in the OpenAPI document. */
import type { z } from "zod";
import type { Workflow } from "../kernel/definition.ts";
import type { Client } from "../ports/client.ts";
import type { Clock } from "../ports/clock.ts";
import type { Form } from "./forms.ts";
import type { Cost } from "./shapes.ts";

/** What is served, and within what bounds. */
export interface Served {
  readonly client: Client;
  readonly workflows: readonly Workflow[];
  readonly version: string;
  readonly cost: ((id: string, namespace: string) => Promise<Cost>) | undefined;
  /** Can this host send an answer bit by bit? */
  readonly streaming: boolean;
  readonly limits: ApiLimits;
  readonly clock: Clock;
  /** Aborted when the server wants to end: streams are let go. */
  readonly closing: AbortSignal | undefined;
}

export interface ApiLimits {
  /** Bytes of a request's body. @default 4 MiB */
  readonly bodyBytes: number;
  /** Longest time of one long poll. @default 20 */
  readonly waitSeconds: number;
  /** Events, or executions, in one answer. @default 1,000 */
  readonly pageSize: number;
  /** Between two signs of life in a stream of events. @default 15 */
  readonly heartbeatSeconds: number;
}

export interface Call<Query = unknown, Body = unknown> {
  readonly served: Served;
  readonly client: Client;
  readonly namespace: string;
  /** False where the path names none. */
  readonly inNamespace: boolean;
  /** Of the execution, the callback or the workflow: what the path names. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  /** Only status and headers are wanted: the route neither waits nor streams. */
  readonly isHead: boolean;
  /** The form that the answer is wanted in. */
  readonly form: Form;
}

export interface Answer {
  readonly status?: number;
  /** Undefined: there is none. */
  readonly value?: unknown;
  /** Where JSON shows it in another way. */
  readonly plain?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole answer, as it is. */
  readonly stream?: Response;
}

export interface RouteFacts {
  readonly method: "GET" | "POST" | "PATCH";
  /** With `{id}` where it names something. */
  readonly path: string;
  /** `callback`: below a namespace it is checked, without one its id alone is enough. `none`: of no namespace. */
  readonly scope: "namespace" | "callback" | "none";
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly headers?: readonly { readonly name: string; readonly description: string }[];
  /** May the body be left out? @default false */
  readonly bodyOptional?: boolean;
  /** Schemas of what is answered, by status; undefined: no content. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  /** Statuses of the problems that are to be expected, beside those of every route. */
  readonly problems?: readonly number[];
  /** Answers with a stream of events, too. */
  readonly streams?: true;
}

export interface Route extends RouteFacts {
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly run: (call: Call) => Promise<Answer>;
}

type Parsed<S> = S extends z.ZodType<infer Output> ? Output : undefined;

/** A route whose `run` has the types of its schemas. */
export function route<
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  facts: RouteFacts & { readonly query?: Query; readonly body?: Body },
  run: (call: Call<Parsed<Query>, Parsed<Body>>) => Promise<Answer>,
): Route {
  return { ...facts, query: facts.query, body: facts.body, run: run as Route["run"] };
}
