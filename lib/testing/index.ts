/** Tests of workflows: in memory, time skipped, steps and children replaced by name, a crash wherever you like (D19); code checked against recorded journals. */
export { createTestEngine, type TestEngine, type TestEngineOptions } from "./test-engine.ts";
export type { Mocks } from "./mocks.ts";
export type { TestRun } from "./test-run.ts";
export { replay } from "./replay.ts";
export type { RecordedExecution, RecordedJournal, ReplayResult } from "../homes/replay-journal.ts";
export { VirtualClock } from "./virtual-clock.ts";
