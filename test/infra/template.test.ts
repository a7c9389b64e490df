/** What the template must say: each of these is a promise that no deployed test would notice to be broken. */
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../lib/homes/aws/env.ts";
import { references, type Resource, synthesize } from "./synth.ts";

const FOURTEEN_DAYS = 14 * 86_400;
const { template, resources, ofType } = synthesize();

const named = (type: string, part: string): Resource => {
  const found = [...ofType(type)].filter(([id]) => id.includes(part));
  expect(found.map(([id]) => id)).toHaveLength(1);
  return found[0]![1];
};
const functions = [...ofType("AWS::Lambda::Function")];
const functionIn = (part: string): Resource => named("AWS::Lambda::Function", part);

describe("the table", () => {
  const { Properties: table } = named("AWS::DynamoDB::GlobalTable", "Journal");

  it("is on demand, encrypted, recoverable to any second, and forgets what has expired (D23)", () => {
    expect(table).toMatchObject({
      BillingMode: "PAY_PER_REQUEST",
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: "exp", Enabled: true },
      Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  it("has two indexes that hold keys only: executions by workflow, and what is parked (D27)", () => {
    expect(
      table["GlobalSecondaryIndexes"].map(({ IndexName, Projection, KeySchema }: any) => [
        IndexName,
        Projection.ProjectionType,
        KeySchema.map(({ AttributeName }: any) => AttributeName),
      ]),
    ).toEqual([
      ["byWorkflow", "KEYS_ONLY", ["gpk", "gsk"]],
      ["parked", "KEYS_ONLY", ["ppk", "psk"]],
    ]);
  });

  it("is kept when the stack goes, unless told otherwise, and cannot be deleted by accident", () => {
    const kept = named("AWS::DynamoDB::GlobalTable", "Journal");
    expect([kept.DeletionPolicy, kept.Properties["Replicas"][0].DeletionProtectionEnabled]).toEqual(["Retain", true]);
  });
});

describe("the queues", () => {
  const queues = [...ofType("AWS::SQS::Queue")];
  const worked = queues.filter(([, { Properties }]) => Properties["RedrivePolicy"] !== undefined);

  it("are launches and completions of both executor classes, each with a dead-letter queue of its own (D28)", () => {
    const dead = worked.flatMap(([, { Properties }]) => references(Properties["RedrivePolicy"].deadLetterTargetArn));
    expect(worked).toHaveLength(4);
    expect(new Set(dead).size).toBe(4);
  });

  it("deliver more often than an execution survives interruptions, and keep 14 days (D28)", () => {
    for (const [, { Properties }] of worked) {
      expect(Properties["RedrivePolicy"].maxReceiveCount).toBeGreaterThanOrEqual(DEFAULTS.interruptions + 5);
    }
    expect(queues.map(([, { Properties }]) => Properties["MessageRetentionPeriod"])).toEqual(
      queues.map(() => FOURTEEN_DAYS),
    );
  });

  it("follow the interruption budget when it is raised (D28)", () => {
    const raised = [...synthesize({ interruptions: 40 }).ofType("AWS::SQS::Queue").values()];
    const counts = raised.flatMap(({ Properties }) => Properties["RedrivePolicy"]?.maxReceiveCount ?? []);
    expect(counts).toEqual([45, 45, 45, 45]);
  });

  it("are encrypted", () => {
    expect(queues.map(([, { Properties }]) => Properties["SqsManagedSseEnabled"])).toEqual(queues.map(() => true));
  });
});

describe("event sources", () => {
  const sources = [...ofType("AWS::Lambda::EventSourceMapping").values()].map(({ Properties }) => Properties);

  it("report single messages as failed", () => {
    expect(sources).toHaveLength(8);
    expect(sources.map((source) => source["FunctionResponseTypes"])).toEqual(
      sources.map(() => ["ReportBatchItemFailures"]),
    );
  });

  it("hide a message at least as long as the function may run (D26)", () => {
    for (const source of sources) {
      const [queue] = references(source["EventSourceArn"]);
      const timeout = functions.find(([id]) => calls(source).includes(id))![1].Properties["Timeout"];
      expect(resources.get(queue!)!.Properties["VisibilityTimeout"]).toBeGreaterThanOrEqual(timeout);
    }
  });

  it("call the live version of an executor, never the newest code (D26)", () => {
    const ofExecutors = sources.filter((source) => calls(source).some((id) => id.includes("Executors")));
    expect(ofExecutors).toHaveLength(4);
    expect(ofExecutors.flatMap((source) => references(source["FunctionName"]))).toEqual(
      ofExecutors.map(() => expect.stringContaining("Live")),
    );
  });

  it("put few executions into one invocation where steps are long", () => {
    const sizes = (part: string): number[] =>
      sources.filter((source) => calls(source).some((id) => id.includes(part))).map((source) => source["BatchSize"]);
    expect([sizes("ExecutorsShort"), sizes("ExecutorsLong")]).toEqual([
      [10, 10],
      [1, 1],
    ]);
  });

  /** The function behind a name, through its alias. */
  function calls(source: Record<string, any>): string[] {
    return references(source["FunctionName"]).flatMap((id) =>
      resources.get(id)!.Type === "AWS::Lambda::Alias"
        ? references(resources.get(id)!.Properties["FunctionName"])
        : [id],
    );
  }
});

describe("the functions", () => {
  it("run Node 24 on arm64, log JSON into a group that expires, and are traced", () => {
    expect(functions).toHaveLength(8);
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        LoggingConfig: { LogFormat: "JSON", LogGroup: expect.anything() },
        TracingConfig: { Mode: "Active" },
      });
    }
    const groups = [...ofType("AWS::Logs::LogGroup").values()];
    expect(groups.map(({ Properties }) => Properties["RetentionInDays"])).toEqual(groups.map(() => 30));
    expect(groups).toHaveLength(functions.length);
  });

  it.each(["ExecutorsShort", "ExecutorsLong", "DeadLetter"])(
    "%s may go round through SQS as often as it takes (D25)",
    (part) => {
      expect(functionIn(part).Properties["RecursiveLoop"]).toBe("Allow");
    },
  );

  it("keep the versions that executions began with (D26)", () => {
    const versions = [...ofType("AWS::Lambda::Version").values()];
    expect(versions.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(["Retain", "Retain"]);
  });

  it("own an execution longer than they can run", () => {
    for (const part of ["ExecutorsShort", "ExecutorsLong"]) {
      const { Timeout, Environment } = functionIn(part).Properties;
      expect(Number(Environment.Variables.TREELINE_LEASE_SECONDS)).toBeGreaterThan(Timeout);
    }
  });

  it("are swept for every ten minutes, and well within an hour (D27)", () => {
    const { Properties: rule } = named("AWS::Events::Rule", "SweepSchedule");
    expect(rule["ScheduleExpression"]).toBe("rate(10 minutes)");
    expect(references(rule["Targets"][0].Arn)).toEqual([expect.stringContaining("Sweep")]);
  });

  it("are pruned every hour (D23)", () => {
    const { Properties: rule } = named("AWS::Events::Rule", "PruneSchedule");
    expect(rule["ScheduleExpression"]).toBe("rate(1 hour)");
    expect(references(rule["Targets"][0].Arn)).toEqual([expect.stringContaining("Prune")]);
  });
});

describe("the host", () => {
  const machine = named("AWS::StepFunctions::StateMachine", "Host").Properties;
  const definition = JSON.parse(
    machine["DefinitionString"]["Fn::Join"][1].map((part: unknown) => (typeof part === "string" ? part : "X")).join(""),
  );

  it("is a standard state machine of three states, two of which end it at once", () => {
    expect(machine["StateMachineType"]).toBe("STANDARD");
    expect(Object.keys(definition.States)).toEqual(["Park", "Kick", "Gone"]);
  });

  it("parks with a token, on a condition, until its deadline (D29)", () => {
    expect(definition.States.Park).toMatchObject({
      Resource: expect.stringMatching(/dynamodb:updateItem\.waitForTaskToken$/),
      TimeoutSecondsPath: "$.timeoutSeconds",
      Parameters: { ConditionExpression: "attribute_not_exists(endAt) AND ho = :n" },
      End: true,
    });
    expect(definition.States.Park.Catch.map(({ Next }: any) => Next)).toEqual(["Kick", "Gone"]);
  });

  it("is reported when it ends otherwise than by us, and a report that cannot be delivered is kept", () => {
    const { Properties: rule } = named("AWS::Events::Rule", "HostEnded");
    expect(rule["EventPattern"].detail.status).toEqual(["ABORTED", "FAILED", "TIMED_OUT"]);
    const [target] = rule["Targets"];
    expect(target.InputTransformer.InputTemplate).toBe(
      '{"fmt":1,"kind":"host","name":<detail-name>,"status":<detail-status>}',
    );
    expect(references(target.DeadLetterConfig)).toEqual([expect.stringContaining("Undelivered")]);
  });
});

describe("the API", () => {
  it("authorises every method by IAM", () => {
    const methods = [...ofType("AWS::ApiGateway::Method").values()].map(({ Properties }) => Properties);
    expect(methods.map(({ HttpMethod, AuthorizationType }: any) => [HttpMethod, AuthorizationType])).toEqual([
      ["ANY", "AWS_IAM"],
      ["ANY", "AWS_IAM"],
    ]);
  });
});

describe("the outputs", () => {
  it("say what people and the command line need, under plain names", () => {
    const { Outputs: outputs } = template.toJSON() as { Outputs: object };
    expect(Object.keys(outputs)).toEqual(
      expect.arrayContaining([
        "ApiUrl",
        "TableName",
        "HostArn",
        "ExecutorName",
        "LongExecutorName",
        "ShortLaunchesUrl",
      ]),
    );
  });
});
