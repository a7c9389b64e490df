/**
 * The head of an execution: the one item whose conditional writes are the protocol.
 *
 * It holds the lease, where the execution stands, the newest part of its journal, and its end: an end is one write
 * (K8), and a lease brings head and journal at once. Every write pays for its size, so it is kept small.
 */
import { StoreError } from "../../kernel/errors.ts";
import type { Entry, ExecutionStatus, FinEntry, InboxEntry, Millis } from "../../kernel/journal.ts";
import type { ExecutionStatics } from "../../engine/statics.ts";
import type { ExecutorClass } from "./messages.ts";
import { headKey, listingKeys } from "./keys.ts";
import { packStatics, unpackStatics } from "./packed-statics.ts";
import type { Item } from "./table.ts";

/** Number of the format of heads and of all that hangs on them (D4). */
export const HEAD_FORMAT = 1;

export interface Head {
  readonly statics: ExecutionStatics;
  /** Fingerprints of its ancestors, the parent's last: for the recursion check. */
  readonly ancestors: readonly string[];
  readonly executor: ExecutorClass;
  readonly status: ExecutionStatus;
  /** Number of the newest lease, or other right to write (K1). 0: it never began. */
  readonly epoch: number;
  readonly leaseUntil: Millis | undefined;
  /** End of the lease that was there when this one was taken: its holder did not give it back. 0: none. */
  readonly previousLease: number;
  /** Epoch of the park it stands in. */
  readonly park: number | undefined;
  readonly due: Millis | undefined;
  /** When it was parked last. */
  readonly parkedAt: Millis | undefined;
  readonly cancel: InboxEntry | undefined;
  readonly generation: number;
  readonly attempt: number;
  /** Place of the `run` entry of this generation in the journal. */
  readonly base: number;
  readonly tail: Tail;
  /** Mark of the items that hold its beginning, where that is big. */
  readonly birth: string | undefined;
  /** Invocations in a row that added nothing to the journal (D25). */
  readonly idleWakes: number;
  readonly fin: FinEntry | FinElsewhere | undefined;
  readonly endedAt: Millis | undefined;
  /** Entries before `fin`. */
  readonly length: number | undefined;
  readonly host: { readonly number: number; readonly until: Millis } | undefined;
  readonly token: string | undefined;
  /** Others than its parent wait for its end. */
  readonly watched: boolean;
  /** Lambda version that runs it. */
  readonly pinned: string | undefined;
}

/** The entries that stand in the head itself. */
export interface Tail {
  readonly epoch: number;
  readonly position: number;
  readonly entries: readonly Entry[];
  /** Missing where a first version wrote it. */
  readonly follows: Follows | undefined;
}

/** Where the entries of one epoch begin, and which epoch wrote the entry before (journal.ts). */
export interface Follows {
  readonly begin: number;
  readonly epoch: number;
}

/** As an attribute of pieces and heads: empty when it is not known. */
export function showFollows(follows: Follows | undefined): string {
  return follows === undefined ? "" : `${follows.begin}#${follows.epoch}`;
}

export function readFollows(text: Item[string] | undefined): Follows | undefined {
  if (text === undefined || text === "") return undefined;
  const [begin, epoch] = String(text).split("#", 2);
  return { begin: Number(begin), epoch: Number(epoch) };
}

/** Too big for a head. */
export interface FinElsewhere {
  readonly epoch: number;
  readonly status: FinEntry["status"];
}

export function isElsewhere(fin: FinEntry | FinElsewhere): fin is FinElsewhere {
  return !("t" in fin);
}

export function hasEnded(head: Head): boolean {
  return head.endedAt !== undefined;
}

/** The item of an execution that has not begun. @param first its beginning, or the mark of the items that hold it */
export function newHead(
  statics: ExecutionStatics,
  ancestors: readonly string[],
  executor: ExecutorClass,
  first: readonly Entry[] | string,
): Item {
  return {
    ...headKey(statics.id),
    ...listingKeys(statics),
    fmt: HEAD_FORMAT,
    id: statics.id,
    s: packStatics(statics),
    ...(ancestors.length === 0 ? undefined : { anc: ancestors.join(" ") }),
    cls: executor,
    st: "PENDING",
    ep: 0,
    ...(typeof first === "string" ? { jp: 1, jb: first, jt: "[]" } : { jt: JSON.stringify(first) }),
  };
}

/** @throws StoreError `store_newer` when a newer version of this library wrote it */
export function readHead(item: Item): Head {
  const { fmt, cls, st, ep = 0, gen = 1, att = 1, gp = 0, je = 0, jp = 0, jt = "[]", pl = 0, iw = 0 } = item;
  if (Number(fmt) > HEAD_FORMAT) {
    throw new StoreError(
      "store_newer",
      `execution ${String(item["id"])} was written in format ${String(fmt)}, and this version reads up to ${HEAD_FORMAT}; deploy the newer one`,
    );
  }
  return {
    statics: unpackStatics(item),
    ancestors: item["anc"] === undefined ? [] : String(item["anc"]).split(" "),
    executor: cls as ExecutorClass,
    status: st as ExecutionStatus,
    epoch: Number(ep),
    leaseUntil: number(item["lu"]),
    previousLease: Number(pl),
    park: number(item["pt"]),
    due: number(item["due"]),
    parkedAt: number(item["pa"]),
    cancel: json<InboxEntry>(item["cx"]),
    generation: Number(gen),
    attempt: Number(att),
    base: Number(gp),
    tail: {
      epoch: Number(je),
      position: Number(jp),
      entries: JSON.parse(String(jt)) as Entry[],
      follows: readFollows(item["jf"]),
    },
    birth: item["jb"] === undefined ? undefined : String(item["jb"]),
    idleWakes: Number(iw),
    fin: json<FinEntry | FinElsewhere>(item["fin"]),
    endedAt: number(item["endAt"]),
    length: number(item["jl"]),
    host: item["ho"] === undefined ? undefined : { number: Number(item["ho"]), until: Number(item["hu"] ?? 0) },
    token: item["ht"] === undefined ? undefined : String(item["ht"]),
    watched: item["wt"] !== undefined,
    pinned: item["lv"] === undefined ? undefined : String(item["lv"]),
  };
}

function number(value: Item[string] | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function json<T>(value: Item[string] | undefined): T | undefined {
  return value === undefined ? undefined : (JSON.parse(String(value)) as T);
}
