/**
 * The journal of one execution in the table: pieces, and how they make one list.
 *
 * A piece has the epoch of its writer and the place of its first entry. Who has the lease writes behind what it read;
 * so of two writers the later epoch is right from the place on where its own pieces begin, and whatever a slow
 * predecessor added there is no part of the journal (K1). Nothing that leaves the execution depends on such entries:
 * it follows only upon a write of the head, which is conditional on the epoch.
 */
import { StoreError } from "../../kernel/errors.ts";
import type { Entry, FinEntry } from "../../kernel/journal.ts";
import { type Head, isElsewhere, type Tail } from "./head.ts";
import { fromItems, toItems } from "./journal-text.ts";
import { finKey, finPrefix, ownPartition, segmentKey, SEGMENTS_PREFIX, segmentsFrom } from "./keys.ts";
import type { Item, Table } from "./table.ts";

export type Piece = Tail;

/** Entries from `base` on. */
export interface Loaded {
  readonly base: number;
  readonly entries: readonly Entry[];
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
  const entries = fold([...piecesOf(own), head.tail], from);
  // Whoever wrote the head had put everything before what stands in it.
  if (from + entries.length < head.tail.position) {
    const words = `execution ${head.statics.id} misses entries ${from + entries.length} to ${head.tail.position - 1} of its journal; was the table changed?`;
    throw new StoreError("store_failed", words);
  }
  return { base: from, entries: head.length === undefined ? entries : entries.slice(0, head.length - from) };
}

/** One list of all pieces, each epoch's from where it began. */
export function fold(pieces: readonly Piece[], from: number): Entry[] {
  const entries: Entry[] = [];
  const filled = pieces.filter((piece) => piece.entries.length > 0);
  for (const ofEpoch of groupsByEpoch(filled)) {
    const [first] = ofEpoch;
    if (first !== undefined && first.position - from < entries.length)
      entries.length = Math.max(0, first.position - from);
    for (const { position, entries: added } of ofEpoch) {
      const known = from + entries.length - position;
      // Put together with the one before it, which is not there: its writer is still at it, or died. Nobody relies on it.
      if (known < 0) break;
      entries.push(...added.slice(known));
    }
  }
  return entries;
}

function groupsByEpoch(pieces: readonly Piece[]): Piece[][] {
  const groups = Map.groupBy(pieces, ({ epoch }) => epoch);
  return [...groups]
    .toSorted(([a], [b]) => a - b)
    .map(([, ofEpoch]) => ofEpoch.toSorted((a, b) => a.position - b.position));
}

function piecesOf(items: readonly Item[]): Piece[] {
  const groups = Map.groupBy(items, ({ sk }) => sk.slice(0, sk.lastIndexOf("#")));
  return [...groups.values()].flatMap((chunks) => {
    const text = fromItems(chunks);
    const [first] = chunks;
    if (text === undefined || first === undefined) return [];
    return [{ epoch: Number(first["ep"]), position: Number(first["pos"]), entries: JSON.parse(text) as Entry[] }];
  });
}

/**
 * The items of entries that do not stand in the head. A generation begins with an item of its own.
 * @param birth marks those of a beginning (births.ts)
 */
export function segmentItems(id: string, piece: Piece, chunkBytes?: number, birth?: string): Item[] {
  return byGeneration(piece).flatMap(({ epoch, position, entries }) =>
    toItems(
      JSON.stringify(entries),
      (chunk) => segmentKey(id, position, epoch, chunk, birth),
      { ep: epoch, pos: position, ...(birth === undefined ? undefined : { b: birth }) },
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
