/** What spans say: names and ids. Payloads (inputs, results, signals, data of errors) never. */
import type { Attributes } from "@opentelemetry/api";
import type { ExecutionStatus } from "../../kernel/journal.ts";
import type { AttemptInfo, InvocationInfo, OperationInfo } from "../../ports/plugin.ts";

/** On every span. */
function common({ executionId, rootId, workflow }: InvocationInfo): Attributes {
  return { "treeline.execution.id": executionId, "treeline.root.id": rootId, "treeline.workflow.name": workflow };
}

export function executionAttributes(info: InvocationInfo, status: ExecutionStatus): Attributes {
  return {
    ...common(info),
    "treeline.workflow.version": info.version,
    "treeline.execution.path": info.path,
    "treeline.execution.depth": info.depth,
    "treeline.execution.generation": info.generation,
    "treeline.execution.status": status,
    ...(info.parentId === undefined ? undefined : { "treeline.parent.id": info.parentId }),
    ...(info.parentOperation === undefined ? undefined : { "treeline.parent.operation": info.parentOperation }),
  };
}

export function invocationAttributes(info: InvocationInfo): Attributes {
  return {
    ...common(info),
    "treeline.execution.generation": info.generation,
    "treeline.invocation.id": info.invocationId,
    "treeline.invocation.first": info.isFirstInvocation,
  };
}

export function operationAttributes(invocation: InvocationInfo, info: OperationInfo): Attributes {
  const { subKind, childId } = info;
  return {
    ...common(invocation),
    "treeline.operation.key": info.id,
    "treeline.operation.kind": info.kind,
    "treeline.operation.name": info.name,
    "treeline.operation.status": info.status,
    "treeline.operation.attempts": info.attempt,
    ...(subKind === undefined ? undefined : { "treeline.operation.subkind": subKind }),
    ...(childId === undefined ? undefined : { "treeline.operation.child_id": childId }),
  };
}

export function attemptAttributes(invocation: InvocationInfo, info: AttemptInfo): Attributes {
  return {
    ...common(invocation),
    "treeline.operation.key": info.id,
    "treeline.operation.kind": info.kind,
    "treeline.operation.name": info.name,
    "treeline.attempt.number": info.attempt,
  };
}
