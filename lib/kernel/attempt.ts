/**
 * One attempt of a step, which is also the context its function gets: effects are buffered, and committed with its
 * result by whoever runs it (D9).
 */
import { childDetails } from "./children.ts";
import type { AnyWorkflow, Logger, StartOptions, StepContext } from "./context.ts";
import { TreelineError } from "./errors.ts";
import type { Payload, StepEffect } from "./journal.ts";
import { escapeName } from "./keys.ts";
import type { LogLevel } from "./kernel-host.ts";
import type { Machine } from "./machine.ts";
import type { Operation } from "./operation.ts";
import { AUTHOR_OPTIONS } from "./option-table.ts";
import { check } from "./options.ts";
import { decode, encode } from "./payload.ts";
import { checkChild, checkPayloadSize } from "./payload-size.ts";
import { checkText } from "./plain.ts";

/** Where an attempt's lines and ephemeral events go. */
export interface AttemptHost {
  log(at: AttemptPlace, level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> | undefined): void;
  stream(at: AttemptPlace, type: string, data: unknown): void;
}

export interface AttemptPlace {
  readonly operation: Operation;
  readonly attempt: number;
}

export class Attempt implements StepContext {
  readonly attempt: number;
  /** Set when its result does not count any more. */
  over = false;
  effects: StepEffect[] | undefined;
  readonly #machine: Machine;
  readonly #operation: Operation;
  readonly #host: AttemptHost;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;
  #children = 0;

  constructor(machine: Machine, { operation, attempt }: AttemptPlace, host: AttemptHost) {
    this.#machine = machine;
    this.#operation = operation;
    this.#host = host;
    this.attempt = attempt;
  }

  get idempotencyKey(): string {
    const { executionId, generation } = this.#machine.info;
    return `${executionId}:${generation}:${this.#operation.key}`;
  }

  get executionId(): string {
    return this.#machine.info.executionId;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    return this.#controller.signal;
  }

  get logger(): Logger {
    const at =
      (level: LogLevel): Logger["info"] =>
      (message, fields) =>
        this.#host.log(this.#place, level, message, fields);
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  start<W extends AnyWorkflow>(workflow: W, input: unknown, options: StartOptions = {}): string {
    check(AUTHOR_OPTIONS.StartOptions, options, "s.start", typeof workflow === "string" ? workflow : undefined);
    this.#children += 1;
    const details = childDetails(this.#machine, workflow, input, { ...options, awaited: false });
    checkChild(details, this.#machine.options.maxPayload);
    const name = options.name ?? details.workflow;
    checkText(name, "the name of a CHILD");
    const key = `${this.#operation.key}/CHILD:${escapeName(name)}#${this.#children}`;
    const id = this.#machine.childId(key);
    this.#buffer({ t: "start", k: key, d: { id, ...details } });
    // Another execution may have the public id by then, and is the one that is meant.
    return options.idConflict === "use_existing" ? (options.id ?? id) : id;
  }

  document(id: string, value: unknown): void {
    checkText(id, "the id of a document");
    this.#buffer({ t: "document", id, v: this.#encoded(value, `document ${id}`) });
  }

  emit(type: string, data?: unknown): void {
    checkText(type, "the type of an event");
    this.#buffer({
      t: "emit",
      n: type,
      ...(data === undefined ? undefined : { v: this.#encoded(data, `event ${type}`) }),
    });
  }

  setState(key: string, value: unknown): void {
    checkText(key, "a key of the state");
    this.#buffer({ t: "state", n: key, v: this.#encoded(value, `state ${key}`) });
  }

  stream(type: string, data?: unknown): void {
    if (!this.over) this.#host.stream(this.#place, type, decode(encode(data, `event ${type}`)));
  }

  #encoded(value: unknown, what: string): Payload {
    const payload = encode(value, what);
    checkPayloadSize(payload, this.#machine.options.maxPayload, what);
    return payload;
  }

  get #place(): AttemptPlace {
    return { operation: this.#operation, attempt: this.attempt };
  }

  abort(reason: Error): void {
    this.over = true;
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }

  #buffer(effect: StepEffect): void {
    if (this.over) {
      throw new TreelineError(
        "invalid_argument",
        `step ${this.#operation.entry.n} has ended: its context takes no more effects`,
      );
    }
    this.effects ??= [];
    this.effects.push(effect);
  }
}
