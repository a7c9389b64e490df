/**
 * The embedded home at work: all open executions of one file, in one process.
 *
 * Job: bring executions into memory, put them away, end them, and tell whoever must hear of it. What ends, what its
 * parent hears and what its children suffer go into the same commit group, so that the tail of an end needs no
 * redoing here (K8); what was cut off by a crash is taken up again by `recover`.
 */
import { Session } from "../../engine/session.ts";
import type { Workflow } from "../../kernel/definition.ts";
import { messageOf, toErrorObject } from "../../kernel/error-object.ts";
import {
  type Delivery,
  type ErrorObject,
  type FinEntry,
  isNote,
  type Millis,
  type RunEntry,
} from "../../kernel/journal.ts";
import { ExecutionNotFoundError } from "../../kernel/errors.ts";
import type { Blocked } from "../../ports/client.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import type { Plugin } from "../../ports/plugin.ts";
import { Admission } from "./admission.ts";
import { Alarms } from "./alarms.ts";
import { Blocks, type OnCodeMismatch } from "./blocks.ts";
import { CommitLog } from "./commit-log.ts";
import { DeterminismGuard, type DeterminismMode } from "./determinism-guard.ts";
import type { LocalDefinitions, ModuleSource } from "./definitions.ts";
import { Directory } from "./directory.ts";
import { Endings } from "./endings.ts";
import type { EngineLimits } from "./engine-options.ts";
import { Followers } from "./followers.ts";
import { Guests } from "./guests.ts";
import { Launcher } from "./launcher.ts";
import { applyInbox } from "./outside-inbox.ts";
import { Postman } from "./postman.ts";
import type { LogRecord, RestRecord } from "./records.ts";
import { Reopening } from "./reopening.ts";
import { ReplayNotes } from "./replay-notes.ts";
import { RoundLimit } from "./round-limit.ts";
import type { Slot } from "./slot.ts";
import { Slots } from "./slots.ts";
import { StepSlots } from "./step-slots.ts";
import type { Store } from "./store.ts";
import { watchRejections } from "../rejections.ts";
import { type Line, Turns } from "../turns.ts";

export interface RuntimeOptions {
  /** @default none: nothing is known of the process before */
  readonly notes?: ReplayNotes;
  readonly store: Store;
  readonly definitions: LocalDefinitions;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: EngineLimits;
  readonly log: LogSink;
  readonly plugins: readonly Plugin[];
  readonly eviction: "lru" | "always";
  /** @default "off" */
  readonly determinism?: "off" | DeterminismMode;
  /** Payloads pass through a codec on their way to the disk. */
  readonly encoded: boolean;
  /** @default "block" */
  readonly onCodeMismatch?: OnCodeMismatch;
}

export class Runtime {
  readonly store: Store;
  readonly definitions: LocalDefinitions;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: EngineLimits;
  readonly log: LogSink;
  readonly plugins: readonly Plugin[];
  readonly slots: Slots;
  readonly alarms: Alarms;
  readonly turns: Turns;
  readonly commits: CommitLog;
  readonly steps: StepSlots;
  readonly directory: Directory;
  readonly launcher: Launcher;
  readonly postman: Postman;
  readonly endings: Endings;
  readonly followers: Followers;
  readonly guests: Guests;
  readonly blocks: Blocks;
  readonly notes: ReplayNotes;
  readonly reopening: Reopening;
  /** Executions for which something lies in the inbox table that they could not take in yet. */
  readonly withInbox = new Set<string>();
  /** Undefined when workflow code is not watched. */
  readonly guard: DeterminismGuard | undefined;
  readonly #eviction: "lru" | "always";
  readonly #roundLimit = new RoundLimit();
  readonly #admission: Admission;
  /** Parked executions in memory, the longest parked first. */
  readonly #parked = new Set<Slot>();
  #idle: (() => void)[] = [];
  #works = 0;
  #closed = false;

  constructor(options: RuntimeOptions) {
    this.store = options.store;
    this.definitions = options.definitions;
    this.clock = options.clock;
    this.ids = options.ids;
    this.limits = options.limits;
    this.log = options.log;
    this.plugins = options.plugins;
    this.#eviction = options.eviction;
    const { determinism = "off", log } = options;
    this.guard = determinism === "off" ? undefined : new DeterminismGuard(determinism, log);
    this.#admission = new Admission(options.limits.executions);
    this.turns = new Turns({
      quiet: () => this.#quiet(),
      between: (next) => this.#betweenRounds(next),
      failed: (error) => this.#failedInside(error),
    });
    watchRejections();
    this.slots = new Slots(this);
    this.alarms = new Alarms(this.clock, this.store, (id) => this.#ring(id));
    this.commits = new CommitLog({ ...options, committed: () => this.#tellFollowers() });
    this.steps = new StepSlots(options.limits.steps, () => this.turns.poke());
    this.directory = new Directory(this);
    this.launcher = new Launcher(this);
    this.postman = new Postman(this);
    this.endings = new Endings(this);
    this.followers = new Followers();
    this.guests = new Guests(this);
    this.notes = options.notes ?? new ReplayNotes(undefined, options.limits.interruptions);
    this.blocks = new Blocks(this, options.onCodeMismatch ?? "block");
    this.reopening = new Reopening(this);
  }

  /**
   * A workflow handed over as an object need not have been registered; executions that wait for it go on (D16).
   * @param by whose code handed it over: the workflow counts as loaded from the same files
   */
  introduce(workflow: Workflow, by?: Workflow): void {
    // Another one of that name and version is refused: its code would not be what runs.
    if (this.definitions.find(workflow.name, workflow.version)?.digest === workflow.digest) return;
    this.register([workflow], by && this.definitions.sourceOf(by));
  }

  register(workflows: readonly Workflow[], source?: ModuleSource): void {
    this.definitions.add(workflows, source);
    for (const workflow of workflows) this.blocks.registered(workflow);
  }

  // ---- coming and going ---------------------------------------------------------------------------------------

  /** A new execution: recorded now, its code begins in the next round (or at its time). */
  begin(slot: Slot, workflow: Workflow, run: RunEntry): void {
    this.slots.add(slot);
    this.commits.create(slot.statics, slot.statics.publicId !== slot.id);
    slot.append(run);
    this.#startGeneration(slot, workflow, run, []);
  }

  #startGeneration(slot: Slot, workflow: Workflow, run: RunEntry, history: readonly LogRecord[]): void {
    slot.deferred = undefined;
    if (history.length === 0 && run.due !== undefined && run.due > this.clock.now()) {
      slot.deferred = { workflow, run };
      const wakeAt = earliest(run.due, slot.statics.deadline);
      this.#rests(slot, { status: slot.status, parked: true, wakeAt });
      this.#armWake(slot, wakeAt);
      this.slots.mayLeave(slot);
      tellLoaded(slot);
      return this.#obeyCancel(slot);
    }
    if (history.length > 0) return this.#bring(slot, workflow, run, history);
    if (this.#admission.hasRoom) return this.#letIn(slot, workflow, run);
    this.#admission.whenRoom(() => this.#letIn(slot, workflow, run), slot.statics.priority);
    return this.#keepOutside(slot, workflow, run);
  }

  #letIn(slot: Slot, workflow: Workflow, run: RunEntry): void {
    slot.outside = false;
    slot.deferred = undefined;
    slot.wake?.();
    slot.wake = undefined;
    if (slot.fin === undefined && slot.session === undefined && !this.#closed) this.#bring(slot, workflow, run, []);
  }

  #keepOutside(slot: Slot, workflow: Workflow, run: RunEntry): void {
    slot.outside = true;
    slot.deferred = { workflow, run };
    this.#rests(slot, { status: "PENDING", parked: false });
    if (slot.statics.deadline !== undefined) this.#armWake(slot, slot.statics.deadline);
    tellLoaded(slot);
    this.#obeyCancel(slot);
  }

  /** A cancel that was on its way to the generation before, and finds none of its code (D37). */
  #obeyCancel(slot: Slot): void {
    if (slot.deferred === undefined) return;
    const cancel = slot.waiting.find((entry) => entry.t === "in" && entry.kind === "cancel");
    if (cancel?.t === "in") this.work(this.endings.cancelUnbegun(slot, cancel.n));
  }

  #bring(slot: Slot, workflow: Workflow, run: RunEntry, history: readonly LogRecord[]): void {
    const session = new Session({
      workflow,
      info: slot.info(),
      run,
      history: history.map((record) => record.entry),
      host: slot,
      retry: slot.statics.retry,
      deadline: slot.statics.deadline,
      crashed: slot.crashed,
    });
    slot.session = session;
    slot.crashed = false;
    if (history.length === 0) this.blocks.fits(slot);
    this.#activate(slot);
    this.turns.drain(() => {
      if (slot.session !== session) return;
      session.start(slot.waiting);
      for (const entry of slot.waiting.length > 0 ? slot.waiting.splice(0) : []) {
        slot.handed(entry);
        session.settle(entry);
      }
      if (this.withInbox.has(slot.id)) this.work(applyInbox(this, slot.id));
    }, slot.statics.rootId);
  }

  /** A new generation of the same execution (retry, continue-as-new). Its `run` entry has been appended. */
  continued(slot: Slot, run: RunEntry): void {
    const children = slot.session?.machine.children.known() ?? [];
    const workflow = slot.session?.options.workflow;
    slot.onItsWay?.forEach((request) => this.endings.tail(request));
    slot.waiting.unshift(...(slot.session?.machine.undelivered() ?? []));
    this.forget(slot);
    slot.expectNothing();
    slot.generation = run.g;
    slot.attempt = run.a;
    // Each generation is read alone, so each names its writer.
    this.blocks.read(slot, []);
    this.commits.begins({ id: slot.id, generation: run.g, attempt: run.a });
    const stops: Promise<void>[] = [];
    if (run.cause === "retry") this.endings.closeChildren(children, "its parent failed and is retried", stops);
    if (workflow === undefined) return;
    if (stops.length === 0) return this.#startGeneration(slot, workflow, run, []);
    // Not before they have ended: it may start children with the same ids.
    this.#keepOutside(slot, workflow, run);
    this.work(
      Promise.allSettled(stops).then(() => {
        if (slot.deferred?.run !== run || this.#closed) return;
        slot.outside = false;
        this.#startGeneration(slot, workflow, run, []);
      }),
    );
  }

  /** Nothing of the session reaches the home any more. */
  forget(slot: Slot): void {
    this.#deactivate(slot);
    slot.session?.close();
    slot.session = undefined;
    slot.wake?.();
    slot.wake = undefined;
    slot.deferred = undefined;
    this.#parked.delete(slot);
    tellLoaded(slot);
  }

  // ---- memory -------------------------------------------------------------------------------------------------

  /**
   * Delivers now, or brings it into memory first.
   * @param generation that asked for it: a later one may have asked for something else under the same key (K8)
   */
  deliver(to: Slot, entry: Delivery, generation = to.generation): void {
    if (this.#closed) return;
    const slot = to.left ? this.slots.find(to.id) : to;
    if (slot === undefined || slot.fin !== undefined || slot.generation !== generation) return;
    this.#parked.delete(slot);
    if (slot.session !== undefined && slot.waiting.length === 0) {
      this.#activate(slot);
      slot.handed(entry);
      return slot.session.settle(entry);
    }
    slot.waiting.push(entry);
    this.wakes(slot);
    this.load(slot);
    this.#obeyCancel(slot);
  }

  /**
   * Something came for it that is not in its journal yet: this group, which may hold what came, makes its rest record
   * void, so that whoever opens the file next loads it (K9).
   */
  wakes(slot: Slot): void {
    if (slot.left || slot.rest?.parked !== true) return;
    slot.rest = { ...slot.rest, parked: false };
    this.commits.wakes(slot.id);
  }

  /** A body is about to run: the file must not say that it rests, or a crash would not count as an interruption. */
  working(slot: Slot): void {
    if (slot.rest !== undefined && slot.session !== undefined) {
      this.#rests(slot, { status: "RUNNING", parked: false });
    }
  }

  #activate(slot: Slot): void {
    if (!slot.active) this.#admission.enter();
    slot.active = true;
  }

  #deactivate(slot: Slot): void {
    if (slot.active) this.#admission.leave();
    slot.active = false;
  }

  /** Its session once it is in memory and everything delivered so far has been taken in; undefined when it ended. */
  loaded(slot: Slot): Promise<Session | undefined> {
    if (slot.fin !== undefined || slot.outside || slot.left || this.#standsStill(slot))
      return Promise.resolve(undefined);
    const { session } = slot;
    if (session !== undefined && !session.machine.busy) return Promise.resolve(session);
    return new Promise((resolve) => {
      slot.whenLoaded.push(resolve);
      this.load(slot);
    });
  }

  load(slot: Slot): void {
    if (slot.session !== undefined || slot.loading || slot.outside || slot.fin !== undefined || this.#closed) return;
    // Of an execution that left memory, another slot is loaded.
    if (slot.left || this.#standsStill(slot)) return;
    slot.wake?.();
    slot.wake = undefined;
    // It has not begun; and its `run` may wait for a disk that refuses, so the journal is not asked.
    if (slot.deferred !== undefined) return this.#startGeneration(slot, slot.deferred.workflow, slot.deferred.run, []);
    slot.loading = true;
    const { notes } = this;
    this.work(notes.isCareful ? notes.inTurn(() => this.#loadNoted(slot)) : this.#load(slot));
  }

  /** The process before died: it is known at every moment which replay would end this one. */
  async #loadNoted(slot: Slot): Promise<void> {
    const over = new Promise<void>((resolve) => slot.whenLoaded.push(() => resolve()));
    await this.#load(slot);
    if (slot.session?.machine.busy === true) await over;
    this.notes.survived(slot.id);
  }

  /** False where its replay ended the process too often. */
  #mayReplay(slot: Slot, workflow: Workflow): boolean {
    if (!this.notes.isCareful) return true;
    const digest = this.definitions.digestOf(workflow);
    const times = this.notes.spent(slot.id, digest);
    if (times === undefined) this.notes.begins(slot.id, digest);
    else this.blocks.endsProcess(slot, workflow, times);
    return times === undefined;
  }

  /** Blocked, and no code was registered since that may fit it. */
  #standsStill({ blocked, retried }: Slot): boolean {
    return blocked !== undefined && !retried;
  }

  async #load(slot: Slot): Promise<void> {
    try {
      const [run, ...history] = await this.history(slot);
      const workflow = this.definitions.of(slot.statics);
      if (slot.fin !== undefined || slot.session !== undefined || run?.entry.t !== "run") return;
      slot.generation = run.generation;
      slot.attempt = run.entry.a;
      this.blocks.read(
        slot,
        history.map(({ entry }) => entry),
      );
      if (workflow === undefined) return this.blocks.notLoaded(slot);
      if (!this.#mayReplay(slot, workflow)) return;
      const replayed = history.filter(({ entry }) => !isNote(entry));
      this.#startGeneration(slot, workflow, run.entry, replayed);
    } finally {
      slot.loading = false;
      if (slot.session === undefined) tellLoaded(slot);
    }
  }

  /** It cannot go on with the loaded code: what came for it is set aside, and only its own deadline wakes it. */
  keepBlocked(slot: Slot, blocked: Blocked): void {
    const { deadline } = slot.statics;
    this.forget(slot);
    this.postman.setAside(slot);
    const wakeAt = deadline === undefined ? undefined : { wakeAt: deadline };
    this.#rests(slot, { status: "WAITING", parked: false, blocked, ...wakeAt });
    if (deadline !== undefined) this.#armWake(slot, deadline);
  }

  /** Says in the file how it rests, in the group in which it comes to rest (D50). */
  #rests(slot: Slot, record: Omit<RestRecord, "id">): void {
    // What it watches changes with its journal alone, and with that its record was void.
    if (slot.rest !== undefined && isSame(slot.rest, record)) return;
    slot.rest = record;
    slot.restGroup = this.commits.gathering;
    this.commits.rests({ id: slot.id, ...record });
    this.turns.poke();
  }

  history(slot: Slot): Promise<readonly LogRecord[]> {
    return this.store.journal(slot.id, { latestGeneration: true });
  }

  /** Its code stands still: those who waited to look at it may. */
  still(slot: Slot): void {
    tellLoaded(slot, slot.session);
  }

  /**
   * Nothing of it can move: it holds no slot (K11), and may be put away.
   * @param whole all that it waits for is known to those who will bring it
   */
  parked(slot: Slot, wakeAt: Millis | undefined, whole: boolean): void {
    const watches = slot.watches();
    this.#rests(slot, {
      status: "WAITING",
      parked: slot.tookAll() && whole,
      ...(wakeAt !== undefined && { wakeAt }),
      ...(watches.length > 0 && { watches }),
    });
    this.#deactivate(slot);
    this.#parked.delete(slot);
    this.#parked.add(slot);
    const keep = this.#eviction === "always" ? 0 : this.limits.live;
    if (this.#parked.size <= keep) return;
    const [oldest] = this.#parked;
    if (oldest !== undefined) this.#evict(oldest);
  }

  /** Only what is durable can be replayed, so it goes when it is, if it still stands still then (K9). */
  #evict(slot: Slot): void {
    const { session } = slot;
    this.#parked.delete(slot);
    this.whenDurable(() => {
      if (session === undefined || slot.session !== session || !session.parked || slot.whenLoaded.length > 0) return;
      // It moved meanwhile and parked again, so it counts among those that are kept, and is not the oldest any more.
      if (this.#parked.has(slot)) return;
      // It moved meanwhile and stands still again; behind a codec, or a disk that refuses, that may not be durable yet.
      if (!this.commits.isDurable(slot.lastGroup)) return this.#evict(slot);
      const wakeAt = session.wakeAt();
      session.close();
      slot.session = undefined;
      if (wakeAt !== undefined) this.#armWake(slot, wakeAt);
      this.slots.mayLeave(slot);
    });
  }

  #armWake(slot: Slot, due: Millis): void {
    slot.wake?.();
    slot.wake = this.clock.at(due, () => {
      slot.wake = undefined;
      if (!slot.left) this.#timeCame(slot);
    });
  }

  #ring(id: string): void {
    const slot = this.slots.find(id);
    if (slot !== undefined && slot.session === undefined) this.#timeCame(slot);
  }

  #timeCame(slot: Slot): void {
    const { deadline, path } = slot.statics;
    // Its time is over, code or no code.
    if (slot.session === undefined && deadline !== undefined && deadline <= this.clock.now()) {
      const e: ErrorObject = {
        type: "ExecutionTimeoutError",
        code: "execution_timed_out",
        message: `${path} did not end within its execution timeout`,
      };
      return this.work(this.endings.endWithoutCode(slot, "TIMED_OUT", e));
    }
    this.load(slot);
  }

  // ---- quiet --------------------------------------------------------------------------------------------------

  /** @param root the tree that waits for it; without one nothing is in a hurry */
  whenDurable(callback: () => void, root?: string): void {
    this.commits.whenDurable(callback, root);
    this.turns.poke();
  }

  /** @throws ExecutionNotFoundError when it was pruned (D23) */
  async finOf(id: string): Promise<FinEntry> {
    const records = await this.store.journal(id, { latestGeneration: true });
    const last = records.at(-1)?.entry;
    if (last?.t === "fin") return last;
    throw new ExecutionNotFoundError(`execution ${id} has no end that could be read; it may have been pruned`);
  }

  /** Counts asynchronous work of ours, so that `idle` waits for it. */
  work(promise: Promise<unknown>): void {
    this.#works += 1;
    const over = (): void => {
      this.#works -= 1;
      this.turns.poke();
    };
    promise.then(over, (error: unknown) => {
      over();
      this.#failedInside(error);
    });
  }

  /** A fault of the engine's own: it harms nobody but what it was about. */
  #failedInside(error: unknown): void {
    this.log({ level: "error", message: `internal: ${toErrorObject(error).stack ?? messageOf(error)}` });
  }

  async idle(): Promise<void> {
    if (this.#closed) return undefined;
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.turns.poke();
    });
  }

  /** Puts everything away as it is. What is open goes on when the file is opened again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.alarms.close();
    for (const slot of this.slots.values()) this.forget(slot);
    try {
      await this.commits.close();
    } finally {
      this.guard?.close();
      // Who follows the journal hears that there is no more, and who waits for an answer that none will come.
      this.followers.committed();
      this.guests.refuseAll();
      this.notes.close();
    }
  }

  /** As a crash would: nothing more is written (K1). */
  abandon(): void {
    this.#closed = true;
    this.alarms.close();
    for (const slot of this.slots.values()) this.forget(slot);
    this.commits.abandon();
    this.guard?.close();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Behind a codec, or a disk that refused, a group is written when everything else is quiet. */
  #tellFollowers(): void {
    this.followers.committed();
    if (this.#idle.length > 0 || this.slots.anyLeaves) this.turns.poke();
  }

  /** Code can still run; what waits for a commit need not wait for all of it. */
  #betweenRounds(next: Line): void {
    if (this.endings.unfinished > 0) return;
    if (this.#roundLimit.isOver(this.commits.size, next, this.clock.now())) this.commits.flush();
  }

  /** Nothing moves and all is durable: only time or the outside can bring something new. */
  get atRest(): boolean {
    return !this.turns.pending && this.#works === 0 && !this.steps.busy && this.commits.clean;
  }

  #quiet(): void {
    if (this.endings.unfinished > 0) return;
    this.commits.flush();
    this.slots.sweep();
    if (this.#idle.length === 0 || !this.atRest) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}

/** Those who wanted it in memory hear that it is, or that it will not be. */
function tellLoaded(slot: Slot, session?: Session): void {
  if (slot.whenLoaded.length > 0) for (const call of slot.whenLoaded.splice(0)) call(session);
}

function isSame(one: Omit<RestRecord, "id">, other: Omit<RestRecord, "id">): boolean {
  const isBlockedAlike = one.blocked?.difference === other.blocked?.difference;
  return one.status === other.status && one.parked === other.parked && one.wakeAt === other.wakeAt && isBlockedAlike;
}

function earliest(a: Millis, b: Millis | undefined): Millis {
  return b === undefined ? a : Math.min(a, b);
}
