/** Who else wants to hear of an end: executions that attached to it, and targets outside. */
import type { ErrorObject, FinEntry } from "../../kernel/journal.ts";
import { decode } from "../../kernel/payload.ts";
import { hashText } from "../../kernel/random.ts";
import type { CompletionTarget } from "./completion-target.ts";
import type { AwsContext } from "./context.ts";
import { hasEnded, type Head } from "./head.ts";
import { findHead } from "./heads.ts";
import { loadFin } from "./journal.ts";
import { headKey, ownPartition, WATCHERS_PREFIX } from "./keys.ts";
import type { EndReport, Sending } from "./services.ts";
import type { Condition, Item } from "./table.ts";

/** Errors of ours around somebody else's. */
const WRAPPERS = new Set(["StepError", "ChildExecutionError"]);

const IS_OPEN: Condition = { all: [{ has: "id" }, { lacks: "endAt" }] };

/** Leaves a target at an execution; told at once when that has ended. */
export async function notify(cx: AwsContext, id: string, target: CompletionTarget): Promise<void> {
  cx.meter?.isAbout(id);
  const text = JSON.stringify(target);
  await cx.table.put({ pk: ownPartition(id), sk: `${WATCHERS_PREFIX}!${hashText(text)}`, target: text });
  if (await markWatched(cx, id)) return;
  const head = await findHead(cx.table, id);
  const fin = head === undefined ? undefined : await loadFin(cx.table, head);
  if (head !== undefined && fin !== undefined && hasEnded(head)) await cx.targets.tell(target, reportOf(head, fin));
}

/** An end finds the mark, or the mark finds the end. */
export async function markWatched(cx: AwsContext, id: string): Promise<boolean> {
  const { done } = await cx.table.update(headKey(id), { set: { wt: 1 } }, IS_OPEN);
  return done;
}

export async function tellWatchers(cx: AwsContext, head: Head, fin: FinEntry): Promise<void> {
  if (!head.watched) return;
  const items = await cx.table.query({ pk: ownPartition(head.statics.id), prefix: WATCHERS_PREFIX, strong: true });
  const targets = items.filter(({ target }) => target !== undefined);
  const watchers = items.filter(({ target }) => target === undefined);
  await Promise.all([
    cx.queues.send(watchers.map(wake)),
    ...targets.map(({ target }) =>
      cx.targets.tell(JSON.parse(String(target)) as CompletionTarget, reportOf(head, fin)),
    ),
  ]);
}

function wake({ id, cls }: Item): Sending {
  return {
    queue: "completions",
    executor: cls === "long" ? "long" : "short",
    message: { kind: "wake", id: String(id) },
  };
}

function reportOf({ statics }: Head, fin: FinEntry): EndReport {
  const { id, publicId, namespace, workflow } = statics;
  const output = fin.status === "SUCCEEDED" ? decode(fin.v) : undefined;
  const { type, message, code } = originOf(fin.e) ?? {};
  return {
    executionId: id,
    publicId,
    namespace,
    workflow,
    status: fin.status,
    ...(output === undefined ? undefined : { output }),
    ...(type === undefined || message === undefined
      ? undefined
      : { error: { type, message, ...(code === undefined ? undefined : { code }) } }),
  };
}

/** What went wrong in the first place: who catches an error outside does so by its type, wherever it was thrown. */
function originOf(error: ErrorObject | undefined): ErrorObject | undefined {
  let origin = error;
  while (origin?.cause !== undefined && WRAPPERS.has(origin.type)) origin = origin.cause;
  return origin;
}
