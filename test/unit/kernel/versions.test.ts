import { describe, expect, it } from "vitest";
import { compareVersions } from "../../../lib/kernel/versions.ts";

/** From the lowest to the highest. */
const ORDER = [
  "",
  "01",
  "1",
  "1.0.0-alpha",
  "1.0.0-beta2",
  "1.0.0-beta10",
  "1.0.0",
  "1.9",
  "1.10",
  "2",
  "10",
  "2026-01-02",
  "2026-01-10",
  "20260102030405060708",
  "20260102030405060709",
  "next",
  "v2",
  "v10",
];

describe("fault:C12: the order of versions", () => {
  it("is total: numbers compare as numbers, and a pre-release is lower than its release", () => {
    for (const [i, a] of ORDER.entries()) {
      for (const [j, b] of ORDER.entries()) {
        expect(`${a} ${b} ${Math.sign(compareVersions(a, b))}`).toBe(`${a} ${b} ${Math.sign(i - j)}`);
      }
    }
  });
});
