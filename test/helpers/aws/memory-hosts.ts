/** Step Functions in memory: hosts that store their token, time out, get lost, fail, or are released. */
import type { Host, Hosts, Queues } from "../../../lib/homes/aws/services.ts";
import type { Table } from "../../../lib/homes/aws/table.ts";
import type { VirtualClock } from "../virtual-clock.ts";

export type HostStatus = "RUNNING" | "SUCCEEDED" | "TIMED_OUT" | "FAILED" | "GONE" | "LOST";

/** What becomes of one that was opened. `lost`: nobody hears of it. `failed`: its end is told. */
export type HostFault = { readonly how: "lost" | "failed"; readonly afterMs: number } | undefined;

interface Standing {
  readonly host: Host;
  status: HostStatus;
  give: () => void;
}

export class MemoryHosts implements Hosts {
  readonly all = new Map<string, Standing>();
  readonly #clock: VirtualClock;
  readonly #table: Table;
  readonly #queues: () => Queues;
  readonly #fault: (host: Host) => HostFault;

  constructor(clock: VirtualClock, table: Table, queues: () => Queues, fault: (host: Host) => HostFault) {
    this.#clock = clock;
    this.#table = table;
    this.#queues = queues;
    this.#fault = fault;
  }

  async open(host: Host): Promise<boolean> {
    if (this.all.has(host.name)) return false;
    const standing: Standing = { host, status: "RUNNING", give: () => undefined };
    this.all.set(host.name, standing);
    this.#park(standing);
    this.#break(standing, this.#fault(host));
    return true;
  }

  async release(token: string): Promise<void> {
    const found = this.all.get(token);
    if (found !== undefined) this.#over(found, "SUCCEEDED");
  }

  /** The state `Park`: stores its token unless the execution has ended, or a newer host is there. */
  #park(standing: Standing): void {
    const { key, host: number, id, timeoutSeconds } = standing.host.input;
    const stored = this.#table.update(
      key,
      { set: { ht: standing.host.name } },
      { all: [{ lacks: "endAt" }, { attribute: "ho", is: number }] },
    );
    void stored.then(({ done }) => (done ? undefined : this.#over(standing, "GONE")));
    standing.give = this.#clock.at(this.#clock.now() + timeoutSeconds * 1_000, () => {
      if (!this.#over(standing, "TIMED_OUT")) return;
      void this.#queues().send([
        { queue: "completions", executor: "short", message: { kind: "kick", id, host: number } },
      ]);
    });
  }

  #break(standing: Standing, fault: HostFault): void {
    if (fault === undefined) return;
    this.#clock.at(this.#clock.now() + fault.afterMs, () => {
      if (!this.#over(standing, fault.how === "lost" ? "LOST" : "FAILED") || fault.how === "lost") return;
      const message = { kind: "host", name: standing.host.name, status: "FAILED" } as const;
      void this.#queues().send([{ queue: "completions", executor: "short", message }]);
    });
  }

  #over(standing: Standing, status: HostStatus): boolean {
    if (standing.status !== "RUNNING") return false;
    standing.status = status;
    standing.give();
    return true;
  }
}
