/** Triggers that workflows declare become rules of EventBridge. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeWorkflows } from "../../infra/constructs/workflows-module.ts";
import { EXAMPLES, references, root, synthesize } from "./synth.ts";

const folder = mkdtempSync(path.join(tmpdir(), "treeline-triggers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function moduleOf(name: string, text: string): string {
  const file = path.join(folder, `${name}.ts`);
  writeFileSync(file, text);
  return file;
}

const TRIGGERED = moduleOf(
  "triggered",
  `import { workflow } from ${JSON.stringify(path.join(root, "lib/index.ts"))};
   enum Source { Shop = "shop" } // what Node cannot strip, esbuild can compile
   console.log("noise of a module that talks while it is loaded");
   export const a = workflow({ name: "a", triggers: [
     { event: { source: Source.Shop, detailType: ["Placed", "Paid"], detail: { total: [{ numeric: [">", 10] }] }, bus: "orders" } },
     { event: { source: "bank", detailType: "Booked", bus: "arn:aws:events:us-east-1:000000000000:event-bus/bank" } },
     { schedule: "rate(1 minute)", input: { at: "$.time" } },
   ] }, () => 1);
   export default workflow({ name: "b" }, () => 2);`,
);

describe("the module of workflows", () => {
  it("is read as it will be deployed", () => {
    expect(describeWorkflows(TRIGGERED)).toEqual([
      {
        name: "a",
        triggers: [expect.anything(), expect.anything(), { schedule: "rate(1 minute)", input: { at: "$.time" } }],
      },
      { name: "b", triggers: [] },
    ]);
  });

  it("is refused when there is none, or nothing in it", () => {
    expect(() => describeWorkflows(path.join(folder, "none.ts"))).toThrow(/there is no file .*none\.ts/);
    expect(() => describeWorkflows(moduleOf("empty", "export const a = 1;"))).toThrow(/exports no workflow/);
  });
});

describe("a trigger", () => {
  const { ofType } = synthesize({ workflows: TRIGGERED });
  const rules = [...ofType("AWS::Events::Rule")]
    .filter(([id]) => id.includes("Triggers"))
    .map(([, rule]) => rule.Properties);

  it("becomes a rule: a pattern on its bus, or a schedule", () => {
    expect(rules).toMatchObject([
      {
        EventBusName: "orders",
        EventPattern: {
          source: ["shop"],
          "detail-type": ["Placed", "Paid"],
          detail: { total: [{ numeric: [">", 10] }] },
        },
      },
      { EventBusName: "bank", EventPattern: { source: ["bank"], "detail-type": ["Booked"] } },
      { ScheduleExpression: "rate(1 minute)" },
    ]);
  });

  it("tells the trigger function which one it is, with the event and its id", () => {
    const [
      {
        Targets: [target],
      },
    ] = rules as [any];
    expect(target.InputTransformer.InputTemplate).toBe(
      '{"workflow":"a","trigger":0,"event":{"id":<id>,"source":<source>,"detailType":<detail-type>,"time":<time>,"account":<account>,"region":<region>,"detail":<detail>}}',
    );
    expect(target.InputTransformer.InputPathsMap).toMatchObject({
      id: "$.id",
      detail: "$.detail",
      "detail-type": "$.detail-type",
    });
    expect(references(target.DeadLetterConfig)).toEqual([expect.stringContaining("Undelivered")]);
  });

  it("that its function refuses is kept with the undelivered ones", () => {
    const [config] = [...ofType("AWS::Lambda::EventInvokeConfig").values()];
    expect(references(config?.Properties["DestinationConfig"])).toEqual([expect.stringContaining("Undelivered")]);
  });

  it("is left out when the stack is told so", () => {
    const without = [...synthesize({ workflows: EXAMPLES, triggers: false }).ofType("AWS::Events::Rule").keys()];
    expect(without.filter((id) => id.includes("Triggers"))).toEqual([]);
    const deployed = [...synthesize({ workflows: EXAMPLES }).ofType("AWS::Events::Rule").keys()];
    expect(deployed.filter((id) => id.includes("Triggers"))).toHaveLength(2);
  });
});
