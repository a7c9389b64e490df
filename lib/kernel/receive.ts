/**
 * One mailbox (D10): waits for signals, children, callbacks and state, and takes what came first in journal order.
 *
 * A receive is one RECEIVE operation. Nothing is delivered to it but its deadline: it looks at its sources whenever
 * one of them has news, which is a delivery of its own, so replay looks at the same moments.
 */
import type {
  ExecutionHandle,
  Outcome,
  Received,
  ReceiveOptions,
  SignalWaitOptions,
  StateWaitOptions,
} from "./context.ts";
import { isHandle } from "./children.ts";
import { type Duration, toMillis } from "./duration.ts";
import { CancelledError, TreelineError, WaitTimeoutError } from "./errors.ts";
import type { ErrorObject, OpDetails, Payload } from "./journal.ts";
import type { Letter } from "./mailbox.ts";
import type { Machine } from "./machine.ts";
import type { AwaitedMail, Operation } from "./operation.ts";
import { decode } from "./payload.ts";
import { checkText } from "./plain.ts";
import type { StandardSchema } from "./schema.ts";
import type { Scope } from "./scope.ts";
import { decodeStateValues } from "./state.ts";
import { isThenable } from "./thenable.ts";

type StatePredicate = (state: Readonly<Record<string, unknown>>) => boolean;

/** An item of a source: its place in the journal, and how to take it; not yet while it is held against a schema. */
interface Found {
  readonly seq: number;
  readonly take?: () => unknown;
}

interface Source {
  find(): Found | undefined;
}

export function receive(machine: Machine, scope: Scope, options: ReceiveOptions): Promise<Received> {
  const signals = signalSchemas(options.signals);
  const names = [...signals.keys()];
  const children = (options.children ?? []).map((handle) => ({ handle, operation: childOperation(handle) }));
  const answers = Object.entries(options.callbacks ?? {}).map(([name, promise]) => ({
    name,
    operation: callbackOperation(promise),
  }));
  const operation = open(machine, scope, options.name ?? (names.join("|") || "receive"), {
    timeout: options.timeout,
    details: { names, ...shownSchema(machine, signals) },
    meta: options.meta,
    schemas: signals,
  });
  operation.onFire = () => machine.settleLocally(operation, () => ({ kind: "timeout" }));
  const sources: Source[] = [
    ...names.map((name) => signalSource(machine, operation, name, options.match)),
    ...children.map(({ handle, operation: child }) => childSource(handle, child)),
    ...answers.map(({ name, operation: callback }) => callbackSource(name, callback)),
    ...(options.state === undefined ? [] : [stateSource(machine, scope, options.state)]),
  ];
  listen(machine, operation, sources);
  // All of them: several may wait for the same child or callback.
  for (const { operation: source } of [...children, ...answers]) source.onSettled = () => machine.lookAgain();
  return operation.promise as Promise<Received>;
}

export function waitForSignal<T>(
  machine: Machine,
  scope: Scope,
  name: string,
  options: SignalWaitOptions<T>,
): Promise<T> {
  const signals = new Map([[name, options.schema]]);
  const details = { names: [name], ...shownSchema(machine, signals) };
  const operation = open(machine, scope, name, {
    timeout: options.timeout,
    details,
    meta: options.meta,
    schemas: signals,
  });
  const source = signalSource(machine, operation, name, undefined);
  operation.onFire = () => timedOut(machine, receiver, `signal ${name}`);
  const receiver = listen(machine, operation, [
    {
      find: () => {
        const { seq, take } = source.find() ?? {};
        if (seq === undefined || take === undefined) return seq === undefined ? undefined : { seq };
        return { seq, take: () => (take() as { payload: unknown }).payload };
      },
    },
  ]);
  return operation.promise as Promise<T>;
}

export function waitForState(
  machine: Machine,
  scope: Scope,
  predicate: StatePredicate,
  options: StateWaitOptions,
): Promise<void> {
  const operation = open(machine, scope, "state", { timeout: options.timeout, meta: options.meta });
  const source = stateSource(machine, scope, predicate);
  operation.onFire = () => timedOut(machine, receiver, "the state");
  const receiver = listen(machine, operation, [
    {
      find: () => {
        const found = source.find();
        return found && { seq: found.seq, take: () => undefined };
      },
    },
  ]);
  return operation.promise as Promise<void>;
}

interface OpenOptions {
  readonly timeout?: Duration | undefined;
  readonly details?: OpDetails;
  readonly meta?: ReceiveOptions["meta"] | undefined;
  readonly schemas?: AwaitedMail["schemas"];
}

function open(machine: Machine, scope: Scope, name: string, options: OpenOptions): Operation {
  const due = options.timeout === undefined ? undefined : { due: machine.now + toMillis(options.timeout, "timeout") };
  const operation = machine.request(scope, "RECEIVE", name, {
    details: { ...options.details, ...due },
    meta: options.meta,
  });
  if (options.schemas !== undefined) operation.mail = { schemas: options.schemas, asked: new Set(), read: new Map() };
  return operation;
}

interface Listening {
  readonly operation: Operation;
  readonly look: () => void;
}

function listen(machine: Machine, operation: Operation, sources: readonly Source[]): Listening {
  const receiver: Listening = {
    operation,
    look: () => {
      if (operation.settled !== "no") return;
      const take = machine.ask(() => firstOf(sources));
      if (take !== undefined) finish(machine, receiver, take);
    },
  };
  operation.onRead = (entry) => {
    if (entry.e !== undefined) refuse(machine, operation, entry.id, entry.e);
    else operation.mail?.read.set(entry.id, entry.v);
    receiver.look();
  };
  if (operation.settled === "no") {
    machine.receivers.add(receiver);
    operation.onSettled = () => machine.receivers.delete(receiver);
    receiver.look();
  }
  return receiver;
}

/** What the author's predicates throw is the answer of the wait that asked them, and of nobody else. */
function firstOf(sources: readonly Source[]): Found["take"] {
  try {
    return sources.map((source) => source.find()).reduce(earlier, undefined)?.take;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The losers' timers go with the operation. */
function finish(machine: Machine, receiver: Listening, value: () => unknown): void {
  machine.settleLocally(receiver.operation, value);
}

function timedOut(machine: Machine, receiver: Listening, what: string): void {
  machine.settleLocally(receiver.operation, () => {
    throw new WaitTimeoutError("wait_timed_out", `${machine.info.path}: the wait for ${what} timed out`);
  });
}

function earlier(a: Found | undefined, b: Found | undefined): Found | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.seq < a.seq ? b : a;
}

// ---- sources ----------------------------------------------------------------------------------------------------

function signalSource(machine: Machine, operation: Operation, name: string, match: ReceiveOptions["match"]): Source {
  const { mail } = operation;
  const schema = schemaOf(machine, mail, name);
  const wanted = (letter: Letter): boolean =>
    match === undefined || holds(match({ name, payload: decode(letter.entry.v) }), "match");
  return {
    find: () => {
      const letter = machine.mailbox.peek(name, wanted);
      if (letter === undefined) return undefined;
      const { seq, entry } = letter;
      const take = (payload: Payload | undefined): unknown => {
        machine.mailbox.take(letter);
        return { kind: "signal", name, payload: decode(payload) };
      };
      if (mail === undefined || schema === undefined) return { seq, take: () => take(entry.v) };
      if (mail.read.has(entry.id)) return { seq, take: () => take(mail.read.get(entry.id)) };
      // While replaying, the record tells what came out.
      if (machine.replaying || mail.asked.has(entry.id)) return { seq };
      mail.asked.add(entry.id);
      machine.read(operation, entry, schema);
      return { seq };
    },
  };
}

/** What the workflow itself declares was asked at the door. */
function schemaOf(machine: Machine, mail: AwaitedMail | undefined, name: string): StandardSchema | undefined {
  const schema = mail?.schemas.get(name);
  return schema === machine.options.workflow.signals?.[name] ? undefined : schema;
}

/** Recorded as dropped with the reason (D10); the next one is looked at. */
function refuse(machine: Machine, operation: Operation, id: string, e: ErrorObject): void {
  for (const name of operation.mail?.schemas.keys() ?? []) {
    const letter = machine.mailbox.find(name, id);
    if (letter === undefined) continue;
    machine.mailbox.take(letter);
    machine.mark(operation.scope, "DROP", name, { e });
  }
}

/** For those who look what it waits for (D11). Where it waits for several signals, each schema has its signal as title. */
function shownSchema(machine: Machine, signals: ReadonlyMap<string, StandardSchema | undefined>): OpDetails {
  const declared = machine.options.workflow.signals;
  const shown = [...signals].flatMap(([name, schema]): [string, unknown][] => {
    const described = machine.describe(schema ?? declared?.[name]);
    return described === undefined ? [] : [[name, described]];
  });
  const [first] = shown;
  if (first === undefined) return {};
  if (signals.size === 1) return { schema: first[1] };
  return { schema: { anyOf: shown.map(([name, described]) => ({ title: name, ...(described as object) })) } };
}

function childSource(handle: ExecutionHandle, operation: Operation): Source {
  const take = (): unknown => {
    // There is no such execution.
    if (operation.settled === "err") throw operation.value;
    return { kind: "child", handle, outcome: operation.value as Outcome };
  };
  return { find: () => (isAnswered(operation) ? { seq: operation.settledAt, take } : undefined) };
}

function isAnswered({ settled }: Operation): boolean {
  return settled === "ok" || settled === "err";
}

const childOperations = new WeakMap<ExecutionHandle, Operation>();

/** One operation per handle, however often it is received from. */
function childOperation(handle: ExecutionHandle): Operation {
  if (!isHandle(handle))
    throw new TreelineError("invalid_argument", "ctx.receive: children are handles from ctx.start or ctx.attach");
  let operation = childOperations.get(handle);
  // A wait that was cancelled or dropped tells nothing of the child.
  if (operation === undefined || operation.settled === "dropped" || operation.value instanceof CancelledError) {
    operation = handle.wait({});
    operation.wantsOutcome = true;
    operation.promise.catch(() => undefined);
    childOperations.set(handle, operation);
  }
  return operation;
}

/** Operation behind the promise that `createCallback` gave. */
const callbacks = new WeakMap<Promise<unknown>, Operation>();

export function rememberCallback(operation: Operation): void {
  callbacks.set(operation.promise, operation);
}

function callbackSource(name: string, operation: Operation): Source {
  return {
    find: () => {
      if (!isAnswered(operation)) return undefined;
      const result = operation.settled === "ok" ? { payload: operation.value } : { error: operation.value };
      return { seq: operation.settledAt, take: () => ({ kind: "callback", name, ...result }) };
    },
  };
}

function callbackOperation(promise: Promise<unknown>): Operation {
  const operation = callbacks.get(promise);
  if (operation === undefined)
    throw new TreelineError("invalid_argument", "ctx.receive: callbacks are promises of ctx.createCallback");
  return operation;
}

/** A promise is always true, so an asynchronous predicate would hold at once. */
function holds(answer: boolean, what: string): boolean {
  if (!isThenable(answer)) return answer;
  Promise.resolve(answer).catch(() => undefined);
  throw new TreelineError("invalid_argument", `${what} must not be asynchronous`);
}

function stateSource(machine: Machine, scope: Scope, predicate: StatePredicate): Source {
  return {
    find: () => {
      const state = decodeStateValues(scope.state.values);
      return holds(predicate(state), "the predicate of a state")
        ? { seq: machine.seq, take: () => ({ kind: "state", state }) }
        : undefined;
    },
  };
}

function signalSchemas(signals: ReceiveOptions["signals"]): Map<string, StandardSchema | undefined> {
  if (signals === undefined) return new Map();
  if (Array.isArray(signals)) {
    for (const name of signals) checkText(name, "the name of a signal");
    return new Map((signals as readonly string[]).map((name) => [name, undefined]));
  }
  return new Map(Object.entries(signals as Readonly<Record<string, StandardSchema>>));
}
