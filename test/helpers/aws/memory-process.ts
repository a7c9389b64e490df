/**
 * A process of the cloud in memory: an invocation of a function, or a caller outside. Everything it does to the world
 * passes through here, so that it can die, freeze, or be slow at any call.
 *
 * Death is a fence: promises of a dead process may go on in this one, but they reach no service and no clock any more.
 */
import { setImmediate } from "node:timers/promises";
import type { AwsContext } from "../../../lib/homes/aws/context.ts";
import type { Table } from "../../../lib/homes/aws/table.ts";
import type { Plugin } from "../../../lib/ports/plugin.ts";
import type { Clock } from "../../../lib/ports/clock.ts";
import type { VirtualClock } from "../virtual-clock.ts";

export type Moment = "before" | "after";

/** What happens to a process at a call. A number: it goes on so many turns of the event loop later. */
export type CallFault = "die" | number | { readonly freezeMs: number } | undefined;

/** Asked before and behind every call of a process to a service. */
export type CallAdversary = (process: CloudProcess, call: string, moment: Moment) => CallFault;

let bodyOf: CloudProcess | undefined;

/** Whose step has just begun: known while its body is called, as long as that does not await. */
export function processOfBody(): CloudProcess | undefined {
  return bodyOf;
}

export class CloudProcess {
  readonly name: string;
  readonly died: Promise<void>;
  readonly #clock: VirtualClock;
  readonly #adversary: CallAdversary;
  readonly #busy: () => void;
  #tellDeath!: () => void;
  #dead = false;
  #frozenUntil = 0;

  /** @param busy called in every turn of the event loop in which it is about to do something */
  constructor(name: string, clock: VirtualClock, adversary: CallAdversary, busy: () => void) {
    this.name = name;
    this.#clock = clock;
    this.#adversary = adversary;
    this.#busy = busy;
    this.died = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  die(): void {
    this.#dead = true;
    this.#tellDeath();
  }

  /** Never resolves for a dead one. */
  async call<T>(name: string, act: () => Promise<T>): Promise<T> {
    await this.#suffer(name, "before");
    this.#busy();
    try {
      return await act();
    } finally {
      this.#busy();
      await this.#suffer(name, "after");
    }
  }

  async #suffer(name: string, moment: Moment): Promise<void> {
    await this.#thaw();
    const fault = this.#dead ? undefined : this.#adversary(this, name, moment);
    if (fault === "die") this.die();
    if (this.#dead) return new Promise(() => undefined);
    if (typeof fault === "number") await this.#turns(fault);
    if (typeof fault === "object") this.#frozenUntil = this.#clock.now() + fault.freezeMs;
    await this.#thaw();
    return this.#dead ? new Promise(() => undefined) : undefined;
  }

  async #turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      this.#busy();
      await setImmediate();
    }
  }

  async #thaw(): Promise<void> {
    while (this.#clock.now() < this.#frozenUntil) {
      await new Promise<void>((resolve) => {
        this.#clock.at(this.#frozenUntil, resolve);
      });
    }
  }

  readonly clock: Clock = {
    now: () => this.#clock.now(),
    at: (due, callback) => {
      const fire = (): void => {
        if (this.#dead) return;
        if (this.#clock.now() >= this.#frozenUntil) return callback();
        cancel = this.#clock.at(this.#frozenUntil, fire);
      };
      let cancel = this.#clock.at(due, fire);
      return () => cancel();
    },
  };

  /** The services, as this process reaches them. */
  context(cx: AwsContext): AwsContext {
    const { queues, hosts, targets } = cx;
    return {
      ...cx,
      table: this.#table(cx.table),
      queues: {
        send: (messages) =>
          messages.length === 0 ? Promise.resolve() : this.call("send", () => queues.send(messages)),
        postpone: (receipt, seconds) => this.call("postpone", () => queues.postpone(receipt, seconds)),
      },
      hosts: {
        open: (host, executor) => this.call("host open", () => hosts.open(host, executor)),
        release: (token) => this.call("host release", () => hosts.release(token)),
      },
      targets: { tell: (target, report) => this.call("tell", () => targets.tell(target, report)) },
      clock: this.clock,
      plugins: [...cx.plugins, this.#observer],
    };
  }

  readonly #observer: Plugin = {
    name: "process",
    wrapOperationAttemptFn: (_info, run) => {
      const before = bodyOf;
      // oxlint-disable-next-line typescript/no-this-alias -- it is what is told
      bodyOf = this;
      try {
        return run();
      } finally {
        bodyOf = before;
      }
    },
  };

  #table(table: Table): Table {
    return {
      get: (key, strong) => this.call("get", () => table.get(key, strong)),
      query: (range) => this.call("query", () => table.query(range)),
      queryIndex: (range) => this.call("queryIndex", () => table.queryIndex(range)),
      put: (item, condition) => this.call("put", () => table.put(item, condition)),
      update: (key, change, condition) => this.call("update", () => table.update(key, change, condition)),
      transact: (parts) => this.call("transact", () => table.transact(parts)),
      delete: (keys) => (keys.length === 0 ? Promise.resolve() : this.call("delete", () => table.delete(keys))),
    };
  }
}
