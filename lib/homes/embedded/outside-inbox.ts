/** Applies what processes without the file's ownership left for the owner (D21). */
import { messageOf } from "../../kernel/error-object.ts";
import type { InboxEntry } from "../../kernel/journal.ts";
import { decode } from "../../kernel/payload.ts";
import type { OutsideItem } from "./records.ts";
import type { Runtime } from "./runtime.ts";

/** What `body` holds, encoded by whoever left the item. */
export interface OutsideBody {
  readonly namespace: string;
  /** Accepted by the owner already, which could not bring the execution into memory. */
  readonly entry?: InboxEntry;
  /** The workflow was not loaded, so nobody knows yet whether the payload fits. */
  readonly unchecked?: boolean;
  readonly name?: string;
  readonly payload?: unknown;
  readonly reason?: string;
  readonly patch?: string;
  readonly ifVersion?: number;
  readonly callbackId?: string;
  readonly delivery?: "succeed" | "fail" | "heartbeat";
  readonly error?: { type?: string; message: string; data?: unknown };
}

/** @param executionId only what was left for this one */
export async function applyInbox(runtime: Runtime, executionId?: string): Promise<void> {
  for (const item of await runtime.store.inboxItems()) {
    if (executionId !== undefined && item.executionId !== executionId) continue;
    if (await mustWait(runtime, item)) continue;
    try {
      await applyItem(runtime, item);
    } catch (error) {
      const why = messageOf(error);
      runtime.log({
        level: "warn",
        message: `a ${whatOf(item)} left for execution ${item.executionId} was dropped: ${why}`,
      });
    }
    runtime.commits.inboxApplied(item.rowid);
    runtime.turns.poke();
  }
}

function whatOf({ kind, body }: OutsideItem): string {
  const { entry, name = entry?.n } = decode(body) as OutsideBody;
  return kind === "signal" && name !== undefined ? `signal ${name}` : kind;
}

/** Signals and the like for an execution that cannot be in memory now stay where they are until it can. */
async function mustWait(runtime: Runtime, item: OutsideItem): Promise<boolean> {
  const slot = runtime.slots.find(item.executionId);
  if (slot === undefined || item.kind === "stop" || item.kind === "cancel") return false;
  const session = await slot.hold(runtime.loaded(slot));
  const waits = session === undefined && slot.fin === undefined;
  if (waits) runtime.withInbox.add(slot.id);
  else runtime.withInbox.delete(slot.id);
  return waits;
}

async function applyItem(runtime: Runtime, item: OutsideItem): Promise<void> {
  const body = decode(item.body) as OutsideBody;
  const id = `outside:${item.rowid}:${item.at}`;
  const { postman } = runtime;
  const slot = runtime.slots.find(item.executionId);
  if (body.entry !== undefined && slot !== undefined) {
    const { entry } = body;
    if (entry.kind !== "signal" || body.unchecked !== true) return postman.append(slot, entry);
    return postman.signal(body.namespace, item.executionId, entry.n, decode(entry.v), entry.id);
  }
  switch (item.kind) {
    case "signal":
      return postman.signal(body.namespace, item.executionId, body.name ?? "", body.payload, id);
    case "cancel":
      return postman.cancel(body.namespace, item.executionId, body.reason ?? "", id);
    case "stop":
      return postman.stop(body.namespace, item.executionId, body.reason ?? "");
    case "patch":
      return postman.patch(body.namespace, item.executionId, body.patch ?? "{}", body.ifVersion, id);
    case "callback":
      return postman.completeCallback(body.callbackId ?? "", body);
  }
}
