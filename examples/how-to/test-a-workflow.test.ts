import { createTestEngine } from "treeline/testing";
import { expect, test } from "vitest";
import trip, { reserveFlight, reserveHotel } from "../tutorial/03-failures.ts";
import purchase, { approval } from "../tutorial/07-people.ts";

test("a trip without a flight cancels its room", async () => {
  await using engine = await createTestEngine({ workflows: [trip, reserveHotel, reserveFlight] });
  const run = await engine.run(trip, undefined);
  expect(await run.result()).toBe("no trip: flight FAILED");
  expect(await run.getOperation("cancel the room")).toMatchObject({ status: "SUCCEEDED" });
});

test("a trip with a flight", async () => {
  await using engine = await createTestEngine({
    workflows: [trip, reserveHotel, reserveFlight],
    mocks: { children: { flight: "seat 7" } },
  });
  expect(await (await engine.run(trip, undefined)).result()).toBe("have a good trip");
});

test("a purchase waits for its approval, also over a crash", async () => {
  await using engine = await createTestEngine({ workflows: [purchase, approval] });
  const handle = await engine.client.start(purchase, undefined);
  await engine.advance(60_000);
  expect(await engine.client.pending(handle.executionId)).toContainEqual(
    expect.objectContaining({ kind: "RECEIVE", name: "decision" }),
  );
  await engine.crash();
  await engine.client.signal("purchase-1-approval", "decision", { approved: false, by: "Ada" });
  await engine.advance(1_000);
  expect((await engine.client.get(handle.executionId)).output).toBe("refused by Ada");
});
