/**
 * The trace that a root was started from, in its meta: `traceparent` as W3C Trace Context has it.
 *
 * Its own trace is another one, and is linked to it: an execution may go on for years when the request that started it
 * is long over, and no process but the first would know the request's ids.
 */
import { context, isSpanContextValid, type Link, trace } from "@opentelemetry/api";
import type { Meta } from "../../kernel/journal.ts";

/** Meta for a start, so that the execution is linked to the span that is active now: `{ meta: traceMeta() }`. */
export function traceMeta(): Meta {
  const span = trace.getSpanContext(context.active());
  if (span === undefined || !isSpanContextValid(span)) return {};
  return { traceparent: `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}` };
}

const TRACEPARENT = /^[\da-f]{2}-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})/;

export function startedFrom(meta: Meta | undefined): Link | undefined {
  const { traceId, spanId, flags } = TRACEPARENT.exec(String(meta?.["traceparent"] ?? ""))?.groups ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const origin = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(origin) ? { context: origin } : undefined;
}
