/**
 * The context of one scope: turns an author's calls into requests to the machine. Holds no state of its own beyond
 * what it looks up often. What concerns children, receiving and batches stands in files of their own.
 */
import { executeAll, map, parallel } from "./batch.ts";
import { attach, execute, start } from "./children.ts";
import { runChildContext, runShielded } from "./child-context.ts";
import type {
  AnyWorkflow,
  BatchOptions,
  Branch,
  CallbackOptions,
  ConditionOptions,
  ContextOptions,
  ExecuteAllOptions,
  ExecuteOptions,
  ExecutionHandle,
  ExecutionInfo,
  Lineage,
  Logger,
  MapOptions,
  PromiseCombinators,
  Received,
  ReceiveOptions,
  SignalWaitOptions,
  StartOptions,
  StateApi,
  StateWaitOptions,
  StepContext,
  StepOptions,
  WaitForCallbackOptions,
  WaitOptions,
  WorkflowContext,
} from "./context.ts";
import type { BatchResult } from "./completion.ts";
import { type Duration, toMillis } from "./duration.ts";
import { CallbackSubmitterError, StepError, TreelineError } from "./errors.ts";
import type { OpDetails } from "./journal.ts";
import { callbackId } from "./keys.ts";
import type { Machine } from "./machine.ts";
import { AUTHOR_OPTIONS } from "./option-table.ts";
import { check, type Kind } from "./options.ts";
import { encode } from "./payload.ts";
import { checkText } from "./plain.ts";
import { uuidFrom } from "./random.ts";
import { receive, rememberCallback, waitForSignal, waitForState } from "./receive.ts";
import { checkReserved } from "./reserved.ts";
import type { Scope } from "./scope.ts";
import { scopeState } from "./scope-state.ts";

type StepFunction = (s: StepContext) => unknown;
type Check = (state: unknown, s: StepContext) => unknown;
type Submitter = (callbackId: string, s: StepContext) => Promise<void> | void;
type ContextFunction<T> = (ctx: WorkflowContext) => Promise<T> | T;

const combinators: PromiseCombinators = {
  all: (promises) => Promise.all(promises),
  allSettled: (promises) => Promise.allSettled(promises),
  any: (promises) => Promise.any(promises),
  race: (promises) => Promise.race(promises),
};

export class ContextApi implements WorkflowContext {
  readonly promise: PromiseCombinators = combinators;
  readonly #machine: Machine;
  readonly #scope: Scope;
  #state: StateApi | undefined;
  #logger: Logger | undefined;

  constructor(machine: Machine, scope: Scope) {
    this.#machine = machine;
    this.#scope = scope;
  }

  get info(): ExecutionInfo {
    return this.#machine.info;
  }

  get lineage(): Lineage {
    return this.#machine.info;
  }

  get state(): StateApi {
    this.#state ??= scopeState(this.#machine, this.#scope);
    return this.#state;
  }

  get logger(): Logger {
    this.#logger ??= scopeLogger(this.#machine, this.#scope);
    return this.#logger;
  }

  get cancellation(): AbortSignal {
    return this.#scope.signal;
  }

  get limits(): WorkflowContext["limits"] {
    const { operations, bytes } = this.#machine.usage;
    const at = this.#machine.options.continueAsNewAt;
    return { operations, bytes, continueAsNewSuggested: operations >= at.operations || bytes >= at.bytes };
  }

  // ---- steps --------------------------------------------------------------------------------------------------

  step<T>(name: string, fn: (s: StepContext) => Promise<T> | T, options?: StepOptions<T>): Promise<T>;
  step<T>(fn: (s: StepContext) => Promise<T> | T, options?: StepOptions<T>): Promise<T>;
  step<T>(first: string | StepFunction, second?: StepFunction | StepOptions<T>, third?: StepOptions<T>): Promise<T> {
    this.#use("ctx.step");
    const named = typeof first === "string";
    const name = named ? first : "step";
    const run = (named ? second : first) as StepFunction;
    requireFunction(run, "ctx.step", name);
    const options = given<StepOptions>(AUTHOR_OPTIONS.StepOptions, named ? third : second, "ctx.step", name);
    checkReserved(name, "step");
    const details: OpDetails | undefined = options.semantics === "at-most-once" ? { semantics: "once" } : undefined;
    const operation = this.#machine.request(this.#scope, "STEP", name, {
      ...(details === undefined ? undefined : { details }),
      meta: options.meta,
      body: { kind: "step", run, options },
    });
    return operation.promise as Promise<T>;
  }

  waitForCondition<S>(
    name: string,
    check: (state: S, s: StepContext) => Promise<S> | S,
    options: ConditionOptions<S>,
  ): Promise<S>;
  waitForCondition<S>(check: (state: S, s: StepContext) => Promise<S> | S, options: ConditionOptions<S>): Promise<S>;
  waitForCondition<S>(first: unknown, second: unknown, third?: unknown): Promise<S> {
    this.#use("ctx.waitForCondition");
    const named = typeof first === "string";
    const name = named ? first : "condition";
    const poll = (named ? second : first) as Check;
    requireFunction(poll, "ctx.waitForCondition", name);
    const options = given<ConditionOptions<unknown>>(
      AUTHOR_OPTIONS.ConditionOptions,
      (named ? third : second) ?? {},
      "ctx.waitForCondition",
      name,
    );
    const operation = this.#machine.request(this.#scope, "CONDITION", name, {
      details: { initial: encode(options.initialState, `initialState of ${name}`), ...this.#due(options.timeout) },
      meta: options.meta,
      body: { kind: "condition", check: poll, options },
    });
    return operation.promise as Promise<S>;
  }

  // ---- waiting ------------------------------------------------------------------------------------------------

  wait(duration: Duration): Promise<void>;
  wait(name: string, duration: Duration, options?: WaitOptions): Promise<void>;
  wait(...args: readonly [Duration] | readonly [string, Duration, (WaitOptions | undefined)?]): Promise<void> {
    this.#use("ctx.wait");
    const [name, duration, options] = args.length === 1 ? ["wait", args[0]] : args;
    check(AUTHOR_OPTIONS.WaitOptions, options, "ctx.wait", name);
    const ms = toMillis(duration, "ctx.wait");
    const due = this.#machine.now + ms;
    return this.#machine.request(this.#scope, "WAIT", name, { details: { due }, meta: options?.meta })
      .promise as Promise<void>;
  }

  createCallback<T = unknown>(
    name = "callback",
    options: CallbackOptions<T> = {},
  ): [promise: Promise<T>, callbackId: string] {
    this.#use("ctx.createCallback");
    check(AUTHOR_OPTIONS.CallbackOptions, options, "ctx.createCallback", name);
    const { executionId, generation } = this.#machine.info;
    const key = this.#scope.keys.next("CALLBACK", name);
    const id = callbackId(executionId, generation, key);
    const details: OpDetails = {
      callbackId: id,
      ...this.#due(options.timeout),
      ...this.#heartbeat(options.heartbeatTimeout),
      ...(options.schema === undefined ? undefined : { schema: this.#machine.describe(options.schema) }),
    };
    const operation = this.#machine.requestAs(this.#scope, key, "CALLBACK", name, { details, meta: options.meta });
    operation.schema = options.schema;
    rememberCallback(operation);
    return [operation.promise as Promise<T>, id];
  }

  waitForCallback<T = unknown>(name: string, submitter: Submitter, options?: WaitForCallbackOptions<T>): Promise<T>;
  waitForCallback<T = unknown>(submitter: Submitter, options?: WaitForCallbackOptions<T>): Promise<T>;
  waitForCallback<T>(first: string | Submitter, second?: unknown, third?: WaitForCallbackOptions<T>): Promise<T> {
    this.#use("ctx.waitForCallback");
    const named = typeof first === "string";
    const submitter = (named ? second : first) as Submitter;
    const label = named ? first : "callback";
    requireFunction(submitter, "ctx.waitForCallback", label);
    const options = given<WaitForCallbackOptions<T>>(
      AUTHOR_OPTIONS.WaitForCallbackOptions,
      named ? third : second,
      "ctx.waitForCallback",
      label,
    );
    const { retry, ...callbackOptions } = options;
    return runChildContext(
      this.#machine,
      this.#scope,
      named ? first : "waitForCallback",
      async (ctx) => {
        const [promise, id] = ctx.createCallback<T>("callback", callbackOptions);
        await submit(ctx, submitter, id, retry);
        return promise;
      },
      { meta: options.meta, sub: "WAIT_FOR_CALLBACK", wrap: false },
    );
  }

  waitForSignal<T = unknown>(name: string, options: SignalWaitOptions<T> = {}): Promise<T> {
    this.#use("ctx.waitForSignal");
    checkText(name, "the name of a signal");
    check(AUTHOR_OPTIONS.SignalWaitOptions, options, "ctx.waitForSignal", name);
    return waitForSignal(this.#machine, this.#scope, name, options);
  }

  receive(options: ReceiveOptions): Promise<Received> {
    this.#use("ctx.receive");
    check(AUTHOR_OPTIONS.ReceiveOptions, options ?? null, "ctx.receive");
    return receive(this.#machine, this.#scope, options);
  }

  waitForState(
    predicate: (state: Readonly<Record<string, unknown>>) => boolean,
    options: StateWaitOptions = {},
  ): Promise<void> {
    this.#use("ctx.waitForState");
    requireFunction(predicate, "ctx.waitForState", "state");
    check(AUTHOR_OPTIONS.StateWaitOptions, options, "ctx.waitForState");
    return waitForState(this.#machine, this.#scope, predicate, options);
  }

  // ---- scopes and batches -------------------------------------------------------------------------------------

  runInChildContext<T>(name: string, fn: ContextFunction<T>, options?: ContextOptions): Promise<T>;
  runInChildContext<T>(fn: ContextFunction<T>, options?: ContextOptions): Promise<T>;
  runInChildContext<T>(first: string | ContextFunction<T>, second?: unknown, third?: ContextOptions): Promise<T> {
    this.#use("ctx.runInChildContext");
    const named = typeof first === "string";
    const fn = (named ? second : first) as ContextFunction<T>;
    const name = named ? first : "context";
    requireFunction(fn, "ctx.runInChildContext", name);
    const { meta } = given<ContextOptions>(
      AUTHOR_OPTIONS.ContextOptions,
      named ? third : second,
      "ctx.runInChildContext",
      name,
    );
    return runChildContext(this.#machine, this.#scope, name, fn, { meta });
  }

  nonCancellable<T>(fn: ContextFunction<T>): Promise<T> {
    this.#use("ctx.nonCancellable");
    return runShielded(this.#machine, this.#scope, fn);
  }

  parallel(
    first: string | readonly Branch<unknown>[],
    second?: unknown,
    third?: BatchOptions,
  ): Promise<BatchResult<never>> {
    this.#use("ctx.parallel");
    const named = typeof first === "string";
    const branches = (named ? second : first) as readonly Branch<never>[];
    const name = named ? first : "parallel";
    const options = given<BatchOptions>(AUTHOR_OPTIONS.BatchOptions, named ? third : second, "ctx.parallel", name);
    return parallel(this.#machine, this.#scope, name, branches, options);
  }

  map<Item, T>(
    name: string,
    items: readonly Item[],
    fn: (ctx: WorkflowContext, item: Item, index: number) => Promise<T> | T,
    options?: MapOptions<Item>,
  ): Promise<BatchResult<T>>;
  map<Item, T>(
    items: readonly Item[],
    fn: (ctx: WorkflowContext, item: Item, index: number) => Promise<T> | T,
    options?: MapOptions<Item>,
  ): Promise<BatchResult<T>>;
  map<Item, T>(...args: unknown[]): Promise<BatchResult<T>> {
    this.#use("ctx.map");
    const name = typeof args[0] === "string" ? String(args.shift()) : "map";
    const [items, fn, options] = args as [
      readonly Item[],
      (ctx: WorkflowContext, item: Item, index: number) => Promise<T> | T,
      MapOptions<Item> | undefined,
    ];
    requireFunction(fn, "ctx.map", name);
    const checked = given<MapOptions<Item>>(AUTHOR_OPTIONS.MapOptions, options, "ctx.map", name);
    return map(this.#machine, this.#scope, name, items, fn, checked);
  }

  // ---- children -----------------------------------------------------------------------------------------------

  execute<W extends AnyWorkflow>(workflow: W, input: unknown, options: ExecuteOptions = {}): Promise<never> {
    this.#use("ctx.execute");
    return execute(this.#machine, this.#scope, workflow, input, options) as Promise<never>;
  }

  start<W extends AnyWorkflow>(
    workflow: W,
    input: unknown,
    options: StartOptions = {},
  ): Promise<ExecutionHandle<never>> {
    this.#use("ctx.start");
    return start(this.#machine, this.#scope, workflow, input, options) as Promise<ExecutionHandle<never>>;
  }

  attach<O = unknown>(executionId: string): ExecutionHandle<O> {
    return attach(this.#machine, this.#scope, executionId) as ExecutionHandle<O>;
  }

  executeAll<W extends AnyWorkflow, I>(
    workflow: W,
    inputs: readonly I[],
    options: ExecuteAllOptions<I> = {},
  ): Promise<BatchResult<never>> {
    this.#use("ctx.executeAll");
    return executeAll(this.#machine, this.#scope, workflow, inputs, options) as Promise<BatchResult<never>>;
  }

  // ---- facts --------------------------------------------------------------------------------------------------

  emit(type: string, data?: unknown): void {
    this.#use("ctx.emit");
    checkText(type, "the type of an event");
    this.#machine.mark(this.#scope, "EVENT", type, data === undefined ? {} : { v: encode(data, `event ${type}`) });
  }

  document(id: string, value: unknown): void {
    this.#use("ctx.document");
    checkText(id, "the id of a document");
    this.#machine.mark(this.#scope, "DOCUMENT", id, { v: encode(value, `document ${id}`) });
  }

  continueAsNew(input: unknown): Promise<never> {
    this.#use("ctx.continueAsNew");
    return this.#machine.continueAsNew(this.#scope, encode(input, "input of continueAsNew"));
  }

  patched(id: string): boolean {
    this.#use("ctx.patched");
    checkText(id, "the id of a patch");
    return this.#machine.patched(id);
  }

  now(): Date {
    this.#use("ctx.now");
    return new Date(this.#machine.now);
  }

  random(): number {
    this.#use("ctx.random");
    return this.#machine.random();
  }

  uuid(): string {
    this.#use("ctx.uuid");
    return uuidFrom(this.#machine.random);
  }

  /** @throws TreelineError `context_misplaced` */
  #use(call: string): void {
    this.#machine.use(this.#scope, call);
  }

  #heartbeat(timeout: Duration | undefined): Pick<OpDetails, "heartbeatMs" | "heartbeatDue"> {
    if (timeout === undefined) return {};
    const heartbeatMs = toMillis(timeout, "heartbeatTimeout");
    return { heartbeatMs, heartbeatDue: this.#machine.now + heartbeatMs };
  }

  #due(timeout: Duration | undefined): { due?: number } {
    return timeout === undefined ? {} : { due: this.#machine.now + toMillis(timeout, "timeout") };
  }
}

async function submit(
  ctx: WorkflowContext,
  submitter: Submitter,
  id: string,
  retry: WaitForCallbackOptions["retry"],
): Promise<void> {
  try {
    await ctx.step("submitter", (s) => submitter(id, s), retry === undefined ? {} : { retry });
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    throw new CallbackSubmitterError("callback_submitter_failed", `the callback's submitter failed: ${error.message}`, {
      cause: error,
    });
  }
}

function scopeLogger(machine: Machine, scope: Scope): Logger {
  return {
    debug: (message, fields) => machine.log("debug", message, fields, scope),
    info: (message, fields) => machine.log("info", message, fields, scope),
    warn: (message, fields) => machine.log("warn", message, fields, scope),
    error: (message, fields) => machine.log("error", message, fields, scope),
  };
}

/** What a caller gave as options, after a check. */
function given<T>(kind: Kind, options: unknown, call: string, name: string): T {
  check(kind, options, call, name);
  return (options ?? {}) as T;
}

function requireFunction(fn: unknown, call: string, name: string): void {
  if (typeof fn === "function") return;
  throw new TreelineError(
    "invalid_argument",
    `${call} "${name}": the function is missing; got ${fn === null ? "null" : typeof fn}`,
  );
}
