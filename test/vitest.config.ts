import path from "node:path";
import { defineConfig } from "vitest/config";
import { UNIT_MS } from "./e2e/unit.ts";
import { viteBreak } from "./mutation/vite-break.ts";

const root = path.resolve(import.meta.dirname, "..");

/** One project per folder of test/; each states how long its slowest honest test may take. */
const projects = {
  unit: 5_000,
  structure: 10_000,
  conformance: 20_000,
  simulation: 60_000,
  crash: 60_000,
  package: 180_000,
  infra: 120_000,
};

export default defineConfig({
  root,
  plugins: viteBreak(root),
  // `import "treeline"` means the sources, as it does for tsc and for bin/treeline.mjs.
  resolve: {
    alias: [
      { find: /^treeline$/, replacement: path.join(root, "lib/index.ts") },
      { find: /^treeline\/testing$/, replacement: path.join(root, "lib/testing/index.ts") },
      { find: /^treeline\/cdk$/, replacement: path.join(root, "infra/index.ts") },
      { find: /^treeline\/opentelemetry$/, replacement: path.join(root, "lib/plugins/opentelemetry/index.ts") },
    ],
  },
  test: {
    passWithNoTests: false,
    retry: 0,
    projects: [
      ...Object.entries(projects).map(([name, testTimeout]) => ({
        extends: true as const,
        test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
      })),
      {
        extends: true as const,
        test: {
          // Scenarios in real time, on the emulator: many wait at once.
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/global-setup.ts",
          env: { TREELINE_UNIT_MS: String(UNIT_MS) },
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxConcurrency: 12,
          // After everything else: what happens in real time needs the processor.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true as const,
        test: {
          // `expectTypeOf` in *.test-d.ts, judged by tsc: what does not compile is a failing test.
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["test/types/**/*.test-d.ts"],
            tsconfig: path.join(root, "tsconfig.json"),
            ignoreSourceErrors: true,
          },
        },
      },
    ],
  },
});
