/** The client of a deployment: what the API, the triggers and the tests act with. */
import { DEFAULT_NAMESPACE, startRequest } from "../../engine/client-start.ts";
import type { CallbackAnswer } from "../../engine/callback-answer.ts";
import { outcomeOf, resultOf } from "../../engine/client-result.ts";
import type { ExecutionStatics } from "../../engine/statics.ts";
import type { AnyWorkflow } from "../../kernel/context.ts";
import type { InputOf, OutputOf } from "../../kernel/definition.ts";
import { check } from "../../kernel/options.ts";
import type { FinEntry } from "../../kernel/journal.ts";
import { encodeState } from "../../kernel/state.ts";
import type { Client, ClientHandle, ClientStartOptions, SignalOptions } from "../../ports/client.ts";
import { checkPatch, CLIENT_OPTIONS } from "../../ports/option-table.ts";
import { giveBirth } from "./births.ts";
import type { AwsContext } from "./context.ts";
import { cancel, completeCallback, patch, signal, stop } from "./doors.ts";
import { hasEnded } from "./head.ts";
import { resolveHead } from "./heads.ts";
import { loadFin } from "./journal.ts";
import { fromOutside } from "./metered.ts";
import { AwsReader } from "./reader.ts";

/** A caller that waits for an end looks so often: first soon, then more and more seldom. */
const FIRST_LOOK_MS = 50;
const LAST_LOOK_MS = 2_000;

export class AwsClient extends AwsReader implements Client {
  readonly #cx: AwsContext;

  constructor(cx: AwsContext, redact: readonly string[] = []) {
    super(cx, redact);
    this.#cx = cx;
  }

  async start<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: ClientStartOptions = {},
  ): Promise<ClientHandle<OutputOf<W>>> {
    if (typeof workflow !== "string") this.#cx.workflows.add([workflow]);
    const { statics } = await giveBirth(this.#cx, startRequest(workflow, input, options));
    return this.#handle<OutputOf<W>>(statics);
  }

  async execute<W extends AnyWorkflow>(
    workflow: W,
    input: InputOf<W>,
    options: ClientStartOptions = {},
  ): Promise<OutputOf<W>> {
    const handle = await this.start(workflow, input, options);
    return handle.result();
  }

  async execution<O = unknown>(id: string, namespace = DEFAULT_NAMESPACE): Promise<ClientHandle<O>> {
    const { statics } = await resolveHead(this.#cx.table, namespace, id);
    return this.#handle<O>(statics);
  }

  async signal(id: string, name: string, payload?: unknown, options: SignalOptions = {}): Promise<void> {
    check(CLIENT_OPTIONS.SignalOptions, options, "signal", name);
    const { signalId, namespace = DEFAULT_NAMESPACE } = options;
    const sender = signalId ?? this.#outsideId("signal");
    await fromOutside(this.#cx, (cx) => signal(cx, { namespace, target: id }, name, payload, sender));
  }

  cancel(id: string, reason = "", namespace = DEFAULT_NAMESPACE): Promise<void> {
    const request = this.#outsideId("cancel");
    return fromOutside(this.#cx, (cx) => cancel(cx, { namespace, target: id }, reason, request));
  }

  stop(id: string, reason = "", namespace = DEFAULT_NAMESPACE): Promise<void> {
    return fromOutside(this.#cx, (cx) => stop(cx, { namespace, target: id }, reason));
  }

  async patchState(
    id: string,
    value: Readonly<Record<string, unknown>>,
    ifVersion?: number,
    namespace = DEFAULT_NAMESPACE,
  ): Promise<void> {
    checkPatch(value, ifVersion);
    const encoded = encodeState(value, "the patch");
    const request = this.#outsideId("patch");
    await fromOutside(this.#cx, (cx) => patch(cx, { namespace, target: id }, encoded, ifVersion, request));
  }

  readonly callbacks: Client["callbacks"] = {
    succeed: (callbackId, payload) => this.#complete(callbackId, { delivery: "succeed", payload }),
    fail: (callbackId, error) => this.#complete(callbackId, { delivery: "fail", error }),
    heartbeat: (callbackId) => this.#complete(callbackId, { delivery: "heartbeat" }),
  };

  #complete(callbackId: string, answer: CallbackAnswer): Promise<void> {
    return fromOutside(this.#cx, (cx) => completeCallback(cx, callbackId, answer));
  }

  #outsideId(kind: string): string {
    const chance = Math.floor(this.#cx.ids.random() * 2 ** 32);
    return `${kind}:${this.#cx.clock.now()}:${this.#cx.ids.root()}:${chance}`;
  }

  #handle<O>({ id, publicId, workflow, meta, namespace }: ExecutionStatics): ClientHandle<O> {
    return {
      executionId: id,
      publicId,
      result: async () => resultOf<O>(id, workflow, await this.#end(id, namespace)),
      outcome: async () => outcomeOf<O>(id, await this.#end(id, namespace), meta),
      get: () => this.get(id, namespace),
      signal: (name, payload) => this.signal(id, name, payload, { namespace }),
      cancel: (reason) => this.cancel(id, reason, namespace),
      stop: (reason) => this.stop(id, reason, namespace),
    };
  }

  async #end(id: string, namespace: string): Promise<FinEntry> {
    const { table, clock } = this.#cx;
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(LAST_LOOK_MS, pause * 1.5)) {
      const head = await resolveHead(table, namespace, id);
      const fin = hasEnded(head) ? await loadFin(table, head) : undefined;
      if (fin !== undefined) return fin;
      await new Promise<void>((resolve) => clock.at(clock.now() + pause, resolve));
    }
  }
}
