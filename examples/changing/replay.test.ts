import { expect, test } from "vitest";
import { createTestEngine, replay } from "treeline/testing";
import order from "./order.ts";
import addedStep from "./added-step.ts";
import broken from "./broken.ts";

test("the change fits an order that waits for its parcel", async () => {
  await using engine = await createTestEngine({ workflows: [order] });
  const run = await engine.run(order, { sku: "A-17" });
  const journal = await engine.client.journal(run.executionId);
  expect(await replay(addedStep, journal)).toEqual({ fits: true });
  expect(await replay(broken, journal)).toMatchObject({ fits: false });
});
