/** Every scenario, traced: whatever happens, what comes out are traces that can be drawn. */
import { describe, expect, it } from "vitest";
import { embeddedHome } from "../helpers/embedded-home.ts";
import { Traces, type TracesOptions } from "../unit/plugins/traces.ts";
import { loadScenarios } from "./runner-scenarios.ts";
import { observe } from "./runner.ts";
import type { Scenario } from "./scenario.ts";

const scenarios = await loadScenarios();

async function traced(scenario: Scenario, eviction: "lru" | "always", options?: TracesOptions): Promise<Traces> {
  const traces = new Traces(options);
  await observe(scenario, embeddedHome({ eviction, plugins: traces.plugins, log: () => undefined }));
  return traces;
}

describe("the traces of every scenario", () => {
  it.each(scenarios)("$id: one per root, all parents there, all spans ended, none twice", async (scenario) => {
    const kept = await traced(scenario, "lru");
    const evicted = await traced(scenario, "always");
    const byInvocation = await traced(scenario, "always", { view: "invocation" });
    expect([kept, evicted, byInvocation].map((traces) => traces.problems())).toEqual([[], [], []]);
    const started = scenario.start.filter(({ refused }) => refused === undefined);
    expect(kept.traceByRoot().size).toBeGreaterThanOrEqual(Math.min(started.length, 1));
    expect(evicted.facts()).toEqual(kept.facts());
  });
});
