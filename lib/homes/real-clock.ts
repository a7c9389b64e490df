/** The machine's clock. Timers beyond what one timer of the runtime can hold are chained. */
// Not the globals: tests and the determinism guard replace those for the author's code, not for the engine.
import { clearTimeout, setTimeout } from "node:timers";
import type { Clock } from "../ports/clock.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

const { now } = Date;

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
