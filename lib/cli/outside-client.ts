/** A client beside a file that nobody owns: it sees everything, and what it does is left for the next owner (D21). */
import { ReaderClient } from "../homes/embedded/reader-client.ts";
import type { OutsideBody } from "../homes/embedded/outside-inbox.ts";
import type { OutsideItem } from "../homes/embedded/records.ts";
import type { StoreReader } from "../homes/embedded/store.ts";
import { ExecutionClosedError, type StoreError, TreelineError } from "../kernel/errors.ts";
import { executionOfCallback } from "../kernel/keys.ts";
import { encode } from "../kernel/payload.ts";
import type { Client } from "../ports/client.ts";

/** What a visitor may do: everything but start executions. */
export type Visitor = Omit<Client, "start" | "execute" | "execution" | "patchState">;

const DEFAULT_NAMESPACE = "default";

export class OutsideClient extends ReaderClient implements Visitor {
  readonly #reader: StoreReader;
  readonly #now: () => number;
  readonly #owner: StoreError | undefined;

  /** @param owner why the engine that owns the file cannot be talked to; absent: none owns it */
  constructor(reader: StoreReader, now: () => number, owner?: StoreError) {
    super(reader, owner === undefined ? { unowned: true } : {});
    this.#reader = reader;
    this.#now = now;
    this.#owner = owner;
  }

  async signal(id: string, name: string, payload?: unknown, options: { namespace?: string } = {}): Promise<void> {
    await this.#leave("signal", id, { name, payload }, options.namespace);
  }

  async cancel(id: string, reason?: string, namespace?: string): Promise<void> {
    await this.#leave("cancel", id, { ...(reason === undefined ? undefined : { reason }) }, namespace);
  }

  async stop(id: string, reason?: string, namespace?: string): Promise<void> {
    await this.#leave("stop", id, { ...(reason === undefined ? undefined : { reason }) }, namespace);
  }

  readonly callbacks: Client["callbacks"] = {
    succeed: (callbackId, payload) => this.#answer({ callbackId, delivery: "succeed", payload }),
    fail: (callbackId, error) => this.#answer({ callbackId, delivery: "fail", error }),
    heartbeat: (callbackId) => this.#answer({ callbackId, delivery: "heartbeat" }),
  };

  async #answer(body: Omit<OutsideBody, "namespace"> & { callbackId: string }): Promise<void> {
    const head = this.#reader.head(executionOfCallback(body.callbackId));
    if (head === undefined) throw new TreelineError("callback_not_found", `there is no callback ${body.callbackId}`);
    await this.#leave("callback", head.id, body, head.namespace);
  }

  async #leave(
    kind: OutsideItem["kind"],
    id: string,
    body: Omit<OutsideBody, "namespace">,
    namespace = DEFAULT_NAMESPACE,
  ): Promise<void> {
    if (this.#owner !== undefined) throw this.#owner;
    const head = this.head(id, namespace);
    if (head.endedAt !== undefined) throw new ExecutionClosedError(`execution ${id} has ended: ${head.status}`);
    const item: OutsideBody = { namespace, ...body };
    await this.#reader.leave({ executionId: head.id, kind, body: encode(item, "what is sent"), at: this.#now() });
  }
}
