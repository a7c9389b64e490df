import { describe, expect, it } from "vitest";
import { plainLine } from "../../../lib/cli/plain-lines.ts";
import { TreeModel } from "../../../lib/cli/tree-model.ts";
import type { ExecutionEvent } from "../../../lib/ports/client.ts";
import { eventOf, failed, operation, started, succeeded } from "./event-maker.ts";

describe("plain lines", () => {
  it("tell a tree in its order, indented by depth", () => {
    const lines = linesOf([
      started("order", 0),
      started("order/charge", 100),
      operation("order/charge", 100, "operation.started", "/STEP:pay#1"),
      operation("order/charge", 150, "operation.attempt_failed", "/STEP:pay#1", {
        error: { type: "E", message: "no" },
      }),
      operation("order/charge", 180, "operation.interrupted", "/STEP:pay#1"),
      operation("order/charge", 200, "operation.succeeded", "/STEP:pay#1"),
      eventOf("order/charge", 200, { type: "execution.retrying", error: { type: "E", message: "lost" } }),
      started("order/charge", 300, { attempt: 2 }),
      succeeded("order/charge", 400),
      operation("order", 400, "operation.started", "/RECEIVE:go#1"),
      eventOf("order", 450, { type: "signal.received", name: "go" }),
      eventOf("order", 460, { type: "cancel.requested" }),
      failed("order", 500, "first\nsecond"),
    ]);
    expect(lines).toEqual([
      "▶ order started",
      "  ▶ charge started",
      "  ↻ charge: step pay failed and is tried again: E: no",
      "  ↻ charge: step pay was interrupted and is run again",
      "  ↻ charge failed and is tried again: E: lost",
      "  ▶ charge started, attempt 2",
      "  ✔ charge succeeded in 300ms",
      "◌ order waits for go",
      "✉ order: signal go",
      "⊘ order: asked to cancel",
      "✖ order failed in 500ms: StepError: first second",
    ]);
  });

  it("are the same for the same events", () => {
    const events = [started("a", 0), started("a/b", 5), succeeded("a/b", 9), succeeded("a", 10)];
    expect(linesOf(events)).toEqual(linesOf(events));
  });

  it("say nothing of an execution that is not known", () => {
    expect(plainLine(new TreeModel(), started("a", 0))).toBeUndefined();
  });
});

function linesOf(events: readonly ExecutionEvent[]): string[] {
  const model = new TreeModel();
  return events.flatMap((event) => {
    model.apply(event);
    return plainLine(model, event) ?? [];
  });
}
