/**
 * Tells the plugins what happens. What they hear of operations is what readers of the journal see (view-operations.ts).
 *
 * A hook that throws is logged and changes nothing (10-4). Without plugins nothing here costs anything.
 */
import type { ExecutionInfo } from "../kernel/context.ts";
import { messageOf } from "../kernel/error-object.ts";
import type {
  Delivery,
  Entry,
  ErrorObject,
  ExecutionStatus,
  FinEntry,
  Millis,
  OpEntry,
  RunEntry,
} from "../kernel/journal.ts";
import { isThenable } from "../kernel/thenable.ts";
import { parseKey } from "../kernel/keys.ts";
import type { Operation } from "../kernel/operation.ts";
import { decode } from "../kernel/payload.ts";
import type {
  AttemptEndInfo,
  AttemptInfo,
  InvocationInfo,
  OperationEndInfo,
  OperationInfo,
  Plugin,
} from "../ports/plugin.ts";
import type { SessionHost } from "../ports/session-host.ts";
import { currentPlace, inPlace } from "./code-place.ts";
import { defined } from "./defined.ts";
import { Wrapped } from "./plugin-wrap.ts";
import { OperationLog } from "./view-operations.ts";

export interface ObserverOptions {
  readonly host: Pick<SessionHost, "plugins" | "clock" | "log">;
  readonly info: ExecutionInfo;
  readonly run: RunEntry;
  readonly history: readonly Entry[];
}

type AnyInfo = OperationInfo | OperationEndInfo;

export class Observer {
  readonly #options: ObserverOptions;
  readonly #plugins: readonly Plugin[];
  readonly #subKinds = new Map<string, OperationInfo["subKind"]>();
  /** Keys of the operations before, until it is told which of them begin again. */
  #resumed: string[] = [];
  readonly #replayed = new Set<string>();
  readonly #all = new Map<string, AnyInfo>();
  readonly #attemptStarts = new Map<string, Millis>();
  #log: OperationLog | undefined;
  #invocation: InvocationInfo | undefined;
  /** The generation that this one goes over into. */
  #next: RunEntry | undefined;
  #over = false;

  /** Without plugins all executions share one that says nothing. */
  static of(options: ObserverOptions): Observer {
    if (options.host.plugins.length > 0) return new Observer(options);
    silent ??= new Observer(options);
    return silent;
  }

  private constructor(options: ObserverOptions) {
    this.#options = options;
    this.#plugins = options.host.plugins;
  }

  /** It was ended where its code could not be had (K8). */
  static endedUnseen(options: ObserverOptions, fin: FinEntry): void {
    const observer = Observer.of(options);
    observer.invocation([], () => undefined);
    observer.appended(fin);
    observer.ended(fin.status, fin);
  }

  // ---- invocations --------------------------------------------------------------------------------------------

  /** @param arrived what came while it was not in memory, and is delivered in this invocation */
  invocation(arrived: readonly Delivery[], run: () => void): void {
    if (this.#plugins.length === 0) return run();
    this.#read();
    const info = this.#begun(arrived);
    this.#invocation = info;
    this.#each((plugin) => plugin.onInvocationStart?.(info));
    this.#resumed = [...this.#all.keys()];
    this.#wrap((plugin, next) => plugin.wrapInvocation?.(info, next), run);
  }

  /**
   * Tells what begins again: called when all that came during the absence has been taken in, since an operation that this
   * has ended does not begin again (10-18).
   */
  goesOn(): void {
    for (const key of this.#resumed.splice(0)) {
      const known = this.#all.get(key);
      if (known !== undefined && !hasEnded(known)) this.#each((plugin) => plugin.onOperationStart?.(known));
    }
  }

  ended(status: ExecutionStatus, fin?: FinEntry): void {
    if (this.#invocation === undefined || this.#over) return;
    if (status === "PENDING") this.goesOn();
    this.#over = true;
    const error = fin?.e ?? this.#next?.e;
    const info = {
      ...this.#invocation,
      status,
      endedAt: fin?.at ?? this.#options.host.clock.now(),
      ...(fin?.v === undefined ? undefined : { result: decode(fin.v) }),
      ...(error === undefined ? undefined : { error }),
    };
    this.#each((plugin) => plugin.onInvocationEnd?.(info));
  }

  #read(): void {
    const { run, history } = this.#options;
    const log = new OperationLog([run]);
    this.#log = log;
    for (const entry of history) {
      for (const key of this.#add(log, entry)) {
        this.#replayed.add(key);
        this.#note(key);
      }
    }
  }

  #begun(arrived: readonly Delivery[]): InvocationInfo {
    const { info, run, history, host } = this.#options;
    const { executionId, workflow, version, rootId, parentId, parentOperation, depth, path, generation, meta } = info;
    return {
      executionId,
      invocationId: `${executionId}:${generation}:${history.length}`,
      workflow,
      version,
      rootId,
      depth,
      path,
      generation,
      isFirstInvocation: history.length === 0,
      input: decode(run.input),
      startedAt: Math.max(run.at, run.due ?? 0),
      invokedAt: host.clock.now(),
      operations: this.#all,
      updated: this.#arrivals(arrived),
      ...defined({ parentId, parentOperation, meta }),
    };
  }

  /** Looks ahead: how the operations will stand whose results are about to be delivered. */
  #arrivals(arrived: readonly Delivery[]): readonly OperationEndInfo[] {
    const { run, history, host } = this.#options;
    if (history.length === 0) return [];
    const now = host.clock.now();
    const ahead = new OperationLog([run, ...history]);
    const fired = history.flatMap((entry): Delivery[] =>
      entry.t === "op" && isDue(entry, now) ? [{ t: "ok", k: entry.k, at: now }] : [],
    );
    const keys = [...fired, ...arrived].flatMap((entry) => ahead.add(entry));
    return keys.map((key) => this.#infoIn(ahead, key)).filter(hasEnded);
  }

  // ---- operations ---------------------------------------------------------------------------------------------

  appended(entry: Entry): void {
    if (this.#log === undefined) return;
    if (entry.t === "run") this.#next = entry;
    const { executionId } = this.#options.info;
    const updated = this.#add(this.#log, entry).map((key) => {
      const isNew = !this.#all.has(key);
      const info = this.#note(key);
      if (isNew) this.#each((plugin) => plugin.onOperationStart?.(info));
      if (hasEnded(info)) this.#each((plugin) => plugin.onOperationEnd?.(info));
      return info;
    });
    if (updated.length > 0)
      this.#each((plugin) => plugin.onOperationChange?.({ executionId, updated, all: this.#all }));
  }

  #add(log: OperationLog, entry: Entry): readonly string[] {
    if (entry.t === "op" && entry.kind === "CONTEXT") this.#subKinds.set(entry.k, this.#subKind(entry));
    return log.add(entry);
  }

  #subKind({ k, d }: OpEntry): OperationInfo["subKind"] {
    if (d?.sub !== undefined) return d.sub;
    const around = this.#subKinds.get(parseKey(k).scope);
    return around === "PARALLEL" || around === "MAP" ? "BRANCH" : "CHILD_CONTEXT";
  }

  #note(key: string): AnyInfo {
    const info = this.#infoIn(this.#log, key);
    this.#all.set(key, info);
    return info;
  }

  #infoIn(log: OperationLog | undefined, key: string): AnyInfo {
    const view = log?.view(key);
    if (view === undefined) throw new Error(`there is no operation ${key}`);
    const { key: id, scope, attempts, ...shown } = view;
    const subKind = this.#subKinds.get(key);
    const parent = this.#recordedAround(scope);
    return {
      executionId: this.#options.info.executionId,
      id,
      attempt: view.status === "PENDING" ? attempts + 1 : attempts,
      replay: this.#replayed.has(key),
      ...shown,
      ...(parent === undefined ? undefined : { parentOperationId: parent }),
      ...(subKind === undefined ? undefined : { subKind }),
    };
  }

  /** Shielded parts and flat branches have keys and no record. */
  #recordedAround(scope: string): string | undefined {
    for (let key = scope; key !== ""; key = parseKey(key).scope) if (this.#all.has(key)) return key;
    return undefined;
  }

  // ---- functions of the user ----------------------------------------------------------------------------------

  context<T>(key: string, replaying: boolean, run: () => T): T {
    const known = this.#all.get(key);
    if (known === undefined) return run();
    const info = { ...known, replayingChildren: replaying && known.replay };
    const place = currentPlace();
    return inPlace(undefined, () =>
      this.#wrap(
        (plugin, next) => plugin.wrapChildContextFn?.(info, next),
        () => inPlace(place, run),
      ),
    );
  }

  attempt<T>(operation: Operation, attempt: number, run: () => T): T {
    if (this.#log === undefined) return run();
    this.#attemptStarts.set(operation.key, this.#options.host.clock.now());
    const info = this.#attempt(operation, attempt);
    this.#each((plugin) => plugin.onOperationAttemptStart?.(info));
    return this.#wrap((plugin, next) => plugin.wrapOperationAttemptFn?.(info, next), run);
  }

  attemptEnded(
    operation: Operation,
    attempt: number,
    end: Pick<AttemptEndInfo, "outcome"> & {
      readonly error?: ErrorObject | undefined;
      readonly nextAttemptAt?: Millis;
    },
  ): void {
    if (this.#log === undefined) return;
    const { outcome, error, nextAttemptAt } = end;
    const info: AttemptEndInfo = {
      ...this.#attempt(operation, attempt),
      outcome,
      attemptEndedAt: this.#options.host.clock.now(),
      ...(error === undefined ? undefined : { error }),
      ...(nextAttemptAt === undefined ? undefined : { nextAttemptAt }),
    };
    this.#attemptStarts.delete(operation.key);
    this.#each((plugin) => plugin.onOperationAttemptEnd?.(info));
  }

  #attempt(operation: Operation, attempt: number): AttemptInfo {
    const info = this.#all.get(operation.key) ?? this.#infoIn(this.#log, operation.key);
    // Where it was interrupted by a crash, its beginning is not known here.
    return { ...info, attempt, attemptStartedAt: this.#attemptStarts.get(operation.key) ?? info.startedAt };
  }

  logFields(operation?: string, attempt?: number): Readonly<Record<string, unknown>> | undefined {
    if (this.#plugins.length === 0) return undefined;
    const fields: Record<string, unknown> = {};
    const where = {
      executionId: this.#options.info.executionId,
      ...(operation === undefined ? undefined : { operation }),
      ...(attempt === undefined ? undefined : { attempt }),
    };
    this.#each((plugin) => Object.assign(fields, plugin.enrichLogContext?.(where)));
    return fields;
  }

  // ---- calls --------------------------------------------------------------------------------------------------

  /** The first plugin is the outermost. */
  #wrap<T>(hook: (plugin: Plugin, next: () => T) => T | undefined, run: () => T): T {
    const wrapOne = (next: () => T, plugin: Plugin): (() => T) => {
      const wrapped = new Wrapped(next);
      return () =>
        wrapped.through(
          (once) => hook(plugin, once),
          (error) => this.#complain(plugin, error),
        );
    };
    return this.#plugins.toReversed().reduce(wrapOne, run)();
  }

  /** A hook is not workflow code, wherever it is called from. */
  #each(hook: (plugin: Plugin) => unknown): void {
    inPlace(undefined, () => this.#eachOutside(hook));
  }

  #eachOutside(hook: (plugin: Plugin) => unknown): void {
    for (const plugin of this.#plugins) {
      try {
        const result = hook(plugin);
        if (isThenable(result)) result.then(undefined, (error: unknown) => this.#complain(plugin, error));
      } catch (error) {
        this.#complain(plugin, error);
      }
    }
  }

  #complain(plugin: Plugin, error: unknown): void {
    const message = `plugin ${plugin.name} threw: ${messageOf(error)}`;
    this.#options.host.log({ level: "warn", message, executionId: this.#options.info.executionId });
  }
}

let silent: Observer | undefined;

function hasEnded(info: AnyInfo): info is OperationEndInfo {
  return info.endedAt !== undefined;
}

function isDue({ kind, d }: OpEntry, now: Millis): boolean {
  return kind === "WAIT" && d?.due !== undefined && d.due <= now;
}
