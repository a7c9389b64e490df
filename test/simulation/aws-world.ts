/**
 * One simulation of the AWS home: a plan, run by functions on services in memory, disturbed by faults. A function of
 * plan and faults alone, so that a case can be run again.
 */
import type { AwsContext } from "../../lib/homes/aws/context.ts";
import { AwsClient } from "../../lib/homes/aws/client.ts";
import type { Sending } from "../../lib/homes/aws/services.ts";
import type { StepContext } from "../../lib/index.ts";
import { MemoryCloud } from "../helpers/aws/memory-cloud.ts";
import type { Arrival } from "../helpers/aws/memory-queues.ts";
import { type CallFault, type CloudProcess, processOfBody } from "../helpers/aws/memory-process.ts";
import { type AwsFaultPlan, INTERRUPTIONS, needsSweep } from "./aws-faults.ts";
import { AwsRecord } from "./aws-record.ts";
import { node, probe } from "./interpret.ts";
import type { PortCall } from "./life.ts";
import type { Prediction } from "./oracle.ts";
import { type Counterpart, Outside, type OutsidePorts } from "./outside.ts";
import { HORIZON_MS, type NodePlan } from "./plan.ts";
import { ROOT_LABEL } from "./world.ts";

const MAX_ROUNDS = 30_000;
const HOUR_MS = 3_600_000;

/** The next half hour: not one of the minutes in which what has expired is deleted. */
function halfPast(time: number): number {
  return (Math.ceil(time / HOUR_MS) + 0.5) * HOUR_MS;
}

/** A caller from outside: a process that can die in the middle of a call, and is followed by another. */
class Caller implements Counterpart {
  readonly client: AwsClient;
  readonly #process: CloudProcess;

  constructor(cloud: MemoryCloud, number: number) {
    this.#process = cloud.process(`caller ${number}`);
    this.client = new AwsClient(this.#process.context(cloud.context()));
  }

  get dead(): boolean {
    return this.#process.dead;
  }
}

export class AwsWorld implements OutsidePorts<Caller> {
  readonly cloud: MemoryCloud;
  readonly faults: AwsFaultPlan;
  readonly problems: string[] = [];
  readonly horizon: number;
  readonly repeatsStart = true;
  readonly disk = new AwsRecord();
  /** How often each kind of fault was met. */
  readonly met = new Map<string, number>();
  readonly #outside: Outside<Caller>;
  readonly #bodies = new Set<string>();
  readonly #checks: (() => void)[] = [];
  #caller: Caller;
  #callers = 1;
  #calls = 0;
  #messages = 0;
  #hosts = 0;
  #reads = 0;
  /** Messages that were lost, and sweeps since. */
  #lost = 0;
  #swept = 0;

  constructor(plan: NodePlan, faults: AwsFaultPlan, prediction: Prediction) {
    this.faults = faults;
    this.cloud = new MemoryCloud({
      workflows: [node],
      settings: faults.settings,
      limits: { interruptions: INTERRUPTIONS },
      queues: faults.queues,
      table: { pageBytes: faults.pageBytes, stale: () => this.#staleness(), wrote: (key) => this.disk.wrote(key) },
      adversary: {
        call: (process, call) => this.#suffer(process, call),
        arrivals: (sending) => this.#arrivals(sending),
        host: () => {
          const fault = faults.hosts[(this.#hosts += 1) - 1];
          if (fault !== undefined) this.#meet(`host ${fault.how}`);
          return fault;
        },
      },
    });
    this.horizon = this.cloud.clock.now() + HORIZON_MS;
    this.#outside = new Outside(this, { plan, label: ROOT_LABEL, round: 1, sync: false }, prediction.errands);
    this.#caller = new Caller(this.cloud, 1);
  }

  async run(): Promise<void> {
    probe.body = (s) => this.#body(s);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await this.cloud.idle();
      if (this.#caller.dead) this.#replaceCaller();
      await this.#look();
      this.#outside.disturb(this.#caller, this.#calls);
      if (this.#outside.act(this.#caller)) continue;
      if (await this.#passTime()) continue;
      return this.#look();
    }
    this.complain(`did not come to rest in ${MAX_ROUNDS} rounds: ${this.cloud.inFlight.slice(0, 5).join(" ")}`);
  }

  /** False when nothing will ever move again. */
  async #passTime(): Promise<boolean> {
    const { clock } = this.cloud;
    const next = clock.next() ?? Number.POSITIVE_INFINITY;
    const sweepAt = needsSweep(this.faults) ? this.#nextSweep(next) : Number.POSITIVE_INFINITY;
    if (sweepAt < Math.min(next, this.horizon)) {
      clock.moveTo(sweepAt);
      const { parked } = await this.cloud.sweep();
      if (parked > 0) this.#meet("sweep");
      return true;
    }
    return next < this.horizon && clock.fireNext();
  }

  /** Something was lost: of all the times at which the schedule fires, those that matter. */
  #nextSweep(next: number): number {
    const now = this.cloud.clock.now();
    if (this.#lost > this.#swept && next > now + 2 * HOUR_MS) {
      this.#swept += 1;
      return halfPast(now + HOUR_MS);
    }
    const dues = [...this.cloud.table.items()].flatMap(({ due, endAt }) =>
      due === undefined || endAt !== undefined ? [] : [Number(due)],
    );
    return halfPast(Math.max(now, Math.min(...dues)));
  }

  #replaceCaller(): void {
    this.#callers += 1;
    this.#outside.died();
    this.#caller = new Caller(this.cloud, this.#callers);
  }

  async #look(): Promise<void> {
    try {
      await this.disk.look(this.cloud.table.onlooker);
      // What was acknowledged may be cancelled, or stopped, at once.
      for (const check of this.#checks.splice(0)) if (this.faults.chaos.length === 0) check();
    } catch (error) {
      this.complain(`the table cannot be read: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
    }
  }

  // ---- faults -------------------------------------------------------------------------------------------------

  #suffer(_process: CloudProcess, _call: string): CallFault {
    const fault = this.faults.calls[(this.#calls += 1) - 1];
    if (fault !== undefined) this.#meet(typeof fault === "number" ? "slow" : fault === "die" ? "die" : "freeze");
    return fault;
  }

  #arrivals({ message }: Sending): readonly Arrival[] {
    const fault = this.faults.messages[(this.#messages += 1) - 1];
    if (fault === undefined) return [{}];
    if (fault !== "lost") {
      this.#meet(fault.length === 1 ? "late" : fault[1]?.same === true ? "same twice" : "copied");
      return fault;
    }
    // SQS loses nothing; these stand for whoever should have sent them and did not.
    if (!["park", "wake", "kick"].includes(message.kind)) return [{}];
    this.#lost += 1;
    this.#meet(`${message.kind} lost`);
    return [];
  }

  #staleness(): number {
    const ago = this.faults.reads[(this.#reads += 1) - 1] ?? 0;
    if (ago > 0) this.#meet("stale read");
    return ago;
  }

  #meet(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }

  pass(life: Caller, { act }: PortCall): void {
    if (!life.dead) act();
  }

  seen(check: () => void): void {
    this.#checks.push(check);
  }

  complain(problem: string): void {
    this.problems.push(problem);
  }

  context(): AwsContext {
    return this.cloud.context();
  }

  // ---- what must hold on the way ------------------------------------------------------------------------------

  /** An attempt that may run once only does. */
  #body(s: StepContext): void {
    const process = processOfBody();
    if (process === undefined) return this.complain(`the body of ${s.idempotencyKey} runs in no process`);
    if (process.dead) return undefined;
    const [, generation = "", key = ""] = /^[^:]*:(\d+):(.*)$/su.exec(s.idempotencyKey) ?? [];
    const at = [s.executionId, Number(generation), key] as const;
    const once = `${s.idempotencyKey} ${s.attempt}`;
    if (this.disk.isOnce(...at) && this.#bodies.has(once))
      this.complain(`K5: attempt ${s.attempt} of ${key} ran twice`);
    this.#bodies.add(once);
    const isFree = !this.met.has("freeze");
    if (isFree && this.disk.isSettled(...at))
      this.complain(`K5: the body of ${key} ran again although its result was recorded`);
    return undefined;
  }
}
