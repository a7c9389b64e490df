/** The plugin with an exporter in memory, and what is to be said of the traces that come out of it. */
import { BasicTracerProvider, type ReadableSpan, type Sampler, type Span } from "@opentelemetry/sdk-trace-base";
import type { Plugin } from "../../../lib/ports/plugin.ts";
import { openTelemetry, TreelineIdGenerator } from "../../../lib/plugins/opentelemetry/index.ts";
import type { TraceView } from "../../../lib/plugins/opentelemetry/stay.ts";
import { executionSpanId, operationSpanId, starterSpanId } from "../../../lib/plugins/opentelemetry/span-ids.ts";

export interface TracesOptions {
  readonly view?: TraceView;
  readonly ratio?: number;
  readonly sampler?: Sampler;
}

export class Traces {
  readonly ids = new TreelineIdGenerator();
  readonly ended: ReadableSpan[] = [];
  /** Begun and not ended. */
  readonly open = new Set<string>();
  readonly provider: BasicTracerProvider;
  /** The tracing one, and one that takes note of what may still be open at the end. */
  readonly plugins: readonly Plugin[];
  /** Spans that are yet to come: of executions and operations that have not ended. */
  readonly #pending = new Map<string, readonly string[]>();

  constructor({ view, ratio, sampler }: TracesOptions = {}) {
    this.provider = new BasicTracerProvider({
      idGenerator: this.ids,
      ...(sampler && { sampler }),
      spanProcessors: [
        {
          onStart: (span: Span) => void this.open.add(span.spanContext().spanId),
          onEnd: (span: ReadableSpan) => {
            this.open.delete(span.spanContext().spanId);
            this.ended.push(span);
          },
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
    });
    const traced = openTelemetry({
      ids: this.ids,
      tracerProvider: this.provider,
      ...(view && { view }),
      ...(ratio !== undefined && { ratio }),
    });
    this.plugins = [traced, this.#pendingPlugin()];
  }

  #pendingPlugin(): Plugin {
    return {
      name: "pending",
      onInvocationEnd: ({ executionId, generation, status, operations }) => {
        const open = [...operations.values()].filter(({ endedAt }) => endedAt === undefined);
        const ids = open.map(({ id: key, kind }) =>
          (kind === "CHILD" ? starterSpanId : operationSpanId)({ executionId, generation, key }),
        );
        const own = [executionSpanId(executionId, generation), executionSpanId(executionId)];
        const goesOn = status === "CONTINUED_AS_NEW" ? [executionSpanId(executionId, generation + 1)] : [];
        this.#pending.set(executionId, status === "PENDING" ? [...own, ...ids] : goesOn);
      },
    };
  }

  /** One trace per root, every parent is there (or yet to come), every span has ended, none came twice. */
  problems(): string[] {
    const spans = new Map(this.ended.map((span) => [span.spanContext().spanId, span]));
    const pending = new Set([...this.#pending.values()].flat());
    const orphans = this.ended.filter(
      ({ parentSpanContext: parent }) =>
        parent !== undefined && !spans.has(parent.spanId) && !pending.has(parent.spanId),
    );
    const strayed = this.ended.filter((span) => {
      const above = spans.get(span.parentSpanContext?.spanId ?? "");
      return above !== undefined && above.spanContext().traceId !== span.spanContext().traceId;
    });
    const roots = this.ended.filter(({ parentSpanContext }) => parentSpanContext === undefined);
    return [
      ...repeated(this.ended.map((span) => span.spanContext().spanId)).map((id) => `${this.#name(id)} came twice`),
      ...[...this.open].map((id) => `${id} has not ended`),
      ...orphans.map((span) => `${label(span)} hangs below nothing`),
      ...strayed.map((span) => `${label(span)} hangs in another trace`),
      ...repeated(roots.map((span) => span.spanContext().traceId)).map((id) => `trace ${id} has two roots`),
      ...repeated([...this.traceByRoot().values()].flatMap((ids) => [...ids])).map((id) => `trace ${id} has two trees`),
      ...[...this.traceByRoot()].filter(([, ids]) => ids.size !== 1).map(([root]) => `${root} has several traces`),
    ];
  }

  #name(id: string): string {
    return label(this.ended.find((span) => span.spanContext().spanId === id) as ReadableSpan);
  }

  traceByRoot(): Map<string, Set<string>> {
    const traces = new Map<string, Set<string>>();
    for (const span of this.ended) {
      const root = span.attributes["treeline.root.id"];
      if (typeof root !== "string") continue;
      traces.set(root, (traces.get(root) ?? new Set()).add(span.spanContext().traceId));
    }
    return traces;
  }

  named(name: string): ReadableSpan {
    const found = this.ended.filter((span) => span.name === name);
    const [only] = found;
    if (only === undefined || found.length > 1) throw new Error(`${found.length} spans are called ${name}`);
    return only;
  }

  /** `name STATUS` by line, indented below its parent; invocations only where they are asked for. */
  tree({ invocations = false } = {}): string[] {
    const shown = this.ended.filter((span) => invocations || !isInvocation(span));
    const below = Map.groupBy(shown, (span) => span.parentSpanContext?.spanId);
    const known = new Set(shown.map((span) => span.spanContext().spanId));
    const lines = (spans: readonly ReadableSpan[], depth: number): string[] =>
      spans
        .toSorted(byTime)
        .flatMap((span) => [
          `${"  ".repeat(depth)}${label(span)}`,
          ...lines(below.get(span.spanContext().spanId) ?? [], depth + 1),
        ]);
    return lines(
      shown.filter(({ parentSpanContext }) => !known.has(parentSpanContext?.spanId ?? "")),
      0,
    );
  }

  /**
   * All that may not depend on what was evicted, or restarted, when: not invocations, nor attempts, which may be made
   * again, nor the words of an error.
   */
  facts(): unknown[] {
    const spans = this.ended.filter((span) => !isInvocation(span) && !isAttempt(span));
    return spans
      .map((span) => ({
        name: span.name,
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        parentId: span.parentSpanContext?.spanId,
        start: span.startTime,
        end: span.endTime,
        attributes: span.attributes,
        status: span.status.code,
      }))
      .toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
  }

  isAttached(child: ReadableSpan, parent: ReadableSpan): boolean {
    return child.parentSpanContext?.spanId === parent.spanContext().spanId;
  }
}

export function linksOf(span: ReadableSpan): string[] {
  return span.links.map(({ context }) => context.spanId);
}

export function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId;
}

const STATUS = ["execution", "invocation", "operation"].map((of) => `treeline.${of}.status`);

function label({ name, attributes }: ReadableSpan): string {
  const status = [...STATUS, "treeline.attempt.outcome"].map((key) => attributes[key]).find(Boolean);
  return typeof status === "string" ? `${name} ${status}` : name;
}

function isInvocation({ attributes }: ReadableSpan): boolean {
  return attributes["treeline.invocation.id"] !== undefined;
}

function isAttempt({ attributes }: ReadableSpan): boolean {
  return attributes["treeline.attempt.number"] !== undefined;
}

function byTime(a: ReadableSpan, b: ReadableSpan): number {
  return a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1] || (a.name < b.name ? -1 : 1);
}

function repeated(items: readonly string[]): string[] {
  return [...new Set(items.filter((item, index) => items.indexOf(item) !== index))];
}
