/**
 * Seeds that change every day, for the simulations of both backends. Fixed seeds only repeat what was mended; these find
 * what is new. A test prints the range with `daysText`, and a failing seed repeats by its number on any other day.
 */
import type { Seeds } from "./campaign.ts";

const DAY_MS = 86_400_000;
/** More than any build plays of one day, so that no seed comes twice. */
const PER_DAY = 20_000;

/** @param count seeds that are played; at most 20,000 */
export function dailySeeds(count: number, today: Date = new Date()): Seeds {
  return { from: Math.floor(today.getTime() / DAY_MS) * PER_DAY, count };
}

export function daysText({ from, count }: Seeds): string {
  const day = new Date((from / PER_DAY) * DAY_MS).toISOString().slice(0, 10);
  return `seeds of ${day} (UTC): ${from} to ${from + count - 1}`;
}
