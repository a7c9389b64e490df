/** An open execution in this process: its head, its session while it is in memory, and the session's port to here. */
import { infoOf } from "../../engine/execution-info.ts";
import type { ExecutionInfo } from "../../kernel/context.ts";
import type { Workflow } from "../../kernel/definition.ts";
import {
  type BlockedEntry,
  type ChildDetails,
  type CodeEntry,
  type Delivery,
  type Entry,
  type FinEntry,
  isNote,
  type LiveStatus,
  type Millis,
  type OpDetails,
  type RunEntry,
} from "../../kernel/journal.ts";
import type { JournalMismatchError } from "../../kernel/journal-mismatch.ts";
import type { Blocked } from "../../ports/client.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CodeGuard } from "../../ports/code-guard.ts";
import type { Ids } from "../../ports/ids.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import type { Plugin } from "../../ports/plugin.ts";
import type { EphemeralEvent, SessionHost, SessionLimits } from "../../ports/session-host.ts";
import type { Session } from "../../engine/session.ts";
import type { Ancestry } from "./ancestry.ts";
import type { ExecutionStatics, RestRecord, Watch } from "./records.ts";
import type { Runtime } from "./runtime.ts";

/** Somebody who sent something and wants to know what became of it. */
export interface Expected {
  taken(): void;
  ended(): void;
}

export class Slot implements SessionHost {
  readonly statics: ExecutionStatics;
  /** Known once it is asked for. */
  ancestry: Ancestry | undefined;
  readonly #runtime: Runtime;
  generation: number;
  attempt: number;
  session: Session | undefined;
  /** Deliveries that came while it was not in memory. */
  waiting: Delivery[] = [];
  loading = false;
  /** Counts against the limit of running executions; set by the runtime. */
  active = false;
  /** Waits outside until there is room for it. */
  outside = false;
  /** The process that ran it before died. */
  crashed = false;
  /** How it rests, by a record that stands in the file or in the group that is being gathered. */
  rest: Omit<RestRecord, "id"> | undefined;
  /** Operations whose answer is on its way, by key: true once its session has got it. */
  readonly #coming = new Map<string, boolean>();
  /** Executions whose end it waits for and that do not know it, by the key of the operation. */
  watching: Map<string, string> | undefined;
  /** Number of the commit group that says how it rests. */
  restGroup = 0;
  /** Number of the commit group that has its newest entry. */
  lastGroup = 0;
  /** A generation whose time to begin has not come. */
  deferred: { readonly workflow: Workflow; readonly run: RunEntry } | undefined;
  /** Cancels and stops that it asked for and that are not in their targets' journals yet. */
  onItsWay: Set<Promise<unknown>> | undefined;
  /** Executions that rest in the file may wait for its end. */
  watched = false;
  /** Requests that are being carried out: it stays in memory meanwhile. */
  held = 0;
  /** It is in memory no more: the execution has ended, or has another slot when something comes for it. */
  left = false;
  /** Set when it has ended; the slot goes when that is durable. */
  fin: FinEntry | undefined;
  /** Set while it cannot go on with the loaded code; `by`: the code that its journal does not fit. */
  blocked: { readonly view: Blocked; readonly by: Workflow | undefined } | undefined;
  /** Code was registered that may fit it: it is loaded although it is blocked. */
  retried = false;
  /** The newest entry of its journal says that it is blocked. */
  noted: BlockedEntry | undefined;
  /** The code that wrote the journal last, where it is not the code that the head names. */
  writer: CodeEntry | undefined;
  /** The journal names the code of the session as its writer. */
  signed = false;
  /** Signals that were let in, and are not durable yet. */
  arriving = 0;
  /** Not in memory: what wakes it. */
  wake: (() => void) | undefined;
  /** Callers that want to do something with its session once it stands still. */
  readonly whenLoaded: ((session: Session | undefined) => void)[] = [];

  #expected: Map<string, Expected[]> | undefined;

  constructor(runtime: Runtime, statics: ExecutionStatics, generation: number, attempt: number) {
    this.#runtime = runtime;
    this.statics = statics;
    this.generation = generation;
    this.attempt = attempt;
  }

  get id(): string {
    return this.statics.id;
  }

  get status(): LiveStatus {
    // Its end is not durable yet, so nobody may see it.
    if (this.fin !== undefined) return "RUNNING";
    if (this.session === undefined) return this.outside || this.#begins ? "PENDING" : "WAITING";
    return this.session.parked ? "WAITING" : "RUNNING";
  }

  get #begins(): boolean {
    return this.statics.startAt !== undefined && this.statics.startAt > this.clock.now();
  }

  /** Nothing needs it in memory: it waits, and the file says so. */
  get rests(): boolean {
    const isSaid = this.rest?.parked === true;
    const isFree = this.held + this.waiting.length + this.whenLoaded.length + this.#coming.size === 0;
    return isSaid && isFree && !this.loading && !this.outside && !this.#isExpecting;
  }

  /**
   * An answer for this operation is on its way. Until its session has taken it in, the file must not say that the
   * execution rests: whoever opens the file next has to look for the answer again (K9).
   */
  comes(key: string): void {
    this.expects(key);
    this.#runtime.wakes(this);
  }

  /** The same, where only a replay of what stands in the journal asks for the answer. */
  expects(key: string): void {
    this.#coming.set(key, false);
  }

  /** What was on its way is there, and answers nothing by itself. */
  arrived(key: string): void {
    this.#coming.delete(key);
  }

  /** The session has got the answer. */
  handed(entry: Delivery): void {
    if (this.#coming.size > 0 && "k" in entry && this.#coming.has(entry.k)) this.#coming.set(entry.k, true);
  }

  /** All that the session got is taken in: appended, or answers nobody. True when nothing else is on its way. */
  tookAll(): boolean {
    for (const [key, isHanded] of this.#coming) if (isHanded) this.#coming.delete(key);
    return this.#coming.size === 0;
  }

  /** What was on its way is for a generation that is over. */
  expectNothing(): void {
    this.#coming.clear();
  }

  get #isExpecting(): boolean {
    return (this.onItsWay?.size ?? 0) + (this.#expected?.size ?? 0) > 0;
  }

  /** It stays in memory until the promise has settled. */
  hold<T>(promise: Promise<T>): Promise<T> {
    this.held += 1;
    return promise.finally(() => {
      this.held -= 1;
      this.#runtime.slots.mayLeave(this);
    });
  }

  info(): ExecutionInfo {
    return infoOf(this.statics, this.generation, this.attempt);
  }

  // ---- SessionHost --------------------------------------------------------------------------------------------

  get clock(): Clock {
    return this.#runtime.clock;
  }

  get ids(): Ids {
    return this.#runtime.ids;
  }

  get limits(): SessionLimits {
    return this.#runtime.limits;
  }

  get log(): LogSink {
    return this.#runtime.log;
  }

  get plugins(): readonly Plugin[] {
    return this.#runtime.plugins;
  }

  get guard(): CodeGuard | undefined {
    return this.#runtime.guard;
  }

  /** Tells when the inbox item of that id is in the journal, or that the execution ended before it. */
  expect(id: string, expected: Expected): void {
    this.#expected ??= new Map();
    const others = this.#expected.get(id);
    if (others === undefined) this.#expected.set(id, [expected]);
    else others.push(expected);
  }

  /** It has ended: what was not taken never will be. */
  refuseExpected(): void {
    if (this.#expected === undefined) return;
    const all = [...this.#expected.values()].flat();
    this.#expected = undefined;
    for (const expected of all) expected.ended();
  }

  append(entry: Entry): void {
    const { blocks, commits, turns } = this.#runtime;
    if (!this.signed && this.session !== undefined && !isNote(entry)) blocks.sign(this);
    if (entry.t === "in") this.taken(entry.id);
    if (this.rest !== undefined) this.#moves();
    commits.append({ executionId: this.id, generation: entry.t === "run" ? entry.g : this.generation, entry });
    this.lastGroup = commits.gathering;
    turns.poke();
  }

  #moves(): void {
    this.rest = undefined;
    this.#runtime.commits.moves(this.id);
  }

  watches(): readonly Watch[] {
    return this.watching === undefined ? [] : Array.from(this.watching, ([key, target]) => ({ key, target }));
  }

  /** The inbox item of that id is durable, or will be with the next commit. */
  taken(id: string): void {
    const expected = this.#expected?.get(id);
    this.#expected?.delete(id);
    for (const each of expected ?? []) each.taken();
  }

  whenDurable(callback: () => void): void {
    this.#runtime.whenDurable(callback, this.statics.rootId);
  }

  drain(callback: () => void): void {
    this.#runtime.turns.drain(callback, this.statics.rootId);
  }

  afterRejections(callback: () => void): void {
    this.#runtime.turns.afterRejections(callback, this.statics.rootId);
  }

  introduce(workflow: Workflow): void {
    this.#runtime.introduce(workflow, this.session?.options.workflow);
  }

  launch(key: string, child: ChildDetails, again: boolean): void {
    this.expects(key);
    this.#runtime.launcher.launch(this, key, child, again);
  }

  find(key: string, target: string): void {
    this.#runtime.directory.find(this, key, target);
  }

  watch(key: string, id: string): void {
    this.#runtime.directory.watch(this, key, id);
  }

  unwatch(key: string, id: string): void {
    this.#runtime.directory.unwatch(this, key, id);
  }

  send(key: string, request: OpDetails): void {
    this.#runtime.postman.send(this, key, request);
  }

  replayed(): void {
    this.#runtime.blocks.fits(this);
  }

  keeps(mismatch: JournalMismatchError): boolean {
    return this.#runtime.blocks.keeps(this, mismatch);
  }

  /** Callers that have it loaded bring it something. */
  get hasArrived(): boolean {
    return this.whenLoaded.length === 0;
  }

  still(): void {
    this.#runtime.still(this);
  }

  working(): void {
    this.#runtime.working(this);
  }

  parked(wakeAt: Millis | undefined, whole: boolean): void {
    this.#runtime.parked(this, wakeAt, whole);
  }

  ended(fin: FinEntry): void {
    this.#runtime.endings.ended(this, fin, this.session?.machine.children.known() ?? []);
  }

  continued(run: RunEntry): void {
    this.#runtime.continued(this, run);
  }

  ephemeral(event: EphemeralEvent): void {
    this.#runtime.followers.show(this, event);
  }

  work(promise: Promise<void>): void {
    this.#runtime.work(promise);
  }

  runStep(body: () => Promise<void>): void {
    this.#runtime.steps.run(body, this.statics.priority);
  }
}
