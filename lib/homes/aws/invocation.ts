/**
 * One pass over one execution, under one lease: load, replay, run, park or end (K1, K9).
 *
 * Job: carry out what the session asks for, in the order "durable first, then out" (K5), with as few writes as that
 * allows: what the code asked for alone need not be written before a step runs, for replay asks for the same again.
 * What leaves the execution (children, requests) follows upon a write of the head, which is conditional on the epoch:
 * whoever lost the lease sends nothing (R6).
 */
import { someOf } from "../../engine/birth.ts";
import { cancelledUnbegun } from "../../engine/cancelled-unbegun.ts";
import { infoOf } from "../../engine/execution-info.ts";
import { Session } from "../../engine/session.ts";
import { unreadIn, warnOfUnread } from "../../engine/unread-signals.ts";
import { TreelineError } from "../../kernel/errors.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import type {
  CarriedChild,
  ChildDetails,
  Delivery,
  Entry,
  FinEntry,
  InboxEntry,
  Millis,
  OpDetails,
  RunEntry,
} from "../../kernel/journal.ts";
import type { Workflow } from "../../kernel/definition.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import type { Plugin } from "../../ports/plugin.ts";
import type { SessionHost, SessionLimits } from "../../ports/session-host.ts";
import { watchRejections } from "../rejections.ts";
import { Turns } from "../turns.ts";
import { delay } from "./births.ts";
import type { AwsContext } from "./context.ts";
import { Departures } from "./departures.ts";
import { requestCancel } from "./doors.ts";
import {
  closeChildren,
  endWithoutCode,
  finOf,
  latestGeneration,
  type Place,
  placeOf,
  showEnd,
  stopExecution,
  tail,
  writeEnd,
} from "./endings.ts";
import { Errands } from "./errands.ts";
import { type Head, readHead } from "./head.ts";
import { Held } from "./held.ts";
import { parkedSince } from "./held-up.ts";
import type { InboxDelivery } from "./inbox.ts";
import { type Loaded, loadJournal, newborn } from "./journal.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { headKey, shardOf } from "./keys.ts";
import { armedCounts } from "./message-counts.ts";
import { deleteUnits } from "./metered.ts";
import { News } from "./news.ts";
import type { Handled } from "./services.ts";
import type { Change, Condition, Item, Key, Written } from "./table.ts";
import { type Unsent, unsentOf } from "./unsent.ts";
import { Waiting } from "./waiting.ts";

/** Parks of one epoch are told apart by their last digits. */
const PARKS_PER_EPOCH = 10_000;

/** Wakes that follow a park of less than this count as one after another (D25). */
const SOON_MS = 60_000;

/** Once a child can have ended, it is looked for often at first: a look costs as much as 10 ms of waiting for it. */
const NEXT_POLL = 0.4;
/** Whoever has not ended soon will not end very soon. */
const POLL_GROWTH = 1.15;
const LONGEST_POLL_MS = 100;
/** A park of one that waits for many, and its wake, cost as much as so many lingers. */
export const LINGERS_FOR_MANY = 4;
/** Of looks at the control, the longer the more seldom. */
const LONGEST_CONTROL = 15;

interface Ending {
  readonly entry: FinEntry;
  /** Open, so that its close policies concern them. */
  readonly children: readonly CarriedChild[];
}

/** What came by the inbox: an item of its own, or the answer to an operation of one generation. */
type Taken = { readonly keys: readonly Key[] } & (
  | { readonly id: string; readonly entry: InboxEntry }
  | { readonly answers: string; readonly generation: number }
);

type Answer = Exclude<Delivery, InboxEntry>;

function keysOfTaken({ keys }: Taken): readonly Key[] {
  return keys;
}

function keysOf(entry: Entry): readonly string[] {
  if (entry.t === "op") return [entry.k];
  if (entry.t !== "ok") return [];
  return entry.fx?.flatMap((effect) => (effect.t === "start" ? [effect.k] : [])) ?? [];
}

export class Invocation implements SessionHost {
  readonly #cx: AwsContext;
  readonly #held: Held;
  readonly #waiting: Waiting;
  readonly #departures: Departures;
  readonly #errands: Errands;
  readonly #turns = new Turns({ quiet: () => this.#news.tell(), failed: (error) => this.#departures.fail(error) });
  readonly #news: News;
  #session: Session | undefined;
  #workflow: Workflow | undefined;
  #run: RunEntry | undefined;
  /** Callbacks for when all that was appended is durable. */
  readonly #durable: (() => void)[] = [];
  /** Operations whose intent itself must be durable before their body runs: at most once per attempt. */
  readonly #once = new Set<string>();
  /** Something of them was appended since the head was written. */
  #mustFence = false;
  /** Callbacks that this generation has asked for. */
  readonly #callbacks = new Set<string>();
  /** Answers to those that it has not asked for yet. */
  #early: Answer[] = [];
  /** Operations that the journal showed when it was loaded: what they ask for was carried out by the holder before. */
  #recorded: ReadonlySet<string> = new Set();
  /** What the holder before recorded, and may have died before it sent. */
  #unsent: Map<string, Unsent> = new Map();
  #steps = 0;
  #wakeAt: Millis | undefined;
  #fin: Ending | undefined;
  #next: RunEntry | undefined;
  /** Of the generation that runs, where the head does not say so yet. */
  #base: number;
  #parks = 0;
  #seenCancel = false;
  /** It has not looked yet what woke it. */
  #isWoken: boolean;
  /** It has seen somebody end. */
  #arriving = false;
  /** Looks at the control since something happened. */
  #controls = 0;
  /** Items of the inbox that can be deleted when what is appended so far is durable. */
  #taken: Taken[] = [];
  /** Entries there were when it was loaded. */
  #loaded = 0;

  constructor(cx: AwsContext, item: Item) {
    this.#cx = cx;
    this.#held = new Held(cx, item);
    this.#base = this.head.base;
    this.#isWoken = this.head.epoch > 1;
    this.#news = new News(cx.clock);
    this.#waiting = new Waiting(cx, this.#id);
    this.#departures = new Departures(cx.queues, this.#news);
    this.#errands = new Errands(cx, this, this.#waiting);
    watchRejections();
  }

  get head(): Head {
    return this.#held.head;
  }

  get generation(): number {
    return this.#run?.g ?? 1;
  }

  /** Ends of others are looked for when it rests for the first time. */
  get hasArrived(): boolean {
    return !this.#isWoken;
  }

  get #id(): string {
    return this.#held.id;
  }

  get #writer(): JournalWriter {
    return this.#held.writer;
  }

  /** The holder before died, or is still at it beyond its time. */
  get #crashed(): boolean {
    return this.head.previousLease > 0;
  }

  /** @returns `again`: the right to write was lost, and whoever has it may have died; the message must come back (R1) */
  async run(): Promise<Handled> {
    const loaded = await this.#load();
    // Somebody took over before this journal was read: what it shows is for the successor to go on with. An attempt of a
    // step that may run once would run twice.
    if (loaded.newestEpoch > this.head.epoch) return "again";
    const { base, entries } = loaded;
    const history = latestGeneration(entries);
    this.#base = base + entries.length - history.length;
    this.#loaded = base + entries.length;
    this.#writer.goOn(loaded);
    const [run] = history;
    if (run?.t !== "run")
      throw new TreelineError("store_failed", `execution ${this.#id} has no beginning in its journal`);
    this.#run = run;
    this.#workflow = this.#cx.workflows.of(this.head.statics);
    try {
      const refusal = this.#refusal();
      if (refusal !== undefined) {
        // As every end without the code: by the journal, so that its children hear of it (K10).
        await endWithoutCode(this.#cx, this.#id, "FAILED", toErrorObject(refusal));
        return "done";
      }
      if (this.#crashed) this.#unsent = unsentOf(history);
      await this.#begin(run, history.slice(1), this.#crashed);
      return await this.#pump();
    } finally {
      this.#session?.close();
    }
  }

  async #load(): Promise<Loaded> {
    const { epoch, tail, base } = this.head;
    // Nobody has written before the first to hold it.
    if (epoch === 1 && tail.position === 0) return newborn(tail.entries);
    return loadJournal(this.#cx.table, this.head, base);
  }

  #refusal(): TreelineError | undefined {
    const { statics, idleWakes } = this.head;
    if (this.#workflow === undefined) {
      const known = someOf(this.#cx.workflows.names());
      return new TreelineError(
        "workflow_unknown",
        `workflow ${statics.workflow} is not deployed any more; deployed: ${known}. Deploy it, and start anew`,
      );
    }
    if (idleWakes <= this.#cx.limits.idleWakes) return undefined;
    return new TreelineError(
      "no_progress",
      `${statics.path} (${this.#id}) was woken ${idleWakes} times in a row and its journal did not grow; what wakes it?`,
    );
  }

  // ---- the session --------------------------------------------------------------------------------------------

  /** A generation; one that begins later has no code in memory until then. */
  async #begin(run: RunEntry, history: readonly Entry[], crashed: boolean): Promise<void> {
    this.#wakeAt = undefined;
    this.#session = undefined;
    this.#recorded = new Set(history.flatMap(keysOf));
    for (const entry of history) this.#note(entry);
    const { statics } = this.head;
    if (history.length === 0 && (this.#beginsLater(run) || this.#findsCancel(run, crashed))) {
      this.#wakeAt = Math.min(run.due ?? Number.POSITIVE_INFINITY, statics.deadline ?? Number.POSITIVE_INFINITY);
      return;
    }
    const session = new Session({
      workflow: this.#workflow as Workflow,
      info: infoOf(statics, run.g, run.a),
      run,
      history,
      host: this,
      retry: statics.retry,
      deadline: statics.deadline,
      crashed,
    });
    this.#session = session;
    this.#turns.drain(() => session.start());
    if (this.head.epoch > 1 || this.head.cancel !== undefined) await this.#takeInbox(this.head);
  }

  #beginsLater({ due }: RunEntry): boolean {
    return due !== undefined && due > this.#cx.clock.now();
  }

  /** It was asked to cancel before any of its code ran. Code of a holder that died may have done something. */
  #findsCancel(run: RunEntry, crashed: boolean): boolean {
    return !crashed && this.head.cancel !== undefined && !this.#seenCancel && run.cancel === undefined;
  }

  /** It waits between two attempts, or for its time to begin, and no code of it is there to hear of the cancel (D37). */
  async #cancelUnbegun(run: RunEntry, { n: reason }: InboxEntry): Promise<void> {
    const entry = finOf([run], "CANCELLED", toErrorObject(cancelledUnbegun(reason)), this.#cx.clock.now());
    this.#fin = { entry, children: [] };
    this.#hand(await this.#waiting.inbox());
    warnOfUnread(this.log, { executionId: this.#id, ...this.head.statics }, entry.status, unreadIn([run]));
    showEnd(this.#cx, this.head, [run], entry);
  }

  // ---- the pump -----------------------------------------------------------------------------------------------

  async #pump(): Promise<Handled> {
    for (;;) {
      if (this.#departures.failure !== undefined) throw this.#departures.failure;
      if (this.#turns.pending || this.#session?.machine.busy === true) await this.#news.wait();
      else if (this.#departures.waiting > 0 || this.#mustWrite) {
        if (!(await this.#write())) return "again";
      } else if (this.#durable.length > 0) for (const call of this.#durable.splice(0)) call();
      else if (this.#unsent.size > 0 && (this.#fin ?? this.#next) !== undefined) this.#sendUnsent();
      else if (this.#fin !== undefined) return this.#end(this.#fin);
      else if (this.#next !== undefined && this.#departures.flying === 0) {
        if (!(await this.#continue(this.#next))) return "again";
      } else if (this.#departures.flying > 0 || this.#steps > 0) await this.#whileBusy();
      else if (this.#session === undefined && this.head.cancel !== undefined && this.#run !== undefined)
        await this.#cancelUnbegun(this.#run, this.head.cancel);
      else if (this.#session !== undefined && !this.#session.parked) await this.#news.wait();
      else {
        const handled = await this.#rest();
        if (handled !== undefined) return handled;
      }
    }
  }

  /** Code that ends at once, replayed, does not come to it (R4). */
  #sendUnsent(): void {
    const unsent = [...this.#unsent];
    this.#unsent.clear();
    for (const [key, what] of unsent) {
      if ("child" in what) this.launch(key, what.child);
      else this.send(key, what.request);
    }
  }

  /** Somebody waits for durability, and there is something that replay would not make again. */
  get #mustWrite(): boolean {
    if (this.#durable.length === 0) return false;
    return this.#mustFence || this.#writer.pending.some((entry) => !this.#isRepeatable(entry));
  }

  /** A crash before is counted in the journal, so then all is written. */
  #isRepeatable(entry: Entry): boolean {
    if (entry.t !== "op" && entry.t !== "mark") return false;
    return !this.#crashed && !this.#once.has(entry.t === "op" ? entry.k : "");
  }

  /** False when the right to write is lost. */
  async #write(): Promise<boolean> {
    const outgoing = this.#departures.take();
    const durable = this.#durable.splice(0);
    const isFenced = outgoing.length > 0 || this.#mustFence;
    if (isFenced) {
      const written = await this.#writeHead({}, this.#notCancelledSince());
      if (!written.done) {
        if (!this.#held.isStillMine(written.item)) return false;
        // It was asked to cancel meanwhile: its code hears of it before anything more of it leaves (K10).
        this.#departures.putBack(outgoing);
        this.#durable.unshift(...durable);
        this.#takeCancel(readHead(written.item as Item));
        return true;
      }
    } else await this.#held.flush();
    for (const call of durable) call();
    this.#departures.send(outgoing);
    // A piece alone does not tell that the lease still holds: a successor may have read neither it nor the inbox yet.
    if (isFenced) await this.#forgetTaken();
    return true;
  }

  #notCancelledSince(): Condition {
    return this.#seenCancel ? { all: [] } : { lacks: "cx" };
  }

  async #writeHead(change: Change, condition: Condition): Promise<Written> {
    const written = await this.#held.write({ ...change, set: { ...change.set, ...this.#place } }, condition);
    if (written.done) this.#mustFence = false;
    return written;
  }

  /** Of a generation that the head does not tell of yet. */
  get #place(): Place | undefined {
    return this.#run === undefined || this.#base === this.head.base ? undefined : placeOf([this.#run], this.#base);
  }

  /** Steps run: now and then it looks whether it was asked to cancel, or has lost its right to write. */
  async #whileBusy(): Promise<void> {
    const pause = this.#cx.settings.controlMs * Math.min(2 ** this.#controls, LONGEST_CONTROL);
    const isNews = await this.#news.wait(pause);
    this.#controls = isNews ? 0 : this.#controls + 1;
    if (isNews || this.#steps === 0) return;
    // Who looks from outside sees what takes its time.
    if (this.#controls > 1 || this.#writer.pending.length > 1) await this.#held.flush();
    const item = await this.#cx.table.get(headKey(this.#id), true);
    if (!this.#held.isStillMine(item)) {
      this.#session?.close();
      throw new TreelineError("execution_closed", `execution ${this.#id} was ended, or taken over, while its step ran`);
    }
    await this.#takeInbox(readHead(item as Item));
  }

  // ---- inbox --------------------------------------------------------------------------------------------------

  /** Hands over what lies there. @returns whether there was anything */
  async #takeInbox(head: Head): Promise<boolean> {
    const cancelled = this.#takeCancel(head);
    const items = await this.#waiting.inbox();
    this.#hand(items);
    return cancelled || items.length > 0;
  }

  #hand(items: readonly InboxDelivery[]): void {
    for (const { entry, keys, generation } of items) {
      if (entry.t === "in") {
        this.#taken.push({ keys, id: entry.id, entry });
        this.deliver(entry);
      } else {
        this.#taken.push({ keys, answers: entry.k, generation });
        if (generation === this.#run?.g) this.#answer(entry);
      }
    }
  }

  /**
   * Whoever answered may have learnt of the callback from a holder that lost its lease: then this journal asks for it
   * later, and the answer waits until then.
   */
  #answer(entry: Answer): void {
    if (this.#callbacks.has(entry.k)) this.deliver(entry);
    else this.#early.push(entry);
  }

  /** @returns whether an answer had come before its callback was asked for */
  #answerEarly(): boolean {
    const early = this.#early.filter(({ k }) => this.#callbacks.has(k));
    this.#early = this.#early.filter((entry) => !early.includes(entry));
    for (const entry of early) this.deliver(entry);
    return early.length > 0;
  }

  #takeCancel({ cancel }: Head): boolean {
    if (cancel === undefined || this.#seenCancel) return false;
    this.#seenCancel = true;
    if (this.#session?.machine.hasTaken(cancel.id) === true || this.#run?.cancel !== undefined) return false;
    this.deliver(cancel);
    return true;
  }

  /** Once a write has made durable what came of them. */
  async #forgetTaken(): Promise<void> {
    if (this.#writer.pending.length > 0) return;
    const over = this.#over();
    if (over.length === 0) return;
    this.#taken = this.#taken.filter((item) => !over.includes(item));
    await this.#cx.table.delete(over.flatMap(keysOfTaken));
  }

  #over(): readonly Taken[] {
    const { machine } = this.#session ?? {};
    return this.#taken.filter((taken) => {
      if (machine === undefined) return true;
      if (machine.replaying) return false;
      return "id" in taken ? machine.hasTaken(taken.id) : this.#isAnswered(taken);
    });
  }

  /** An answer to a later generation, or to a callback that was not asked for yet, stays where it lies. */
  #isAnswered({ answers, generation }: Exclude<Taken, { id: string }>): boolean {
    const { g = 1 } = this.#run ?? {};
    if (generation !== g) return generation < g;
    return this.#callbacks.has(answers) && this.#session?.machine.open.has(answers) !== true;
  }

  deliver(entry: Delivery): void {
    this.#session?.settle(entry);
  }

  // ---- rest ---------------------------------------------------------------------------------------------------

  /** Waits a moment for what is about to happen, then parks. Undefined: something happened, go on. */
  async #rest(): Promise<Handled | undefined> {
    if (this.#answerEarly() || (await this.#linger())) return undefined;
    return this.#park();
  }

  /** @returns true when something happened */
  async #linger(): Promise<boolean> {
    const { clock, settings } = this.#cx;
    // Where many are waited for and some have ended, others are about to.
    const isFlow = this.#arriving && this.#waiting.many;
    const until = clock.now() + settings.lingerMs * (isFlow ? LINGERS_FOR_MANY : 1);
    const wakesSoon = this.#session !== undefined && (this.#wakeAt ?? Number.POSITIVE_INFINITY) <= until;
    // Woken, it most often was by an end.
    if (this.#isWoken && this.#waiting.any && (await this.#takeEnds())) return true;
    this.#isWoken = false;
    this.#session?.observer.goesOn();
    // A look at many costs as much as 200 ms.
    let [pause, next] = this.#waiting.many
      ? [LONGEST_POLL_MS, LONGEST_POLL_MS]
      : [settings.pollMs, settings.pollMs * NEXT_POLL];
    const looks = isFlow || this.#waiting.some;
    while ((looks || wakesSoon) && clock.now() < until) {
      const left = until - clock.now();
      if (await this.#news.wait(looks ? Math.min(pause, left) : left)) return true;
      if (await this.#takeEnds()) return true;
      pause = next;
      next = Math.min(next * POLL_GROWTH, LONGEST_POLL_MS);
    }
    return false;
  }

  async #takeEnds(): Promise<boolean> {
    const ends = await this.#waiting.ends(false);
    this.#take(ends);
    return ends.length > 0;
  }

  #take(ends: readonly Delivery[]): void {
    for (const entry of ends) this.deliver(entry);
    this.#arriving ||= ends.length > 0;
  }

  async #park(): Promise<Handled | undefined> {
    const { clock, settings } = this.#cx;
    const now = clock.now();
    this.#parks += 1;
    const park = this.head.epoch * PARKS_PER_EPOCH + this.#parks;
    const grew = this.#writer.length > this.#loaded;
    const asked = this.#writer.pending.length;
    const isSoon = now - (this.head.parkedAt ?? 0) < SOON_MS;
    const set = {
      st: this.#session === undefined && this.#run?.g === 1 ? "PENDING" : "WAITING",
      pt: park,
      due: this.#wakeAt,
      ppk: shardOf(this.#id),
      psk: now,
      pa: now,
      iw: grew || !isSoon ? 0 : this.head.idleWakes + 1,
    };
    // Before it is written: a park whose holder died between the two would have no message, since the one that it was
    // woken by, come back, is told by the mark that there is another (R2).
    this.#cx.meter?.count(armedCounts(this.#id));
    await this.#arm(park, Math.min(now + settings.hostAfterMs, this.#wakeAt ?? Number.POSITIVE_INFINITY));
    // A timer of its own may have fired meanwhile: then it goes on, and the message finds no such park.
    if (this.#hasMoved(asked)) return undefined;
    // If nothing has come meanwhile, that is all that follows.
    this.#cx.meter?.expect({
      readUnits: this.#waiting.lookUnits,
      writeUnits: deleteUnits(this.#over().flatMap(keysOfTaken)),
    });
    const written = await this.#writeHead(
      { set, remove: ["lu", ...(this.#wakeAt === undefined ? ["due"] : [])] },
      { all: [] },
    );
    if (!written.done) return "again";
    const parkedAt = clock.now();
    await this.#forgetTaken();
    // Written first, looked then (K9).
    // What is there for code that has not begun is no news: it would be handed to nobody, and counted as taken.
    const isBegun = this.#session !== undefined;
    const [ends, items] = await Promise.all([this.#waiting.ends(true), isBegun ? this.#waiting.inbox() : []]);
    const isCancelled = this.head.cancel !== undefined && !this.#seenCancel;
    if (ends.length + items.length === 0 && !isCancelled && !this.#isDue && !this.#hasMoved(0))
      return parkedSince(clock, parkedAt);
    return this.#unpark(park, ends, items);
  }

  /**
   * Its code went on while it was being parked, and may wait for something else by now: what it asked for must leave.
   * @param asked entries that the park takes along
   */
  #hasMoved(asked: number): boolean {
    const leaves = this.#departures.waiting + this.#departures.flying + this.#durable.length > 0;
    const isOver = this.#fin !== undefined || this.#next !== undefined;
    return leaves || isOver || this.#writer.pending.length !== asked || this.#session?.parked === false;
  }

  /** Its time came while it was being parked. */
  get #isDue(): boolean {
    return this.#wakeAt !== undefined && this.#wakeAt <= this.#cx.clock.now();
  }

  /** Every park has a message of its own that comes later (R2). */
  #arm(park: number, due: Millis): Promise<void> {
    const { queues, clock, settings } = this.#cx;
    const message = { kind: "park", id: this.#id, park } as const;
    const { executor } = this.head;
    return queues.send([{ queue: "completions", executor, message, ...delay(clock.now(), due, settings.hostAfterMs) }]);
  }

  async #unpark(
    park: number,
    ends: readonly Delivery[],
    items: readonly InboxDelivery[],
  ): Promise<Handled | undefined> {
    const { clock, settings } = this.#cx;
    const written = await this.#held.change(
      { set: { lu: clock.now() + settings.leaseMs, st: "RUNNING" }, remove: ["pt", "ppk", "psk", "due"] },
      { attribute: "pt", is: park },
    );
    // A wake has it already, or somebody ends it; should that one die, the message has to be there (P3).
    if (!written.done) return "again";
    this.#takeCancel(this.head);
    this.#take(ends);
    this.#hand(items);
    if (this.#session === undefined && this.#isDue) await this.#begin(this.#run as RunEntry, [], false);
    return undefined;
  }

  // ---- ends ---------------------------------------------------------------------------------------------------

  async #end({ entry, children }: Ending): Promise<Handled> {
    // What it has sent out must have arrived: its children are the concern of its close policies.
    while (this.#departures.flying > 0) await this.#news.wait();
    if (this.#departures.failure !== undefined) throw this.#departures.failure;
    const taken = this.#taken.flatMap(keysOfTaken);
    // Most often that is all that follows: the look whether the parent is parked.
    const looks = this.head.statics.awaited === true ? 1 : 0;
    this.#cx.meter?.expect({ readUnits: looks, writeUnits: deleteUnits(taken) });
    const { item } = this.#held;
    const writer = this.#writer;
    const open = { head: this.head, item, writer, place: this.#place, length: writer.length };
    const written = await writeEnd(this.#cx, open, entry);
    if (!written.done) return "again";
    this.#warnOfUntaken(entry);
    const head = readHead(written.item);
    await Promise.all([
      tail(this.#cx, head, entry, [], false),
      closeChildren(this.#cx, head, children, `its parent ended ${entry.status}`),
      this.#cx.table.delete(taken),
    ]);
    return "done";
  }

  /** What was handed to it behind its end has been acknowledged to its sender, and goes with the inbox. */
  #warnOfUntaken({ status }: FinEntry): void {
    const { machine } = this.#session ?? {};
    const unread = this.#taken.flatMap((taken) =>
      "id" in taken && machine?.hasTaken(taken.id) !== true ? [taken.entry] : [],
    );
    warnOfUnread(this.log, { executionId: this.#id, ...this.head.statics }, status, unread);
  }

  /** False when the right to write is lost. */
  async #continue(run: RunEntry): Promise<boolean> {
    this.#next = undefined;
    const { machine } = this.#session ?? {};
    const undelivered: readonly InboxEntry[] = machine?.undelivered() ?? [];
    const children = (machine?.children.known() ?? []).filter(({ policy }) => policy !== "abandon");
    if (run.cause === "retry" && children.length > 0) {
      // A holder without a lease may have failed where its successor did not, and must end no child (R6).
      const written = await this.#writeHead({}, { all: [] });
      if (!written.done) return false;
      // Before the next attempt begins: it may start children with the same ids.
      await this.#closeOldChildren(children);
    }
    this.#run = run;
    this.#waiting.clear();
    this.#once.clear();
    this.#callbacks.clear();
    this.#early = [];
    this.#base = this.#writer.length;
    this.#writer.append(run);
    await this.#begin(run, [], false);
    for (const entry of undelivered) this.deliver(entry);
    // It begins later: what nobody has taken in stays where it lies until then.
    if (this.#session === undefined)
      this.#taken = this.#taken.filter((taken) => "id" in taken && machine?.hasTaken(taken.id) === true);
    return true;
  }

  async #closeOldChildren(children: readonly CarriedChild[]): Promise<void> {
    const reason = "its parent failed and is retried";
    for (const { id, policy } of children) {
      if (policy === "terminate") await stopExecution(this.#cx, id, reason);
      if (policy === "request_cancel") {
        const head = await requestCancel(this.#cx, id, reason, `close:${this.#id}`);
        if (head?.park !== undefined) await closeChildren(this.#cx, this.head, [{ id, policy }], reason);
      }
    }
  }

  // ---- SessionHost --------------------------------------------------------------------------------------------

  get clock(): Clock {
    return this.#cx.clock;
  }

  get ids(): Ids {
    return this.#cx.ids;
  }

  get limits(): SessionLimits {
    return this.#cx.limits;
  }

  get log(): LogSink {
    return this.#cx.log;
  }

  get plugins(): readonly Plugin[] {
    return this.#cx.plugins;
  }

  #note(entry: Entry): void {
    if (entry.t !== "op") return;
    if (entry.d?.semantics === "once") this.#once.add(entry.k);
    if (entry.kind === "CALLBACK") this.#callbacks.add(entry.k);
  }

  append(entry: Entry): void {
    // The end is not a part of the list: it stands in the head.
    // Nor is the next generation, until what this one sent out has left: whoever takes over replays the latest alone.
    if (entry.t === "fin" || entry.t === "run") return;
    this.#note(entry);
    if ("k" in entry && this.#once.has(entry.k)) this.#mustFence = true;
    this.#writer.append(entry);
  }

  whenDurable(callback: () => void): void {
    this.#durable.push(callback);
    this.#news.tell();
  }

  drain(callback: () => void): void {
    this.#turns.drain(callback);
  }

  afterRejections(callback: () => void): void {
    this.#turns.afterRejections(callback);
  }

  introduce(workflow: Workflow): void {
    this.#cx.workflows.introduce(workflow);
  }

  launch(key: string, child: ChildDetails): void {
    this.#unsent.delete(key);
    // The holder before has created it and sent the launch; unless it died, and nobody knows.
    const isLaunched = this.#recorded.has(key) && !this.#crashed;
    if (isLaunched && child.awaited) {
      this.#waiting.child(key, child.id, child.workflow);
      return;
    }
    this.#departures.add({
      // Of two that want one id, the first gets it.
      line: child.publicId === undefined ? undefined : `id:${child.publicId}`,
      send: this.#errands.launching(key, child),
    });
  }

  find(key: string, target: string): void {
    this.#departures.fly(this.#errands.find(key, target));
  }

  watch(key: string, id: string): void {
    this.#departures.fly(this.#errands.watch(key, id));
  }

  unwatch(key: string): void {
    this.#waiting.over(key);
  }

  send(key: string, request: OpDetails): void {
    this.#unsent.delete(key);
    this.#departures.add({ line: request.target ?? "", send: () => this.#errands.carry(key, request) });
  }

  /** The lease says it. */
  working(): void {}

  still(): void {
    this.#news.tell();
  }

  parked(wakeAt: Millis | undefined): void {
    this.#wakeAt = wakeAt;
    this.#news.tell();
  }

  ended(fin: FinEntry): void {
    this.#fin = { entry: fin, children: this.#session?.machine.children.known() ?? [] };
    this.#news.tell();
  }

  continued(run: RunEntry): void {
    this.#next = run;
    this.#news.tell();
  }

  /** Nobody follows an invocation. */
  ephemeral(): void {}

  work(promise: Promise<void>): void {
    this.#departures.fly(promise);
  }

  runStep(body: () => Promise<void>): void {
    this.#steps += 1;
    const over = (): void => {
      this.#steps -= 1;
      this.#news.tell();
    };
    body().then(over, over);
  }
}
