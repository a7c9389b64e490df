/**
 * The journal: the only truth about an execution.
 *
 * Job: the shapes of what is recorded. Boundary: data only; who may write what stands in INVARIANTS.md (K1, K2).
 * One journal holds, in order, what the code asked for (`op`, `mark`) and what was delivered to it (everything else).
 * The order of deliveries is the order of the journal, never a clock (K2).
 *
 * Field names are short because every step pays for their bytes; the comments are their long names.
 */

/** A value in its stored form: JSON text made by `encode` (payload.ts). */
export type Payload = string;

/** Milliseconds since the epoch, always from the clock port. */
export type Millis = number;

/** A failure in its stored form. Round-trips through `toErrorObject` / `fromErrorObject`. */
export interface ErrorObject {
  /** The error's class name, e.g. `StepError`, `TypeError`, or an application's own type. */
  readonly type: string;
  readonly message: string;
  /** Stable code of ours (`ErrorCode`), when it is one of our errors. */
  readonly code?: string;
  /** Application data (`error.data`), encoded. */
  readonly data?: Payload;
  readonly stack?: string;
  readonly nonRetryable?: boolean;
  readonly cause?: ErrorObject;
  /** Set on an error that crossed an execution boundary. */
  readonly child?: { readonly executionId: string; readonly workflow: string; readonly status: string };
}

/** What an operation is. The first six are AWS's names; the others are ours. */
export type OperationKind =
  | "STEP"
  | "WAIT"
  | "CALLBACK"
  | "CONTEXT"
  | "CONDITION" // waitForCondition: attempts that poll
  | "CHILD" // child execution, waited for or not
  | "ATTACH" // the result of an execution that somebody else started
  | "RECEIVE" // waits for signals, children, callbacks or state
  | "REQUEST"; // signal, cancel or stop sent to another execution; continue-as-new whose input has a schema

/**
 * Facts the code states; nothing is delivered for them. Three are for readers, who do not replay:
 * SETTLED (k: the operation's key, n: `ok` or `cancelled`): an operation ended without a delivery of its own.
 * MERGE (v: `encodeStatePatch`): a child context's changes reached the execution's own state.
 * DROP (n: the operation's key; or, with e, a signal's name): nobody waits for it any more; it did not fit.
 * PATCH (n: the change's id): the execution has the change; with v, it does without the change.
 */
export type MarkKind = "STATE" | "EVENT" | "DOCUMENT" | "PATCH" | "CONTEXT_END" | "DROP" | "SETTLED" | "MERGE";

/** Free data of a front-end about one operation (D15): `nodeId`, `label`, `kind`, `visit`, … */
export type Meta = Readonly<Record<string, string | number | boolean | null>>;

/** The first entry of every generation. */
export interface RunEntry {
  readonly t: "run";
  /** Generation: 1, then +1 per retry or continue-as-new. */
  readonly g: number;
  readonly cause: "start" | "retry" | "continue";
  /** Attempt of the retry policy: 1-based. */
  readonly a: number;
  readonly input: Payload;
  readonly at: Millis;
  /** Its code does not begin before. */
  readonly due?: Millis;
  /** retry: why the generation before failed. */
  readonly e?: ErrorObject;
  /** State handed in by the parent or carried over from the generation before. */
  readonly state?: Payload;
  /** Signals that nobody had read when the generation before ended. */
  readonly signals?: readonly InboxEntry[];
  /** Ids of inbox items that generations before took in: repeated, they still count once. The newest, bounded. */
  readonly seen?: readonly string[];
  /** Children of earlier generations that are still open. */
  readonly children?: readonly CarriedChild[];
  /** A generation before was asked to cancel, for this reason: it is the execution that is asked, so it still is (K10). */
  readonly cancel?: string;
}

export interface CarriedChild {
  readonly id: string;
  readonly policy: ParentClosePolicy;
}

/** The code asked for an operation. `k` is its key (keys.ts), unique within a generation. */
export interface OpEntry {
  readonly t: "op";
  readonly k: string;
  readonly kind: OperationKind;
  readonly n: string;
  readonly d?: OpDetails;
  readonly m?: Meta;
  /** Inserted by changed code behind the last recorded delivery: its place among its neighbours is not checked (D7). */
  readonly x?: true;
}

/** The code stated a fact. */
export interface MarkEntry {
  readonly t: "mark";
  readonly k: string;
  readonly kind: MarkKind;
  readonly n: string;
  readonly v?: Payload;
  readonly e?: ErrorObject;
  readonly m?: Meta;
  readonly x?: true;
}

/** What an operation needs to be carried out again after a restart. Only the fields of its kind are set. */
export interface OpDetails {
  /** WAIT, RECEIVE, CALLBACK, ATTACH, CHILD: when the wait ends by itself. */
  readonly due?: Millis;
  /** STEP: `once` is at most once per attempt. */
  readonly semantics?: "once";
  /** CALLBACK: the public id, and how long silence is borne. */
  readonly callbackId?: string;
  readonly heartbeatMs?: number;
  /** CALLBACK: when the first silence is too long. */
  readonly heartbeatDue?: Millis;
  /** CHILD, ATTACH: what a cancel of the parent, and the end of the wait's time, do to it. */
  readonly cancellation?: CancellationType;
  readonly onTimeout?: OnTimeout;
  /** CHILD, ATTACH, REQUEST: the execution it is about. */
  readonly child?: ChildDetails;
  readonly target?: string;
  /** REQUEST */
  readonly action?: "signal" | "cancel" | "stop" | "status" | "continue";
  readonly signal?: string;
  readonly payload?: Payload;
  readonly reason?: string;
  /** RECEIVE: what it listens to. */
  readonly names?: readonly string[];
  /** CONDITION: the state of the first poll. */
  readonly initial?: Payload;
  /** CONTEXT: what opened it. A plain child context says nothing, nor does a branch: its batch does. */
  readonly sub?: ContextKind;
  /** WAIT, RECEIVE, CALLBACK: what a person sees while it waits (D11): JSON Schema of the payload. */
  readonly schema?: unknown;
}

export type ContextKind = "PARALLEL" | "MAP" | "EXECUTE_ALL" | "WAIT_FOR_CALLBACK";

/** Everything that is needed to start a child; recorded before the child can run (K7). */
export interface ChildDetails {
  /** Internal id: a pure function of the parent's id and the operation's key (D5). */
  readonly id: string;
  /** The user's own id, when one was given. */
  readonly publicId?: string;
  readonly workflow: string;
  readonly version?: string;
  readonly input: Payload;
  readonly state?: Payload;
  readonly policy: ParentClosePolicy;
  /** True when the caller waits for the result at the call. */
  readonly awaited: boolean;
  readonly executionTimeoutMs?: number;
  readonly startDelayMs?: number;
  readonly retry?: RetryPolicyData;
  readonly idConflict?: IdConflictPolicy;
  readonly idReuse?: IdReusePolicy;
  readonly allowRecursion?: boolean;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly summary?: string;
  readonly priority?: number;
  readonly meta?: Meta;
}

export type ParentClosePolicy = "terminate" | "request_cancel" | "abandon";
export type CancellationType = "wait_completed" | "wait_requested" | "try_cancel" | "abandon";
export type OnTimeout = "request_cancel" | "terminate" | "abandon";
export type IdConflictPolicy = "fail" | "use_existing" | "terminate_existing";
export type IdReusePolicy = "allow" | "allow_failed_only" | "reject";

/** A retry policy that is data, so that it lives on without the code that wrote it. */
export interface RetryPolicyData {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly backoffRate: number;
  readonly jitter: "FULL" | "HALF" | "NONE";
  /** Error types that are not retried. */
  readonly nonRetryableTypes?: readonly string[];
}

/** An operation succeeded. `fx`: effects of a step (D9), committed with its result. */
export interface OkEntry {
  readonly t: "ok";
  readonly k: string;
  readonly v?: Payload;
  readonly at: Millis;
  readonly fx?: readonly StepEffect[];
  /** CHILD, ATTACH: state and usage of the outcome (D12). */
  readonly o?: OutcomeExtras;
}

/** An operation failed. `status`: the child's, or `TIMED_OUT` / `CANCELLED` of the operation itself. */
export interface ErrEntry {
  readonly t: "err";
  readonly k: string;
  readonly e: ErrorObject;
  readonly at: Millis;
  readonly status?: "FAILED" | "TIMED_OUT" | "CANCELLED" | "STOPPED";
  readonly o?: OutcomeExtras;
}

export interface OutcomeExtras {
  readonly state?: Payload;
  readonly usage?: Usage;
  readonly meta?: Meta;
}

/** An attempt ended without ending its operation: it failed and is retried, was interrupted, polled, or gave a sign of life. */
export interface TryEntry {
  readonly t: "try";
  readonly k: string;
  /** The attempt that ended: 1-based. */
  readonly a: number;
  readonly why: "failed" | "interrupted" | "polled" | "heartbeat";
  readonly e?: ErrorObject;
  /** polled: the state so far. */
  readonly v?: Payload;
  /** When the next attempt may begin; heartbeat: when silence is too long. */
  readonly due: Millis;
  readonly at: Millis;
}

/**
 * A child is durably recorded: `ctx.start` resolves (D20). Of an operation that waits for an execution it only tells
 * which one was found: whoever takes over waits for that one, too, though it may have ended, and lost its public id,
 * meanwhile.
 */
export interface AckEntry {
  readonly t: "ack";
  readonly k: string;
  /** Internal id of the execution that had the child's public id already (`use_existing`), or that was attached to. */
  readonly id?: string;
  readonly at: Millis;
}

/** A deadline that belongs to an operation passed without ending it (wait of a child; receive). */
export interface FireEntry {
  readonly t: "fire";
  readonly k: string;
  readonly at: Millis;
}

/**
 * A signal was held against the schema of the wait that takes it (D2): `v` is what came out, or `e` why it does not fit.
 * Recorded, so that no schema is asked twice, and one that takes its time is answered in the order of the journal.
 */
export interface ReadEntry {
  readonly t: "read";
  /** Of the RECEIVE operation. */
  readonly k: string;
  /** Of the signal's inbox entry. */
  readonly id: string;
  readonly v?: Payload;
  readonly e?: ErrorObject;
  readonly at: Millis;
}

/** Something an outsider appended: a signal, a cancel request, a patch of the state. */
export interface InboxEntry {
  readonly t: "in";
  readonly kind: "signal" | "cancel" | "patch";
  /** Sender's key: the same item twice counts once. */
  readonly id: string;
  /** signal: its name. cancel: the reason. */
  readonly n: string;
  readonly v?: Payload;
  readonly at: Millis;
}

/**
 * The execution cannot go on with the code that is loaded. Told to readers; neither the code asked for it, nor is it
 * delivered to the code. What the journal holds is kept, so that it goes on with code that fits (D33).
 */
export interface BlockedEntry {
  readonly t: "blocked";
  readonly why: BlockedReason;
  /** The first difference, or what is loaded instead. */
  readonly n: string;
  readonly at: Millis;
}

/**
 * - `workflow_not_loaded`: no workflow of that name is loaded.
 * - `version_not_loaded`: the recorded version is not loaded, and no loaded version is compatible with it.
 * - `code_changed`: the loaded code asks for something else than the journal has.
 * - `ends_process`: its replay ended the process, again and again.
 */
export type BlockedReason = "workflow_not_loaded" | "version_not_loaded" | "code_changed" | "ends_process";

/** From here on this code writes the journal. Without such an entry, the code that the head names has written it. */
export interface CodeEntry {
  readonly t: "code";
  readonly version: string;
  readonly digest: string;
  readonly at: Millis;
}

/** What is told to readers alone: a replay passes over it. */
export type Note = BlockedEntry | CodeEntry;

export function isNote(entry: Entry): entry is Note {
  return entry.t === "blocked" || entry.t === "code";
}

/** The end. Never followed by another entry of the same generation, and never overwritten (K8). */
export interface FinEntry {
  readonly t: "fin";
  readonly status: TerminalStatus;
  readonly v?: Payload;
  readonly e?: ErrorObject;
  readonly state?: Payload;
  readonly usage: Usage;
  readonly at: Millis;
}

/** Counted while an execution runs, and summed over its tree by readers. */
export interface Usage {
  readonly operations: number;
  readonly attempts: number;
  readonly children: number;
  /** Bytes of journal. */
  readonly bytes: number;
}

export type LiveStatus = "PENDING" | "RUNNING" | "WAITING";
export type TerminalStatus = "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "CANCELLED" | "STOPPED" | "CONTINUED_AS_NEW";
export type ExecutionStatus = LiveStatus | TerminalStatus;

export type StepEffect =
  | { readonly t: "start"; readonly k: string; readonly d: ChildDetails }
  | { readonly t: "document"; readonly id: string; readonly v: Payload }
  | { readonly t: "emit"; readonly n: string; readonly v?: Payload }
  | { readonly t: "state"; readonly n: string; readonly v: Payload };

/** What the code asks for; replay demands the same again, in the same order (K3, K4). */
export type Intent = OpEntry | MarkEntry;
/** What is delivered to the code, one at a time, in journal order (K3). */
export type Delivery = OkEntry | ErrEntry | TryEntry | AckEntry | FireEntry | ReadEntry | InboxEntry;
export type Entry = RunEntry | Intent | Delivery | Note | FinEntry;
