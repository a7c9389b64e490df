/** Every decision that concerns what runs here is shown by a test that cites it, so that none can be lost. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const SCENARIOS = "test/conformance/scenarios";

const DECISIONS = [...Array.from({ length: 32 }, (_, i) => `D${i + 1}`), "D35", "D41", "D50"];

/** Where each one is shown first; other tests may cite it, too. */
const shown: Readonly<Record<string, readonly string[]>> = {
  D1: [`${SCENARIOS}/treeline-values.ts`, "test/conformance/runner-bind.ts"],
  D2: ["test/unit/engine/schemas.test.ts", "test/unit/kernel/json-schema.test.ts"],
  D3: ["test/unit/engine/codec.test.ts"],
  D4: ["test/unit/embedded/format.test.ts"],
  D5: ["test/unit/kernel/ids.test.ts", `${SCENARIOS}/mistral-ids.ts`],
  D6: ["test/unit/embedded/namespaces.test.ts", `${SCENARIOS}/treeline-inbox.ts`],
  D7: ["test/unit/engine/replay.test.ts"],
  D8: [`${SCENARIOS}/treeline-limits.ts`],
  D9: [`${SCENARIOS}/treeline-effects.ts`],
  D10: [`${SCENARIOS}/treeline-receive.ts`],
  D11: ["test/unit/embedded/pending.test.ts", `${SCENARIOS}/treeline-inbox.ts`],
  D12: ["test/unit/embedded/outcome.test.ts", `${SCENARIOS}/treeline-outcome.ts`],
  D13: ["test/unit/embedded/patches.test.ts", `${SCENARIOS}/treeline-state.ts`],
  D14: ["test/unit/engine/event-stream.test.ts", `${SCENARIOS}/treeline-effects.ts`],
  D15: ["test/unit/engine/meta.test.ts"],
  D16: ["test/unit/embedded/definitions.test.ts", `${SCENARIOS}/treeline-limits.ts`],
  D17: ["test/unit/testing/test-kit.test.ts"],
  D18: ["test/types/children.test-d.ts", "test/types/context.test-d.ts"],
  D19: ["test/unit/testing/test-kit.test.ts"],
  D20: ["test/unit/embedded/durable-first.test.ts"],
  D21: ["test/unit/embedded/owner.test.ts"],
  D22: ["test/unit/embedded/limits.test.ts"],
  D23: ["test/unit/embedded/retention.test.ts"],
  D24: ["test/structure/platforms.test.ts"],
  D25: ["test/infra/template.test.ts"],
  D26: ["test/infra/template.test.ts"],
  D27: ["test/infra/template.test.ts"],
  D28: ["test/infra/template.test.ts", "test/infra/alarms.test.ts"],
  D29: ["test/infra/template.test.ts"],
  D30: ["test/conformance/runner-bind.ts"],
  D31: ["test/localstack/localstack.test.ts"],
  D32: ["test/structure/erasable.test.ts"],
  D35: ["test/structure/erasable.test.ts", "test/package/package.test.ts"],
  D41: ["test/unit/embedded/real-clock.test.ts"],
  D50: ["test/unit/embedded/resting.test.ts"],
};

/** Titles of tests (the first argument of a call, or the first item of a row of a table), and `rows` of scenarios. */
function citations(source: string): string[] {
  const titles = [...source.matchAll(/[([]\s*(["'`])(?<text>(?:(?!\1).)+)\1/g)];
  const rows = [...source.matchAll(/rows: \[(?<text>[^\]]*)\]/g)];
  return [...titles, ...rows].flatMap(({ groups }) => groups?.["text"]?.match(/(?<![\w-])D\d+(?![\w-])/g) ?? []);
}

const cited = new Map(
  globSync("test/**/*.ts", { cwd: root, exclude: ["test/structure/decisions.test.ts"] }).map((file) => [
    file.split(path.sep).join("/"),
    new Set(citations(readFileSync(path.join(root, file), "utf8"))),
  ]),
);

describe("the decisions", () => {
  it("all have a test", () => {
    expect(Object.keys(shown)).toEqual(DECISIONS);
  });

  const pairs = Object.entries(shown).flatMap(([decision, files]) => files.map((file) => ({ decision, file })));
  it.each(pairs)("$decision is cited in a title, or in the rows of a scenario, in $file", ({ decision, file }) => {
    expect([...(cited.get(file) ?? [])]).toContain(decision);
  });

  it("are the only ones that are cited", () => {
    const unknown = [...cited].flatMap(([file, decisions]) =>
      [...decisions].filter((decision) => !DECISIONS.includes(decision)).map((decision) => `${file} cites ${decision}`),
    );
    expect(unknown).toEqual([]);
  });
});
