/** Takes samples: what one run of a work took, and how fast raw commits were at that moment. */
import type { Engine } from "treeline";
import type { RawCommits } from "./raw-commits.ts";
import type { Work } from "./works.ts";

export interface Sample {
  readonly ms: number;
  readonly commits: number;
  /** Raw commits per second, the mean of before and after. */
  readonly raw: number;
}

export async function sample(raw: RawCommits, work: () => Promise<{ ms: number; commits: number }>): Promise<Sample> {
  const before = raw.rate();
  const taken = await work();
  return { ...taken, raw: (before + raw.rate()) / 2 };
}

export async function timed(engine: Engine, work: Work, n: number): Promise<{ ms: number; commits: number }> {
  const commits = engine.commits;
  const begin = performance.now();
  await work(engine, n);
  return { ms: performance.now() - begin, commits: engine.commits - commits };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Lists by key. */
export class Lists<T> {
  readonly #lists = new Map<string, T[]>();

  add(key: string, item: T): void {
    const list = this.#lists.get(key);
    if (list === undefined) this.#lists.set(key, [item]);
    else list.push(item);
  }

  of(key: string): readonly T[] {
    return this.#lists.get(key) ?? [];
  }
}
