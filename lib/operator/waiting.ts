/** Waiting for AWS. Time is an argument: tests have their own. */
import { setTimeout } from "node:timers/promises";

const SHORT_MS = 500;

export interface Waiting {
  readonly now: () => number;
  /** Resolves after so long, or when the person has had enough. */
  readonly pause: (ms: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

export function realWaiting(now: () => number, signal: AbortSignal): Waiting {
  // After it was aborted, pauses are short rather than none: what must be put right is still waited for.
  const pause = (ms: number): Promise<void> =>
    setTimeout(Math.min(ms, signal.aborted ? SHORT_MS : ms), undefined, signal.aborted ? {} : { signal }).catch(
      () => undefined,
    );
  return { now, signal, pause };
}

/**
 * Looks again and again until it is so.
 * @returns whether it is; not when the time is over, or the person has had enough
 */
export async function waitUntil(
  waiting: Waiting,
  everyMs: number,
  limitMs: number,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const limit = waiting.now() + limitMs;
  for (;;) {
    if (await isSo()) return true;
    if (waiting.signal?.aborted === true || waiting.now() >= limit) return false;
    await waiting.pause(everyMs);
  }
}
