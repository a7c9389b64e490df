/** "Did you mean": the word a person most likely meant by one that does not exist. */

/** Undefined where nothing is near enough to be a help. */
export function suggest(given: string, words: readonly string[]): string | undefined {
  const wanted = bare(given);
  const same = words.find((word) => bare(word) === wanted);
  if (same !== undefined || wanted === "") return same;
  const near = words
    .map((word) => ({ word, distance: distanceOf(wanted, bare(word)) }))
    .filter(({ word, distance }) => distance <= Math.max(1, Math.floor(bare(word).length / 3)))
    .toSorted((a, b) => a.distance - b.distance);
  return (near[0]?.word ?? words.find((word) => contains(bare(word), wanted))) || undefined;
}

/** Case and separators are what people mistake most: `useExisting`, `USE_EXISTING`. */
function bare(word: string): string {
  return word.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}

const SHORTEST_PART = 4;

function contains(a: string, b: string): boolean {
  const [longer, shorter] = a.length > b.length ? [a, b] : [b, a];
  return shorter.length >= SHORTEST_PART && longer.includes(shorter);
}

const LONGEST = 64;

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  if (a.length > LONGEST || b.length > LONGEST) return Number.POSITIVE_INFINITY;
  let before: readonly number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(cellOf(a, b, i, j, { row, above, before }));
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

interface Rows {
  readonly row: readonly number[];
  readonly above: readonly number[];
  readonly before: readonly number[];
}

function cellOf(a: string, b: string, i: number, j: number, { row, above, before }: Rows): number {
  const isSame = a[i - 1] === b[j - 1];
  const least = Math.min((row[j - 1] ?? 0) + 1, (above[j] ?? 0) + 1, (above[j - 1] ?? 0) + (isSame ? 0 : 1));
  const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return isSwapped ? Math.min(least, (before[j - 2] ?? 0) + 1) : least;
}
