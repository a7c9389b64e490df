import { describe, expect, it } from "vitest";
import { renderTree, type RenderOptions } from "../../../lib/cli/live-tree.ts";
import { widthOf } from "../../../lib/cli/text.ts";
import { TreeModel } from "../../../lib/cli/tree-model.ts";
import type { ExecutionEvent } from "../../../lib/ports/client.ts";
import { eventOf, failed, operation, started, succeeded } from "./event-maker.ts";

describe("renderTree", () => {
  it("draws what ran, what runs and what failed, with times and reasons", () => {
    const lines = render([
      started("order", 0),
      started("order/charge", 100),
      started("order/charge/bank", 150),
      succeeded("order/charge/bank", 450),
      succeeded("order/charge", 600),
      started("order/ship", 700),
      failed("order/ship", 950, "no carrier"),
      started("order/mail", 1_000),
    ]);
    expect(lines).toEqual([
      "▶ order           2s",
      "├─ ✔ charge    500ms",
      "│  └─ ✔ bank   300ms",
      "├─ ✖ ship      250ms  StepError: no carrier",
      "└─ ▶ mail         1s",
    ]);
  });

  it("names a child as its parent does, and its workflow where that says more", () => {
    const lines = render([
      started("order", 0),
      started("order/charge#2", 0),
      started("order/first", 0, { workflow: "charge" }),
      started("order/charge, again", 0, { workflow: "charge" }),
    ]);
    expect(lines.map((line) => line.replace(/ +\d.*/, ""))).toEqual([
      "▶ order",
      "├─ ▶ charge#2",
      "├─ ▶ first (charge)",
      "└─ ▶ charge, again",
    ]);
  });

  it("tells what an execution waits for, and why it tries again", () => {
    const lines = render([
      started("order", 0),
      operation("order", 10, "operation.started", "/CONTEXT:pay#1"),
      operation("order", 10, "operation.started", "/CONTEXT:pay#1/CALLBACK:callback#1"),
      started("order/approve", 20),
      operation("order/approve", 20, "operation.started", "/RECEIVE:decision#1"),
      started("order/fetch", 30),
      operation("order/fetch", 30, "operation.started", "/STEP:get#1"),
      operation("order/fetch", 40, "operation.attempt_failed", "/STEP:get#1", { error: { type: "E", message: "404" } }),
      started("order/retried", 50),
      eventOf("order/retried", 60, { type: "execution.retrying", error: { type: "E", message: "lost" } }),
      started("order/retried", 70, { attempt: 2 }),
    ]);
    expect(notesOf(lines)).toEqual([
      "waits for callback pay",
      "waits for decision",
      "1 step retry · get failed, tries again: 404",
      "attempt 2 · after E: lost",
    ]);
  });

  it("forgets what is over", () => {
    const lines = render([
      started("order", 0),
      operation("order", 10, "operation.started", "/STEP:get#1"),
      operation("order", 20, "operation.attempt_failed", "/STEP:get#1", { error: { type: "E", message: "404" } }),
      operation("order", 30, "operation.succeeded", "/STEP:get#1"),
      started("order/other", 30),
      eventOf("order/other", 60, { type: "execution.retrying", error: { type: "E", message: "lost" } }),
      started("order/other", 70, { attempt: 2 }),
      succeeded("order/other", 90),
    ]);
    expect(notesOf(lines)).toEqual(["1 step retry", "attempt 2"]);
  });

  it.each([
    ["execution.succeeded", "✔"],
    ["execution.failed", "✖"],
    ["execution.timed_out", "◷"],
    ["execution.cancelled", "⊘"],
    ["execution.stopped", "■"],
  ] as const)("has a sign for %s", (type, glyph) => {
    expect(render([started("order", 0), eventOf("order", 1, { type })])[0]).toContain(`${glyph} order`);
  });

  it("keeps within the width, whatever is in it", () => {
    const events = [
      started("a workflow with a long name that says a lot about itself", 0),
      started("a workflow with a long name that says a lot about itself/子ワークフロー", 0),
      failed("a workflow with a long name that says a lot about itself/子ワークフロー", 5, "漢字".repeat(100)),
    ];
    for (const width of [20, 40, 79, 120]) {
      for (const line of render(events, { width })) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }
  });

  it("lets no message act on the terminal", () => {
    const [line = ""] = render([started("order", 0), failed("order", 1, "line\nbreak \u001b[2J\u0007")]);
    expect(line).toContain("line break  [2J");
  });

  it("draws succeeded leaves together when there is no room, and counts what it cuts off", () => {
    const events = [
      started("album", 0),
      ...Array.from({ length: 30 }, (_, i) => started(`album/resize#${i}`, 0)),
      ...Array.from({ length: 27 }, (_, i) => succeeded(`album/resize#${i}`, 100)),
    ];
    expect(render(events, { height: 8 }).map((line) => line.replace(/ +\d+s$/, ""))).toEqual([
      "▶ album",
      "├─ ▶ resize#27",
      "├─ ▶ resize#28",
      "├─ ▶ resize#29",
      "└─ 27 more succeeded",
    ]);
    expect(render(events, { height: 3 })).toHaveLength(3);
    expect(render(events, { height: 3 }).at(-1)).toBe("… 3 more lines");
    expect(render(events)).toHaveLength(31);
  });

  it("draws several roots below each other", () => {
    expect(render([started("a", 0), started("b", 0), started("a/c", 0)])).toEqual([
      "▶ a         2s",
      "└─ ▶ c      2s",
      "▶ b         2s",
    ]);
  });

  it("colours only where colours are wanted, and spins only where it is animated", () => {
    const events = [started("order", 0), started("order/a", 0), succeeded("order/a", 5)];
    const plain = render(events, { animated: true });
    const colored = render(events, { animated: true, colors: true });
    expect(plain.join("")).not.toContain("\u001b");
    expect(colored.join("")).toContain("\u001b[32m✔");
    expect(plain[0]?.[0]).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u);
    expect(render(events, { animated: true, now: 80 })[0]?.[0]).not.toBe(
      render(events, { animated: true, now: 160 })[0]?.[0],
    );
  });

  it("is empty before anything happened", () => {
    expect(render([])).toEqual([]);
  });
});

function render(events: readonly ExecutionEvent[], options: Partial<RenderOptions> = {}): string[] {
  const model = new TreeModel();
  for (const event of events) model.apply(event);
  return renderTree(model, { now: 2_000, width: 120, colors: false, animated: false, ...options });
}

function notesOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /\d(?:ms|s) {2}(.+)$/.exec(line)?.[1] ?? []);
}
