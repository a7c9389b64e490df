/** Whether an execution is another one, or stands above it. Heads are read only where the paths say that it may. */
import { type CircularRequest, circularRequest, type InTree, mayBeAbove } from "../../engine/own-line.ts";
import type { AwsContext } from "./context.ts";
import { findHead } from "./heads.ts";

/** @throws TreelineError `circular_request` */
export async function refuseCircle(cx: AwsContext, what: CircularRequest, own: InTree, target: InTree): Promise<void> {
  if (!mayBeAbove(target, own)) return;
  let at: InTree | undefined = own;
  while (at !== undefined && at.id !== target.id) {
    at = at.parentId === undefined ? undefined : (await findHead(cx.table, at.parentId))?.statics;
  }
  if (at !== undefined) throw circularRequest(what, own, target);
}
