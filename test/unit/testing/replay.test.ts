/** `replay` of the test kit (fault:A2). */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { recordedJournal } from "../../../lib/homes/replay-journal.ts";
import { createTestEngine, replay } from "../../../lib/testing/index.ts";

let ran = 0;
const order = (step: string, version = "1", compatibleWith?: string[]) =>
  workflow({ name: "order", version, ...(compatibleWith && { compatibleWith }) }, async (ctx) => {
    const key = ctx.uuid();
    const failing = ctx.step("broken", () => Promise.reject(new Error("no")), { retry: false });
    await ctx.step(step, () => (ran += 1));
    await ctx.waitForSignal("go");
    await failing.catch(() => undefined);
    await ctx.execute(child, key);
    return "done";
  });
const child = workflow({ name: "child" }, (_ctx, key: string) => key);

async function journalOf() {
  await using kit = await createTestEngine({ workflows: [order("pay"), child] });
  const run = await kit.run(order("pay"), undefined);
  await kit.client.signal(run.executionId, "go");
  await kit.settle();
  return recordedJournal(await run.detail(), await kit.client.journal(run.executionId));
}

describe("fault:A2 replay(workflow, journal)", () => {
  it("fits the code that wrote the journal, whole and cut off anywhere, and carries nothing out", async () => {
    const journal = await journalOf();
    ran = 0;
    for (let length = 1; length <= journal.entries.length; length += 1) {
      const cut = { ...journal, entries: journal.entries.slice(0, length) };
      expect(await replay(order("pay"), cut)).toEqual({ fits: true });
    }
    expect(ran).toBe(0);
  });

  it("gives the first difference", async () => {
    const journal = await journalOf();
    expect(await replay(order("bill"), journal)).toEqual({
      fits: false,
      difference: expect.stringContaining("the record has /STEP:pay#1, the code asks for /STEP:bill#1"),
    });
    expect(await replay(order("bill"), journal.entries.slice(0, 4))).toMatchObject({ fits: false });
  });

  it("holds the code to its name and its versions", async () => {
    const journal = await journalOf();
    expect(await replay(child, journal)).toMatchObject({ difference: expect.stringContaining("workflow order") });
    expect(await replay(order("pay", "2"), journal)).toMatchObject({
      difference: expect.stringContaining("not compatible"),
    });
    expect(await replay(order("pay", "2", ["1"]), journal)).toEqual({ fits: true });
  });
});
