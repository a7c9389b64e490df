/** Tests of workflows: in memory, time skipped, steps and children replaced by name, a crash wherever you like (D19). */
export { createTestEngine, type TestEngine, type TestEngineOptions } from "./test-engine.ts";
export type { Mocks } from "./mocks.ts";
export type { TestRun } from "./test-run.ts";
export { VirtualClock } from "./virtual-clock.ts";
