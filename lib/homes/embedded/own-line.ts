/** Whether an execution is another one, or stands above it. */
import { type CircularRequest, circularRequest, type InTree, mayBeAbove } from "../../engine/own-line.ts";
import type { TreelineError } from "../../kernel/errors.ts";
import type { Runtime } from "./runtime.ts";

/** @throws TreelineError `circular_request` */
export function refuseCircle(runtime: Runtime, what: CircularRequest, own: InTree, target: InTree): void {
  const circle = findCircle(runtime, what, own, target);
  if (circle !== undefined) throw circle;
}

/** @returns the refusal, where there is one */
export function findCircle(
  runtime: Runtime,
  what: CircularRequest,
  own: InTree,
  target: InTree,
): TreelineError | undefined {
  if (!mayBeAbove(target, own)) return undefined;
  let at: InTree | undefined = own;
  while (at !== undefined && at.id !== target.id) at = parentOf(runtime, at);
  return at === undefined ? undefined : circularRequest(what, own, target);
}

function parentOf(runtime: Runtime, { parentId }: InTree): InTree | undefined {
  if (parentId === undefined) return undefined;
  return runtime.slots.find(parentId)?.statics ?? runtime.store.head(parentId);
}
