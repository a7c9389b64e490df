/**
 * The machine's clock. A deadline is a time of the wall clock, but timers of the runtime count the time that the process
 * was awake. So the wall clock is looked at in hops: a machine that slept, or whose clock was set forward, fires what is
 * due at the next hop.
 */
// Not the globals: tests and the determinism guard replace those for the author's code, not for the engine.
import { clearTimeout, setTimeout } from "node:timers";
import type { Millis } from "../kernel/journal.ts";
import type { Clock } from "../ports/clock.ts";

const LONGEST_HOP_MS = 60_000;
/** How fast time goes on while the wall clock is behind it, so that the wall clock catches up. */
const SLOWED = 0.9;

const { now } = Date;

export const realClock: Clock = clockOf(() => now());

/**
 * A clock that never goes behind a time that was written with it (D41), also when the wall clock is set back. It goes on,
 * a little slower, until the wall clock has caught up: nothing waits for as long as the wall clock was set back.
 * @param latest time that was written before
 */
export function steadyClock(latest: Millis): Clock {
  let time = latest;
  let wall = now();
  return clockOf(() => {
    const passed = now() - wall;
    wall += passed;
    time = Math.max(wall, time + Math.max(0, passed) * SLOWED);
    return Math.floor(time);
  });
}

function clockOf(time: () => Millis): Clock {
  return {
    now: time,
    at(due, callback) {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const left = Math.max(0, due - time());
        // A timer may fire a millisecond early by the wall clock; never before `due` is promised.
        timer = setTimeout(() => (time() < due ? arm() : callback()), Math.min(left, LONGEST_HOP_MS));
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
