/** What an author's code can do to itself, to its engine and to other executions (issue 8, isolation). */
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { units, type Scenario } from "../scenario.ts";
import { caught } from "./treeline-errors.ts";

function circleOfCauses(): Scenario {
  const root = workflow({ name: "fault-A4.root" }, async (ctx) => {
    await caught(() => ctx.wait("long", units(60)));
    await ctx.nonCancellable((c) => c.step("refund", () => 1));
    const inner = new Error("inner");
    const outer = new Error("outer", { cause: inner });
    inner.cause = outer;
    throw outer;
  });
  return {
    id: "fault-A4",
    rows: ["fault:A4"],
    title: "a cancelled execution whose error has a circle of causes fails with that error",
    workflows: [root],
    start: [{ workflow: "fault-A4.root" }],
    script: [{ when: { path: "/", waitsFor: "long" }, do: { kind: "cancel", path: "/" } }],
    expect: { status: "FAILED", error: { message: "outer", cause: { message: "inner" } } },
  };
}

export const scenarios: readonly Scenario[] = [circleOfCauses()];
