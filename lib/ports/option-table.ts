/** Every option of a client's calls, by the name of its type; the same for every backend, and for clients elsewhere. */
import { AUTHOR_OPTIONS } from "../kernel/option-table.ts";
import type { ExecutionStatus } from "../kernel/journal.ts";
import {
  anything,
  check,
  either,
  type Fields,
  flag,
  flat,
  identifier,
  type Kind,
  listOf,
  number,
  options,
  someText,
  text,
  thing,
  wholeFrom,
  words,
} from "../kernel/options.ts";
import type {
  CallbackFailure,
  ClientStartOptions,
  EventFilter,
  EventType,
  ListFilter,
  SignalOptions,
} from "./client.ts";

export const STATUS_WORDS: Readonly<Record<ExecutionStatus, true>> = {
  PENDING: true,
  RUNNING: true,
  WAITING: true,
  SUCCEEDED: true,
  FAILED: true,
  TIMED_OUT: true,
  CANCELLED: true,
  STOPPED: true,
  CONTINUED_AS_NEW: true,
};

export const EVENT_WORDS: Readonly<Record<EventType, true>> = {
  "execution.started": true,
  "execution.succeeded": true,
  "execution.failed": true,
  "execution.timed_out": true,
  "execution.cancelled": true,
  "execution.stopped": true,
  "execution.continued_as_new": true,
  "execution.retrying": true,
  "execution.blocked": true,
  "execution.code_changed": true,
  "operation.started": true,
  "operation.attempt_failed": true,
  "operation.interrupted": true,
  "operation.polled": true,
  "operation.heartbeat": true,
  "operation.acknowledged": true,
  "operation.succeeded": true,
  "operation.failed": true,
  "operation.timed_out": true,
  "operation.cancelled": true,
  "operation.stopped": true,
  "operation.dropped": true,
  "context.succeeded": true,
  "context.failed": true,
  "signal.received": true,
  "cancel.requested": true,
  "state.changed": true,
  "document.updated": true,
  custom: true,
  "patch.marked": true,
};

export const namespaceKind: Kind = {
  allowed: "a namespace of 1 to 64 letters, digits, dots, dashes and underscores",
  fits: (value) => typeof value === "string" && /^[\w.-]{1,64}$/.test(value),
  json: { type: "string", pattern: String.raw`^[\w.-]{1,64}$` },
};

const { name: _name, parentClosePolicy: _policy, ...ofStart } = AUTHOR_OPTIONS.StartOptions.fields;
const startFields = { ...ofStart, namespace: namespaceKind } as Fields<ClientStartOptions>;

const status = words<ExecutionStatus>(STATUS_WORDS);
const eventTypes = listOf(words<EventType>(EVENT_WORDS), "a list of types of events");

export const CLIENT_OPTIONS = {
  ClientStartOptions: options<ClientStartOptions>(startFields),
  ListFilter: options<ListFilter>({
    workflow: text,
    status: either(status, listOf(status, "a list of them")),
    rootId: text,
    parentId: text,
    namespace: namespaceKind,
    startedAfter: number,
    startedBefore: number,
    attributes: flat,
    blocked: flag,
    limit: wholeFrom(1),
    cursor: text,
  }),
  EventFilter: options<EventFilter>({
    descendants: flag,
    after: text,
    follow: flag,
    types: eventTypes,
    workflow: text,
    parentId: text,
    signal: thing("an AbortSignal", (value) => value instanceof AbortSignal),
  }),
  SignalOptions: options<SignalOptions>({ signalId: identifier, namespace: namespaceKind }),
  CallbackFailure: options<CallbackFailure>({ type: someText, message: text, data: anything }, ["message"]),
};

/** @throws InvalidArgumentError */
export function checkPatch(patch: unknown, ifVersion: unknown): void {
  check(AUTHOR_OPTIONS.StartOptions.fields["state"] ?? anything, patch ?? null, "the patch");
  check(wholeFrom(0), ifVersion, "ifVersion");
}
