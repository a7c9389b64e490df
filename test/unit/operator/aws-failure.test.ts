/** What AWS refuses is told so that a person knows what to do. */
import { describe, expect, it } from "vitest";
import { describeStack, outputOf } from "../../../lib/operator/stack.ts";
import { FakeAws } from "../../helpers/aws/fake-aws.ts";
import { Refusal } from "../../helpers/aws/fake-refusal.ts";

const DESCRIBE = "cloudformation:DescribeStacks";

async function refused(aws: FakeAws, settings: Parameters<FakeAws["clients"]>[0] = {}): Promise<unknown> {
  const { code, message } = await describeStack(aws.clients(settings).cloudFormation, "Orders").then(
    () => expect.unreachable("it was not refused"),
    (error: { code: string; message: string }) => error,
  );
  return `${code}: ${message}`;
}

describe("a stack", () => {
  it("tells its outputs, or those of the second Treeline in it", async () => {
    const aws = new FakeAws();
    aws.outputs["SecondApiUrl"] = "https://second.example.com/";
    const client = aws.clients().cloudFormation;
    expect(outputOf(await describeStack(client, "Orders"), "ApiUrl")).toBe("https://api.example.com/");
    const second = await describeStack(client, "Orders/Second");
    expect(second.outputs).toEqual({ ApiUrl: "https://second.example.com/" });
  });

  it("may not be there, or be no stack of Treeline's", async () => {
    const client = new FakeAws().clients().cloudFormation;
    await expect(describeStack(client, "Nobody")).rejects.toMatchObject({
      code: "stack_unknown",
      message: expect.stringContaining("--region"),
    });
    expect(() => outputOf({ name: "Other", outputs: {} }, "ApiUrl")).toThrow("stack Other has no output ApiUrl");
  });
});

describe("a refusal names the right, the cause and the way out", () => {
  it.each<[string, Refusal, RegExp]>([
    [
      "AccessDenied",
      new Refusal("AccessDenied", "User is not authorized", 403),
      /^aws_refused: .*lack cloudformation:DescribeStacks on stack Orders.*--help/,
    ],
    ["ExpiredToken", new Refusal("ExpiredToken", "The token is expired", 403), /^aws_refused: .*expired.*log in/],
    [
      "Throttling",
      new Refusal("Throttling", "Rate exceeded"),
      /^aws_failed: AWS throttles .*1 time.*run the command again/,
    ],
    ["InternalFailure", new Refusal("InternalFailure", "sorry", 500), /^aws_failed: .*InternalFailure: sorry/],
    ["ValidationError", new Refusal("ValidationError", "bad name"), /^aws_failed: .*bad name/],
  ])("%s", async (_code, refusal, said) => {
    const aws = new FakeAws();
    aws.fail(DESCRIBE, refusal);
    expect(await refused(aws)).toMatch(said);
  });

  it("of the SDK itself", async () => {
    const credentials = () =>
      Promise.reject(Object.assign(new Error("none found"), { name: "CredentialsProviderError" }));
    expect(await refused(new FakeAws(), { credentials })).toMatch(/^aws_refused: .*none found.*--profile/);
    const region = () => Promise.reject(new Error("Region is missing"));
    expect(await refused(new FakeAws(), { region })).toMatch(/^invalid_argument: .*AWS_REGION/);
  });
});
