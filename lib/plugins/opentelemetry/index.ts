/** OpenTelemetry: one trace over a tree of executions, whatever processes it runs in (plugin.ts says how). */
export { TreelineIdGenerator, type IdGenerator } from "./id-generator.ts";
export { openTelemetry, type OpenTelemetryOptions } from "./plugin.ts";
export { traceMeta } from "./trace-meta.ts";
