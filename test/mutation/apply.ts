/** One place of the production code, and what it says instead. */
export interface Change {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What the code does wrong now. */
  readonly why: string;
}

/** A mutant: one rule of the kernel, broken. */
export interface Mutant extends Change {
  readonly rule: `K${number}` | `fault:${string}`;
  /** Trials that are likely to go red, tried first; all others follow. */
  readonly tries?: readonly string[];
}

/** @throws Error when `find` does not stand there exactly once */
export function apply({ file, find, replace }: Change, source: string): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`${file}: the text to be replaced stands there ${count} times: ${find}`);
  return source.replace(find, () => replace);
}
