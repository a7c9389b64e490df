import { describe, expect, it } from "vitest";
import type { RetryPolicy } from "../../../lib/kernel/definition.ts";
import {
  ApplicationError,
  CancelledError,
  RemoteError,
  SerdesFailedError,
  StepError,
  ValidationError,
} from "../../../lib/kernel/errors.ts";
import {
  createRetryStrategy,
  decideRetry,
  linearRetry,
  retryPresets,
  type RetryStrategy,
  toPolicyData,
} from "../../../lib/kernel/retry.ts";

const error = new Error("flaky");
const never = (): number => {
  throw new Error("no randomness is needed here");
};

/** Delays after each attempt, until it gives up. */
function delays(policy: Parameters<typeof decideRetry>[0], random: () => number = () => 1, most = 20): number[] {
  const found: number[] = [];
  for (let attempt = 1; attempt <= most; attempt++) {
    const decision = decideRetry(policy, error, attempt, random);
    if (!decision.retry) return found;
    found.push(decision.delayMs);
  }
  return found;
}

describe("toPolicyData", () => {
  it("fills the gaps with the defaults", () => {
    const defaults = {
      maxAttempts: 3,
      initialDelayMs: 1_000,
      maxDelayMs: 60_000,
      backoffRate: 2,
      jitter: "FULL",
    };
    expect(toPolicyData(undefined)).toEqual(defaults);
    expect(toPolicyData({})).toEqual(defaults);
    expect(toPolicyData(retryPresets.default)).toEqual(defaults);
  });

  it("keeps what is given, in milliseconds, as plain data", () => {
    const policy: RetryPolicy = {
      maxAttempts: 5,
      initialDelay: "2s",
      maxDelay: { minutes: 5 },
      backoffRate: 1.5,
      jitter: "NONE",
      nonRetryableTypes: ["TypeError"],
    };
    const data = toPolicyData(policy);
    expect(data).toEqual({
      maxAttempts: 5,
      initialDelayMs: 2_000,
      maxDelayMs: 300_000,
      backoffRate: 1.5,
      jitter: "NONE",
      nonRetryableTypes: ["TypeError"],
    });
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  it("stores endless attempts as a number", () => {
    const data = toPolicyData({ maxAttempts: Number.POSITIVE_INFINITY, jitter: "NONE" });
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expect(decideRetry(data, error, 5_000, never)).toEqual({ retry: true, delayMs: 60_000 });
  });

  it.each<[string, object]>([
    ["maxAttempts", { maxAttempts: 0 }],
    ["maxAttempts", { maxAttempts: 1.5 }],
    ["maxAttempts", { maxAttempts: "3" }],
    ["initialDelay", { initialDelay: -1 }],
    ["maxDelay", { maxDelay: "soon" }],
    ["backoffRate", { backoffRate: 0.5 }],
    ["backoffRate", { backoffRate: Number.NaN }],
    ["backoffRate", { backoffRate: Number.POSITIVE_INFINITY }],
    ["jitter", { jitter: "full" }],
    ["nonRetryableTypes", { nonRetryableTypes: [TypeError] }],
    ["nonRetryableTypes", { nonRetryableTypes: "TypeError" }],
  ])("refuses a wrong %s", (field, policy) => {
    const refuse = () => toPolicyData(policy);
    expect(refuse).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(refuse).toThrow(field);
  });
});

describe("delays", () => {
  it("grow by the backoff rate up to the longest, for as many attempts as there are", () => {
    expect(delays(toPolicyData({ maxAttempts: 9, jitter: "NONE" }), never)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  it("follow requirement 1-13 with the preset awsDefault", () => {
    expect(delays(toPolicyData(retryPresets.awsDefault))).toEqual([5_000, 10_000, 20_000, 40_000, 60_000]);
  });

  it("have full jitter from nothing, half from the half", () => {
    const policy = (jitter: "FULL" | "HALF") => toPolicyData({ maxAttempts: 2, jitter });
    expect(delays(policy("FULL"), () => 0)).toEqual([0]);
    expect(delays(policy("FULL"), () => 0.25)).toEqual([250]);
    expect(delays(policy("HALF"), () => 0)).toEqual([500]);
    expect(delays(policy("HALF"), () => 0.5)).toEqual([750]);
  });

  it("of nothing stay nothing, however long it goes on", () => {
    const policy = toPolicyData({ initialDelay: 0, backoffRate: 10, maxAttempts: 1_000 });
    expect(decideRetry(policy, error, 999, () => 1)).toEqual({ retry: true, delayMs: 0 });
  });

  it("are the default's where there is no policy", () => {
    expect(delays(undefined)).toEqual([1_000, 2_000]);
  });

  it("of the other presets", () => {
    expect(delays(toPolicyData(retryPresets.none))).toEqual([]);
    expect(delays(toPolicyData(retryPresets.fixed), never)).toEqual([1_000, 1_000]);
  });
});

describe("an error is not retried", () => {
  it("with `false`", () => {
    expect(decideRetry(false, error, 1, never)).toEqual({ retry: false });
  });

  const always: RetryStrategy = () => ({ shouldRetry: true, delay: 0 });
  it.each([
    new ApplicationError("m", { nonRetryable: true }),
    new RemoteError({ type: "Declined", message: "m", nonRetryable: true }, undefined, {}),
    Object.assign(new Error("m"), { nonRetryable: true }),
    new ValidationError("m", []),
    new SerdesFailedError("m", "$"),
    new CancelledError("cancelled", "m"),
  ])("if it is final, whatever the policy: %s", (final) => {
    expect(decideRetry(undefined, final, 1, never)).toEqual({ retry: false });
    expect(decideRetry(always, final, 1, never)).toEqual({ retry: false });
    expect(createRetryStrategy()(final, 1)).toEqual({ shouldRetry: false });
  });

  it("if its name, type or class is listed", () => {
    class Declined extends Error {}
    const listed = toPolicyData({ nonRetryableTypes: ["TypeError", "Declined"] });
    const retried = (e: Error) => decideRetry(listed, e, 1, () => 1).retry;
    expect(retried(new TypeError("m"))).toBe(false);
    expect(retried(new Declined("m"))).toBe(false);
    expect(retried(new ApplicationError("m", { type: "Declined" }))).toBe(false);
    expect(retried(Object.assign(new Error("m"), { type: "Declined" }))).toBe(false);
    expect(retried(new RangeError("m"))).toBe(true);
    expect(retried(new StepError("step_failed", "m"))).toBe(true);
  });
});

describe("strategies", () => {
  it("decide by error and attempt, with a delay of any form", () => {
    const seen: unknown[] = [];
    const strategy: RetryStrategy = (e, attempt) => {
      seen.push([e, attempt]);
      return attempt < 3 ? { shouldRetry: true, delay: { seconds: attempt } } : { shouldRetry: false };
    };
    expect(delays(strategy, never)).toEqual([1_000, 2_000]);
    expect(seen).toEqual([1, 2, 3].map((attempt) => [error, attempt]));
  });

  it("with a wrong delay are refused", () => {
    const strategy = (() => ({ shouldRetry: true })) as unknown as RetryStrategy;
    expect(() => decideRetry(strategy, error, 1, never)).toThrow("delay of the retry strategy");
  });

  it("made of a policy have its jitter, and none when called directly", () => {
    const strategy = createRetryStrategy({ maxAttempts: 2, initialDelay: "10s" });
    expect(delays(strategy, () => 0.5)).toEqual([5_000]);
    expect(strategy(error, 1)).toEqual({ shouldRetry: true, delay: 10_000 });
    expect(strategy(error, 2)).toEqual({ shouldRetry: false });
  });

  it("linear ones grow by the same amount", () => {
    expect(delays(linearRetry(), never)).toEqual([1_000, 2_000]);
    expect(delays(linearRetry({ initialDelay: "5s", increment: "2s", maxAttempts: 4 }), never)).toEqual([
      5_000, 7_000, 9_000,
    ]);
    expect(() => linearRetry({ maxAttempts: 0 })).toThrow("maxAttempts");
  });
});
