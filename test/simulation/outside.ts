/** The outside of one simulation: does what the plan needs done, until it is acknowledged, and repeats itself. */
import { ExecutionAlreadyStartedError, TreelineError } from "../../lib/index.ts";
import type { Client } from "../../lib/ports/client.ts";
import type { ChaosAction } from "./faults.ts";
import { lifeOf, node } from "./interpret.ts";
import type { PortCall } from "./life.ts";
import type { Errand } from "./oracle.ts";
import type { NodeInput } from "./plan.ts";
import type { Recorded } from "./record.ts";

/** Whom it talks to. */
export interface Counterpart {
  readonly dead: boolean;
  readonly client: Client;
}

export interface OutsidePorts<Life extends Counterpart> {
  readonly disk: Recorded;
  readonly faults: { readonly chaos: readonly ChaosAction[] };
  /** A start that was not answered is repeated even when the execution is there. */
  readonly repeatsStart?: true;
  pass(life: Life, call: PortCall): void;
  complain(problem: string): void;
  /** When `disk` shows what has happened. @default at once */
  seen?(check: () => void): void;
}

interface Pending {
  readonly index: number;
  readonly errand: Errand;
  state: "waiting" | "sent" | "done";
}

/** What the one who ended first answers to whoever comes too late. */
const TOO_LATE: ReadonlySet<string> = new Set(["execution_closed", "callback_not_found"]);

export const ROOT_ID = "root";

export class Outside<Life extends Counterpart> {
  readonly #ports: OutsidePorts<Life>;
  readonly #root: NodeInput;
  readonly #pending: Pending[];
  readonly #chaos: ChaosAction[];
  #start: "waiting" | "sent" | "done" = "waiting";

  constructor(ports: OutsidePorts<Life>, root: NodeInput, errands: readonly Errand[]) {
    this.#ports = ports;
    this.#root = root;
    this.#pending = errands.map((errand, index) => ({ index, errand, state: "waiting" }));
    this.#chaos = [...ports.faults.chaos];
  }

  /** What was on its way to a life that died has to be sent again. */
  died(): void {
    for (const pending of this.#pending) if (pending.state === "sent") pending.state = "waiting";
    if (this.#start === "sent") this.#start = "waiting";
  }

  /** Does what can be done now. False when there is nothing. */
  act(life: Life): boolean {
    if (this.#start === "waiting") {
      this.#startRoot(life);
      return true;
    }
    const ready = this.#pending.filter((pending) => pending.state === "waiting" && this.#isReady(pending.errand));
    // In another order in every seed, since the number of calls differs.
    for (const pending of ready) {
      pending.state = "sent";
      const act = (): void => this.#send(life, pending);
      this.#ports.pass(life, { kind: "errand", target: this.#ports.disk.ids.get(pending.errand.label) ?? "", act });
      if (life.dead) break;
    }
    return ready.length > 0;
  }

  /** Random stops and cancels, in the middle of anything. */
  disturb(life: Life, calls: number): void {
    for (const action of this.#chaos.filter(({ call }) => call <= calls)) {
      this.#chaos.splice(this.#chaos.indexOf(action), 1);
      const ids = [...this.#ports.disk.labels.keys()];
      const target = ids[action.target % Math.max(1, ids.length)];
      if (target === undefined) continue;
      const done = action.kind === "stop" ? life.client.stop(target, "chaos") : life.client.cancel(target, "chaos");
      done.catch((error: unknown) => this.#refused(life, error));
    }
  }

  #startRoot(life: Life): void {
    const { disk, repeatsStart } = this.#ports;
    if (disk.ids.has(this.#root.label) && repeatsStart !== true) {
      this.#start = "done";
      return;
    }
    this.#start = "sent";
    const acknowledged = (): void => {
      this.#start = "done";
      this.#seen(() => {
        if (!this.#ports.disk.ids.has(this.#root.label))
          this.#ports.complain("K5: the start was acknowledged before it was durable");
      });
    };
    // A start that is repeated may find the execution running, or, by chaos, ended: it must not begin a second one.
    const repeated = { idConflict: "use_existing", idReuse: "reject" } as const;
    const ids = repeatsStart === true ? repeated : undefined;
    life.client.start(node, this.#root, { id: ROOT_ID, ...ids, ...lifeOf(this.#root.plan) }).then(
      () => (life.dead ? undefined : acknowledged()),
      (error: unknown) => {
        if (error instanceof ExecutionAlreadyStartedError && !life.dead) this.#start = "done";
        else this.#refused(life, error);
      },
    );
  }

  #isReady({ label, when }: Errand): boolean {
    const { disk } = this.#ports;
    const id = disk.ids.get(label);
    if (id === undefined || disk.hasEnded(id)) return false;
    if (when === "exists") return true;
    if ("mark" in when) return disk.isMarked(id, when.mark);
    return disk.callbackOf(id, when.callback) !== undefined;
  }

  #send(life: Life, pending: Pending): void {
    if (life.dead) return;
    this.#carry(life, pending).then(
      () => {
        if (!life.dead) this.#acknowledged(pending);
      },
      (error: unknown) => {
        if (!life.dead) pending.state = "done";
        this.#refused(life, error);
      },
    );
  }

  async #carry(life: Life, { errand, index }: Pending): Promise<void> {
    const { client } = life;
    const { disk } = this.#ports;
    const id = disk.ids.get(errand.label) ?? "";
    const { act, when } = errand;
    switch (act.kind) {
      case "signal":
        return client.signal(id, act.name, act.payload, { signalId: signalId(index) });
      case "patch":
        return client.patchState(id, { [act.key]: act.value });
      case "stop":
        return client.stop(id, "planned");
      case "cancel":
        return client.cancel(id, "planned");
      case "succeed":
      case "fail": {
        const callbackId =
          disk.callbackOf(id, typeof when === "object" && "callback" in when ? when.callback : "") ?? "";
        if (act.kind === "succeed") return client.callbacks.succeed(callbackId, act.value);
        return client.callbacks.fail(callbackId, { message: "planned failure" });
      }
    }
  }

  #acknowledged(pending: Pending): void {
    pending.state = "done";
    this.#seen(() => {
      if (this.#isDurable(pending)) return;
      const { act, label } = pending.errand;
      this.#ports.complain(`K5: ${act.kind} of ${label} was acknowledged before it was durable`);
    });
  }

  #seen(check: () => void): void {
    if (this.#ports.seen === undefined) check();
    else this.#ports.seen(check);
  }

  /** What is acknowledged must be. */
  #isDurable({ errand, index }: Pending): boolean {
    const { disk } = this.#ports;
    const id = disk.ids.get(errand.label) ?? "";
    switch (errand.act.kind) {
      case "signal":
        return disk.hasTaken(id, signalId(index));
      case "patch":
        return disk.isPatched(id, errand.act.key);
      case "stop":
        return disk.hasEnded(id);
      case "cancel":
        return disk.hasEnded(id) || disk.isCancelled(id);
      case "succeed":
      case "fail":
        return (
          typeof errand.when !== "object" || !("callback" in errand.when) || disk.isAnswered(id, errand.when.callback)
        );
    }
  }

  #refused(life: Life, error: unknown): void {
    if (life.dead || (error instanceof TreelineError && TOO_LATE.has(error.code))) return;
    // An answer that comes too late may find that the whole execution is gone.
    if (error instanceof TreelineError && error.code === "execution_not_found") return;
    this.#ports.complain(`the outside was refused: ${String(error)}`);
  }
}

function signalId(index: number): string {
  return `outside ${index}`;
}
