/** Makes spans of given ids below given parents, and ends them: all that the plugin asks of OpenTelemetry. */
import {
  type Attributes,
  type Context,
  diag,
  type HrTime,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api";
import type { ErrorObject, Millis } from "../../kernel/journal.ts";
import type { TreelineIdGenerator } from "./id-generator.ts";

export interface SpanPlan {
  readonly name: string;
  readonly traceId: string;
  /** Absent: any. */
  readonly spanId?: string;
  /** Absent: the root of its trace. */
  readonly parentId?: string | undefined;
  readonly links: readonly Link[];
  readonly attributes: Attributes;
  readonly at: Millis;
}

export interface SpanEnd {
  readonly at: Millis;
  /** `unset` where it is neither a success nor a fault: cancelled, dropped, goes on elsewhere. */
  readonly outcome: "ok" | "error" | "unset";
  readonly error?: ErrorObject | undefined;
  readonly attributes?: Attributes;
}

export class Tracing {
  readonly #ids: TreelineIdGenerator;
  readonly #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;
  #warned = false;

  constructor(ids: TreelineIdGenerator, provider: TracerProvider | undefined) {
    this.#ids = ids;
    this.#provider = provider;
  }

  begin({ name, traceId, spanId, parentId, links, attributes, at }: SpanPlan): Span {
    // The global provider may be set after the engine was opened.
    this.#tracer ??= (this.#provider ?? trace.getTracerProvider()).getTracer("treeline");
    const tracer = this.#tracer;
    const options = { links: [...links], attributes, startTime: hrTime(at) };
    const parent = parentId === undefined ? ROOT_CONTEXT : within(elsewhere(traceId, parentId));
    const begin = (): Span => tracer.startSpan(name, options, parent);
    if (spanId === undefined) return begin();
    const span = this.#ids.with({ traceId, spanId }, begin);
    if (span.isRecording() && span.spanContext().spanId !== spanId) this.#warn();
    return span;
  }

  /** Without its ids the spans are in one trace still, but hang below nothing. */
  #warn(): void {
    if (this.#warned) return;
    this.#warned = true;
    diag.warn(
      "treeline: spans do not get the ids that their children look for; give the tracer provider the same TreelineIdGenerator as the plugin, as its idGenerator",
    );
  }

  async flush(): Promise<void> {
    const provider = (this.#provider ?? trace.getTracerProvider()) as { forceFlush?: () => Promise<void> };
    await provider.forceFlush?.();
  }
}

export function endSpan(span: Span, { at, outcome, error, attributes }: SpanEnd): void {
  const time = hrTime(at);
  if (attributes !== undefined) span.setAttributes(attributes);
  if (error !== undefined) {
    const { type, code, message, stack } = error;
    span.setAttributes({ "error.type": type, ...(code === undefined ? undefined : { "treeline.error.code": code }) });
    span.recordException({ name: type, message, ...(stack === undefined ? undefined : { stack }) }, time);
  }
  if (outcome === "ok") span.setStatus({ code: SpanStatusCode.OK });
  if (outcome === "error") span.setStatus({ code: SpanStatusCode.ERROR, ...(error && { message: error.message }) });
  span.end(time);
}

/** Of a span that another process may have made, or that will be made only when it ends. */
export function elsewhere(traceId: string, spanId: string, traceFlags: TraceFlags = TraceFlags.SAMPLED): SpanContext {
  return { traceId, spanId, traceFlags, isRemote: true };
}

/** Nothing of the caller's: what runs here was begun by the engine, at a time of its own. */
export function within(span: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, span);
}

/** A number would be taken for an offset of the process when it is small, as virtual clocks are. */
function hrTime(ms: Millis): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
}
