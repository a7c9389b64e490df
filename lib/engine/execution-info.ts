/** What the code of an execution may know of itself. */
import type { ExecutionInfo } from "../kernel/context.ts";
import type { Mutable } from "../kernel/mutable.ts";
import type { ExecutionStatics } from "./statics.ts";

export function infoOf(statics: ExecutionStatics, generation: number, attempt: number): ExecutionInfo {
  const info: Mutable<ExecutionInfo> = {
    executionId: statics.id,
    publicId: statics.publicId,
    namespace: statics.namespace,
    workflow: statics.workflow,
    version: statics.version,
    rootId: statics.rootId,
    depth: statics.depth,
    path: statics.path,
    generation,
    attempt,
  };
  const { parentId, parentOperation, priority, meta } = statics;
  if (parentId !== undefined) info.parentId = parentId;
  if (parentOperation !== undefined) info.parentOperation = parentOperation;
  if (priority !== undefined) info.priority = priority;
  if (meta !== undefined) info.meta = meta;
  return info;
}
