/**
 * Shapes of what is answered, in its JSON form. They describe (openapi.ts) and are held against real answers by tests;
 * what is sent was made by us and is not checked again.
 */
import { z } from "zod";
import type { BlockedReason, ExecutionStatus, OperationKind, ParentClosePolicy } from "../kernel/journal.ts";
import type { EventType, OperationStatus } from "../ports/client.ts";
import { EVENT_WORDS, STATUS_WORDS } from "../ports/option-table.ts";

export const STATUSES = Object.keys(STATUS_WORDS) as ExecutionStatus[];
export const EVENT_TYPES = Object.keys(EVENT_WORDS) as EventType[];

const KINDS = [
  "STEP",
  "WAIT",
  "CALLBACK",
  "CONTEXT",
  "CONDITION",
  "CHILD",
  "ATTACH",
  "RECEIVE",
  "REQUEST",
] as const satisfies readonly OperationKind[];

const OPERATION_STATUSES = [
  "STARTED",
  "PENDING",
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "CANCELLED",
  "STOPPED",
  "DROPPED",
] as const satisfies readonly OperationStatus[];

const POLICIES = ["terminate", "request_cancel", "abandon"] as const satisfies readonly ParentClosePolicy[];

const text = z.string();
const count = z.int();
const millis = z.number().meta({ description: "Milliseconds since the epoch" });
const anything = z.unknown();
const flat = z.record(text, z.union([text, z.number(), z.boolean(), z.null()]));
const kind = z.enum(KINDS);

export const ErrorShape = z
  .object({
    type: text.meta({ description: "Class of the error" }),
    message: text,
    code: text.exactOptional().meta({ description: "Stable code, where the error is one of ours" }),
    data: anything.optional(),
    nonRetryable: z.boolean().exactOptional(),
    get cause() {
      return ErrorShape.exactOptional();
    },
    child: z.object({ executionId: text, workflow: text, status: text }).exactOptional(),
  })
  .meta({ id: "Error" });

const BLOCKED_REASONS = [
  "workflow_not_loaded",
  "version_not_loaded",
  "code_changed",
  "ends_process",
] as const satisfies readonly BlockedReason[];

const BlockedShape = z
  .object({
    reason: z.enum(BLOCKED_REASONS),
    since: millis,
    difference: text.meta({ description: "First difference between journal and code, or what is loaded instead" }),
  })
  .meta({ id: "Blocked", description: "Why it cannot go on with the code that is loaded" });

const viewFields = {
  id: text,
  publicId: text.meta({ description: "The user's own id, or the internal one" }),
  namespace: text,
  workflow: text,
  version: text,
  status: z.enum(STATUSES),
  createdAt: millis,
  endedAt: millis.exactOptional(),
  generation: count,
  attempt: count,
  parentId: text.exactOptional(),
  parentOperation: text.exactOptional(),
  parentClosePolicy: z.enum(POLICIES).exactOptional(),
  rootId: text,
  depth: count,
  path: text,
  attributes: flat.exactOptional(),
  summary: text.exactOptional(),
  priority: z.number().exactOptional(),
  meta: flat.exactOptional(),
  blocked: BlockedShape.exactOptional(),
};

export const ExecutionShape = z.object(viewFields).meta({ id: "Execution" });

const UsageShape = z
  .object({ operations: count, attempts: count, children: count, bytes: count })
  .meta({ id: "Usage" });

const DocumentShape = z.object({ id: text, value: anything.optional(), updatedAt: millis });

export const WaitShape = z
  .object({
    executionId: text,
    path: text,
    operation: text,
    kind: z.union([kind, z.literal("CODE")]),
    name: text,
    since: millis,
    deadline: millis.exactOptional(),
    schema: anything.optional().meta({ description: "JSON Schema of the payload, when the wait takes one" }),
    callbackId: text.exactOptional(),
    childId: text.exactOptional(),
    meta: flat.exactOptional(),
    blocked: BlockedShape.exactOptional(),
  })
  .meta({ id: "Wait" });

const OperationShape = z
  .object({
    key: text,
    kind,
    name: text,
    scope: text,
    status: z.enum(OPERATION_STATUSES),
    attempts: count,
    startedAt: millis,
    endedAt: millis.exactOptional(),
    result: anything.optional(),
    error: ErrorShape.exactOptional(),
    childId: text.exactOptional(),
    meta: flat.exactOptional(),
  })
  .meta({ id: "Operation" });

export const DetailShape = z
  .object({
    ...viewFields,
    input: anything.optional(),
    output: anything.optional(),
    error: ErrorShape.exactOptional(),
    state: z.record(text, anything),
    stateVersion: count,
    documents: z.array(DocumentShape),
    waits: z.array(WaitShape),
    operations: z.array(OperationShape),
    usage: UsageShape,
  })
  .meta({ id: "ExecutionDetail" });

export const ListShape = z.object({
  executions: z.array(ExecutionShape),
  cursor: text.exactOptional().meta({ description: "Hand it back to go on behind this page; absent on the last" }),
});

export const TreeShape = z
  .object({
    execution: ExecutionShape,
    get children() {
      return z.array(TreeShape);
    },
  })
  .meta({ id: "Tree" });

export const EventShape = z
  .object({
    id: text,
    cursor: text,
    type: z.enum(EVENT_TYPES),
    at: millis,
    executionId: text,
    runId: text,
    continuedRunId: text.exactOptional(),
    workflow: text,
    parentId: text.exactOptional(),
    rootId: text,
    depth: count,
    path: text,
    operation: text.exactOptional(),
    name: text.exactOptional(),
    kind: kind.exactOptional(),
    attempt: count.exactOptional(),
    data: anything.optional(),
    error: ErrorShape.exactOptional(),
    meta: flat.exactOptional(),
    ephemeral: z.literal(true).exactOptional(),
  })
  .meta({ id: "Event" });

export const EventPageShape = z.object({
  events: z.array(EventShape),
  cursor: text.exactOptional().meta({ description: "Hand it back as `after`" }),
  more: z.boolean().meta({ description: "There are more already: ask again at once" }),
  ended: z.boolean().meta({ description: "All that is followed has ended: there will be no more" }),
});

export const StartedShape = z.object({ executionId: text, publicId: text }).meta({ id: "Started" });

export const OutcomeShape = z.union([
  z.object({ ended: z.literal(false) }),
  z.object({
    ended: z.literal(true),
    executionId: text,
    workflow: text,
    status: z.enum(STATUSES),
    output: anything.optional(),
    error: ErrorShape.exactOptional(),
    state: z.record(text, anything),
    usage: UsageShape,
    meta: flat.exactOptional(),
  }),
]);

const CostFigures = z
  .object({
    usd: z.number(),
    writeUnits: z.number(),
    readUnits: z.number(),
    requests: z.number(),
    transitions: z.number(),
    invocations: z.number(),
    gbSeconds: z.number(),
  })
  .meta({ id: "CostFigures" });

export const CostShape = z
  .object({
    execution: CostFigures,
    subtree: CostFigures,
    prices: z.object({ date: text, region: text }),
  })
  .meta({ id: "Cost" });

/** What an execution, and all that is below it, has cost so far. */
export type Cost = z.infer<typeof CostShape>;

export const WorkflowShape = z
  .object({
    name: text,
    version: text,
    description: text.exactOptional(),
    input: anything.optional().meta({ description: "JSON Schema of what is passed, in its stored form" }),
    output: anything.optional().meta({ description: "JSON Schema of what comes back, in its stored form" }),
    signals: z
      .record(text, anything)
      .exactOptional()
      .meta({ description: "JSON Schemas of payloads; absent: any signal is taken" }),
    warnings: z.array(text).meta({ description: "Schemas that cannot be described" }),
  })
  .meta({ id: "Workflow" });

/** A workflow as the API tells it. */
export type WorkflowFacts = z.infer<typeof WorkflowShape>;

export const ProblemShape = z
  .object({
    type: text,
    title: text,
    status: count,
    detail: text,
    code: text.meta({ description: "Stable; for programs" }),
    issues: z.array(z.object({ path: text, message: text })).exactOptional(),
    error: anything.optional(),
    instance: text.exactOptional(),
  })
  .meta({ id: "Problem" });
