/** Ids of roots: time first, so that later ones sort behind and the file grows at one end; then order, then chance. */
import { randomFillSync } from "node:crypto";
import type { Ids } from "../ports/ids.ts";

const POOL = 4_096;

export function createIds(now: () => number): Ids {
  const pool = new Uint32Array(POOL);
  let used = POOL;
  let lastMs = 0;
  let time = "";
  let sequence = 0;
  const chance = (): number => {
    if (used === POOL) {
      randomFillSync(pool);
      used = 0;
    }
    const value = pool[used] ?? 0;
    used += 1;
    return value;
  };
  return {
    root: () => {
      const ms = Math.max(now(), lastMs);
      if (ms === lastMs) sequence += 1;
      else {
        lastMs = ms;
        sequence = 0;
        // Many ids are made in a millisecond, and its digits are the dearest.
        time = digits(ms, 9);
      }
      return time + digits(sequence, 4) + digits(chance(), 7);
    },
    random: () => chance() / 2 ** 32,
  };
}

/** Base 36, fixed width; a sequence beyond its width only loses order, not uniqueness. */
function digits(value: number, width: number): string {
  return value.toString(36).padStart(width, "0").slice(-width);
}
