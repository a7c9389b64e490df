/** The client of an engine in this process. Reads see what is durable, nothing else (K5). */
import type { CallbackAnswer } from "../../engine/callback-answer.ts";
import { outcomeOf, resultOf } from "../../engine/client-result.ts";
import { DEFAULT_NAMESPACE, startRequest } from "../../engine/client-start.ts";
import type { AnyWorkflow } from "../../kernel/context.ts";
import type { InputOf, OutputOf } from "../../kernel/definition.ts";
import { check } from "../../kernel/options.ts";
import type { Entry, FinEntry } from "../../kernel/journal.ts";
import { encodeState } from "../../kernel/state.ts";
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
} from "../../ports/client.ts";
import { checkPatch, CLIENT_OPTIONS } from "../../ports/option-table.ts";

import type { ExecutionStatics } from "./records.ts";
import { ReaderClient } from "./reader-client.ts";
import type { Runtime } from "./runtime.ts";
import type { Slot } from "./slot.ts";

export class EngineClient implements Client {
  readonly #runtime: Runtime;
  readonly #reader: ReaderClient;
  #sent = 0;

  constructor(runtime: Runtime, redact: readonly string[]) {
    this.#runtime = runtime;
    this.#reader = new ReaderClient(runtime.store, {
      redact,
      blocked: (head) => runtime.blocks.viewOf(head),
      closed: () => runtime.closed,
      onCommit: (callback) => runtime.followers.onCommit(callback),
      onEphemeral: (callback) => runtime.followers.onEphemeral(callback),
    });
  }

  start<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: ClientStartOptions = {},
  ): Promise<ClientHandle<OutputOf<W>>> {
    return this.#runtime.guests.whileOpen(() => this.#start(workflow, input, options));
  }

  async #start<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: ClientStartOptions,
  ): Promise<ClientHandle<OutputOf<W>>> {
    const slot = await this.#create(workflow, input, options);
    const handle = this.#handle<OutputOf<W>>(slot.statics);
    await new Promise<void>((resolve) => this.#runtime.whenDurable(resolve, slot.statics.rootId));
    return handle;
  }

  /** At once, unless a schema takes its time. */
  #create(workflow: AnyWorkflow, input: unknown, options: ClientStartOptions): Slot | Promise<Slot> {
    const { problem } = this.#runtime.commits;
    if (problem !== undefined) throw problem;
    if (typeof workflow !== "string") this.#runtime.introduce(workflow);
    const born = this.#runtime.launcher.create(startRequest(workflow, input, options));
    return born instanceof Promise ? born.then(({ slot }) => slot) : born.slot;
  }

  /** As `start` and then `result`; but the end alone is waited for, since it is not durable before the start. */
  async execute<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: ClientStartOptions = {},
  ): Promise<OutputOf<W>> {
    const begun = this.#begin(workflow, input, options);
    const slot = begun instanceof Promise ? await begun : begun;
    return resultOf(slot.id, slot.statics.workflow, await this.#runtime.endings.whenEnded(slot.id));
  }

  /** At once, unless a schema takes its time, or it is refused. */
  #begin(workflow: AnyWorkflow, input: unknown, options: ClientStartOptions): Slot | Promise<Slot> {
    const { guests } = this.#runtime;
    try {
      guests.refuseIfClosed();
      const created = this.#create(workflow, input, options);
      return created instanceof Promise ? guests.whileOpen(() => created) : created;
    } catch (error) {
      return guests.whileOpen(() => Promise.reject(error));
    }
  }

  async execution<O = unknown>(id: string, namespace = DEFAULT_NAMESPACE): Promise<ClientHandle<O>> {
    const found = this.#runtime.directory.statics(namespace, id);
    if (found === undefined) throw this.#runtime.directory.notFound(namespace, id);
    return this.#handle<O>(found);
  }

  get(id: string, namespace?: string): Promise<ExecutionDetail> {
    return this.#reader.get(id, namespace);
  }

  list(filter?: ListFilter): Promise<{ executions: readonly ExecutionView[]; cursor?: string }> {
    return this.#reader.list(filter);
  }

  tree(id: string, namespace?: string): Promise<TreeNode> {
    return this.#reader.tree(id, namespace);
  }

  events(id: string, filter?: EventFilter, namespace?: string): EventIterable {
    return this.#reader.events(id, filter, namespace);
  }

  journal(id: string, namespace?: string): Promise<readonly Entry[]> {
    return this.#reader.journal(id, namespace);
  }

  pending(id: string, namespace?: string): Promise<readonly WaitView[]> {
    return this.#reader.pending(id, namespace);
  }

  signal(id: string, name: string, payload?: unknown, options: SignalOptions = {}): Promise<void> {
    return this.#runtime.guests.whileOpen(() => {
      check(CLIENT_OPTIONS.SignalOptions, options, "signal", name);
      const { signalId = this.#outsideId("signal"), namespace = DEFAULT_NAMESPACE } = options;
      return this.#runtime.postman.signal(namespace, id, name, payload, signalId);
    });
  }

  cancel(id: string, reason = "", namespace = DEFAULT_NAMESPACE): Promise<void> {
    return this.#runtime.guests.whileOpen(() =>
      this.#runtime.postman.cancel(namespace, id, reason, this.#outsideId("cancel")),
    );
  }

  stop(id: string, reason = "", namespace = DEFAULT_NAMESPACE): Promise<void> {
    return this.#runtime.guests.whileOpen(() => this.#runtime.postman.stop(namespace, id, reason));
  }

  async patchState(
    id: string,
    patch: Readonly<Record<string, unknown>>,
    ifVersion?: number,
    namespace = DEFAULT_NAMESPACE,
  ): Promise<void> {
    checkPatch(patch, ifVersion);
    const encoded = encodeState(patch, "the patch");
    await this.#runtime.guests.whileOpen(() =>
      this.#runtime.postman.patch(namespace, id, encoded, ifVersion, this.#outsideId("patch")),
    );
  }

  readonly callbacks: Client["callbacks"] = {
    succeed: (callbackId, payload) => this.#complete(callbackId, { delivery: "succeed", payload }),
    fail: (callbackId, error) => this.#complete(callbackId, { delivery: "fail", error }),
    heartbeat: (callbackId) => this.#complete(callbackId, { delivery: "heartbeat" }),
  };

  #complete(callbackId: string, answer: CallbackAnswer): Promise<void> {
    return this.#runtime.guests.whileOpen(() => this.#runtime.postman.completeCallback(callbackId, answer));
  }

  /** Unique over restarts: the journal remembers the ids of what it has taken in. */
  #outsideId(kind: string): string {
    this.#sent += 1;
    return `${kind}:${this.#runtime.clock.now()}:${this.#sent}:${Math.floor(this.#runtime.ids.random() * 2 ** 32)}`;
  }

  #handle<O>({ id, publicId, workflow, meta }: ExecutionStatics): ClientHandle<O> {
    const ended = (): Promise<FinEntry> => this.#runtime.endings.whenEnded(id);
    return {
      executionId: id,
      publicId,
      result: async () => resultOf<O>(id, workflow, await this.#runtime.guests.whileOpen(ended)),
      outcome: async () => outcomeOf<O>(id, await this.#runtime.guests.whileOpen(ended), meta),
      get: () => this.get(id, this.#namespaceOf(id)),
      signal: (name, payload) => this.signal(id, name, payload, { namespace: this.#namespaceOf(id) }),
      cancel: (reason) => this.cancel(id, reason, this.#namespaceOf(id)),
      stop: (reason) => this.stop(id, reason, this.#namespaceOf(id)),
    };
  }

  #namespaceOf(id: string): string {
    return (
      this.#runtime.slots.get(id)?.statics.namespace ??
      (this.#runtime.closed ? undefined : this.#runtime.store.head(id)?.namespace) ??
      DEFAULT_NAMESPACE
    );
  }
}
