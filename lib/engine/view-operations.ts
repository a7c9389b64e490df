/**
 * The operations of one generation, from its journal alone.
 *
 * Job: what was asked for, how it stands, what is waited for (D11). Boundary: nothing is replayed; what the kernel
 * settles without a delivery it says with a mark (SETTLED, DROP).
 *
 * An attempt counts once it may have begun: the first at once, the next when it is due by the last time that the
 * journal tells. An interrupted attempt that is repeated (at least once) is not counted twice, as its number is not.
 */
import type {
  AckEntry,
  Entry,
  ErrorObject,
  MarkEntry,
  Meta,
  Millis,
  OpDetails,
  OperationKind,
  Payload,
  TryEntry,
} from "../kernel/journal.ts";
import { parseKey } from "../kernel/keys.ts";
import { decode } from "../kernel/payload.ts";
import type { OperationStatus, OperationView, WaitView } from "../ports/client.ts";
import { defined } from "./defined.ts";
import { timeAfter } from "./journal-time.ts";

interface Tracked {
  readonly key: string;
  readonly kind: OperationKind;
  readonly name: string;
  readonly details: OpDetails;
  readonly meta: Meta | undefined;
  readonly startedAt: Millis;
  lastTry?: TryEntry;
  /** Another execution than the one that was asked for. */
  uses?: string;
  end?: End;
}

interface End {
  readonly status: OperationStatus;
  readonly at: Millis;
  readonly v?: Payload | undefined;
  readonly e?: ErrorObject | undefined;
}

type Asked = Pick<Tracked, "key" | "kind" | "name"> & {
  readonly d?: OpDetails | undefined;
  readonly m?: Meta | undefined;
};

const POLLING: ReadonlySet<OperationKind> = new Set(["STEP", "CONDITION"]);

export class OperationLog {
  readonly #operations = new Map<string, Tracked>();
  /** Time of the last delivery. */
  #now: Millis = 0;
  /** The latest time that the journal tells. */
  #latest: Millis = 0;
  #changed: string[] = [];

  constructor(generation: readonly Entry[]) {
    for (const entry of generation) this.add(entry);
  }

  /** Keys of the operations that the entry began, changed or ended. */
  add(entry: Entry): readonly string[] {
    this.#changed = [];
    this.#add(entry);
    return this.#changed;
  }

  view(key: string): OperationView | undefined {
    const operation = this.#operations.get(key);
    return operation && this.#view(operation);
  }

  /** In the order they were asked for. */
  views(): OperationView[] {
    return [...this.#operations.values()].map((operation) => this.#view(operation));
  }

  /** What is open and waits for time or for the outside. */
  waits({ id, path }: { readonly id: string; readonly path: string }): WaitView[] {
    const open = [...this.#operations.values()].filter((operation) => this.#isWait(operation));
    return open.map((operation) => ({ executionId: id, path, ...waitView(operation) }));
  }

  // ---- entries ------------------------------------------------------------------------------------------------

  #add(entry: Entry): void {
    this.#now = timeAfter(this.#now, entry);
    if ("at" in entry) this.#latest = Math.max(this.#latest, entry.at);
    switch (entry.t) {
      case "op":
        return this.#ask({ key: entry.k, kind: entry.kind, name: entry.n, d: entry.d, m: entry.m });
      case "mark":
        return this.#note(entry);
      case "ok":
        this.#end(entry.k, { status: "SUCCEEDED", at: entry.at, v: entry.v });
        for (const effect of entry.fx ?? []) {
          if (effect.t === "start")
            this.#ask({
              key: effect.k,
              kind: "CHILD",
              name: effect.d.workflow,
              d: { child: effect.d },
              m: effect.d.meta,
            });
        }
        return undefined;
      case "err":
        return this.#end(entry.k, { status: entry.status ?? "FAILED", at: entry.at, e: entry.e });
      case "try":
        return this.#try(entry);
      case "ack":
        return this.#acknowledge(entry);
      case "fire":
        return this.#end(entry.k, { status: "TIMED_OUT", at: entry.at });
      case "fin":
        return this.#dropAll();
      case "run":
      case "blocked":
      case "code":
      case "in":
      case "read":
        return undefined;
      default:
        return entry satisfies never;
    }
  }

  #ask({ d = {}, m, ...asked }: Asked): void {
    this.#changed.push(asked.key);
    this.#operations.set(asked.key, { ...asked, details: d, meta: m, startedAt: this.#now });
  }

  #acknowledge({ k, id, at }: AckEntry): void {
    const operation = this.#operations.get(k);
    if (operation === undefined) return;
    if (id !== undefined) operation.uses = id;
    if (operation.kind === "ATTACH" || operation.details.child?.awaited === true) this.#changed.push(k);
    else this.#end(k, { status: "SUCCEEDED", at });
  }

  #note({ k, kind, n, v, e }: MarkEntry): void {
    if (kind === "CONTEXT_END") this.#end(k, { status: e === undefined ? "SUCCEEDED" : "FAILED", at: this.#now, v, e });
    if (kind === "SETTLED") this.#end(k, { status: n === "cancelled" ? "CANCELLED" : "SUCCEEDED", at: this.#now });
    if (kind === "DROP" && e === undefined) this.#dropWithin(parseKey(k).scope, n);
  }

  /** A batch ended without this operation: neither it nor the contexts between them go on. */
  #dropWithin(batch: string, dropped: string): void {
    for (let key = dropped; key.length > batch.length; key = parseKey(key).scope) {
      this.#end(key, { status: "DROPPED", at: this.#now });
    }
  }

  #dropAll(): void {
    for (const key of this.#operations.keys()) this.#end(key, { status: "DROPPED", at: this.#now });
  }

  #try(entry: TryEntry): void {
    const operation = this.#operations.get(entry.k);
    if (operation === undefined) return;
    operation.lastTry = entry;
    this.#changed.push(entry.k);
  }

  /** What has ended stays as it ended. */
  #end(key: string, end: End): void {
    const operation = this.#operations.get(key);
    if (operation === undefined || operation.end !== undefined) return;
    operation.end = end;
    this.#changed.push(key);
  }

  // ---- views --------------------------------------------------------------------------------------------------

  #view(operation: Tracked): OperationView {
    const { key, kind, name, details, meta, startedAt, end } = operation;
    return {
      key,
      kind,
      name,
      startedAt,
      scope: parseKey(key).scope,
      status: end?.status ?? (this.#awaitsRetry(operation) ? "PENDING" : "STARTED"),
      attempts: this.#attempts(operation),
      ...(end?.v === undefined ? undefined : { result: decode(end.v) }),
      ...defined({ endedAt: end?.at, error: end?.e, childId: operation.uses ?? aboutExecution(details), meta }),
    };
  }

  #attempts(operation: Tracked): number {
    const { kind, lastTry, end } = operation;
    if (lastTry === undefined || !POLLING.has(kind)) return 1;
    const delivered = end?.status === "SUCCEEDED" || end?.e !== undefined;
    const begun = delivered || lastTry.due <= (end?.at ?? this.#latest);
    return lastTry.a + (begun ? 1 : 0);
  }

  /** A callback's signs of life are entries of this kind, too, and make no attempts. */
  #awaitsRetry({ kind, lastTry }: Tracked): boolean {
    return lastTry !== undefined && POLLING.has(kind) && lastTry.due > this.#latest;
  }

  #isWait(operation: Tracked): boolean {
    if (operation.end !== undefined) return false;
    switch (operation.kind) {
      case "STEP":
        return this.#awaitsRetry(operation);
      case "CHILD":
        return operation.details.child?.awaited === true;
      case "CONTEXT":
      case "REQUEST":
        return false;
      default:
        return true;
    }
  }
}

function waitView({
  key,
  kind,
  name,
  details,
  meta,
  startedAt,
  lastTry,
  uses,
}: Tracked): Omit<WaitView, "executionId" | "path"> {
  const { due, schema, callbackId } = details;
  const deadline = kind === "STEP" ? lastTry?.due : kind === "CALLBACK" ? silenceOr(due, details, lastTry) : due;
  return {
    operation: key,
    kind,
    name,
    since: startedAt,
    ...defined({ deadline, schema, callbackId, childId: uses ?? aboutExecution(details), meta }),
  };
}

/** A callback ends at its time, or when it has been silent for too long. */
function silenceOr(
  due: Millis | undefined,
  { heartbeatDue }: OpDetails,
  sign: TryEntry | undefined,
): Millis | undefined {
  const silence = sign?.due ?? heartbeatDue;
  return due === undefined || silence === undefined ? (due ?? silence) : Math.min(due, silence);
}

/** The execution that an operation starts, waits for or addresses. */
function aboutExecution({ child, target }: OpDetails): string | undefined {
  return child?.id ?? target;
}
