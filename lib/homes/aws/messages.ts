/** What travels through the queues: kinds and ids, never values (D4: `fmt`). */
import { TreelineError } from "../../kernel/errors.ts";

export const MESSAGE_FORMAT = 1;

/** Executor classes: how long an invocation may take. Each has its own queues, since the visibility timeout follows it. */
export type ExecutorClass = "short" | "long";

export type Message =
  /** A new execution; repeated, it looks whether there is anything to do. */
  | { readonly kind: "launch"; readonly id: string }
  /** Something that a parked execution waits for has happened. */
  | { readonly kind: "wake"; readonly id: string }
  /** Armed by every park (R2): is it still parked there? Its deadline, or its host, may be due. */
  | { readonly kind: "park"; readonly id: string; readonly park: number }
  /** The deadline of a Step Functions host. */
  | { readonly kind: "kick"; readonly id: string; readonly host: number }
  | { readonly kind: "stop"; readonly id: string; readonly reason: string }
  | { readonly kind: "cancel"; readonly id: string; readonly reason: string; readonly request: string }
  /** A host ended otherwise than by us: `name` is that of its Step Functions execution. */
  | { readonly kind: "host"; readonly name: string; readonly status: string }
  /** Its messages ended in a dead-letter queue (D28). */
  | { readonly kind: "give-up"; readonly id: string; readonly reason: string };

/** With what it tells of its way. */
export type Received = Message & { readonly of?: number };

const NEEDS: Readonly<Record<Message["kind"], readonly string[]>> = {
  launch: ["id"],
  wake: ["id"],
  park: ["id", "park"],
  kick: ["id", "host"],
  stop: ["id", "reason"],
  cancel: ["id", "reason", "request"],
  host: ["name", "status"],
  "give-up": ["id", "reason"],
};

/** @param of messages that are sent at once: they share a request */
export function toBody(message: Message, of = 1): string {
  return JSON.stringify({ fmt: MESSAGE_FORMAT, ...message, ...(of === 1 ? undefined : { of }) });
}

/** @throws TreelineError `message_unknown`: it stays in the queue, and reaches the dead-letter queue unread */
export function parseMessage(body: string): Received {
  const found = parseJson(body);
  const { fmt, kind } = found as { fmt?: unknown; kind?: unknown };
  if (fmt !== MESSAGE_FORMAT) throw unknown(`format ${String(fmt)} is not ${MESSAGE_FORMAT}`);
  const needs = typeof kind === "string" && Object.hasOwn(NEEDS, kind) ? NEEDS[kind as Message["kind"]] : undefined;
  if (needs === undefined) throw unknown(`there is no kind ${String(kind)}`);
  const missing = needs.find((name) => !["string", "number"].includes(typeof (found as Record<string, unknown>)[name]));
  if (missing !== undefined) throw unknown(`a ${String(kind)} without ${missing}`);
  return found as unknown as Received;
}

function parseJson(body: string): object {
  try {
    const found: unknown = JSON.parse(body);
    if (typeof found === "object" && found !== null) return found;
  } catch {
    // said below
  }
  throw unknown("it is not a JSON object");
}

function unknown(why: string): TreelineError {
  return new TreelineError("message_unknown", `a message of the queue cannot be read: ${why}`);
}
