import { describe, expect, it } from "vitest";
import { type Duration, formatMillis, toMillis } from "../../../lib/kernel/duration.ts";

describe("toMillis", () => {
  const good: [duration: Duration, ms: number][] = [
    [0, 0],
    [-0, 0],
    [1_500, 1_500],
    [0.6, 1],
    ["250ms", 250],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["2d", 172_800_000],
    [{ seconds: 1.1 }, 1_100],
    [{ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 90_061_001],
    [{ minutes: 0 }, 0],
  ];
  it.each(good)("reads %j as %d", (duration, ms) => {
    expect(toMillis(duration, "timeout")).toBe(ms);
  });

  it("skips a field that is undefined", () => {
    expect(toMillis({ hours: undefined, seconds: 1 } as never, "timeout")).toBe(1_000);
  });

  const bad: unknown[] = [
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    8.64e15 + 2,
    "",
    "30",
    "-5s",
    "5 s",
    "1e3s",
    "5w",
    {},
    { weeks: 1 },
    { hours: undefined },
    { hours: "1" },
    { hours: 1, minutes: -30 },
    { hours: Number.NaN },
    [],
    null,
    undefined,
    true,
    1n,
    () => 1,
  ];
  it.each(bad.map((value) => [value]))("refuses %s", (value) => {
    const refuse = () => toMillis(value as Duration, "timeout of step charge");
    expect(refuse).toThrow(expect.objectContaining({ name: "TreelineError", code: "invalid_argument" }));
    expect(refuse).toThrow(/^timeout of step charge is not a duration/);
  });

  it("says what it refuses", () => {
    expect(() => toMillis({ weeks: 1 } as never, "timeout")).toThrow('{"weeks":1}');
    expect(() => toMillis({ weeks: 1n } as never, "timeout")).toThrow("object; write milliseconds");
  });
});

describe("formatMillis", () => {
  it.each([
    [0, "0ms"],
    [250, "250ms"],
    [1_000, "1s"],
    [1_560, "1.5s"],
    [59_999, "59.9s"],
    [60_000, "1m"],
    [125_000, "2m 5s"],
    [3_780_000, "1h 3m"],
    [7_200_000, "2h"],
    [187_200_000, "2d 4h"],
  ])("shows %d as %s", (ms, text) => {
    expect(formatMillis(ms)).toBe(text);
  });
});
