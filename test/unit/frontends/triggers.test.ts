/** Triggers are checked where they are written: a deploy would notice too late. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Trigger } from "../../../lib/kernel/definition.ts";

const define = (trigger: unknown): unknown => workflow({ name: "w", triggers: [trigger as Trigger] }, () => 1);

describe("a trigger", () => {
  it.each([
    [{ event: { source: "shop", detailType: ["a", "b"], detail: { x: [1] }, bus: "orders" } }],
    [{ schedule: "rate(5 minutes)", input: { at: "$.time" } }],
    [{ schedule: "cron(0 8 * * ? *)" }],
  ])("%j stands in the definition", (trigger) => {
    expect(define(trigger)).toMatchObject({ triggers: [trigger] });
  });

  it.each([
    [{}, "triggers[0] must be a trigger with either an event or a schedule"],
    [{ schedule: "rate(1 day)", event: { source: "a", detailType: "b" } }, "triggers[0] must be a trigger with either"],
    [{ schedule: "5 minutes" }, 'triggers[0].schedule must be a schedule ("rate(5 minutes)"'],
    [{ event: { source: [], detailType: "b" } }, "triggers[0].event.source must be text"],
    [{ event: { source: "a" } }, "triggers[0].event.detailType must be text"],
    [{ event: { source: 1, detailType: "b" } }, "triggers[0].event.source must be text"],
  ])("%j is refused", (trigger, message) => {
    expect(() => define(trigger)).toThrow(message);
  });
});
