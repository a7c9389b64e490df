/** Every option of the test kit, by the name of its type. */
import { ENGINE_OPTIONS, workflowList } from "../homes/embedded/option-table.ts";
import { anything, type Fields, functionOf, options, recordOf } from "../kernel/options.ts";
import type { Mocks } from "./mocks.ts";
import type { TestEngineOptions } from "./test-engine.ts";

const MocksKind = options<Mocks>({
  steps: recordOf(functionOf("instead of the body"), "an object with a function per name of a step"),
  children: recordOf(anything, "an object with an output, or a function that gives it, per name of a workflow"),
});

const { limits, eviction, plugins, log, onCodeMismatch } = ENGINE_OPTIONS.EngineOptions.fields as Fields<
  Pick<TestEngineOptions, "limits" | "eviction" | "plugins" | "log" | "onCodeMismatch">
>;

export const TESTING_OPTIONS = {
  Mocks: MocksKind,
  TestEngineOptions: options<TestEngineOptions>(
    { workflows: workflowList, mocks: MocksKind, eviction, limits, plugins, log, onCodeMismatch },
    ["workflows"],
  ),
};
