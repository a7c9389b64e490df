/**
 * What one running execution needs from its home: the ports behind which SQLite in one process, or a table with
 * conditional writes and a queue, stand.
 *
 * - the journal: `append` and `whenDurable`. One writer at a time (K1); whoever lost the right to write gets no
 *   callback any more, and nothing of what it asked for leaves.
 * - the launcher: `launch`. Starting twice starts once (K7).
 * - other executions: `watch`, `send`.
 * - the waker: `parked` and `ended`; the home wakes a session by delivering to it (K9).
 */
import type { Workflow } from "../kernel/definition.ts";
import type { ChildDetails, Entry, FinEntry, Meta, Millis, OpDetails, RunEntry } from "../kernel/journal.ts";
import type { JournalMismatchError } from "../kernel/journal-mismatch.ts";
import type { Clock } from "./clock.ts";
import type { CodeGuard } from "./code-guard.ts";
import type { Ids } from "./ids.ts";
import type { LogSink } from "./log-sink.ts";
import type { Plugin } from "./plugin.ts";

export interface SessionLimits {
  /** Longest encoded value that crosses a boundary, in characters. */
  readonly payload: number;
  readonly pendingChildren: number;
  readonly inbox: number;
  /** Interruptions of one step by crashes before it fails. */
  readonly interruptions: number;
  readonly continueAsNewAt: { readonly operations: number; readonly bytes: number };
}

export interface EphemeralEvent {
  readonly operation: string;
  readonly name: string;
  readonly attempt: number;
  readonly data: unknown;
  readonly meta?: Meta;
}

export interface SessionHost {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: SessionLimits;
  readonly log: LogSink;
  readonly plugins: readonly Plugin[];
  /** Undefined where nobody watches workflow code. */
  readonly guard?: CodeGuard | undefined;

  /** Adds to the journal, in order. Returns at once; see `whenDurable`. */
  append(entry: Entry): void;
  /** Calls back once everything appended so far is durable (K5). */
  whenDurable(callback: () => void): void;
  /** Calls back when the microtask queue has run empty. */
  drain(callback: () => void): void;
  /** Calls back when the microtask queue has run empty and the runtime has told which rejections nothing handles. */
  afterRejections(callback: () => void): void;

  /** A workflow that the code handed over as an object: it can be started from now on. */
  introduce(workflow: Workflow): void;
  /**
   * Starts the child that operation `key` asked for, or finds it already started. Answers by delivering: `ack` when
   * it is durably recorded (not awaited), `ok`/`err` when it ends (awaited), `err` without status when refused. With
   * `use_existing`, `ack` tells the id of the one that runs already, and of an awaited one its end follows.
   * `again`: this is a repetition after a restart.
   */
  launch(key: string, child: ChildDetails, again: boolean): void;
  /**
   * Finds the execution that operation `key` waits for. Answers by delivering: `ack` with its internal id, and its end as
   * `watch` does, or `err` when there is none. `target`: public or internal id.
   */
  find(key: string, target: string): void;
  /** Delivers `ok`/`err` for `key` when that execution ends, or has ended. `id`: internal. */
  watch(key: string, id: string): void;
  unwatch(key: string, id: string): void;
  /**
   * Signal, cancel, stop or status of another execution; delivers `ok`/`err` for `key`. A cancel or a stop of a child
   * goes behind the child's `launch`, however long that takes (K10).
   */
  send(key: string, request: OpDetails): void;

  /** The journal fits the code, as far as it goes. */
  replayed?(): void;
  /**
   * The journal does not fit the code. True: the home keeps the execution as it is, for other code, and this session
   * is over. Otherwise the execution fails.
   */
  keeps?(mismatch: JournalMismatchError): boolean;
  /** False while a result may still come for which the execution was brought into memory. @default true */
  readonly hasArrived?: boolean;

  /** The body of a step is about to run, with nothing new in the journal: it does not rest any more. */
  working(): void;
  /** Everything delivered has been taken in; steps may be running. */
  still(): void;
  /**
   * Nothing runs and nothing can be delivered: may be put away until `wakeAt` or the next delivery.
   * `whole`: no request is on its way that only a replay would send again.
   */
  parked(wakeAt: Millis | undefined, whole: boolean): void;
  /** The last entry was appended; close policies and the message to the parent are the home's (K8, K10). */
  ended(fin: FinEntry): void;
  /** A new generation begins, and `run` was appended: the home replaces this session. */
  continued(run: RunEntry): void;
  /** Shown to whoever follows at this moment, kept nowhere (D14). */
  ephemeral(event: EphemeralEvent): void;
  /** Something of the session's own takes its time, beside steps: until it is over, not all is quiet. */
  work(promise: Promise<void>): void;
  /** Runs a step's body; a home may bound how many run at once (D22). */
  runStep(body: () => Promise<void>): void;
}
