/** What events start: on the embedded engine, since that is all the same to them. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startTriggered, triggeredInput } from "../../../lib/api/triggered-start.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { TriggeringEvent } from "../../../lib/homes/aws/env.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const EVENT: TriggeringEvent = {
  id: "e-1",
  source: "shop",
  detailType: "OrderPlaced",
  time: "2026-11-21T10:00:00Z",
  account: "000000000000",
  region: "us-east-1",
  detail: { order: { id: "A-17", total: 12 }, items: ["cup"] },
};
const ON_ORDER = { event: { source: "shop", detailType: "OrderPlaced" } };

const ship = workflow(
  {
    name: "ship",
    input: z.object({ order: z.string() }),
    triggers: [{ ...ON_ORDER, input: { order: "$.detail.order.id" } }],
  },
  (_ctx, { order }) => order,
);

describe("the input", () => {
  it.each([
    ["of an event is its detail", ON_ORDER, EVENT.detail],
    ["of a schedule is empty", { schedule: "rate(1 minute)" }, {}],
    [
      "is what the trigger makes of the event, at any depth",
      {
        ...ON_ORDER,
        input: { a: ["$.detail.order.total", { b: "$.detail-type" }], c: "$.time", d: "as it stands", e: null },
      },
      { a: [12, { b: "OrderPlaced" }], c: "2026-11-21T10:00:00Z", d: "as it stands", e: null },
    ],
    ["may be a path alone", { ...ON_ORDER, input: "$.detail.items" }, ["cup"]],
    [
      "lacks what the event lacks",
      { ...ON_ORDER, input: { gone: "$.detail.none.deeper", own: "$.detail.constructor" } },
      {},
    ],
  ])("%s", (_title, trigger, expected) => {
    expect(triggeredInput(trigger, EVENT)).toEqual(expected);
  });
});

describe("an event", () => {
  it("starts one execution, however often it is delivered", async () => {
    const { engine, settle } = await openVirtual({ workflows: [ship] });
    const deliver = (): Promise<{ executionId: string }> =>
      startTriggered(engine, [ship], { workflow: "ship", trigger: 0, event: EVENT });
    const first = await deliver();
    const both = await Promise.all([deliver(), deliver()]);
    await settle();
    expect([...both, await deliver()]).toEqual([first, first, first]);
    const { executions } = await engine.list();
    expect(executions.map(({ id, status, summary }) => [id, status, summary])).toEqual([
      [first.executionId, "SUCCEEDED", "shop: OrderPlaced"],
    ]);
  });

  it("that is another one starts another", async () => {
    const { engine } = await openVirtual({ workflows: [ship] });
    for (const id of ["e-1", "e-2"]) {
      await startTriggered(engine, [ship], { workflow: "ship", trigger: 0, event: { ...EVENT, id } });
    }
    expect((await engine.list()).executions).toHaveLength(2);
  });

  it("that does not fit the workflow's schema is refused by the field's name, and starts nothing", async () => {
    const { engine } = await openVirtual({ workflows: [ship] });
    const event = { ...EVENT, detail: {} };
    await expect(startTriggered(engine, [ship], { workflow: "ship", trigger: 0, event })).rejects.toMatchObject({
      code: "validation_failed",
      message: expect.stringContaining("order"),
    });
    expect((await engine.list()).executions).toEqual([]);
  });

  it.each([
    ["a workflow", { workflow: "gone", trigger: 0, event: EVENT }],
    ["a trigger", { workflow: "ship", trigger: 7, event: EVENT }],
  ])("for %s that is not deployed is refused", async (_title, payload) => {
    const { engine } = await openVirtual({ workflows: [ship] });
    await expect(startTriggered(engine, [ship], payload)).rejects.toMatchObject({ code: "workflow_unknown" });
  });
});
