/**
 * One life of the engine: from opening the disk to a crash. All that passes between it and the world passes through
 * `Ports`, which may disturb it. A dead life touches nothing any more, whatever still runs in it.
 */
import { EngineClient } from "../../lib/homes/embedded/engine-client.ts";
import { LocalDefinitions } from "../../lib/homes/embedded/definitions.ts";
import { DEFAULT_LIMITS } from "../../lib/homes/embedded/engine-options.ts";
import type { CommitGroup, LogRecord, OutsideItem } from "../../lib/homes/embedded/records.ts";
import { Runtime } from "../../lib/homes/embedded/runtime.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { MemoryStore } from "../helpers/memory-store.ts";
import { StoreError } from "../../lib/index.ts";
import type { VirtualClock } from "../helpers/virtual-clock.ts";
import type { FaultPlan, PortKind } from "./faults.ts";
import { node } from "./interpret.ts";
import type { Recorded } from "./record.ts";

/** What a call through a port is about. */
export interface PortCall {
  readonly kind: PortKind;
  /** The execution that it concerns. */
  readonly target?: string;
  readonly act: () => void;
  /** What it does when it comes late or once more, where that differs. */
  readonly again?: () => void;
  /** Where the engine itself takes part in being late: begins the call, and returns what completes it. */
  readonly begin?: () => () => void;
}

/** What the world does to a call. */
export interface Ports {
  readonly disk: Recorded;
  readonly clock: VirtualClock;
  readonly faults: FaultPlan;
  pass(life: Life, call: PortCall): void;
  /** Names the fault that a commit suffers; it is carried out by the store. */
  commit(life: Life): "crash-before" | "crash-after" | "refuse" | undefined;
  crash(life: Life): void;
  evicted(id: string): void;
  complain(problem: string): void;
}

export class Life {
  readonly runtime: Runtime;
  readonly client: EngineClient;
  /** What arrives behind others: carried out in reverse order when nothing else moves. */
  readonly held: (() => void)[] = [];
  dead = false;
  readonly #timers = new Set<() => void>();
  /** While it is set, a launch that begins waits for it. */
  #until: Promise<void> | undefined;

  constructor(ports: Ports, count: number) {
    const { faults } = ports;
    const definitions = new LocalDefinitions({ log: () => undefined, now: () => 0 });
    definitions.add([node]);
    let roots = 0;
    this.runtime = new Runtime({
      store: new MortalStore(this, ports),
      definitions,
      clock: this.#clock(ports),
      ids: {
        root: () => `root${String(count).padStart(8, "0")}${String((roots += 1)).padStart(8, "0")}`,
        random: () => 0.5,
      },
      limits: { ...DEFAULT_LIMITS, live: faults.live, steps: faults.steps, executions: faults.executions },
      log: ({ level, message }) => {
        if (level === "error" && message.startsWith("internal:") && !this.dead) ports.complain(message);
      },
      plugins: [],
      eviction: faults.eviction,
      encoded: false,
      onCodeMismatch: "fail",
      determinism: "off",
    });
    this.#tap(ports);
    this.client = new EngineClient(this.runtime, []);
  }

  end(): void {
    this.dead = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #clock(ports: Ports): Clock {
    return {
      now: () => ports.clock.now(),
      at: (due, callback) => {
        const cancel = ports.clock.at(due, () => {
          this.#timers.delete(cancel);
          ports.pass(this, { kind: "timer", act: callback });
        });
        if (this.dead) cancel();
        else this.#timers.add(cancel);
        return () => {
          this.#timers.delete(cancel);
          cancel();
        };
      },
    };
  }

  later(ports: Ports, ms: number, act: () => void): void {
    const cancel = ports.clock.at(ports.clock.now() + ms, () => {
      this.#timers.delete(cancel);
      act();
    });
    this.#timers.add(cancel);
  }

  /**
   * A late launch is under way inside the engine, as behind a schema that takes its time, so that requests to the child
   * have to wait for it (K10). No home lets them overtake it.
   * @returns what lets the launches that `run` begins go on
   */
  #beginSlowly(run: () => void): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#until = promise;
    run();
    this.#until = undefined;
    return resolve;
  }

  /** Puts the world between the parts of the engine that would be apart on another home. */
  #tap(ports: Ports): void {
    const { runtime } = this;
    const deliver = runtime.deliver.bind(runtime);
    // oxlint-disable-next-line typescript/no-useless-default-assignment -- callers of `deliver` leave it out
    runtime.deliver = (slot, entry, generation = slot.generation) => {
      // What an outsider appends is answered when it is in: only the way there can be disturbed (`errand`, `send`).
      // Which execution was attached to is told before that one's end is looked for, on the way no backend can disturb.
      const isFound = entry.t === "ack" && /\/ATTACH:[^/]*$/u.test(entry.k);
      if (isFound || entry.t === "in" || entry.t === "try" || entry.k.includes("/CALLBACK:"))
        return deliver(slot, entry, generation);
      const act = (): void => deliver(slot, entry, generation);
      return ports.pass(this, { kind: "deliver", target: slot.id, act });
    };
    const launch = runtime.launcher.launch.bind(runtime.launcher);
    runtime.launcher.launch = (parent, key, child, again) => {
      const { generation } = parent;
      const send = (repeated: boolean) => () => {
        if (parent.fin === undefined && parent.generation === generation) launch(parent, key, child, repeated);
      };
      // The code knows the id of a child that its step started and may look for it at once: no other home may let it
      // look before the launch either.
      const kind = key.includes("/STEP:") ? "start" : "launch";
      const begin = (): (() => void) => this.#beginSlowly(send(again));
      ports.pass(this, { kind, target: parent.id, act: send(again), again: send(true), begin });
    };
    const create = runtime.launcher.create.bind(runtime.launcher);
    runtime.launcher.create = (birth) => {
      const until = this.#until;
      return until === undefined ? create(birth) : until.then(() => create(birth));
    };
    const send = runtime.postman.send.bind(runtime.postman);
    runtime.postman.send = (sender, key, request) => {
      const act = (): void => send(sender, key, request);
      ports.pass(this, { kind: "send", target: sender.id, act });
    };
    const run = runtime.steps.run.bind(runtime.steps);
    runtime.steps.run = (body) => {
      run(
        () =>
          new Promise((resolve, reject) => {
            ports.pass(this, { kind: "body", act: () => void body().then(resolve, reject) });
          }),
      );
    };
  }
}

class MortalStore extends MemoryStore {
  readonly #life: Life;
  readonly #ports: Ports;
  /** Read, or created, in this life: if it is read again, it was put away in between. */
  readonly #known = new Set<string>();

  constructor(life: Life, ports: Ports) {
    super(ports.disk);
    this.#life = life;
    this.#ports = ports;
  }

  override commit(group: CommitGroup): void {
    const fault = this.#life.dead ? "crash-before" : this.#ports.commit(this.#life);
    if (fault === "refuse") throw new StoreError("store_full", "the disk is full");
    if (fault === "crash-before") this.#ports.crash(this.#life);
    else {
      super.commit(group);
      for (const { statics } of group.created) this.#known.add(statics.id);
      if (fault === "crash-after") this.#ports.crash(this.#life);
    }
    if (this.#life.dead) throw new StoreError("store_failed", "the process is dead");
  }

  override async leave(item: Omit<OutsideItem, "rowid">): Promise<number> {
    if (this.#life.dead) return new Promise(() => undefined);
    return new Promise((resolve) => {
      const act = (): void => void super.leave(item).then((rowid) => this.#life.dead || resolve(rowid));
      this.#ports.pass(this.#life, { kind: "leave", target: item.executionId, act });
    });
  }

  override async journal(id: string, options: { latestGeneration?: boolean } = {}): Promise<readonly LogRecord[]> {
    const records = await super.journal(id, options);
    if (this.#life.dead) return new Promise(() => undefined);
    if (this.#known.has(id) && records.length > 1) this.#ports.evicted(id);
    this.#known.add(id);
    return new Promise((resolve) => {
      this.#ports.pass(this.#life, { kind: "load", target: id, act: () => resolve(records) });
    });
  }
}
