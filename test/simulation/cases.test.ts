/** Cases on which the simulation of the embedded backend once failed. Each shows one mechanism, and every build plays it. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Case, simulate } from "./simulate.ts";

const FOLDER = path.join(import.meta.dirname, "cases");

interface Kept {
  readonly fault: string;
  readonly seed: number;
  /** What was wrong. */
  readonly problems: readonly string[];
  readonly case: Case;
}

const kept = readdirSync(FOLDER)
  .filter((file) => file.startsWith("embedded-"))
  .map((file) => JSON.parse(readFileSync(path.join(FOLDER, file), "utf8")) as Kept);

describe("cases on which the simulation of the embedded backend failed", () => {
  it("are kept", () => {
    expect(kept.length).toBeGreaterThan(0);
  });

  for (const { fault, seed, problems, case: given } of kept) {
    it(`fault:${fault} seed ${seed}: ${problems[0]}`, async () => {
      expect((await simulate(given)).problems).toEqual([]);
    });
  }
});
