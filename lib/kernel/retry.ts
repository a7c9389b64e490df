/** Retries: policies as data (D8), strategies as functions, and the one decision over both. */
import { read } from "./causes.ts";
import type { RetryPolicy } from "./definition.ts";
import { toMillis, type Duration } from "./duration.ts";
import { errorType } from "./error-object.ts";
import { CancelledError, SerdesFailedError, TreelineError, ValidationError } from "./errors.ts";
import type { RetryPolicyData } from "./journal.ts";
import { AUTHOR_OPTIONS } from "./option-table.ts";
import { check } from "./options.ts";

/** Decides after a failure; `attempt` is the one that just failed, 1-based. */
export type RetryStrategy = (
  error: Error,
  attempt: number,
) => { shouldRetry: true; delay: Duration } | { shouldRetry: false };

export type RetryDecision = { readonly retry: true; readonly delayMs: number } | { readonly retry: false };

/** D8. */
const DEFAULTS = { maxAttempts: 3, initialDelay: 1_000, maxDelay: 60_000, backoffRate: 2, jitter: "FULL" } as const;

const STOP: RetryDecision = { retry: false };

/**
 * The policy with its gaps filled. `maxAttempts: Infinity` is stored as the largest number there is.
 * @throws TreelineError `invalid_argument`
 */
export function toPolicyData(policy: RetryPolicy = {}): RetryPolicyData {
  check(AUTHOR_OPTIONS.RetryPolicy, policy, "the retry policy");
  const { nonRetryableTypes } = policy;
  return {
    maxAttempts: toAttempts(policy.maxAttempts ?? DEFAULTS.maxAttempts),
    initialDelayMs: toMillis(policy.initialDelay ?? DEFAULTS.initialDelay, "initialDelay of the retry policy"),
    maxDelayMs: toMillis(policy.maxDelay ?? DEFAULTS.maxDelay, "maxDelay of the retry policy"),
    backoffRate: policy.backoffRate ?? DEFAULTS.backoffRate,
    jitter: policy.jitter ?? DEFAULTS.jitter,
    ...(nonRetryableTypes !== undefined && { nonRetryableTypes: [...nonRetryableTypes] }),
  };
}

function toAttempts(value: number): number {
  return value === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : value;
}

/**
 * What to do after `attempt` (1-based) failed with `error`. No policy means the default, `false` never.
 * An error that says it is final is believed whatever the policy or strategy.
 */
export function decideRetry(
  policy: RetryPolicyData | RetryStrategy | false | undefined,
  error: Error,
  attempt: number,
  random: () => number,
): RetryDecision {
  if (policy === false || isFinal(error)) return STOP;
  const data = typeof policy === "function" ? POLICIES.get(policy) : (policy ?? DEFAULT_POLICY);
  if (data !== undefined) return decideByPolicy(data, error, attempt, random);
  const decision = (policy as RetryStrategy)(error, attempt);
  if (typeof decision?.shouldRetry !== "boolean") {
    throw new TreelineError(
      "invalid_argument",
      "the retry strategy gave no { shouldRetry: true or false }; it must not be asynchronous",
    );
  }
  if (!decision.shouldRetry) return STOP;
  return { retry: true, delayMs: toMillis(decision.delay, "delay of the retry strategy") };
}

function decideByPolicy(data: RetryPolicyData, error: Error, attempt: number, random: () => number): RetryDecision {
  if (attempt >= data.maxAttempts || isListed(error, data.nonRetryableTypes)) return STOP;
  return { retry: true, delayMs: Math.round(jittered(backoff(data, attempt), data.jitter, random)) };
}

function isFinal(error: Error): boolean {
  if (read(error, "nonRetryable") === true) return true;
  return error instanceof ValidationError || error instanceof SerdesFailedError || error instanceof CancelledError;
}

function isListed(error: Error, types: readonly string[] | undefined): boolean {
  if (types === undefined) return false;
  const names = [read(error, "name"), errorType(error), read(error, "type")];
  return names.some((name) => typeof name === "string" && types.includes(name));
}

function backoff(data: RetryPolicyData, attempt: number): number {
  if (data.initialDelayMs === 0) return 0; // 0 × Infinity is not a number
  return Math.min(data.maxDelayMs, data.initialDelayMs * data.backoffRate ** (attempt - 1));
}

function jittered(delayMs: number, jitter: RetryPolicyData["jitter"], random: () => number): number {
  switch (jitter) {
    case "FULL":
      return delayMs * random();
    case "HALF":
      return delayMs * (0.5 + random() / 2);
    case "NONE":
      return delayMs;
  }
}

const DEFAULT_POLICY = toPolicyData();

/** Policies of the strategies made here, so that `decideRetry`, which has the randomness, gives them their jitter. */
const POLICIES = new WeakMap<RetryStrategy, RetryPolicyData>();

/** A policy as a function, to be called by a strategy of your own; then its delays are the longest, without jitter. */
export function createRetryStrategy(policy: RetryPolicy = {}): RetryStrategy {
  const data = toPolicyData(policy);
  const strategy: RetryStrategy = (error, attempt) => {
    const decision = isFinal(error) ? STOP : decideByPolicy(data, error, attempt, () => 1);
    return decision.retry ? { shouldRetry: true, delay: decision.delayMs } : { shouldRetry: false };
  };
  POLICIES.set(strategy, data);
  return strategy;
}

export interface LinearRetryOptions {
  /** @default 1 second */
  initialDelay?: Duration;
  /** Added after every attempt. @default 1 second */
  increment?: Duration;
  /** @default 3 */
  maxAttempts?: number;
}

/** Delays that grow by the same amount each time. */
export function linearRetry(options: LinearRetryOptions = {}): RetryStrategy {
  check(AUTHOR_OPTIONS.LinearRetryOptions, options, "the linear retry");
  const initialMs = toMillis(options.initialDelay ?? DEFAULTS.initialDelay, "initialDelay of the linear retry");
  const incrementMs = toMillis(options.increment ?? DEFAULTS.initialDelay, "increment of the linear retry");
  const maxAttempts = toAttempts(options.maxAttempts ?? DEFAULTS.maxAttempts);
  return (_error, attempt) =>
    attempt >= maxAttempts
      ? { shouldRetry: false }
      : { shouldRetry: true, delay: initialMs + incrementMs * (attempt - 1) };
}

export const retryPresets = {
  none: { maxAttempts: 1 },
  default: { ...DEFAULTS },
  /** What AWS does for a step that says nothing (requirement 1-13). */
  awsDefault: { maxAttempts: 6, initialDelay: 5_000, maxDelay: 60_000, backoffRate: 2, jitter: "FULL" },
  fixed: { maxAttempts: 3, initialDelay: 1_000, maxDelay: 1_000, backoffRate: 1, jitter: "NONE" },
} as const satisfies Readonly<Record<string, RetryPolicy>>;
