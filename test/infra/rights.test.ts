/** Least privilege as far as a template can show it, and what CloudFormation would refuse. */
import { describe, expect, it } from "vitest";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { EventBus } from "aws-cdk-lib/aws-events";
import { DefinitionBody, StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { references, type Resource, synthesize } from "./synth.ts";

/** Every wildcard there is, and why. */
const WILDCARDS: Readonly<Record<string, string>> = {
  "xray:PutTraceSegments on *": "X-Ray knows no resources",
  "xray:PutTelemetryRecords on *": "X-Ray knows no resources",
  "xray:GetSamplingRules on *": "X-Ray knows no resources",
  "xray:GetSamplingTargets on *": "X-Ray knows no resources",
  "lambda:InvokeFunction on <ExecutorsShortFunction>:*": "D26: versions that executions are pinned to",
  "lambda:InvokeFunction on <ExecutorsLongFunction>:*": "D26: versions that executions are pinned to",
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

const { ofType, resources } = synthesize();
const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function statements(...types: string[]): readonly Statement[] {
  return types.flatMap((type) =>
    [...ofType(type).values()].flatMap(({ Properties }) => Properties["PolicyDocument"].Statement as Statement[]),
  );
}

/** As text: `<LogicalId>` for a reference. */
function shown(resource: unknown): string {
  if (typeof resource === "string") return resource;
  const joined = (resource as { "Fn::Join"?: [string, unknown[]] })["Fn::Join"]?.[1];
  if (joined !== undefined) return joined.map(shown).join("");
  return references(resource)
    .map((id) => `<${id.replace(/^Treeline/, "").replace(/[0-9A-F]{8}$/, "")}>`)
    .join("");
}

describe("what the functions and the host may do", () => {
  const granted = statements("AWS::IAM::Policy");

  it("is granted without wildcards, but for those that are listed with their reason", () => {
    const wild = granted.flatMap(({ Action, Resource: resource }) =>
      list(Action).flatMap((action) =>
        list(resource)
          .map(shown)
          .filter((text) => action.includes("*") || text.includes("*"))
          .map((text) => `${action} on ${text}`),
      ),
    );
    expect([...new Set(wild)].toSorted()).toEqual(Object.keys(WILDCARDS).toSorted());
  });

  it("comes from policies of this stack alone: no managed ones", () => {
    const roles = [...ofType("AWS::IAM::Role").values()];
    expect(roles.flatMap(({ Properties }) => Properties["ManagedPolicyArns"] ?? [])).toEqual([]);
  });

  it("leaves the table to its items: nobody may scan it or change it", () => {
    const actions = granted.flatMap(({ Action }) => list(Action)).filter((action) => action.startsWith("dynamodb:"));
    expect([...new Set(actions)].toSorted()).toEqual([
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]);
  });
});

describe("what the public may do", () => {
  it("is nothing: only refusals and named services stand in resource policies", () => {
    const open = statements("AWS::SQS::QueuePolicy").filter(
      ({ Effect, Principal }) => Effect === "Allow" && JSON.stringify(Principal).includes("*"),
    );
    expect(open).toEqual([]);
    const invokers = [...ofType("AWS::Lambda::Permission").values()].map(({ Properties }) => Properties);
    expect(invokers.map(({ Principal, SourceArn }: any) => [Principal, SourceArn === undefined])).toEqual(
      invokers.map(() => [expect.stringMatching(/^(events|apigateway)\.amazonaws\.com$/), false]),
    );
    expect([...ofType("AWS::Lambda::Url").keys()]).toEqual([]);
  });
});

describe("the stack", () => {
  it("has no circle of dependencies", () => {
    expect(circles(resources)).toEqual([]);
  });

  it("has none either when a state machine runs a workflow, and is told of its end", () => {
    const { ofType: of, resources: all } = synthesize({}, (stack, treeline) => {
      const machine = new StateMachine(stack, "Machine", {
        definitionBody: DefinitionBody.fromChainable(treeline.runWorkflow(stack, "Run", { workflow: "welcome" })),
      });
      treeline.allowCompletion(machine);
      treeline.allowCompletion(new Queue(stack, "Queue"));
      treeline.allowCompletion(new EventBus(stack, "Bus"));
    });
    expect(circles(all)).toEqual([]);
    const [completions] = [...of("AWS::IAM::Policy")].filter(([id]) => id.includes("Completions"));
    expect(
      completions![1].Properties["PolicyDocument"].Statement.map((statement: Statement) => [
        statement.Action,
        references(statement.Resource),
      ]),
    ).toEqual([
      [["states:SendTaskFailure", "states:SendTaskSuccess"], [expect.stringMatching(/^Machine/)]],
      ["sqs:SendMessage", [expect.stringMatching(/^Queue/)]],
      ["events:PutEvents", [expect.stringMatching(/^Bus/)]],
    ]);
  });
});

function circles(all: ReadonlyMap<string, Resource>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (id: string, trail: readonly string[]): void => {
    const start = trail.indexOf(id);
    if (start >= 0) found.push([...trail.slice(start), id].join(" -> "));
    if (start >= 0 || done.has(id)) return;
    const resource = all.get(id);
    for (const next of [...references(resource?.Properties), ...(resource?.DependsOn ?? [])]) {
      if (all.has(next)) visit(next, [...trail, id]);
    }
    done.add(id);
  };
  for (const id of all.keys()) visit(id, []);
  return found;
}
