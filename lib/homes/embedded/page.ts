/**
 * A page: what one commit group says, or a part of a long one, as one value in one row of `journal`.
 *
 * Two lines of JSON. The head: which executions the page mentions, for each the page before with something of it (its
 * chain), and what became of heads: created, at rest, ended. The body: the entries of all of them in global order. Who
 * looks for heads or follows chains never parses bodies. A long page is compressed as a whole.
 */
import zlib from "node:zlib";
import type { Entry, ExecutionStatus, Millis } from "../../kernel/journal.ts";
import { fromStored, type StoredEntry } from "./page-entries.ts";
import { decodeRest, type StoredRest } from "./page-rests.ts";
import { decodeStatics, type StoredStatics } from "./page-statics.ts";
import type { CommitGroup, LogRecord } from "./records.ts";

/** Below, compressing takes longer than writing what it would save. */
const COMPRESS_CHARS = 12 << 10;
const COMPRESSION = { chunkSize: 16 << 10, params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } };

const MAX_BYTES_PER_CHAR = 3;
const scratch = Buffer.allocUnsafeSlow(MAX_BYTES_PER_CHAR * (192 << 10));

/** A page as it is stored: text, or compressed text. */
export type StoredPage = string | Uint8Array;

/** The first line. Executions are numbered in the order of `ids`; without facts, it ends behind `previous`. */
export type Head = [
  /** The time from which others on the page count. */
  base: Millis,
  /** "" where an execution was pruned. */
  ids: readonly string[],
  /** Position of the page before in each execution's chain; 0 where the chain begins. */
  previous: readonly number[],
  facts?: HeadFacts,
  /** Key of the codec that encoded the payloads of the body. */
  keyId?: string,
];
export type HeadFacts = [
  created: readonly [number: number, claimsName: 0 | 1, statics: StoredStatics][],
  rested: readonly StoredRest[],
  ended: readonly [number: number, status: ExecutionStatus, at: Millis][],
  generations?: readonly [number: number, generation: number, attempt: number][],
  /** By id, not by number: the page does not belong to the chains of these executions. */
  woken?: readonly string[],
];

/** The second line. Flat: three values per record. 0 stands for the entry of a pruned execution: places are stable. */
export type Body = (number | StoredEntry)[];

/** What a group, or a page of it, says about heads. */
export type Facts = Pick<CommitGroup, "created" | "ended" | "rested" | "generations" | "woken">;

/** What a page says about executions and their heads. */
export interface PageHead extends Facts {
  readonly ids: readonly string[];
  readonly previous: readonly number[];
  readonly keyId: string | undefined;
}

/**
 * @param head as JSON text, which holds no line break
 * @param body in parts: each some values of the array, as JSON text
 */
export function toPage(head: string, body: readonly string[]): StoredPage {
  const chars = body.reduce((sum, part) => sum + part.length + 1, head.length + 2);
  if (chars < COMPRESS_CHARS) return toText(head, body);
  const packed = zlib.zstdCompressSync(toBytes(head, body, chars), COMPRESSION);
  return packed.length < chars ? packed : toText(head, body);
}

function toText(head: string, body: readonly string[]): string {
  return `${head}\n[${body.join(",")}]`;
}

/** Part by part into a buffer that is used again and again: one long text would be copied three times. */
function toBytes(head: string, body: readonly string[], chars: number): Uint8Array {
  if (chars * MAX_BYTES_PER_CHAR > scratch.length) return Buffer.from(toText(head, body));
  let at = scratch.write(head);
  at += scratch.write("\n[", at);
  for (const [place, part] of body.entries()) {
    if (place > 0) at += scratch.write(",", at);
    at += scratch.write(part, at);
  }
  at += scratch.write("]", at);
  return scratch.subarray(0, at);
}

export function decodeHead(page: StoredPage): PageHead {
  const [base, ids, previous, facts = [[], [], []], keyId] = parse(page).head;
  const [created, rested, ended, generations = [], woken = []] = facts;
  return {
    ids,
    previous,
    created: created.map(([number, claimsName, stored]) => {
      return { statics: decodeStatics(ids[number] ?? "", stored, base, ids), claimsName: claimsName === 1 };
    }),
    rested: rested.map((stored) => decodeRest(stored, base, ids)),
    ended: ended.map(([number, status, at]) => ({ id: ids[number] ?? "", status, at: base + at })),
    generations: generations.map(([number, generation, attempt]) => ({ id: ids[number] ?? "", generation, attempt })),
    woken,
    keyId,
  };
}

/** The records of a page at their places; undefined where an execution was pruned. */
export function decodeRecords(page: StoredPage): (LogRecord | undefined)[] {
  const { head, body } = parse(page, true);
  const [base, ids] = head;
  const records: (LogRecord | undefined)[] = [];
  for (let at = 0; at + 2 < body.length; at += 3) {
    // As encoded: number of the execution, generation, entry or 0.
    const [number, generation, stored] = body.slice(at, at + 3) as [number, number, StoredEntry | 0];
    const entry: Entry | 0 = stored === 0 ? 0 : fromStored(stored, base, ids);
    records.push(entry === 0 ? undefined : { executionId: ids[number] ?? "", generation, entry });
  }
  return records;
}

/** The page without what it says of some of its executions; all else keeps its number and place. */
export function withoutExecutions(page: StoredPage, isGone: (id: string) => boolean): StoredPage {
  const { head, body } = parse(page, true);
  const [base, ids, previous, facts = [[], [], []], ...keyId] = head;
  const [created, rested, ended, generations = [], woken = []] = facts;
  const gone = ids.map((id) => id === "" || isGone(id));
  const stays = ([number]: readonly [number, ...unknown[]]): boolean => gone[number] === false;
  for (let at = 0; at + 2 < body.length; at += 3) {
    if (gone[Number(body[at])] === true) body[at + 2] = 0;
  }
  const kept = [
    base,
    ids.map((id, number) => (gone[number] === true ? "" : id)),
    previous.map((position, number) => (gone[number] === true ? 0 : position)),
    [
      created.filter(stays),
      rested.filter(stays),
      ended.filter(stays),
      generations.filter(stays),
      woken.filter((id) => !isGone(id)),
    ],
    ...keyId,
  ] satisfies Head;
  return toPage(JSON.stringify(kept), [JSON.stringify(body).slice(1, -1)]);
}

/** The first line break ends the head. */
function parse(page: StoredPage, withBody = false): { head: Head; body: Body } {
  const text = typeof page === "string" ? page : zlib.zstdDecompressSync(page).toString();
  const end = text.indexOf("\n");
  return {
    head: JSON.parse(text.slice(0, end)) as Head,
    body: withBody ? (JSON.parse(text.slice(end + 1)) as Body) : [],
  };
}
