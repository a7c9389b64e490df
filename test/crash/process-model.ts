/**
 * A process that dies at a chosen call, and the machine it ran on: its disk, its clock, and whoever waits outside.
 *
 * Job: plays the embedded runtime over the store in memory, counts its calls to the world, and kills it behind the
 * chosen ones. Boundary: death is a fence. The dead engine's promises may go on in this process, but they reach no disk,
 * no clock and no client any more; whatever stands on the disk then is what the next engine gets.
 *
 * A call is: a commit (twice: before it, and behind it but before anybody hears of it), the start and the end of a step's
 * body, a timer, and what is done from outside. Outsiders repeat what was not acknowledged (`MortalClient`).
 */
import { setImmediate } from "node:timers/promises";
import { LocalDefinitions } from "../../lib/homes/embedded/definitions.ts";
import { EngineClient } from "../../lib/homes/embedded/engine-client.ts";
import { DEFAULT_LIMITS, type EngineLimits } from "../../lib/homes/embedded/engine-options.ts";
import type { CommitGroup, LogRecord, OutsideItem } from "../../lib/homes/embedded/records.ts";
import { Runtime } from "../../lib/homes/embedded/runtime.ts";
import type { AttemptInfo, Plugin } from "../../lib/ports/plugin.ts";
import { engineLimits } from "../helpers/embedded-home.ts";
import { MemoryDisk, MemoryStore } from "../helpers/memory-store.ts";
import { VirtualClock } from "../helpers/virtual-clock.ts";
import type { HomeUnderTest, Opened } from "../conformance/runner.ts";
import type { Scenario } from "../conformance/scenario.ts";
import { mortalClient } from "./mortal-client.ts";

/** What outlives its processes. */
export class Machine {
  readonly disk = new MemoryDisk();
  readonly problems: string[] = [];
  /** Calls of all processes so far. */
  calls = 0;
  lives = 0;
  readonly #workflows: Scenario["workflows"];
  readonly #limits: EngineLimits;
  readonly #plan: CrashPlan;
  #life: Life;

  constructor(plan: CrashPlan, workflows: Scenario["workflows"], limits: NonNullable<Scenario["engine"]>) {
    this.#workflows = workflows;
    const { interruptions = DEFAULT_LIMITS.interruptions } = plan;
    this.#limits = { ...DEFAULT_LIMITS, ...engineLimits(limits), interruptions };
    this.#plan = plan;
    this.#life = this.#begin(new VirtualClock().now());
  }

  /** The living process; a new one when the last has died. */
  get life(): Life {
    if (this.#life.dead) this.#life = this.#begin(this.#life.clock.now());
    return this.#life;
  }

  /** True when this call was the last of its process. */
  countCall(): boolean {
    this.calls += 1;
    return this.#plan.diesAt(this.calls);
  }

  /** A step whose result is recorded must not run again (K5). */
  noteBody({ executionId, id }: AttemptInfo): void {
    const journal = this.disk.journals.get(executionId) ?? [];
    const from = journal.findLastIndex(({ entry }) => entry.t === "run");
    const recorded = journal.slice(from).some(({ entry }) => (entry.t === "ok" || entry.t === "err") && entry.k === id);
    if (recorded) this.problems.push(`${executionId} ${id}: its body began although its result is recorded`);
  }

  #begin(now: number): Life {
    this.lives += 1;
    const { eviction = "lru", slowDisk = false } = this.#plan;
    return new Life(this, { now, workflows: this.#workflows, limits: this.#limits, eviction, slowDisk });
  }
}

interface LifeOptions {
  readonly now: number;
  readonly workflows: Scenario["workflows"];
  readonly limits: EngineLimits;
  readonly eviction: "lru" | "always";
  readonly slowDisk: boolean;
}

/** One process. */
export class Life {
  readonly clock: VirtualClock;
  readonly client: EngineClient;
  readonly died: Promise<void>;
  readonly #machine: Machine;
  readonly #runtime: Runtime;
  readonly #resumed: Promise<void>;
  #dead = false;
  /** Running bodies of steps. */
  #bodies = 0;
  #tellDeath!: () => void;

  constructor(machine: Machine, { now, workflows, limits, eviction, slowDisk }: LifeOptions) {
    this.#machine = machine;
    this.died = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
    this.clock = new MortalClock(this, now);
    const definitions = new LocalDefinitions({ log: () => undefined, now: () => 0 });
    definitions.add(workflows);
    const store = new MortalStore(this, machine.disk, slowDisk);
    this.#runtime = new Runtime({
      store,
      definitions,
      clock: this.clock,
      ids: countedIds(machine),
      limits,
      log: ({ level, message }) => {
        if (!this.#dead && level === "error") machine.problems.push(message);
      },
      plugins: [observeBodies(this)],
      eviction,
      encoded: slowDisk,
      onCodeMismatch: "fail",
    });
    this.client = new EngineClient(this.#runtime, []);
    this.#resumed = this.#resume().catch((error: unknown) => {
      machine.problems.push(`resume: ${String(error)}`);
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Counts one call. True when the process is dead, be it by this very call. */
  call(): boolean {
    if (!this.#dead && this.#machine.countCall()) {
      this.#dead = true;
      this.#tellDeath();
    }
    return this.#dead;
  }

  bodyBegins(info: AttemptInfo): void {
    this.#bodies += 1;
    if (!this.#dead && !this.call()) this.#machine.noteBody(info);
  }

  readonly bodyEnds = (): void => {
    this.#bodies -= 1;
    this.call();
  };

  /** Until it is dead, idle, or all that is left of it is a step's body that waits to be aborted. */
  async rest(): Promise<void> {
    let isIdle = false;
    void this.#resumed
      .then(() => this.#runtime.idle())
      .then(() => {
        isIdle = true;
      });
    let calls = -1;
    for (let quiet = 0; !isIdle && !this.#dead && quiet < PATIENCE;) {
      await setImmediate();
      quiet = calls === this.#machine.calls && this.#bodies > 0 ? quiet + 1 : 0;
      calls = this.#machine.calls;
    }
  }

  async #resume(): Promise<void> {
    await this.#runtime.reopening.resume();
  }
}

/** Turns of the event loop without a call, with a body running. */
const PATIENCE = 10;

class Died extends Error {}

class MortalStore extends MemoryStore {
  readonly #life: Life;
  readonly #slowDisk: boolean;

  constructor(life: Life, disk: MemoryDisk, slowDisk: boolean) {
    super(disk);
    this.#life = life;
    this.#slowDisk = slowDisk;
  }

  override commit(group: CommitGroup): void {
    if (this.#life.dead || this.#life.call()) throw new Died("before the commit");
    super.commit(group);
    if (this.#life.call()) throw new Died("behind the commit, before anybody heard of it");
  }

  /** Only a slow disk is asked for this. */
  override async commitEncoded(group: CommitGroup): Promise<void> {
    await setImmediate();
    this.commit(group);
  }

  override async leave(item: Omit<OutsideItem, "rowid">): Promise<number> {
    if (this.#life.dead || this.#life.call()) throw new Died("before the write");
    const rowid = await super.leave(item);
    if (this.#life.call()) throw new Died("behind the write");
    return rowid;
  }

  override async journal(id: string, options?: { latestGeneration?: boolean }): Promise<readonly LogRecord[]> {
    if (this.#slowDisk) await setImmediate();
    return super.journal(id, options);
  }
}

class MortalClock extends VirtualClock {
  readonly #life: Life;

  constructor(life: Life, now: number) {
    super(now);
    this.#life = life;
  }

  override at(due: number, callback: () => void): () => void {
    return super.at(due, () => {
      if (!this.#life.dead && !this.#life.call()) callback();
    });
  }
}

/** A plugin cannot keep a body from running; but nothing of what a dead process runs goes anywhere. */
function observeBodies(life: Life): Plugin {
  return {
    name: "process model",
    wrapOperationAttemptFn(info, run) {
      life.bodyBegins(info);
      let result: ReturnType<typeof run> | undefined;
      try {
        result = run();
      } finally {
        if (isPromise(result)) void result.then(life.bodyEnds, life.bodyEnds);
        else life.bodyEnds();
      }
      return result;
    },
  };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

/** The ids of roots go on where the disk stands, so that a start that is repeated makes the execution it would have made. */
function countedIds(machine: Machine): { root(): string; random(): number } {
  const { disk, lives } = machine;
  let count = [...disk.heads.values()].filter(({ parentId }) => parentId === undefined).length;
  return {
    root: () => `root${String((count += 1)).padStart(16, "0")}`,
    // Close to one half for every jitter, and yet not the same in two lives: ids of requests are made of it.
    random: () => 0.5 + lives * 2 ** -30,
  };
}

// ---- the home ---------------------------------------------------------------------------------------------------

export interface CrashPlan {
  /** Does the process die behind this call? Calls are counted from 1 over all its lives. */
  readonly diesAt: (call: number) => boolean;
  readonly eviction?: "lru" | "always";
  /** Journals are read, and groups committed, in another turn of the event loop, as with a codec. */
  readonly slowDisk?: boolean;
  /** `limits.interruptions` of the engine. */
  readonly interruptions?: number;
}

/** A home for one run of a scenario; `machine` is there once it was opened. */
export function mortalHome(plan: CrashPlan): HomeUnderTest & { readonly machine: Machine } {
  let machine: Machine | undefined;
  return {
    name: "embedded, mortal",
    get machine() {
      if (machine === undefined) throw new Error("the home was not opened");
      return machine;
    },
    async open(workflows, limits) {
      machine = new Machine(plan, workflows, limits);
      return opened(machine);
    },
  };
}

function opened(machine: Machine): Opened {
  const begin = machine.life.clock.now();
  return {
    client: mortalClient(machine),
    now: () => machine.life.clock.now() - begin,
    async idle() {
      for (let life: Life | undefined; life !== machine.life;) {
        ({ life } = machine);
        await life.rest();
      }
    },
    async advance(limitMs) {
      const { clock } = machine.life;
      const limit = limitMs === undefined ? undefined : begin + limitMs;
      if (clock.fireNext(limit)) return true;
      if (limit !== undefined) clock.moveTo(limit);
      return limit !== undefined;
    },
    close: async () => undefined,
  };
}
