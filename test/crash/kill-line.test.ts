import { describe, expect, it } from "vitest";
import { lineOf, linesIn, SEPARATOR } from "./kill-line.ts";

describe("the ledger of the kill test", () => {
  const before = { key: "a:1:/STEP:first#1", attempt: 1, run: "1.1" };
  const torn = { key: "b:1:/STEP:first#1", attempt: 1, run: "1.25" };
  const after = { key: "b:1:/STEP:first#1", attempt: 1, run: "2.1" };

  it("keeps every whole line, wherever a kill tore the last line of a process", () => {
    const whole = lineOf(torn);
    for (let bytes = 0; bytes < whole.length - 1; bytes += 1) {
      const text = SEPARATOR + lineOf(before) + whole.slice(0, bytes) + SEPARATOR + lineOf(after);
      expect(linesIn(text)).toEqual([before, after]);
    }
  });
});
