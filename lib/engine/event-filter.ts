/** Which events a reader asked for. Decided from facts alone, before any payload is decoded. */
import type { EventFilter, ExecutionEvent } from "../ports/client.ts";
import type { HeadLike } from "./view.ts";

export type EventFacts = Pick<ExecutionEvent, "type" | "executionId" | "workflow" | "parentId">;

/** Gives the head of an execution of the tree; undefined where it is not known (any more). */
export type HeadLookup = (executionId: string) => HeadLike | undefined;

/** All but `after` and `follow`, which are matters of order and time. `executionId`: whose events they are. */
export function eventMatcher(
  executionId: string,
  filter: EventFilter,
  headOf: HeadLookup,
): (event: EventFacts) => boolean {
  const types = filter.types === undefined ? undefined : new Set(filter.types);
  const { workflow, parentId, descendants = true } = filter;
  return (event) =>
    (types === undefined || types.has(event.type)) &&
    (workflow === undefined || workflow === event.workflow) &&
    (parentId === undefined || parentId === event.parentId) &&
    (event.executionId === executionId || (descendants && isBelow(event.parentId, executionId, headOf)));
}

/** Goes up from a parent; a tree is at most as deep as the engine allows. */
function isBelow(parentId: string | undefined, ancestor: string, headOf: HeadLookup): boolean {
  for (let id = parentId; id !== undefined; id = headOf(id)?.parentId) if (id === ancestor) return true;
  return false;
}
