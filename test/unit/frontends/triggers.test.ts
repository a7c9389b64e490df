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
    [{}, "triggers[0] must have either an event or a schedule"],
    [{ schedule: "rate(1 day)", event: { source: "a", detailType: "b" } }, "triggers[0] must have either"],
    [{ schedule: "5 minutes" }, 'triggers[0].schedule is "5 minutes"; write "rate(5 minutes)"'],
    [{ event: { source: [], detailType: "b" } }, "triggers[0].event must name a source and a detailType"],
    [{ event: { source: "a" } }, "triggers[0].event must name a source and a detailType"],
    [{ event: { source: 1, detailType: "b" } }, "triggers[0].event must name a source and a detailType"],
  ])("%j is refused", (trigger, message) => {
    expect(() => define(trigger)).toThrow(message);
  });
});
