import { describe, expect, it } from "vitest";
import { startTriggered } from "../../../lib/api/triggered-start.ts";
import { chooseWorkflow } from "../../../lib/cli/load-module.ts";
import { currentVersions, RegisteredWorkflows } from "../../../lib/engine/registered-workflows.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { DeployedWorkflows } from "../../../lib/homes/aws/definitions.ts";
import { deployedWorkflows } from "../../../lib/homes/aws/env.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const version = (v: string): Workflow<unknown, string> =>
  workflow({ name: "w", version: v, triggers: [{ schedule: `rate(${v} minutes)` }] }, (ctx) => ctx.info.version);
const [two, nine, ten] = [version("2"), version("9"), version("10")];
const ORDERS = [
  [two, nine, ten],
  [ten, nine, two],
  [nine, ten, two],
];

describe("fault:C12: the current version is the highest", () => {
  it.each(ORDERS)("wherever it stands in the list", async (...workflows) => {
    const { engine, play } = await openVirtual({ workflows });
    expect(await (await play("w" as never)).result()).toBe("10");
    expect(engine.workflows()).toMatchObject([{ name: "w", version: "10" }]);
    expect(new DeployedWorkflows(workflows).find("w")).toBe(ten);
    expect(deployedWorkflows(workflows as never)).toEqual([{ name: "w", triggers: ten?.triggers }]);
    expect(currentVersions(workflows)).toEqual([ten]);
    expect(chooseWorkflow({ file: "w.ts", workflows, main: undefined, digest: "" })).toBe(ten);
    expect(chooseWorkflow({ file: "w.ts", workflows, main: undefined, digest: "" }, "w")).toBe(ten);
  });

  it("also when a lower one is registered later, or handed over as an object, which itself runs as handed over", async () => {
    const { engine, play } = await openVirtual({ workflows: [ten] });
    engine.register([two]);
    expect(await (await play(nine)).result()).toBe("9");
    expect(await (await play("w" as never)).result()).toBe("10");
  });

  it("for what a rule of EventBridge starts", async () => {
    const { engine } = await openVirtual({ workflows: [two, ten] });
    const single = version("11");
    const event = { id: "e", source: "s", detailType: "d", time: "", account: "", region: "", detail: {} };
    const workflows = [workflow({ name: "w", version: "1" }, () => 1), single];
    engine.register([single]);
    const started = await startTriggered(engine, workflows, { workflow: "w", trigger: 0, event });
    expect(await engine.get(started.executionId)).toMatchObject({ version: "11" });
  });
});

describe("RegisteredWorkflows", () => {
  const named = (name: string, v: string, children: string[]): Workflow => ({
    ...workflow({ name, version: v }, () => v),
    children: () => children,
  });

  it("looks for circles among the current versions only, and adds all of a list or none", () => {
    const known = new RegisteredWorkflows();
    known.add([named("a", "1", ["b"]), named("b", "1", ["a"]), named("a", "2", [])]);
    expect(known.find("a")?.version).toBe("2");
    expect(() => known.add([named("c", "1", []), named("a", "3", ["b"])])).toThrow(/in a circle: a -> b -> a/);
    expect([known.find("a")?.version, known.find("c"), known.find("a", "3")]).toEqual(["2", undefined, undefined]);
  });

  it("refuses two different workflows of one name and version in one list, and adds none of it", () => {
    const known = new RegisteredWorkflows();
    const other = workflow({ name: "w", version: "2" }, () => "another");
    expect(() => known.add([nine, two, other] as Workflow[])).toThrow(
      /two different workflows are called w in version 2/,
    );
    expect(known.names()).toEqual([]);
  });
});

describe("fault:C13: triggers, which this engine does not run", () => {
  const event = { event: { source: ["shop", "web"], detailType: "OrderPlaced" } };
  const both = workflow({ name: "both", triggers: [{ schedule: "cron(0 8 * * ? *)" }, event] }, () => 1);
  const plain = workflow({ name: "plain" }, (ctx) => ctx.execute(both, undefined));
  const WARNING = {
    level: "warn",
    workflow: "both",
    message: expect.stringMatching(/both declares .*: cron\(0 8 \* \* \? \*\), event OrderPlaced of shop or web\./),
  };

  it.each<[way: string, register: (opened: Awaited<ReturnType<typeof openVirtual>>) => unknown]>([
    ["registered", ({ engine }) => engine.register([both, plain])],
    ["started as an object", ({ play }) => play(both)],
    ["handed over to a child", ({ play }) => play(plain)],
  ])("are told of once when their workflow is %s", async (_way, register) => {
    const opened = await openVirtual();
    await register(opened);
    await register(opened);
    expect(opened.logs).toEqual([WARNING]);
  });

  it("are told of at opening", async () => {
    const { logs } = await openVirtual({ workflows: [plain, both] });
    expect(logs).toEqual([WARNING]);
  });
});
