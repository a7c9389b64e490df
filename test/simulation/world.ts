/**
 * One simulation: a plan, run by the embedded runtime on a disk in memory and a virtual clock, disturbed by faults.
 * Everything is a function of plan and faults: no real time, no real randomness, so that a case can be run again.
 */
import type { StepContext } from "../../lib/index.ts";
import { VirtualClock } from "../helpers/virtual-clock.ts";
import { type FaultKind, type FaultPlan, lasts, type PortKind, POSSIBLE } from "./faults.ts";
import { probe } from "./interpret.ts";
import { Life, type PortCall, type Ports } from "./life.ts";
import type { Prediction } from "./oracle.ts";
import { Outside } from "./outside.ts";
import { HORIZON_MS, type NodePlan } from "./plan.ts";
import { Recorded } from "./record.ts";

/** A name of a fault, as the coverage matrix has it. */
export type FaultTag = "crash" | "duplicate" | "delay" | "reorder" | "eviction";

/** More rounds than any plan needs: one that comes to no rest has lost its way. */
const MAX_ROUNDS = 20_000;
const MAX_LIVES = 50;
const MAX_IMMEDIATES = 20;

export const ROOT_LABEL = "r";

export class World implements Ports {
  readonly disk = new Recorded();
  readonly clock = new VirtualClock();
  readonly faults: FaultPlan;
  /** What was wrong on the way. */
  readonly problems: string[] = [];
  /** Faults that met an execution, by generation: `id generation` → tags. */
  readonly met = new Map<string, Set<FaultTag>>();
  readonly #outside: Outside<Life>;
  /** What is due later never happens. */
  readonly horizon: number;
  /** Attempts of bodies that may run once only. */
  readonly #bodies = new Set<string>();
  #life: Life;
  #lives = 1;
  #calls = 0;

  constructor(plan: NodePlan, faults: FaultPlan, prediction: Prediction) {
    this.faults = faults;
    this.horizon = this.clock.now() + HORIZON_MS;
    this.#outside = new Outside(this, { plan, label: ROOT_LABEL, round: 1, sync: false }, prediction.errands);
    this.#life = new Life(this, 1);
  }

  async run(): Promise<void> {
    try {
      this.#resume();
      await this.#live();
    } finally {
      this.#life.end();
    }
  }

  async #live(): Promise<void> {
    probe.body = (s) => this.#body(s);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (this.#life.dead) this.#reopen();
      const life = this.#life;
      const isIdle = await this.#rests(life);
      if (life.dead || this.#next(life, isIdle)) continue;
      return isIdle ? undefined : this.complain("stands still for ever without being idle");
    }
    this.complain(`did not come to rest in ${MAX_ROUNDS} rounds`);
  }

  /**
   * Everything happens in ticks, microtasks and, now and then, an immediate: what has not come to rest after many of
   * those never will.
   */
  async #rests(life: Life): Promise<boolean> {
    for (let n = 0; n < MAX_IMMEDIATES && !life.dead; n += 1) {
      let isIdle = false;
      life.runtime.idle().then(
        () => (isIdle = true),
        () => undefined,
      );
      await new Promise((resolve) => setImmediate(resolve));
      // Who waited for an idle engine may have made it move again since, and the disk may have refused what it wrote.
      if (isIdle && life.runtime.atRest) return true;
    }
    return life.dead;
  }

  /** Nothing moves: what now? False when nothing will ever move again. */
  #next(life: Life, isIdle: boolean): boolean {
    if (life.held.length > 0) {
      for (const act of life.held.splice(0).toReversed()) if (!life.dead) act();
      return true;
    }
    // While the disk refuses, and while the outside waits for an execution that sleeps, only time helps.
    if (!isIdle) return this.#passTime();
    this.#checkRest(life);
    this.#outside.disturb(life, this.#calls);
    return this.#outside.act(life) || this.#passTime();
  }

  #passTime(): boolean {
    const due = this.clock.next();
    return due !== undefined && due < this.horizon && this.clock.fireNext();
  }

  #reopen(): void {
    this.#lives += 1;
    this.#outside.died();
    // Nobody restarts in no time, and no plan minds this little.
    this.clock.moveTo(this.clock.now() + lasts(this.#calls));
    this.#life = new Life(this, this.#lives);
    this.#resume();
  }

  #resume(): void {
    this.#life.runtime.reopening.resume().catch((error: unknown) => this.complain(`resume failed: ${String(error)}`));
  }

  // ---- ports --------------------------------------------------------------------------------------------------

  pass(life: Life, call: PortCall): void {
    if (life.dead) return;
    const number = this.#count(life);
    const fault = this.#faultAt(number, call.kind);
    const { act } = call;
    const carrying =
      (run = call.again ?? act) =>
      (): void => {
        if (!life.dead) run();
      };
    switch (fault) {
      case undefined:
      case "refuse":
        return act();
      case "crash-before":
        return this.crash(life);
      case "crash-after":
        act();
        return this.crash(life);
      case "duplicate":
        this.#tag(call.target, "duplicate");
        act();
        return carrying()();
      case "delay":
        this.#tag(call.target, "delay");
        return life.later(this, lasts(number), carrying(call.begin?.()));
      case "reorder":
        this.#tag(call.target, "reorder");
        life.held.push(carrying(call.begin?.()));
        return undefined;
      case "wake": {
        const slot = life.runtime.slots.find(call.target ?? "");
        if (slot !== undefined) life.runtime.load(slot);
        return act();
      }
    }
  }

  commit(life: Life): "crash-before" | "crash-after" | "refuse" | undefined {
    const fault = this.#faultAt(this.#count(life), "commit");
    return fault === "crash-before" || fault === "crash-after" || fault === "refuse" ? fault : undefined;
  }

  crash(life: Life): void {
    if (life.dead) return;
    for (const id of this.disk.openIds) this.#tag(id, "crash");
    life.end();
  }

  evicted(id: string): void {
    this.#tag(id, "eviction");
  }

  complain(problem: string): void {
    this.problems.push(problem);
  }

  #count(life: Life): number {
    const number = this.#calls;
    this.#calls += 1;
    if (this.faults.chaos.length > 0) queueMicrotask(() => life.dead || this.#outside.disturb(life, number));
    return number;
  }

  #faultAt(number: number, kind: PortKind): FaultKind | undefined {
    const fault = this.faults.at[number];
    if (fault === undefined || !POSSIBLE[kind].includes(fault)) return undefined;
    // A world in which nothing ever works is not interesting.
    return fault.startsWith("crash") && this.#lives >= MAX_LIVES ? undefined : fault;
  }

  #tag(id: string | undefined, tag: FaultTag): void {
    if (id === undefined) return;
    const key = `${id} ${this.disk.generationOf(id)}`;
    const tags = this.met.get(key);
    if (tags === undefined) this.met.set(key, new Set([tag]));
    else tags.add(tag);
  }

  // ---- what must hold on the way ------------------------------------------------------------------------------

  /** A step's body begins: its operation is durable, it has no result yet, and it runs once if it may only do so. */
  #body(s: StepContext): void {
    const { idempotencyKey, executionId, attempt } = s;
    const [, generation = "", key = ""] = /^[^:]*:(\d+):(.*)$/su.exec(idempotencyKey) ?? [];
    const at = [executionId, Number(generation), key] as const;
    if (!this.disk.isAsked(...at)) this.complain(`K5: the body of ${key} began before its operation was durable`);
    if (this.disk.isSettled(...at)) this.complain(`K5: the body of ${key} ran again although its result was recorded`);
    const once = this.disk.isOnce(...at) ? `${idempotencyKey} ${attempt}` : undefined;
    if (once !== undefined && this.#bodies.has(once)) this.complain(`K5: attempt ${attempt} of ${key} ran twice`);
    if (once !== undefined) this.#bodies.add(once);
  }

  /** Nothing moves: what is in memory is parked, and no more of it than is allowed (K11). */
  #checkRest({ runtime }: Life): void {
    const keep = this.faults.eviction === "always" ? 0 : this.faults.live;
    let parked = 0;
    for (const { session, id, active, rest, rests } of runtime.slots.values()) {
      if (session === undefined && rests && rest?.parked === true)
        this.complain(`K11: ${this.disk.labels.get(id) ?? id} rests in the file and is kept in memory`);
      if (session === undefined) continue;
      if (session.parked && active) this.complain(`K11: ${this.disk.labels.get(id) ?? id} is parked and holds a slot`);
      if (session.parked) parked += 1;
      else if ((session.wakeAt() ?? Number.POSITIVE_INFINITY) > this.clock.now()) {
        this.complain(`K11: ${this.disk.labels.get(id) ?? id} is at rest and not parked`);
      }
    }
    if (parked > keep) this.complain(`K11: ${parked} parked executions are kept in memory, ${keep} are allowed`);
  }
}
