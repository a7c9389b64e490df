/** What a client may ask of the owner: a table of methods, each with the schema of its parameters. */
import { z } from "zod";
import type { Outcome } from "../../kernel/context.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import { TreelineError } from "../../kernel/errors.ts";
import type { ErrorObject, Millis } from "../../kernel/journal.ts";
import { validate, type StandardSchema } from "../../kernel/schema.ts";
import type { Client, ClientStartOptions, EventFilter, EventIterable, ListFilter } from "../../ports/client.ts";
import { PROTOCOL, type Hello } from "./socket-protocol.ts";

/** A workflow as far as its owner tells it. */
export interface WorkflowFacts {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  /** The file that it was loaded from, the digest of that file and its imports, and when. */
  readonly source?: { readonly file: string; readonly digest?: string | undefined; readonly loadedAt: Millis };
}

/** What is served: a client, and what only an owner can do. */
export interface Served extends Client {
  /** Workflows that are loaded here. */
  workflows?(): readonly WorkflowFacts[];
  prune?(): Promise<{ executions: number }>;
}

/** An outcome on the wire: its error as data. */
export type WireOutcome = Omit<Outcome, "error"> & { readonly error?: ErrorObject };

const text = z.string();
const optionalText = text.exactOptional();
const fields = z.record(text, z.unknown());
const target = z.object({ id: text, namespace: optionalText });
const asked = target.extend({ reason: optionalText });
const callback = z.object({ callbackId: text });
/** Of the filters, what is no plain text is looked at where it is used. */
const filtered = target.extend({ filter: fields.exactOptional() });

type Method = (served: Served, params: unknown) => Promise<unknown>;

function method<P>(schema: StandardSchema<unknown, P>, run: (served: Served, params: P) => unknown): Method {
  return async (served, params) => run(served, await check(schema, params));
}

async function check<P>(schema: StandardSchema<unknown, P>, params: unknown): Promise<P> {
  return (await validate(schema, params ?? {}, "What was sent to the engine")) as P;
}

export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["hello", method(z.object({}), (): Hello => ({ protocol: PROTOCOL, pid: process.pid }))],
  ["workflows", method(z.object({}), (served) => served.workflows?.() ?? [])],
  ["prune", method(z.object({}), prune)],
  [
    "start",
    method(
      z.object({ workflow: text, input: z.unknown().optional(), options: fields.exactOptional() }),
      async (served, params) => {
        const { executionId, publicId } = await served.start(
          params.workflow,
          params.input,
          params.options as ClientStartOptions,
        );
        return { executionId, publicId };
      },
    ),
  ],
  [
    "execution",
    method(target, async (served, { id, namespace }) => {
      const { executionId, publicId } = await served.execution(id, namespace);
      return { executionId, publicId };
    }),
  ],
  ["result", method(target, async (served, { id, namespace }) => (await served.execution(id, namespace)).result())],
  ["outcome", method(target, outcome)],
  ["get", method(target, (served, { id, namespace }) => served.get(id, namespace))],
  [
    "list",
    method(z.object({ filter: fields.exactOptional() }), (served, { filter }) => served.list(filter as ListFilter)),
  ],
  ["tree", method(target, (served, { id, namespace }) => served.tree(id, namespace))],
  ["journal", method(target, (served, { id, namespace }) => served.journal(id, namespace))],
  ["pending", method(target, (served, { id, namespace }) => served.pending(id, namespace))],
  [
    "signal",
    method(target.extend({ name: text, payload: z.unknown().optional(), signalId: optionalText }), (served, params) => {
      const { id, name, payload, ...options } = params;
      return served.signal(id, name, payload, options);
    }),
  ],
  ["cancel", method(asked, (served, { id, reason, namespace }) => served.cancel(id, reason, namespace))],
  ["stop", method(asked, (served, { id, reason, namespace }) => served.stop(id, reason, namespace))],
  [
    "patchState",
    method(target.extend({ patch: fields, ifVersion: z.number().exactOptional() }), (served, params) =>
      served.patchState(params.id, params.patch, params.ifVersion, params.namespace),
    ),
  ],
  [
    "callbacks.succeed",
    method(callback.extend({ payload: z.unknown().optional() }), (served, params) =>
      served.callbacks.succeed(params.callbackId, params.payload),
    ),
  ],
  [
    "callbacks.fail",
    method(
      callback.extend({ error: z.object({ type: optionalText, message: text, data: z.unknown().optional() }) }),
      (served, params) => served.callbacks.fail(params.callbackId, params.error),
    ),
  ],
  ["callbacks.heartbeat", method(callback, (served, params) => served.callbacks.heartbeat(params.callbackId))],
]);

/** The only method that answers more than once. */
export const EVENTS_METHOD = "events";

export async function* events(served: Served, params: unknown, signal: AbortSignal): EventIterable {
  const { id, namespace, filter } = await check(filtered, params);
  return yield* served.events(id, { ...(filter as EventFilter), signal }, namespace);
}

async function outcome(served: Served, { id, namespace }: z.infer<typeof target>): Promise<WireOutcome> {
  const { error, ...rest } = await (await served.execution(id, namespace)).outcome();
  return error === undefined ? rest : { ...rest, error: toErrorObject(error) };
}

function prune(served: Served): Promise<{ executions: number }> {
  if (served.prune !== undefined) return served.prune();
  throw new TreelineError("invalid_argument", "this engine does not prune");
}
