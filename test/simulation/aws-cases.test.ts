/** Cases that once failed: each shows a mechanism that was mended, and runs again in every build. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type AwsCase, simulateAws } from "./aws-simulate.ts";

const FOLDER = path.join(import.meta.dirname, "cases");

interface Kept {
  readonly seed: number;
  /** What was wrong. */
  readonly problems: readonly string[];
  readonly case: AwsCase;
}

const kept = readdirSync(FOLDER)
  .filter((file) => file.startsWith("aws-"))
  .map((file) => JSON.parse(readFileSync(path.join(FOLDER, file), "utf8")) as Kept);

describe("fault:A13 cases on which the simulation of the AWS backend failed", () => {
  it("are kept", () => {
    expect(kept.length).toBeGreaterThan(0);
  });

  it.each(kept)("seed $seed: $problems.0", async ({ case: given }) => {
    expect((await simulateAws(given)).problems).toEqual([]);
  });
});
