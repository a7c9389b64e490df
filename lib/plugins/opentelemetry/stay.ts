/**
 * One invocation of an execution, as its spans see it: where in the trace each thing stands.
 *
 * The execution view hangs operations below their execution, once each, when they end. The invocation view hangs below
 * each invocation what it saw of them: an operation that several invocations saw has a span in each, linked to the first.
 */
import type { Link, Span } from "@opentelemetry/api";
import type { Millis } from "../../kernel/journal.ts";
import type { AttemptInfo, InvocationInfo, OperationInfo } from "../../ports/plugin.ts";
import { executionSpanId, operationSpanId, segmentSpanId, starterSpanId, startSpanId, traceIdOf } from "./span-ids.ts";
import { elsewhere } from "./tracing.ts";

export type TraceView = "execution" | "invocation";

export interface Place {
  readonly traceId: string;
  /** Absent: any. */
  readonly spanId?: string;
  readonly parentId: string;
  readonly links: readonly Link[];
  readonly at: Millis;
}

export class Stay {
  readonly info: InvocationInfo;
  readonly traceId: string;
  /** Of this generation. */
  readonly executionSpan: string;
  /** Begun and not ended, by operation. */
  readonly attempts = new Map<string, Span>();
  /** The invocation's own, where the trace is sampled. */
  span: Span | undefined;
  readonly #view: TraceView;
  /** Begun in an invocation before, and seen to go on in this one. */
  readonly #continued = new Set<string>();

  constructor(info: InvocationInfo, view: TraceView) {
    this.info = info;
    this.#view = view;
    this.traceId = traceIdOf(info.rootId);
    this.executionSpan = executionSpanId(info.executionId, info.generation);
  }

  get #invocationSpan(): string {
    return this.span?.spanContext().spanId ?? this.executionSpan;
  }

  /** Below the operation that started it; a later generation below the first. */
  get executionParent(): string | undefined {
    const { executionId, parentId, generation } = this.info;
    if (generation > 1) return executionSpanId(executionId);
    return parentId === undefined ? undefined : startSpanId(executionId);
  }

  /** The span of the generation before, to which a retry or a continue-as-new is linked. */
  get generationBefore(): readonly Link[] {
    const { executionId, generation } = this.info;
    return generation > 1 ? [this.#linkTo(executionSpanId(executionId, generation - 1))] : [];
  }

  continues(info: OperationInfo): void {
    this.#continued.add(info.id);
  }

  operation(info: OperationInfo): Place {
    const { id, kind, parentOperationId, startedAt } = info;
    const goesOn = this.#view === "invocation" && this.#continued.has(id);
    const around = this.#view === "execution" ? this.executionSpan : this.#invocationSpan;
    return {
      traceId: this.traceId,
      spanId: this.#operationSpan(info),
      parentId: parentOperationId === undefined ? around : this.#spanOf(parentOperationId),
      links: [
        this.#other,
        ...(goesOn ? [this.#linkTo(this.#onlySpan(info))] : []),
        ...(kind === "CHILD" ? [] : this.#target(info)),
      ],
      at: goesOn ? this.info.invokedAt : startedAt,
    };
  }

  attempt(info: AttemptInfo): Place {
    return {
      traceId: this.traceId,
      parentId: this.#operationSpan(info),
      links: [this.#other],
      at: info.attemptStartedAt,
    };
  }

  /** What the view does not show as an ancestor. */
  get #other(): Link {
    return this.#linkTo(this.#view === "execution" ? this.#invocationSpan : this.executionSpan);
  }

  /** The execution that an operation waits for or addresses, where its id tells that it is in the same tree. */
  #target({ childId }: OperationInfo): readonly Link[] {
    const { rootId } = this.info;
    const isOurs = childId !== undefined && (childId === rootId || childId.startsWith(`${rootId}-`));
    return isOurs ? [this.#linkTo(executionSpanId(childId))] : [];
  }

  #linkTo(spanId: string): Link {
    return { context: elsewhere(this.traceId, spanId) };
  }

  #spanOf(key: string): string {
    return this.#operationSpan(this.info.operations.get(key) ?? { id: key });
  }

  #operationSpan(info: Pick<OperationInfo, "id"> & Partial<OperationInfo>): string {
    const goesOn = this.#view === "invocation" && this.#continued.has(info.id);
    return goesOn ? segmentSpanId(this.#invocationSpan, info.id) : this.#onlySpan(info);
  }

  #onlySpan({ id: key, kind }: Pick<OperationInfo, "id"> & Partial<OperationInfo>): string {
    const { executionId, generation } = this.info;
    const place = { executionId, generation, key };
    return kind === "CHILD" ? starterSpanId(place) : operationSpanId(place);
  }
}
