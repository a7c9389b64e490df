/** The end-to-end lane: one deployment, and in this order what is played on it. The rights are looked at last. */
import { beforeAll, describe, expect, it } from "vitest";
import { conformance } from "./conformance.ts";
import { homeOf, leftOut } from "./deployment.ts";
import { elsewhere } from "./elsewhere.ts";
import { faults } from "./faults.ts";
import { grants } from "./grants.ts";
import { operator } from "./operator.ts";
import { outside } from "./outside.ts";
import { versions } from "./versions.ts";
import { hello, warmUp } from "./warm-up.ts";

async function lane(): Promise<void> {
  beforeAll(async () => {
    for (const stack of ["Conformance", "Faults"]) await warmUp(homeOf(stack, [hello]).client);
  });
  outside();
  faults();
  describe("stacks beside it", { concurrent: true }, () => {
    versions();
    elsewhere();
  });
  operator();
  await conformance();
  grants();
}

function noLane(): void {
  it("says what is missing", ({ skip }) => {
    expect(leftOut).toContain(" ");
    skip(leftOut);
  });
}

if (leftOut === undefined) await lane();
else noLane();
