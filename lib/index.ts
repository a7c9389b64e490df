/** Treeline: workflows that run workflows. What an author and an operator import; grouped by layer. */

// Authoring
export { executeWorkflow, type ExecuteWorkflowOptions } from "./frontends/code/execute-workflow.ts";
export { workflow, type CodeWorkflowOptions } from "./frontends/code/workflow.ts";
export type * from "./kernel/context.ts";
export type {
  InputOf,
  OutputOf,
  Register,
  RetryPolicy,
  Trigger,
  Workflow,
  WorkflowFunction,
  WorkflowOptions,
} from "./kernel/definition.ts";
export type { Duration } from "./kernel/duration.ts";
export { createRetryStrategy, linearRetry, retryPresets, type RetryStrategy } from "./kernel/retry.ts";
export type { BatchItem, BatchResult, CompletionConfig } from "./kernel/completion.ts";
export type {
  CancellationType,
  ExecutionStatus,
  IdConflictPolicy,
  IdReusePolicy,
  Meta,
  OnTimeout,
  ParentClosePolicy,
  Usage,
} from "./kernel/journal.ts";
export type { StandardSchema } from "./kernel/schema.ts";
export * from "./kernel/errors.ts";

// Running and seeing
export { type Engine, openEngine } from "./homes/embedded/engine.ts";
export { createRemoteClient, type RemoteClient } from "./api/remote-client.ts";
export type { RemoteOptions } from "./api/remote-transport.ts";
export type { EngineLimits, EngineOptions } from "./homes/embedded/engine-options.ts";
export type * from "./ports/client.ts";
export type { Clock } from "./ports/clock.ts";
export type { LogLine, LogSink } from "./ports/log-sink.ts";
export type * from "./ports/plugin.ts";
