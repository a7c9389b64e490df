/** `npx cdk synth`, as a user types it: the real app, bundled, with nothing to say against it. */
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { price } from "../../examples/state-machine/workflows.ts";
import { openVirtual } from "../helpers/virtual-engine.ts";
import { run, type Said } from "../helpers/user-command.ts";
import { root } from "./synth.ts";

/** Every rule of cdk-nag's AwsSolutions that is knowingly not followed; the reasons stand beside the constructs. */
const ACKNOWLEDGED = [
  "AwsSolutions-APIG1",
  "AwsSolutions-APIG2",
  "AwsSolutions-APIG3",
  "AwsSolutions-APIG6",
  "AwsSolutions-COG4",
  "AwsSolutions-IAM5",
  "AwsSolutions-SF1",
  "AwsSolutions-SQS3",
];

const BIGGEST_BUNDLE = 6 * 1024 * 1024;

let folder: string;
let said: Said;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "treeline-synth-"));
  said = await run("npx", ["cdk", "synth", "--quiet", "--strict", "--no-notices", "--output", folder], root);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the app", () => {
  it("synthesizes without a warning", () => {
    const told = `${said.stdout}\n${said.stderr}`
      .split("\n")
      // What npm says about the settings of whoever runs it.
      .filter((line) => !/^npm (warn|notice)|^NOTICES|^\s*$/.test(line));
    expect(told).toEqual([]);
  });

  it("breaks no rule of AWS Solutions, but for those that are acknowledged with a reason", async () => {
    const text = await readFile(path.join(folder, "validation-report.json"), "utf8");
    const { pluginReports: reports } = JSON.parse(text) as { pluginReports: any[] };
    expect(reports.flatMap(({ violations }) => violations)).toEqual([]);
    const nag = reports.find(({ pluginName }) => pluginName === "AwsSolutions");
    const suppressed = nag.suppressedViolations as readonly { ruleName: string; reason: string }[];
    const rules = suppressed.map(({ ruleName }) => ruleName.replace(/\[.*/, ""));
    expect([...new Set(rules)].toSorted()).toEqual(ACKNOWLEDGED);
    expect(suppressed.filter(({ reason }) => reason.length < 30)).toEqual([]);
  });

  it("bundles each function into one ES module, small enough to start quickly", async () => {
    const assets = (await readdir(folder)).filter((name) => name.startsWith("asset."));
    expect(assets.length).toBeGreaterThanOrEqual(6);
    for (const asset of assets) {
      const files = await readdir(path.join(folder, asset));
      expect(files.toSorted()).toEqual(["index.mjs", "index.mjs.map"]);
      expect((await stat(path.join(folder, asset, "index.mjs"))).size).toBeLessThan(BIGGEST_BUNDLE);
    }
  });
});

describe("the example of a state machine", () => {
  const APP = "npx node --conditions=treeline-source examples/state-machine/app.ts";
  const EXAMPLE = path.join(root, "examples/state-machine");

  it("synthesizes, and has the state that its README shows", async () => {
    const output = path.join(folder, "state-machine");
    await run("npx", ["cdk", "synth", "--quiet", "--strict", "--no-notices", "--app", APP, "--output", output], root);
    const template = JSON.parse(await readFile(path.join(output, "Shop.template.json"), "utf8")) as any;
    const [machine] = Object.entries<any>(template.Resources).flatMap(([id, { Properties }]) =>
      id.startsWith("Purchase") && Properties.DefinitionString ? [Properties.DefinitionString] : [],
    );
    const definition = JSON.parse(
      machine["Fn::Join"][1]
        .map((part: any) =>
          typeof part === "string" ? part : part.Ref === "AWS::Partition" ? "aws" : "<StartFunctionName>",
        )
        .join(""),
    );
    const [, shown = ""] = /```json\n([\s\S]*?)```/.exec(await readFile(path.join(EXAMPLE, "README.md"), "utf8")) ?? [];
    expect(definition.States.Price).toMatchObject(JSON.parse(shown) as object);
  });

  it("has a workflow whose error a state can catch by its type", async () => {
    const { engine, settle } = await openVirtual({ workflows: [price] });
    const [bought, refused] = await Promise.all(["cup", "moon"].map(async (item) => engine.start(price, { item })));
    await settle();
    expect(await bought!.result()).toEqual({ item: "cup", price: 8 });
    expect((await refused!.outcome()).error).toMatchObject({ type: "NoSuchItem" });
  });
});

describe("cdk.json", () => {
  it("has every feature flag that CDK recommends", async () => {
    const read = async (file: string): Promise<any> => JSON.parse(await readFile(path.join(root, file), "utf8"));
    const { context } = await read("cdk.json");
    expect(context).toMatchObject(await read("node_modules/aws-cdk-lib/recommended-feature-flags.json"));
    expect(context["@aws-cdk/core:validateAgainstDefaultRules"]).toBe(true);
  });
});
