/**
 * OpenTelemetry: one trace over a tree of executions.
 *
 * - Ids of traces, executions and operations are functions of execution ids and operation keys (span-ids.ts), so every
 *   process, replay and Lambda invocation hangs its spans below the same parents, and nothing is passed along. For that
 *   the tracer provider must have the plugin's id generator.
 * - Spans of executions and operations are made when they end, with the times of the journal: nothing is kept open over
 *   a wait of a year, and a replay makes none again. After a crash an end that was not durable is told again: its span
 *   comes again, with the same id.
 * - Invocations and attempts are live: the code of the workflow and the bodies of steps find them as the active span.
 * - An attempt that a crash cut off has no span; the next has one of its own.
 */
import { context, type Span, type SpanContext, TraceFlags, type TracerProvider } from "@opentelemetry/api";
import type { ExecutionStatus } from "../../kernel/journal.ts";
import type {
  AttemptEndInfo,
  AttemptInfo,
  InvocationEndInfo,
  InvocationInfo,
  OperationEndInfo,
  OperationInfo,
  Plugin,
} from "../../ports/plugin.ts";
import { attemptAttributes, executionAttributes, invocationAttributes, operationAttributes } from "./attributes.ts";
import type { TreelineIdGenerator } from "./id-generator.ts";
import { Stay, type TraceView } from "./stay.ts";
import { startedFrom } from "./trace-meta.ts";
import { elsewhere, endSpan, type SpanEnd, Tracing, within } from "./tracing.ts";

export interface OpenTelemetryOptions {
  /** The same that the tracer provider has as its `idGenerator`. */
  readonly ids: TreelineIdGenerator;
  /** @default the global one */
  readonly tracerProvider?: TracerProvider;
  /** The share of trees that is traced; a tree is traced whole or not at all. @default 1 */
  readonly ratio?: number;
  /** What operations hang below: their execution, once each, or every invocation that saw them. @default "execution" */
  readonly view?: TraceView;
}

export function openTelemetry(options: OpenTelemetryOptions): Plugin {
  return new OpenTelemetryPlugin(options);
}

class OpenTelemetryPlugin implements Plugin {
  readonly name = "opentelemetry";
  readonly #tracing: Tracing;
  readonly #ratio: number;
  readonly #view: TraceView;
  /** Executions in memory. */
  readonly #stays = new Map<string, Stay>();

  constructor({ ids, tracerProvider, ratio = 1, view = "execution" }: OpenTelemetryOptions) {
    this.#tracing = new Tracing(ids, tracerProvider);
    this.#ratio = ratio;
    this.#view = view;
  }

  flush(): Promise<void> {
    return this.#tracing.flush();
  }

  // ---- invocations and executions -----------------------------------------------------------------------------

  onInvocationStart(info: InvocationInfo): void {
    const stay = new Stay(info, this.#view);
    this.#stays.set(info.executionId, stay);
    // What has ended meanwhile ends in this invocation, too; it is not told as begun again.
    for (const known of info.operations.values()) if (known.endedAt === undefined) stay.continues(known);
    if (!this.#isTraced(stay.traceId)) return;
    stay.span = this.#tracing.begin({
      name: `${info.workflow} invocation`,
      traceId: stay.traceId,
      parentId: stay.executionSpan,
      links: [],
      attributes: invocationAttributes(info),
      at: info.invokedAt,
    });
  }

  wrapInvocation<T>({ executionId }: InvocationInfo, run: () => T): T {
    const stay = this.#stays.get(executionId);
    return stay === undefined ? run() : context.with(within(activeIn(stay, stay.span)), run);
  }

  onInvocationEnd(info: InvocationEndInfo): void {
    const { executionId, status, endedAt: at, error } = info;
    const stay = this.#stays.get(executionId);
    this.#stays.delete(executionId);
    if (stay?.span === undefined) return;
    this.#endOpen(stay, info);
    const end: SpanEnd = { at, outcome: outcomeOf(status), error };
    endSpan(stay.span, { ...end, attributes: { "treeline.invocation.status": status } });
    if (status !== "PENDING") this.#execution(stay, info, end);
  }

  /** Operations that the next invocation goes on with, or that nobody waits for in the next generation. */
  #endOpen(stay: Stay, { operations, status, endedAt }: InvocationEndInfo): void {
    const parks = status === "PENDING";
    if (parks && this.#view === "execution") return;
    for (const info of operations.values()) {
      if (info.endedAt !== undefined) continue;
      this.#operation(stay, parks ? info : { ...info, status: "DROPPED" }, { at: endedAt, outcome: "unset" });
    }
  }

  #execution(stay: Stay, info: InvocationEndInfo, end: SpanEnd): void {
    const origin = info.generation === 1 && info.parentId === undefined ? startedFrom(info.meta) : undefined;
    const span = this.#tracing.begin({
      name: info.workflow,
      traceId: stay.traceId,
      spanId: stay.executionSpan,
      parentId: stay.executionParent,
      links: [...stay.generationBefore, ...(origin === undefined ? [] : [origin])],
      attributes: executionAttributes(info, info.status),
      at: info.startedAt,
    });
    endSpan(span, end);
  }

  // ---- operations ---------------------------------------------------------------------------------------------

  onOperationEnd(info: OperationEndInfo): void {
    const stay = this.#stays.get(info.executionId);
    if (stay?.span === undefined) return;
    this.#operation(stay, info, { at: info.endedAt, outcome: outcomeOf(info.status), error: info.error });
  }

  #operation(stay: Stay, info: OperationInfo, end: SpanEnd): void {
    const name = nameOf(info);
    const attributes = operationAttributes(stay.info, info);
    endSpan(this.#tracing.begin({ ...stay.operation(info), name, attributes }), end);
  }

  // ---- attempts -----------------------------------------------------------------------------------------------

  onOperationAttemptStart(info: AttemptInfo): void {
    const stay = this.#stays.get(info.executionId);
    if (stay?.span !== undefined) stay.attempts.set(info.id, this.#attempt(stay, info));
  }

  #attempt(stay: Stay, info: AttemptInfo): Span {
    const name = `${nameOf(info)} attempt ${info.attempt}`;
    return this.#tracing.begin({ ...stay.attempt(info), name, attributes: attemptAttributes(stay.info, info) });
  }

  wrapOperationAttemptFn<T>({ executionId, id }: AttemptInfo, run: () => T): T {
    const stay = this.#stays.get(executionId);
    return stay === undefined ? run() : context.with(within(activeIn(stay, stay.attempts.get(id))), run);
  }

  onOperationAttemptEnd(info: AttemptEndInfo): void {
    const stay = this.#stays.get(info.executionId);
    if (stay?.span === undefined) return;
    // One that a crash cut off, and that is not made again: it was begun elsewhere.
    const span = stay.attempts.get(info.id) ?? this.#attempt(stay, info);
    stay.attempts.delete(info.id);
    endSpan(span, {
      at: info.attemptEndedAt,
      outcome: info.outcome === "SUCCEEDED" ? "ok" : "error",
      error: info.error,
      attributes: { "treeline.attempt.outcome": info.outcome },
    });
  }

  // ---- logs ---------------------------------------------------------------------------------------------------

  /** Names of OpenTelemetry's log data model. */
  enrichLogContext(where: { executionId: string; operation?: string; attempt?: number }): Record<string, string> {
    const stay = this.#stays.get(where.executionId);
    if (stay === undefined) return {};
    const attempt = where.operation === undefined ? undefined : stay.attempts.get(where.operation);
    const { traceId, spanId, traceFlags } = activeIn(stay, attempt ?? stay.span);
    return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags.toString(16).padStart(2, "0") };
  }

  /** By the trace's id, so that all processes decide the same. */
  #isTraced(traceId: string): boolean {
    return Number.parseInt(traceId.slice(0, 8), 16) < this.#ratio * 2 ** 32;
  }
}

/** What is not traced here must not begin traces of its own there: samplers that look at the parent see that it is not. */
function activeIn({ traceId, executionSpan }: Stay, span: Span | undefined): SpanContext {
  return span?.spanContext() ?? elsewhere(traceId, executionSpan, TraceFlags.NONE);
}

function nameOf({ kind, name }: OperationInfo): string {
  return `${kind.toLowerCase()} ${name}`;
}

function outcomeOf(status: ExecutionStatus | OperationEndInfo["status"]): SpanEnd["outcome"] {
  if (status === "SUCCEEDED") return "ok";
  return status === "FAILED" || status === "TIMED_OUT" || status === "STOPPED" ? "error" : "unset";
}
