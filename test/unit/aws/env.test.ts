/** The contract between the stack and its functions. */
import { describe, expect, it } from "vitest";
import { type AwsSettings, readEnv, toVariables } from "../../../lib/homes/aws/env.ts";

const SETTINGS: AwsSettings = {
  table: "table",
  queues: {
    short: { launches: "sl", completions: "sc" },
    long: { launches: "ll", completions: "lc" },
  },
  hostArn: "arn",
  executorClass: "long",
  leaseSeconds: 31,
  lingerMs: 500,
  hostAfterSeconds: 60,
  longestHostSeconds: 86_400,
  interruptions: 10,
  unitMs: 50,
};

describe("the environment", () => {
  it("is read as it was written, with what Lambda adds", () => {
    const lambda = { AWS_LAMBDA_FUNCTION_NAME: "f", AWS_LAMBDA_FUNCTION_VERSION: "7" };
    expect(readEnv({ ...toVariables(SETTINGS), ...lambda })).toEqual({
      ...SETTINGS,
      functionName: "f",
      functionVersion: "7",
    });
  });

  it.each(Object.keys(toVariables(SETTINGS)).filter((name) => name !== "TREELINE_UNIT_MS"))(
    "without %s is refused by its name",
    (name) => {
      const { [name]: _, ...others } = toVariables(SETTINGS);
      expect(() => readEnv(others)).toThrow(new RegExp(`^the environment variable ${name} is missing`));
    },
  );

  it.each([
    ["TREELINE_LEASE_SECONDS", "soon", /must be a number of 0 or more, and is "soon"/],
    ["TREELINE_LINGER_MS", "", /must be a number/],
    ["TREELINE_UNIT_MS", "-1", /must be a number/],
    ["TREELINE_EXECUTOR_CLASS", "tall", /must be "short" or "long", and is "tall"/],
  ])("with %s=%s is refused", (name, value, message) => {
    expect(() => readEnv({ ...toVariables(SETTINGS), [name]: value })).toThrow(message);
  });
});
