/**
 * The order of a workflow's versions. The highest version that is registered is the current one, so the order of a list
 * of workflows decides nothing. Numbers compare as numbers (`1.10` is higher than `1.9`), other text by its characters,
 * and a pre-release (`1.0.0-beta`) is lower than its release.
 */

/** Negative when `a` is the lower version. Zero only for equal texts, so that the highest of a set is one. */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (let at = 0; at < left.length || at < right.length; at++) {
    const order = compareParts(left[at], right[at]);
    if (order !== 0) return order;
  }
  return compareTexts(a, b); // "01" and "1" are equal part by part
}

/** `1.10-rc2` is `1`, `.`, `10`, `-rc`, `2`. */
function partsOf(version: string): readonly string[] {
  return version.match(/\d+|\D+/g) ?? [];
}

function compareParts(a: string | undefined, b: string | undefined): number {
  const ranks = rank(a) - rank(b);
  if (ranks !== 0 || a === undefined || b === undefined) return ranks;
  return isNumber(a) && isNumber(b) ? compareNumbers(a, b) : compareTexts(a, b);
}

/** A pre-release is lower than the end of the text, and everything else is higher. */
function rank(part: string | undefined): number {
  if (part === undefined) return 1;
  return /^-[A-Za-z]/.test(part) ? 0 : 2;
}

function isNumber(part: string): boolean {
  return /^\d/.test(part);
}

/** Of any length: a date with its time is a version too. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
