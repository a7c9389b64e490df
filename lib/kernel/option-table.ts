/**
 * Every option that an author of workflows can give, by the name of its type: the one place that says which there are
 * and what they may be. A type that gets a field gets a row here, or it does not compile; `test/structure` holds that
 * every public type of options is here or in the table of its own layer.
 */
import type { CompletionConfig } from "./completion.ts";
import type {
  BatchOptions,
  Branch,
  CallbackOptions,
  ConditionOptions,
  ContextOptions,
  ExecuteAllOptions,
  ExecuteOptions,
  MapOptions,
  ReceiveOptions,
  RequestOptions,
  ResultOptions,
  SignalWaitOptions,
  StartOptions,
  StateWaitOptions,
  StepOptions,
  WaitForCallbackOptions,
  WaitOptions,
} from "./context.ts";
import type { EventTrigger, RetryPolicy, ScheduleTrigger, WorkflowOptions } from "./definition.ts";
import type { CancellationType, IdConflictPolicy, IdReusePolicy, OnTimeout, ParentClosePolicy } from "./journal.ts";
import {
  anything,
  duration,
  either,
  type Fields,
  flag,
  flat,
  functionOf,
  identifier,
  issuesOf,
  type Kind,
  lifetime,
  listOf,
  meta,
  number,
  numberFrom,
  options,
  recordOf,
  someText,
  standardSchema,
  text,
  thing,
  wholeFrom,
  wholeOrInfinite,
  words,
} from "./options.ts";
import type { LinearRetryOptions } from "./retry.ts";

const RetryPolicyKind = options<RetryPolicy>({
  maxAttempts: wholeOrInfinite(1),
  initialDelay: duration,
  maxDelay: duration,
  backoffRate: numberFrom(1),
  jitter: words<NonNullable<RetryPolicy["jitter"]>>({ FULL: true, HALF: true, NONE: true }),
  nonRetryableTypes: listOf(text, "a list of the names of error types"),
});

const never: Kind = { allowed: "false", fits: (value) => value === false };
/** Of a step: a strategy is code, so it cannot be part of what is recorded of a child. */
const stepRetry = either(RetryPolicyKind, functionOf("of (error, attempt)"), never);

const CompletionKind = options<CompletionConfig>({
  minSuccessful: wholeFrom(1),
  toleratedFailureCount: wholeFrom(0),
  toleratedFailurePercentage: numberFrom(0, 100),
  shouldComplete: functionOf("of the counts"),
});

const start: Fields<StartOptions> = {
  name: text,
  id: identifier,
  idConflict: words<IdConflictPolicy>({ fail: true, use_existing: true, terminate_existing: true }),
  idReuse: words<IdReusePolicy>({ allow: true, allow_failed_only: true, reject: true }),
  parentClosePolicy: words<ParentClosePolicy>({ terminate: true, request_cancel: true, abandon: true }),
  executionTimeout: lifetime,
  retry: RetryPolicyKind,
  startDelay: duration,
  version: text,
  allowRecursion: flag,
  state: recordOf(anything, "a plain object, one value per key"),
  attributes: flat,
  summary: text,
  priority: number,
  meta,
};

const cancellationType = words<CancellationType>({
  wait_completed: true,
  wait_requested: true,
  try_cancel: true,
  abandon: true,
});
const onTimeout = words<OnTimeout>({ request_cancel: true, terminate: true, abandon: true });

const execute: Fields<ExecuteOptions> = { ...start, cancellationType, timeout: duration, onTimeout };

const batch: Fields<BatchOptions> = {
  maxConcurrency: wholeOrInfinite(1),
  completion: CompletionKind,
  nesting: words<NonNullable<BatchOptions["nesting"]>>({ NESTED: true, FLAT: true }),
  throwOnFailure: flag,
  meta,
};

const { name: _name, id: _id, meta: _meta, ...executeEach } = execute;

const callback: Fields<CallbackOptions> = {
  timeout: duration,
  heartbeatTimeout: duration,
  schema: standardSchema,
  meta,
};

const someTexts = listOf(someText, "a list of them");
const eventNames: Kind = { ...either(someText, someTexts), fits: (value) => isSomeNames(value) };
const isSomeNames = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && someTexts.fits(value) : someText.fits(value);

const signalNames = listOf(text, "a list of names of signals");
const isThenable = (value: unknown): boolean => typeof (value as { then?: unknown } | null)?.then === "function";
const isAnObject = (value: unknown): boolean => typeof value === "object" && value !== null;

const EventTriggerKind = options<EventTrigger>(
  {
    event: options<EventTrigger["event"]>(
      { source: eventNames, detailType: eventNames, detail: thing("an object", isAnObject), bus: someText },
      ["source", "detailType"],
    ),
    input: anything,
  },
  ["event"],
);
const ScheduleTriggerKind = options<ScheduleTrigger>(
  {
    schedule: thing(
      'a schedule ("rate(5 minutes)" or "cron(0 8 * * ? *)")',
      (value) => typeof value === "string" && /^(rate|cron)\(.+\)$/.test(value),
    ),
    input: anything,
  },
  ["schedule"],
);

/** Its field tells which of the two it is. */
const trigger: Kind = {
  allowed: "a trigger with either an event or a schedule",
  fits: (value) => triggerKind(value)?.fits(value) === true,
  issues: (value, path) => {
    const kind = triggerKind(value);
    return kind === undefined ? [] : issuesOf(kind, value, path);
  },
};

function triggerKind(value: unknown): Kind | undefined {
  if (!isAnObject(value)) return undefined;
  const { event, schedule } = value as Partial<EventTrigger & ScheduleTrigger>;
  if ((event === undefined) === (schedule === undefined)) return undefined;
  return event === undefined ? ScheduleTriggerKind : EventTriggerKind;
}

type NamedBranch = Exclude<Branch<unknown>, (...args: never) => unknown>;
const branchFunction = functionOf("(ctx) => …");

export const AUTHOR_OPTIONS = {
  RetryPolicy: RetryPolicyKind,
  LinearRetryOptions: options<LinearRetryOptions>({
    initialDelay: duration,
    increment: duration,
    maxAttempts: wholeOrInfinite(1),
  }),
  CompletionConfig: CompletionKind,
  StepOptions: options<StepOptions>({
    retry: stepRetry,
    timeout: duration,
    semantics: words<NonNullable<StepOptions["semantics"]>>({ "at-least-once": true, "at-most-once": true }),
    schema: standardSchema,
    meta,
  }),
  ConditionOptions: options<ConditionOptions<unknown>>(
    {
      initialState: anything,
      waitStrategy: functionOf("of (state, attempt)"),
      retry: stepRetry,
      timeout: duration,
      meta,
    },
    ["waitStrategy"],
  ),
  CallbackOptions: options<CallbackOptions>(callback),
  WaitForCallbackOptions: options<WaitForCallbackOptions>({ ...callback, retry: stepRetry }),
  WaitOptions: options<WaitOptions>({ meta }),
  StateWaitOptions: options<StateWaitOptions>({ meta, timeout: duration }),
  SignalWaitOptions: options<SignalWaitOptions>({ timeout: duration, schema: standardSchema, meta }),
  ReceiveOptions: options<ReceiveOptions>({
    signals: either(signalNames, recordOf(standardSchema, "an object with a schema per name")),
    children: listOf(thing("a handle from ctx.start or ctx.attach", isAnObject), "a list of handles"),
    callbacks: recordOf(
      thing("a promise of ctx.createCallback", isThenable),
      "an object with a promise of ctx.createCallback per name",
    ),
    state: functionOf("of the state"),
    timeout: duration,
    match: functionOf("of the signal"),
    name: text,
    meta,
  }),
  StartOptions: options<StartOptions>(start),
  ExecuteOptions: options<ExecuteOptions>(execute),
  ResultOptions: options<ResultOptions>({ timeout: duration, onTimeout, cancellationType, meta }),
  RequestOptions: options<RequestOptions>({ meta }),
  BatchOptions: options<BatchOptions>(batch),
  MapOptions: options<MapOptions<unknown>>({ ...batch, itemNamer: functionOf("of (item, index)") }),
  ExecuteAllOptions: options<ExecuteAllOptions<unknown>>({
    ...executeEach,
    ...batch,
    id: functionOf("of (input, index)"),
    name: text,
  }),
  ContextOptions: options<ContextOptions>({ meta }),
  Branches: listOf(
    either(options<NamedBranch>({ name: text, run: branchFunction }, ["name", "run"]), branchFunction),
    "a list of branches",
  ),
  WorkflowOptions: options<WorkflowOptions>(
    {
      name: someText,
      version: someText,
      compatibleWith: listOf(someText, "a list of versions"),
      description: text,
      executionTimeout: lifetime,
      retry: RetryPolicyKind,
      maxDepth: wholeFrom(0),
      allowRecursion: flag,
      retention: duration,
      executor: words<NonNullable<WorkflowOptions["executor"]>>({ short: true, long: true }),
      signals: recordOf(standardSchema, "an object with a schema per name"),
      triggers: listOf(trigger, "a list of triggers"),
    },
    ["name"],
  ),
  EventTrigger: EventTriggerKind,
  ScheduleTrigger: ScheduleTriggerKind,
};
