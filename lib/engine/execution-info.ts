/** What the code of an execution may know of itself. */
import type { ExecutionInfo } from "../kernel/context.ts";
import type { ExecutionStatics } from "./statics.ts";

export function infoOf(statics: ExecutionStatics, generation: number, attempt: number): ExecutionInfo {
  return {
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
    ...(statics.parentId === undefined ? undefined : { parentId: statics.parentId }),
    ...(statics.parentOperation === undefined ? undefined : { parentOperation: statics.parentOperation }),
    ...(statics.priority === undefined ? undefined : { priority: statics.priority }),
    ...(statics.meta === undefined ? undefined : { meta: statics.meta }),
  };
}
