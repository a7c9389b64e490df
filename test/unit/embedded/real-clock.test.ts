/** fault:B20: deadlines are times of the wall clock, whatever timers of the runtime count (D41). */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as RealClock from "../../../lib/homes/real-clock.ts";
import type { Clock } from "../../../lib/ports/clock.ts";

// The clock takes the timers of this module, which fake timers do not replace.
vi.mock("node:timers", () => ({
  setTimeout: (callback: () => void, ms: number) => globalThis.setTimeout(callback, ms),
  clearTimeout: (timer: NodeJS.Timeout) => globalThis.clearTimeout(timer),
}));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.UTC(2026, 0, 1);

type Clocks = typeof RealClock;

/** The wall clock is `BEGIN`, and what timers have counted, and what it was set forward by. */
let setForward = 0;

/** The module takes the functions of the process when it is loaded. */
async function load(): Promise<Clocks> {
  vi.resetModules();
  return import("../../../lib/homes/real-clock.ts");
}

beforeEach(() => {
  setForward = 0;
  vi.useFakeTimers({ now: BEGIN });
  const fakeNow = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => fakeNow() + setForward);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const clocks: readonly [name: string, of: (clocks: Clocks) => Clock][] = [
  ["the machine's clock", ({ realClock }) => realClock],
  ["the clock of an engine", ({ steadyClock }) => steadyClock(0)],
];

describe.each(clocks)("fault:B20 %s", (_name, of) => {
  it("fires at its time, and not before", async () => {
    const clock = of(await load());
    const fired = vi.fn();
    clock.at(BEGIN + 10 * MINUTE, fired);
    vi.advanceTimersByTime(10 * MINUTE - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("fires within a minute when the machine slept, or the clock was set forward", async () => {
    const clock = of(await load());
    const fired = vi.fn();
    clock.at(BEGIN + 10 * MINUTE, fired);
    setForward = HOUR;
    vi.advanceTimersByTime(MINUTE);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("waits for longer than a timer of the runtime can, and can be cancelled", async () => {
    const clock = of(await load());
    const fired = vi.fn();
    const far = 25 * 24 * HOUR;
    clock.at(BEGIN + far, fired);
    clock.at(BEGIN + far, () => expect.unreachable())();
    vi.advanceTimersByTime(far - MINUTE);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(MINUTE);
    expect(fired).toHaveBeenCalledOnce();
  });
});

describe("D41 the clock of an engine", () => {
  it("begins where the file's last engine stopped, and goes on from there", async () => {
    const { steadyClock } = await load();
    const clock = steadyClock(BEGIN + HOUR);
    const fired = vi.fn();
    expect(clock.now()).toBe(BEGIN + HOUR);
    clock.at(BEGIN + HOUR + MINUTE, fired);
    vi.advanceTimersByTime(2 * MINUTE);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("never goes back when the wall clock is set back, and is overtaken by it", async () => {
    const { steadyClock } = await load();
    const clock = steadyClock(0);
    vi.advanceTimersByTime(MINUTE);
    const before = clock.now();
    setForward = -MINUTE;
    expect(clock.now()).toBe(before);
    let last = before;
    for (let n = 0; n < 11; n += 1) {
      vi.advanceTimersByTime(MINUTE);
      expect(clock.now()).toBeGreaterThan(last);
      last = clock.now();
    }
    expect(last).toBe(Date.now());
  });
});
