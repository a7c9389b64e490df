/**
 * The journal of one execution in the table: pieces, and how they make one list.
 *
 * The holder of a lease puts pieces without a condition, so a holder that outlived its lease may put pieces, too, at
 * any time. A reader tells them apart by a chain: every piece, and the head, says in which epoch it was written, at
 * which place that epoch's own entries begin, and which epoch wrote the entry before that place (`Follows`). The newest
 * epoch counts, then the epoch that it follows, up to the place where it begins, and so on; a piece of any other epoch
 * is no part of the journal (K1). The newest epoch alone would not do: of two slow holders, the second may put its
 * pieces after a third holder has read those of the first. Nothing that leaves the execution depends on a piece alone:
 * it follows a write of the head, which is conditional on the epoch.
 */
import { StoreError } from "../../kernel/errors.ts";
import type { Entry, FinEntry } from "../../kernel/journal.ts";
import { type Follows, type Head, isElsewhere, readFollows, showFollows, type Tail } from "./head.ts";
import { fromItems, toItems } from "./journal-text.ts";
import { finKey, finPrefix, ownPartition, segmentKey, SEGMENTS_PREFIX, segmentsFrom } from "./keys.ts";
import type { Item, Table } from "./table.ts";

export type Piece = Tail;

/** Entries from `base` on. */
export interface Loaded {
  readonly base: number;
  readonly entries: readonly Entry[];
  /** The epoch that wrote the entry before a place. Undefined where the pieces do not tell, as those of first versions. */
  readonly writerBefore: (place: number) => number | undefined;
  /** Of all that was found, also what is no part of the journal. */
  readonly newestEpoch: number;
}

/** Of an execution whose journal stands in its head alone, as it was created. */
export function newborn(entries: readonly Entry[]): Loaded {
  return { base: 0, entries, writerBefore: () => 0, newestEpoch: 0 };
}

/**
 * Everything of the journal from `from` on, without the end.
 * @param from the head's `base` for the generation that runs, 0 for all of them
 */
export async function loadJournal(table: Table, head: Head, from: number): Promise<Loaded> {
  // Nobody has held a lease yet: all there is stands in the head, unless its input was too big.
  const items =
    head.epoch === 0 && head.tail.position === 0
      ? []
      : await table.query({
          pk: ownPartition(head.statics.id),
          prefix: SEGMENTS_PREFIX,
          from: segmentsFrom(from),
          strong: true,
        });
  const own = items.filter(({ b }) => b === undefined || b === head.birth);
  const pieces = [...piecesOf(own), head.tail];
  const { entries, writerBefore } = fold(pieces, from);
  // Whoever wrote the head had put everything before what stands in it.
  if (from + entries.length < head.tail.position) {
    const words = `execution ${head.statics.id} misses entries ${from + entries.length} to ${head.tail.position - 1} of its journal; was the table changed?`;
    throw new StoreError("store_failed", words);
  }
  const known = head.length === undefined ? entries : entries.slice(0, head.length - from);
  return { base: from, entries: known, writerBefore, newestEpoch: Math.max(...pieces.map(({ epoch }) => epoch)) };
}

/** All pieces of one epoch, in order. */
interface Writer extends Omit<Follows, "epoch"> {
  readonly writer: number;
  readonly epoch: number | undefined;
  readonly pieces: readonly Piece[];
}

/** One list of the pieces of the newest epoch and of those that it follows. */
export function fold(pieces: readonly Piece[], from: number): Pick<Loaded, "entries" | "writerBefore"> {
  const chain = chainOf(writersOf(pieces), from);
  const entries: Entry[] = [];
  for (const [at, writer] of chain.entries()) {
    const end = chain[at + 1]?.begin ?? Number.POSITIVE_INFINITY;
    append(entries, writer.pieces, from, end);
    // What follows stands behind entries that are not there.
    if (from + entries.length < end) break;
  }
  const writerBefore = (place: number): number | undefined => {
    const found = chain.findLast(({ begin }) => begin < place);
    return found === undefined ? chain[0]?.epoch : found.writer;
  };
  return { entries, writerBefore };
}

function append(entries: Entry[], pieces: readonly Piece[], from: number, end: number): void {
  for (const { position, entries: added } of pieces) {
    const known = from + entries.length - position;
    // Put together with the piece before it, which is not there: its writer is still at it, or died. Nothing relies on it.
    if (known < 0) return;
    entries.push(...added.slice(known, Math.max(known, end - position)));
  }
}

function writersOf(pieces: readonly Piece[]): readonly Writer[] {
  const groups = Map.groupBy(pieces, ({ epoch }) => epoch);
  return [...groups]
    .toSorted(([a], [b]) => a - b)
    .map(([writer, own]) => {
      const sorted = own.toSorted((a, b) => a.position - b.position);
      const [first] = sorted as [Piece, ...Piece[]];
      // Pieces of the first versions do not say it: then the next lower epoch, as far as it came.
      const { begin = first.position, epoch } = sorted.find(({ follows }) => follows)?.follows ?? {};
      return { writer, begin, epoch, pieces: sorted };
    });
}

/** @param writers by epoch @returns from the one that begins first to the newest */
function chainOf(writers: readonly Writer[], from: number): readonly Writer[] {
  const chain: Writer[] = [];
  let next = writers.findLast((writer) => hasBegun(writer, from));
  while (next !== undefined) {
    chain.unshift(next);
    const { begin, epoch, writer } = next;
    if (begin <= from) break;
    next =
      epoch === undefined
        ? writers.findLast((each) => each.writer < writer && each.begin < begin && hasBegun(each, from))
        : writers.find((each) => each.writer === epoch);
  }
  return chain;
}

/** Its first piece is there; a later one alone says nothing. */
function hasBegun({ begin, pieces }: Writer, from: number): boolean {
  const [first] = pieces;
  return first !== undefined && first.position <= Math.max(begin, from);
}

function piecesOf(items: readonly Item[]): Piece[] {
  const groups = Map.groupBy(items, ({ sk }) => sk.slice(0, sk.lastIndexOf("#")));
  return [...groups.values()].flatMap((chunks) => {
    const text = fromItems(chunks);
    const [first] = chunks;
    if (text === undefined || first === undefined) return [];
    const epoch = Number(first["ep"]);
    const entries = JSON.parse(text) as Entry[];
    return [{ epoch, position: Number(first["pos"]), entries, follows: readFollows(first["jf"]) }];
  });
}

/**
 * The items of entries that do not stand in the head. A generation begins with an item of its own.
 * @param birth marks those of a beginning (births.ts)
 */
export function segmentItems(id: string, piece: Piece, chunkBytes?: number, birth?: string): Item[] {
  const { follows } = piece;
  const marks = {
    ...(follows === undefined ? undefined : { jf: showFollows(follows) }),
    ...(birth === undefined ? undefined : { b: birth }),
  };
  return byGeneration(piece).flatMap(({ epoch, position, entries }) =>
    toItems(
      JSON.stringify(entries),
      (chunk) => segmentKey(id, position, epoch, chunk, birth),
      { ep: epoch, pos: position, ...marks },
      chunkBytes,
    ),
  );
}

function byGeneration(piece: Piece): Piece[] {
  const cut = piece.entries.findIndex((entry, at) => at > 0 && entry.t === "run");
  if (cut === -1) return [piece];
  const rest = { ...piece, position: piece.position + cut, entries: piece.entries.slice(cut) };
  return [{ ...piece, entries: piece.entries.slice(0, cut) }, ...byGeneration(rest)];
}

// ---- the end ----------------------------------------------------------------------------------------------------

export function finItems(id: string, epoch: number, fin: FinEntry, chunkBytes?: number): Item[] {
  return toItems(JSON.stringify(fin), (chunk) => finKey(id, epoch, chunk), {}, chunkBytes);
}

/** Undefined while it is open. */
export async function loadFin(table: Table, head: Head): Promise<FinEntry | undefined> {
  const { fin } = head;
  if (fin === undefined || !isElsewhere(fin)) return fin;
  const { id } = head.statics;
  const text = fromItems(await table.query({ pk: ownPartition(id), prefix: finPrefix(fin.epoch), strong: true }));
  if (text === undefined)
    throw new StoreError("store_failed", `the end of execution ${id} is not in the table; was it pruned, or changed?`);
  return JSON.parse(text) as FinEntry;
}
