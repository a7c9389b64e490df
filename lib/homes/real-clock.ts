/** The machine's clock. Timers beyond what one timer of the runtime can hold are chained. */
import type { Clock } from "../ports/clock.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

// Taken once: the determinism guard replaces the globals for workflow code, not for us.
const { now } = Date;
const { setTimeout } = globalThis;

export const realClock: Clock = {
  now: () => now(),
  at(due, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - now();
      if (left > LONGEST_TIMER_MS) timer = setTimeout(arm, LONGEST_TIMER_MS);
      // A timer may fire a millisecond early by the wall clock; never before `due` is promised.
      else timer = setTimeout(() => (now() < due ? arm() : callback()), Math.max(0, left));
    };
    arm();
    return () => clearTimeout(timer);
  },
};
