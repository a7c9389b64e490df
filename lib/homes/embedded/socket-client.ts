/** The other side of the local socket: the owner's client, in another process. */
import type { AnyWorkflow, Outcome } from "../../kernel/context.ts";
import type { InputOf, OutputOf } from "../../kernel/definition.ts";
import { fromErrorObject } from "../../kernel/error-object.ts";
import type { Entry } from "../../kernel/journal.ts";
import type {
  Client,
  ClientHandle,
  ClientStartOptions,
  EventFilter,
  ExecutionDetail,
  EventIterable,
  ExecutionView,
  ListFilter,
  TreeNode,
  WaitView,
} from "../../ports/client.ts";
import { SocketConnection } from "./socket-connection.ts";
import type { WireOutcome, WorkflowFacts } from "./socket-methods.ts";

interface Ids {
  readonly executionId: string;
  readonly publicId: string;
}

/** The client of the engine that owns `file`; undefined when there is none. Close it when done. */
export async function connectClient(file: string): Promise<SocketClient | undefined> {
  const connection = await SocketConnection.open(file);
  return connection === undefined ? undefined : new SocketClient(connection);
}

export class SocketClient implements Client {
  readonly callbacks: Client["callbacks"];
  readonly #connection: SocketConnection;

  constructor(connection: SocketConnection) {
    this.#connection = connection;
    this.callbacks = {
      succeed: (callbackId, payload) => this.#ask("callbacks.succeed", { callbackId, payload }),
      fail: (callbackId, error) => this.#ask("callbacks.fail", { callbackId, error }),
      heartbeat: (callbackId) => this.#ask("callbacks.heartbeat", { callbackId }),
    };
  }

  /** Process that owns the file. */
  get ownerPid(): number {
    return this.#connection.owner.pid;
  }

  async start<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: ClientStartOptions = {},
  ): Promise<ClientHandle<OutputOf<W>>> {
    const name = typeof workflow === "string" ? workflow : workflow.name;
    const ids = await this.#ask<Ids>("start", { workflow: name, input, options });
    return this.#handle(ids, options.namespace);
  }

  async execute<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options?: ClientStartOptions,
  ): Promise<OutputOf<W>> {
    return (await this.start(workflow, input, options)).result();
  }

  async execution<O = unknown>(id: string, namespace?: string): Promise<ClientHandle<O>> {
    return this.#handle(await this.#ask<Ids>("execution", { id, namespace }), namespace);
  }

  get(id: string, namespace?: string): Promise<ExecutionDetail> {
    return this.#ask("get", { id, namespace });
  }

  list(filter: ListFilter = {}): Promise<{ executions: readonly ExecutionView[]; cursor?: string }> {
    return this.#ask("list", { filter });
  }

  tree(id: string, namespace?: string): Promise<TreeNode> {
    return this.#ask("tree", { id, namespace });
  }

  events(id: string, filter: EventFilter = {}, namespace?: string): EventIterable {
    const { signal, ...rest } = filter;
    return this.#connection.events({ id, namespace, filter: rest }, signal);
  }

  journal(id: string, namespace?: string): Promise<readonly Entry[]> {
    return this.#ask("journal", { id, namespace });
  }

  pending(id: string, namespace?: string): Promise<readonly WaitView[]> {
    return this.#ask("pending", { id, namespace });
  }

  signal(
    id: string,
    name: string,
    payload?: unknown,
    options: { signalId?: string; namespace?: string } = {},
  ): Promise<void> {
    return this.#ask("signal", { ...options, id, name, payload });
  }

  cancel(id: string, reason?: string, namespace?: string): Promise<void> {
    return this.#ask("cancel", { id, reason, namespace });
  }

  stop(id: string, reason?: string, namespace?: string): Promise<void> {
    return this.#ask("stop", { id, reason, namespace });
  }

  patchState(
    id: string,
    patch: Readonly<Record<string, unknown>>,
    ifVersion?: number,
    namespace?: string,
  ): Promise<void> {
    return this.#ask("patchState", { id, patch, ifVersion, namespace });
  }

  /** Workflows that are loaded at the owner. */
  workflows(): Promise<readonly WorkflowFacts[]> {
    return this.#ask("workflows", {});
  }

  prune(): Promise<{ executions: number }> {
    return this.#ask("prune", {});
  }

  close(): void {
    this.#connection.close();
  }

  #ask<T>(method: string, params: Readonly<Record<string, unknown>>): Promise<T> {
    return this.#connection.request(method, params) as Promise<T>;
  }

  #handle<O>({ executionId, publicId }: Ids, namespace: string | undefined): ClientHandle<O> {
    return {
      executionId,
      publicId,
      result: () => this.#ask("result", { id: executionId, namespace }),
      outcome: async () => toOutcome(await this.#ask<WireOutcome>("outcome", { id: executionId, namespace })),
      get: () => this.get(executionId, namespace),
      signal: (name, payload) => this.signal(executionId, name, payload, namespace === undefined ? {} : { namespace }),
      cancel: (reason) => this.cancel(executionId, reason, namespace),
      stop: (reason) => this.stop(executionId, reason, namespace),
    };
  }
}

function toOutcome<O>({ error, ...rest }: WireOutcome): Outcome<O> {
  return { ...(rest as Outcome<O>), ...(error === undefined ? undefined : { error: fromErrorObject(error) }) };
}
