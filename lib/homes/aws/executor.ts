/**
 * The step executor: what a message of the queues makes happen.
 *
 * A message is deleted only when its execution parked and armed, or ended with its tail done, or was found ended and
 * the tail redone (R1). In every other case it comes back: `again`.
 */
import type { Millis } from "../../kernel/journal.ts";
import { toErrorObject } from "../../kernel/error-object.ts";
import { delay } from "./births.ts";
import type { AwsContext } from "./context.ts";
import { requestCancel } from "./doors.ts";
import { OPEN, redoTail, stopExecution } from "./endings.ts";
import { hasEnded, type Head, readHead } from "./head.ts";
import { findHead } from "./heads.ts";
import { executionOfHost, giveUp, hostEnded, keepHost } from "./host-keeper.ts";
import { parkedSince } from "./held-up.ts";
import { Invocation } from "./invocation.ts";
import { headKey } from "./keys.ts";
import { wayOf } from "./message-counts.ts";
import { type Message, parseMessage } from "./messages.ts";
import { Meter } from "./meter.ts";
import { meteredContext, settle } from "./metered.ts";
import { type Delivered, type Handled, MAX_DELAY_SECONDS, type Sending } from "./services.ts";
import type { Condition } from "./table.ts";

/** @throws what the services failed at; the message comes back then, too */
export async function handle(cx: AwsContext, delivered: Delivered): Promise<Handled> {
  const message = parseMessage(delivered.body);
  const { batch = 1 } = delivered;
  const { clock, settings } = cx;
  const meter = new Meter(ownerOf(message), { clock, memoryMb: settings.memoryMb, batch });
  const metered = meteredContext(cx, meter);
  const { whole, back } = wayOf(message, batch);
  meter.count(whole);
  let handled: Handled = "again";
  try {
    handled = await act(metered, message, delivered);
  } finally {
    if (handled === "again") meter.replace(whole, back);
    await settle(metered);
  }
  return handled;
}

function ownerOf(message: Message): string {
  return message.kind === "host" ? executionOfHost(message.name) : message.id;
}

async function act(cx: AwsContext, message: Message, delivered: Delivered): Promise<Handled> {
  switch (message.kind) {
    case "launch":
    case "wake":
    case "kick":
      return advance(cx, message.id, delivered);
    case "park":
      return stillParked(cx, message, delivered);
    case "stop":
      await stopExecution(cx, message.id, message.reason);
      return "done";
    case "cancel":
      return cancelled(cx, message, delivered);
    case "host":
      await hostEnded(cx, message.name, message.status);
      return "done";
    case "give-up":
      await giveUp(cx, message.id, message.reason);
      return "done";
  }
}

/** As `handle`; a failure is logged, with the execution it is about. */
export async function handleSafely(cx: AwsContext, delivered: Delivered): Promise<Handled> {
  try {
    return await handle(cx, delivered);
  } catch (error) {
    const { type, code, message, stack } = toErrorObject(error);
    cx.log({
      level: "error",
      message: `internal: ${type}: ${message}`,
      fields: { code, stack, messageId: delivered.messageId, body: delivered.body },
    });
    return "again";
  }
}

/** Takes the lease and runs it, or finds out why it cannot. */
async function advance(cx: AwsContext, id: string, delivered: Delivered): Promise<Handled> {
  const now = cx.clock.now();
  const { version, leaseMs } = cx.settings;
  const taken = await cx.table.update(
    headKey(id),
    {
      // What an expression reads is from before the write: whether the holder before gave its lease back.
      copy: { pl: { from: "lu", otherwise: 0 } },
      add: { ep: 1 },
      set: { lu: now + leaseMs, st: "RUNNING" },
      setOnce: { lv: version },
      remove: ["pt", "ppk", "psk", "due", "nb"],
    },
    mayLease(now, version),
  );
  if (taken.done) return new Invocation(cx, taken.item).run();
  if (taken.item === undefined) return unknown(cx, id);
  return refused(cx, readHead(taken.item), delivered);
}

function mayLease(now: Millis, version: string): Condition {
  return {
    all: [
      OPEN,
      { any: [{ lacks: "lu" }, { attribute: "lu", below: now }] },
      { any: [{ lacks: "nb" }, { attribute: "nb", below: now + 1 }] },
      { any: [{ lacks: "lv" }, { attribute: "lv", is: version }] },
    ],
  };
}

async function refused(cx: AwsContext, head: Head, delivered: Delivered): Promise<Handled> {
  if (hasEnded(head)) {
    await redoTail(cx, head);
    return "done";
  }
  const now = cx.clock.now();
  const { startAt } = head.statics;
  if (head.epoch === 0 && startAt !== undefined && startAt > now) return notYet(cx, head, startAt);
  if (head.pinned !== undefined && head.pinned !== cx.settings.version) {
    return handOver(cx, head.pinned, head, delivered);
  }
  return comeBack(cx, head.leaseUntil ?? now, delivered);
}

/** The other version counts the way of the message, too. */
async function handOver(cx: AwsContext, version: string, { executor }: Head, delivered: Delivered): Promise<Handled> {
  const handled = await cx.versions.handle(version, executor, delivered);
  const { whole, back } = wayOf(parseMessage(delivered.body), delivered.batch ?? 1);
  cx.meter?.replace(handled === "done" ? whole : back, { invocations: back.invocations ?? 0 });
  return handled;
}

/** Its holder looks again before it parks; should it die, this message is what takes it over (D28). */
async function comeBack(cx: AwsContext, leaseUntil: Millis, { receipt }: Delivered): Promise<Handled> {
  // At the end of the lease it still holds, and one receive more counts towards the dead letters.
  const seconds = Math.max(1, Math.ceil((leaseUntil + 1 - cx.clock.now()) / 1_000));
  await cx.queues.postpone(receipt, seconds);
  return "again";
}

/** It begins later than SQS holds a message back: Step Functions holds the rest. */
async function notYet(cx: AwsContext, head: Head, startAt: Millis): Promise<Handled> {
  const now = cx.clock.now();
  if (startAt - now > MAX_DELAY_SECONDS * 1_000) await keepHost(cx, head, startAt);
  else await cx.queues.send([launchAgain(cx, head, startAt)]);
  return "done";
}

function launchAgain({ clock, settings }: AwsContext, head: Head, startAt: Millis): Sending {
  return {
    queue: "launches",
    executor: head.executor,
    message: { kind: "launch", id: head.statics.id },
    ...delay(clock.now(), startAt, settings.hostAfterMs),
  };
}

/** Armed by a park: its deadline is due, or it has lasted (R2). Never dropped while it may be the only one left. */
async function stillParked(
  cx: AwsContext,
  { id, park }: Message & { kind: "park" },
  delivered: Delivered,
): Promise<Handled> {
  const head = await findHead(cx.table, id);
  if (head === undefined) return unknown(cx, id);
  const now = cx.clock.now();
  if (head.park !== park) {
    // Parked anew, it has armed another message. Ended, or with a holder: as for every message.
    return head.park !== undefined
      ? "done"
      : hasEnded(head)
        ? refused(cx, head, delivered)
        : advance(cx, id, delivered);
  }
  if (head.due !== undefined && head.due <= now) return advance(cx, id, delivered);
  await keepHost(cx, head, head.due);
  return parkedSince(cx.clock, now);
}

async function cancelled(
  cx: AwsContext,
  { id, reason, request }: Message & { kind: "cancel" },
  delivered: Delivered,
): Promise<Handled> {
  const head = await requestCancel(cx, id, reason, request);
  // Whoever holds it looks before it parks; but that may be this message's own consumer of before, who died (P4). It
  // may have died behind the end, too: then the tail is this message's to redo.
  return head === undefined ? "done" : advance(cx, id, delivered);
}

function unknown(cx: AwsContext, id: string): Handled {
  cx.log({ level: "warn", message: `a message for execution ${id}, which does not exist (any more)` });
  return "done";
}
