/**
 * The client of an engine elsewhere, over its HTTP API: the whole port. Values travel in their stored form, so nothing
 * is lost; errors come back as the classes that they are.
 */
import { nameOf } from "../kernel/children.ts";
import type { AnyWorkflow, Outcome } from "../kernel/context.ts";
import type { InputOf, OutputOf } from "../kernel/definition.ts";
import { ChildExecutionError } from "../kernel/errors.ts";
import { fromErrorObject } from "../kernel/error-object.ts";
import { check } from "../kernel/options.ts";
import type { Entry, ErrorObject } from "../kernel/journal.ts";
import type {
  Client,
  ClientHandle,
  ClientStartOptions,
  EventFilter,
  ExecutionDetail,
  EventIterable,
  ExecutionView,
  ListFilter,
  SignalOptions,
  TreeNode,
  WaitView,
} from "../ports/client.ts";
import { checkPatch, CLIENT_OPTIONS } from "../ports/option-table.ts";
import { REMOTE_OPTIONS } from "./option-table.ts";
import { remoteEvents } from "./remote-events.ts";
import { RemoteTransport, type Query, type RemoteOptions } from "./remote-transport.ts";
import { toSegment } from "./segment.ts";
import type { Cost, WorkflowFacts } from "./shapes.ts";

/** Seconds that one request waits. API Gateway lets go after 29. */
const WAIT_SECONDS = 20;
const DEFAULT_NAMESPACE = "default";

export interface RemoteClient extends Client {
  /** The workflows that can be started there. */
  workflows(): Promise<readonly WorkflowFacts[]>;
  /** @throws TreelineError `cost_unknown` where the home keeps no account */
  cost(id: string, namespace?: string): Promise<Cost>;
}

export interface RemoteStartOptions extends ClientStartOptions {
  /** The same key with the same request is the same execution, however often it is sent. */
  idempotencyKey?: string;
}

interface Ids {
  readonly executionId: string;
  readonly publicId: string;
}

type WireOutcome =
  | { readonly ended: false }
  | (Omit<Outcome, "error"> & { readonly ended: true; readonly workflow: string; readonly error?: ErrorObject });

/** Requests to API Gateway are signed with the caller's AWS credentials. */
export function createRemoteClient(options: RemoteOptions): RemoteClient {
  check(REMOTE_OPTIONS.RemoteOptions, options ?? null, "createRemoteClient");
  return new HttpClient(new RemoteTransport(options));
}

class HttpClient implements RemoteClient {
  readonly #transport: RemoteTransport;
  readonly callbacks: Client["callbacks"];

  constructor(transport: RemoteTransport) {
    this.#transport = transport;
    const answer = (callbackId: string, how: string, body?: object): Promise<void> =>
      this.#send("POST", `/callbacks/${toSegment(callbackId)}/${how}`, body);
    this.callbacks = {
      succeed: (callbackId, payload) => answer(callbackId, "succeed", { payload }),
      fail: (callbackId, error) => answer(callbackId, "fail", error),
      heartbeat: (callbackId) => answer(callbackId, "heartbeat"),
    };
  }

  async start<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: RemoteStartOptions = {},
  ): Promise<ClientHandle<OutputOf<W>>> {
    const { name } = nameOf(workflow);
    check(REMOTE_OPTIONS.RemoteStartOptions, options, "start", name);
    const { namespace = DEFAULT_NAMESPACE, idempotencyKey, ...rest } = options;
    const ids = await this.#transport.ask<Ids>("POST", `/namespaces/${toSegment(namespace)}/executions`, {
      body: { workflow: name, input, ...rest },
      ...(idempotencyKey === undefined ? undefined : { headers: { "idempotency-key": idempotencyKey } }),
    });
    return this.#handle(ids, namespace);
  }

  async execute<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options?: RemoteStartOptions,
  ): Promise<OutputOf<W>> {
    return (await this.start(workflow, input, options)).result();
  }

  async execution<O = unknown>(id: string, namespace = DEFAULT_NAMESPACE): Promise<ClientHandle<O>> {
    return this.#handle(await this.#get<Ids>(`${pathOf(id, namespace)}/ids`), namespace);
  }

  get(id: string, namespace?: string): Promise<ExecutionDetail> {
    return this.#get(pathOf(id, namespace));
  }

  async list(filter: ListFilter = {}): Promise<{ executions: readonly ExecutionView[]; cursor?: string }> {
    check(CLIENT_OPTIONS.ListFilter, filter, "list");
    const { namespace = DEFAULT_NAMESPACE, status, attributes, ...rest } = filter;
    return this.#get(`/namespaces/${toSegment(namespace)}/executions`, {
      ...rest,
      status: status === undefined ? undefined : [status].flat().join(","),
      attributes: attributes === undefined ? undefined : JSON.stringify(attributes),
    });
  }

  tree(id: string, namespace?: string): Promise<TreeNode> {
    return this.#get(`${pathOf(id, namespace)}/tree`);
  }

  events(id: string, filter: EventFilter = {}, namespace?: string): EventIterable {
    check(CLIENT_OPTIONS.EventFilter, filter, "events");
    return remoteEvents(this.#transport, `${pathOf(id, namespace)}/events`, filter, WAIT_SECONDS);
  }

  journal(id: string, namespace?: string): Promise<readonly Entry[]> {
    return this.#get(`${pathOf(id, namespace)}/journal`);
  }

  pending(id: string, namespace?: string): Promise<readonly WaitView[]> {
    return this.#get(`${pathOf(id, namespace)}/pending`);
  }

  async signal(id: string, name: string, payload?: unknown, options: SignalOptions = {}): Promise<void> {
    check(CLIENT_OPTIONS.SignalOptions, options, "signal", name);
    const { signalId, namespace } = options;
    await this.#send("POST", `${pathOf(id, namespace)}/signals`, { name, payload, signalId });
  }

  cancel(id: string, reason?: string, namespace?: string): Promise<void> {
    return this.#send("POST", `${pathOf(id, namespace)}/cancel`, { reason });
  }

  stop(id: string, reason?: string, namespace?: string): Promise<void> {
    return this.#send("POST", `${pathOf(id, namespace)}/stop`, { reason });
  }

  async patchState(
    id: string,
    patch: Readonly<Record<string, unknown>>,
    ifVersion?: number,
    namespace?: string,
  ): Promise<void> {
    checkPatch(patch, ifVersion);
    await this.#send("PATCH", `${pathOf(id, namespace)}/state`, { patch, ifVersion });
  }

  async workflows(): Promise<readonly WorkflowFacts[]> {
    const { workflows } = await this.#get<{ workflows: readonly WorkflowFacts[] }>("/workflows");
    return workflows;
  }

  cost(id: string, namespace?: string): Promise<Cost> {
    return this.#get(`${pathOf(id, namespace)}/cost`);
  }

  #get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#transport.ask("GET", path, { query });
  }

  #send(method: "POST" | "PATCH", path: string, body?: object): Promise<void> {
    return this.#transport.ask(method, path, body === undefined ? {} : { body });
  }

  #handle<O>({ executionId, publicId }: Ids, namespace: string): ClientHandle<O> {
    return {
      executionId,
      publicId,
      result: async () => resultOf<O>(await this.#ended(executionId, namespace)),
      outcome: async () => outcomeOf<O>(await this.#ended(executionId, namespace)),
      get: () => this.get(executionId, namespace),
      signal: (name, payload) => this.signal(executionId, name, payload, { namespace }),
      cancel: (reason) => this.cancel(executionId, reason, namespace),
      stop: (reason) => this.stop(executionId, reason, namespace),
    };
  }

  async #ended(id: string, namespace: string): Promise<Extract<WireOutcome, { ended: true }>> {
    for (;;) {
      const outcome = await this.#get<WireOutcome>(`${pathOf(id, namespace)}/outcome`, { wait: WAIT_SECONDS });
      if (outcome.ended) return outcome;
    }
  }
}

function pathOf(id: string, namespace = DEFAULT_NAMESPACE): string {
  return `/namespaces/${toSegment(namespace)}/executions/${toSegment(id)}`;
}

function resultOf<O>({ executionId, workflow, status, output, error }: Extract<WireOutcome, { ended: true }>): O {
  if (status === "SUCCEEDED") return output as O;
  const cause = error === undefined ? undefined : fromErrorObject(error);
  const words = `execution ${workflow} (${executionId}) ended ${status}${cause === undefined ? "" : `: ${cause.message}`}`;
  throw new ChildExecutionError(words, { executionId, workflow, status }, cause === undefined ? {} : { cause });
}

function outcomeOf<O>(wire: Extract<WireOutcome, { ended: true }>): Outcome<O> {
  const { ended: _ended, workflow: _workflow, error, ...outcome } = wire;
  return { ...(outcome as Outcome<O>), ...(error === undefined ? undefined : { error: fromErrorObject(error) }) };
}
