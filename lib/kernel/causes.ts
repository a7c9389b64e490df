/**
 * The chain of an error's causes. The author's code makes the chain, so it can be a circle, can be endless (a getter
 * that makes a new error each time), and can throw when it is read.
 */

/** Three times the deepest tree of executions, because each level adds two or three errors. */
export const MAX_CAUSES = 100;

/** The error and its causes, outermost first: each error once, at most `MAX_CAUSES`. Never throws. */
export function* causesOf(error: unknown): Generator<Error> {
  const seen = new Set<unknown>();
  for (let each = error; isError(each) && !seen.has(each) && seen.size < MAX_CAUSES; each = read(each, "cause")) {
    seen.add(each);
    yield each;
  }
}

/** As `instanceof Error`. A proxy whose traps throw is not an error. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** A property of any value. A getter or proxy that throws has no properties. */
export function read(value: unknown, key: string): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
