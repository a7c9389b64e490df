/** What the props of the construct do. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { AuthorizationType } from "aws-cdk-lib/aws-apigateway";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { describe, expect, it } from "vitest";
import { readEnv } from "../../lib/homes/aws/env.ts";
import { TreelineError } from "../../lib/kernel/errors.ts";
import { references, synthesize, type Synthesized } from "./synth.ts";

const only = ({ ofType }: Synthesized, type: string, part: string): Record<string, any> => {
  const found = [...ofType(type)].filter(([id]) => id.includes(part));
  expect(found).toHaveLength(1);
  return found[0]![1].Properties;
};
const variables = (made: Synthesized, part: string): Record<string, string> =>
  only(made, "AWS::Lambda::Function", part)["Environment"].Variables;

describe("the API", () => {
  it("is never open", () => {
    const open = (): unknown => synthesize({ auth: { authorizationType: AuthorizationType.NONE } });
    expect(open).toThrow(TreelineError);
    expect(open).toThrow(/never open; name an authorizer/);
  });

  it("takes another authorizer", () => {
    const made = synthesize({
      auth: { authorizationType: AuthorizationType.COGNITO, authorizer: { authorizerId: "pool" } },
    });
    const methods = [...made.ofType("AWS::ApiGateway::Method").values()].map(({ Properties }) => Properties);
    expect(methods.map(({ AuthorizationType: type, AuthorizerId: id }: any) => [type, id])).toEqual([
      ["COGNITO_USER_POOLS", "pool"],
      ["COGNITO_USER_POOLS", "pool"],
    ]);
  });
});

describe("executors", () => {
  const made = synthesize({
    executors: {
      short: { timeout: Duration.seconds(7), memorySize: 1024, maxConcurrency: 5, batchSize: 3 },
      long: { timeout: Duration.minutes(10) },
    },
  });

  it("run as they are told, and what was not told keeps its default", () => {
    expect(only(made, "AWS::Lambda::Function", "ExecutorsShort")).toMatchObject({ Timeout: 7, MemorySize: 1024 });
    expect(only(made, "AWS::Lambda::Function", "ExecutorsLong")).toMatchObject({ Timeout: 600, MemorySize: 512 });
  });

  it("give queues and leases the time they need (D26)", () => {
    const queues = [...made.ofType("AWS::SQS::Queue")].filter(([id]) => /(Launches|Completions)Queue/.test(id));
    const seconds = Object.fromEntries(queues.map(([id, { Properties }]) => [id, Properties["VisibilityTimeout"]]));
    for (const [id, visibility] of Object.entries(seconds)) {
      const timeout = id.includes("Short") ? 7 : 600;
      const lease = Number(
        variables(made, id.includes("Short") ? "ExecutorsShort" : "ExecutorsLong")["TREELINE_LEASE_SECONDS"],
      );
      expect(lease).toBeGreaterThan(timeout);
      expect(visibility).toBeGreaterThan(lease);
    }
    expect(queues).toHaveLength(4);
  });

  it("bound what runs at once, and how many share an invocation", () => {
    const sources = [...made.ofType("AWS::Lambda::EventSourceMapping")].filter(([id]) => id.includes("ExecutorsShort"));
    expect(sources.map(([, { Properties }]) => [Properties["BatchSize"], Properties["ScalingConfig"]])).toEqual([
      [3, { MaximumConcurrency: 5 }],
      [3, { MaximumConcurrency: 5 }],
    ]);
  });
});

describe("the environment of the functions", () => {
  const made = synthesize({
    interruptions: 3,
    waits: { linger: Duration.millis(50), hostAfter: Duration.seconds(2), longestHost: Duration.days(1) },
    testing: { unitMs: 50 },
    environment: { SHOP: "test" },
  });

  it("is what the functions read", () => {
    const texts = Object.entries(variables(made, "ExecutorsLong")).map(([name, value]) => [
      name,
      typeof value === "string" ? value : references(value).join(),
    ]);
    expect(readEnv(Object.fromEntries(texts))).toMatchObject({
      executorClass: "long",
      interruptions: 3,
      lingerMs: 50,
      hostAfterSeconds: 2,
      longestHostSeconds: 86_400,
      unitMs: 50,
      leaseSeconds: 901,
    });
  });

  it("has what the user's own code needs", () => {
    expect(variables(made, "ExecutorsShort")["SHOP"]).toBe("test");
  });

  it("has no unit of a test otherwise (D29)", () => {
    expect(Object.keys(variables(synthesize(), "ExecutorsShort"))).not.toContain("TREELINE_UNIT_MS");
  });
});

describe("removal", () => {
  it("takes the executions and the logs along when it is told to", () => {
    const made = synthesize({ removalPolicy: RemovalPolicy.DESTROY, logRetention: RetentionDays.ONE_DAY });
    const [table] = [...made.ofType("AWS::DynamoDB::GlobalTable").values()];
    expect([table?.DeletionPolicy, table?.Properties["Replicas"][0].DeletionProtectionEnabled]).toEqual([
      "Delete",
      false,
    ]);
    for (const group of made.ofType("AWS::Logs::LogGroup").values()) {
      expect([group.DeletionPolicy, group.Properties["RetentionInDays"]]).toEqual(["Delete", 1]);
    }
  });
});

describe("tracing", () => {
  it("can be turned off, and with it the rights it needs", () => {
    const made = synthesize({ tracing: false });
    expect(JSON.stringify([...made.resources.values()])).not.toContain("xray:");
  });
});

describe("rights", () => {
  it("of the steps are granted to the construct", () => {
    const made = synthesize({}, (stack, treeline) => {
      new Bucket(stack, "Bucket").grantRead(treeline);
    });
    const policy = only(made, "AWS::IAM::Policy", "ExecutorsRole")["PolicyDocument"];
    expect(JSON.stringify(policy)).toContain("s3:GetObject*");
  });

  it("to start, and to call the API, can be handed on", () => {
    const made = synthesize({}, (stack, treeline) => {
      const role = new Role(stack, "Caller", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") });
      treeline.grantStart(role);
      treeline.grantApi(role);
    });
    const { Statement: statements } = only(made, "AWS::IAM::Policy", "Caller")["PolicyDocument"];
    expect(statements.map(({ Action }: any) => Action)).toEqual(["lambda:InvokeFunction", "execute-api:Invoke"]);
  });
});
