/**
 * Opens and keeps the Step Functions hosts of waits that last: one at a time per execution, numbered. A host holds the
 * deadline of its wait and shows it in the console; nothing that wakes an execution depends on it.
 */
import type { Millis } from "../../kernel/journal.ts";
import type { AwsContext } from "./context.ts";
import { endWithoutCode, OPEN, stopExecution, wakeOf } from "./endings.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import { TreelineError } from "../../kernel/errors.ts";
import { hasEnded, type Head, readHead } from "./head.ts";
import { findHead } from "./heads.ts";
import { headKey } from "./keys.ts";
import { hostCounts } from "./metered.ts";
import type { Host } from "./services.ts";
import type { Condition } from "./table.ts";

/** For an execution that stands in `head.park`, or has not begun yet. */
export async function keepHost(cx: AwsContext, head: Head, due: Millis | undefined): Promise<void> {
  const now = cx.clock.now();
  const until = Math.min(due ?? Number.POSITIVE_INFINITY, now + cx.settings.longestHostMs);
  const { host } = head;
  if (host !== undefined && host.until > now && host.until <= until) {
    // Opened before, or marked by somebody who died before it was: of one name there is only one.
    if (head.token === undefined) await cx.hosts.open(hostOf(head, host.number, host.until, now), head.executor);
    return;
  }
  const number = (host?.number ?? 0) + 1;
  cx.meter?.expect(hostCounts(cx.meter.headBytes));
  const written = await cx.table.update(
    headKey(head.statics.id),
    { set: { ho: number, hu: until }, remove: ["ht"] },
    { all: [OPEN, stillWaits(head), noneSince(head)] },
  );
  if (!written.done) return;
  // The one before had another deadline. It may have left its token since the head was read.
  const token = written.old?.["ht"];
  if (token !== undefined) await cx.hosts.release(String(token));
  await cx.hosts.open(hostOf(readHead(written.item), number, until, now), head.executor);
}

/** Of two at once the slow one would forget the token of the host that the other has opened. */
function noneSince({ host }: Head): Condition {
  return host === undefined
    ? { lacks: "ho" }
    : {
        all: [
          { attribute: "ho", is: host.number },
          { attribute: "hu", is: host.until },
        ],
      };
}

function stillWaits({ park }: Head): Condition {
  return park === undefined ? { attribute: "ep", is: 0 } : { attribute: "pt", is: park };
}

function hostOf(head: Head, number: number, until: Millis, now: Millis): Host {
  const { id, workflow, path, rootId, parentId } = head.statics;
  return {
    name: `${id}-${number}`,
    input: {
      id,
      workflow,
      path,
      rootId,
      ...(parentId === undefined ? undefined : { parentId }),
      host: number,
      until: new Date(until).toISOString(),
      timeoutSeconds: Math.max(1, Math.ceil((until - now) / 1_000)),
      key: headKey(id),
    },
  };
}

export function executionOfHost(name: string): string {
  return name.slice(0, name.lastIndexOf("-"));
}

/** A host ended otherwise than by us. Aborted in the console, it takes its execution with it; lost, it is opened anew. */
export async function hostEnded(cx: AwsContext, name: string, status: string): Promise<void> {
  const id = executionOfHost(name);
  const head = await findHead(cx.table, id);
  if (head === undefined || hasEnded(head) || head.host?.number !== Number(name.slice(id.length + 1))) return;
  if (status === "ABORTED") return stopExecution(cx, id, "its Step Functions host was aborted");
  const until = head.host.until;
  await cx.table.update(
    headKey(id),
    { set: { hu: 0 }, remove: ["ht"] },
    { all: [OPEN, { attribute: "ho", is: head.host.number }] },
  );
  const again = await findHead(cx.table, id);
  if (again?.park === undefined) return;
  // Told late, its deadline has passed, and nobody else knows of it.
  if (until > cx.clock.now()) await keepHost(cx, again, again.due);
  else await cx.queues.send([wakeOf(again)]);
}

/** Its messages ended in a dead-letter queue: nobody will run it any more, so it fails, and its parent hears (D28). */
export function giveUp(cx: AwsContext, id: string, reason: string): Promise<void> {
  const words = `execution ${id} was interrupted too often: ${reason}. Look at the log of the executor for what ends it`;
  return endWithoutCode(cx, id, "FAILED", toErrorObject(new TreelineError("execution_interrupted", words)));
}
