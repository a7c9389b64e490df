/** D15: what a front-end notes about an operation is echoed wherever the operation is shown. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Meta } from "../../../lib/kernel/journal.ts";
import { collect } from "../../helpers/collect.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const child = workflow({ name: "child" }, async (_ctx, input) => input);
const meta: Meta = { nodeId: "n7", label: "Charge", kind: "task", visit: 2 };

const STEP_EVENTS = ["operation.started", "custom", "operation.succeeded"] as const;

/** One operation of every kind, each with the same note. */
const operations: [kind: string, run: (ctx: WorkflowContext) => Promise<unknown>][] = [
  ["STEP", (ctx) => ctx.step("s", () => 1, { meta })],
  ["WAIT", (ctx) => ctx.wait("w", 1_000, { meta })],
  ["CALLBACK", async (ctx) => ctx.createCallback("c", { meta, timeout: 1_000 })[0].catch(() => undefined)],
  ["CONTEXT", (ctx) => ctx.runInChildContext("part", () => 1, { meta })],
  ["CONTEXT", (ctx) => ctx.waitForCallback("wc", () => undefined, { meta, timeout: 1_000 }).catch(() => undefined)],
  ["CONTEXT", (ctx) => ctx.parallel("p", [() => 1], { meta })],
  ["CONTEXT", (ctx) => ctx.map("m", [1], (_c, item) => item, { meta })],
  ["CONTEXT", (ctx) => ctx.executeAll(child, [1], { meta })],
  ["CONDITION", (ctx) => ctx.waitForCondition("cond", () => 1, condition())],
  ["CHILD", (ctx) => ctx.execute(child, 1, { meta })],
  ["CHILD", (ctx) => ctx.start(child, 1, { meta })],
  ["CHILD", (ctx) => ctx.step("starter", (s) => s.start(child, 1, { meta }))],
  ["ATTACH", async (ctx) => (await ctx.start(child, 1)).result({ meta })],
  ["RECEIVE", (ctx) => ctx.waitForSignal("sig", { meta, timeout: 1_000 }).catch(() => undefined)],
  ["RECEIVE", (ctx) => ctx.receive({ signals: ["sig"], meta, timeout: 1_000 })],
  ["RECEIVE", (ctx) => ctx.waitForState(() => false, { meta, timeout: 1_000 }).catch(() => undefined)],
  ["REQUEST", async (ctx) => (await ctx.start(child, 1)).status({ meta })],
  ["REQUEST", async (ctx) => (await ctx.start(child, 1)).cancel("enough", { meta })],
];

function condition() {
  return { meta, initialState: 0, waitStrategy: () => ({ shouldContinue: false }) as const };
}

describe("D15: the metadata of an operation", () => {
  it.each(operations)("%s stands in journal, events and operations: %s", async (kind, run) => {
    const root = workflow({ name: "root" }, async (ctx) => void (await run(ctx)));
    const { engine, play } = await openVirtual({ workflows: [root, child], eviction: "always" });
    const { executionId, result } = await play(root);
    await result();
    const noted = (await engine.get(executionId)).operations.filter((operation) => operation.meta !== undefined);
    expect(noted[0]).toMatchObject({ kind, meta });
    // The callback that is waited for stands below its context, and is what people see.
    expect(noted.slice(1)).toMatchObject(noted[0]?.name === "wc" ? [{ kind: "CALLBACK", meta }] : []);
    const events = await collect(engine.events(executionId, { descendants: false, types: ["operation.started"] }));
    expect(events.filter((event) => event.meta !== undefined)).toMatchObject(
      noted.map(({ key }) => ({ operation: key, meta })),
    );
    expect(JSON.stringify(await engine.journal(executionId))).toContain(JSON.stringify(meta));
  });

  it("is told with its end, too, and with what a step streams", async () => {
    const root = workflow({ name: "root" }, async (ctx) => {
      await ctx.wait(1_000);
      await ctx.step("s", (s) => s.stream("token", 1), { meta });
    });
    const { engine, settle } = await openVirtual({ workflows: [root] });
    const { executionId } = await engine.start(root, null);
    const following = collect(engine.events(executionId, { follow: true, types: STEP_EVENTS }));
    await settle();
    const events = await following;
    const ofStep = events.filter(({ name }) => name === "s" || name === "token");
    expect(ofStep.map(({ type, meta: noted }) => [type, noted?.["nodeId"]])).toEqual([
      ["operation.started", "n7"],
      ["custom", "n7"],
      ["operation.succeeded", "n7"],
    ]);
  });

  it("stands at what is waited for", async () => {
    const root = workflow({ name: "root" }, async (ctx) => ctx.waitForSignal("go", { meta }));
    const { engine, play } = await openVirtual({ workflows: [root] });
    const { executionId } = await play(root);
    expect(await engine.pending(executionId)).toMatchObject([{ name: "go", meta }]);
  });

  it("of a start stands in the tree, in the execution's own events and in its outcome", async () => {
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const { meta: first } = await (await ctx.start(child, 1, { meta: { nodeId: "started" } })).outcome();
      await ctx.execute(child, 2, { meta: { nodeId: "executed" }, name: "second" });
      await ctx.step("s", (s) => s.start(child, 3, { meta: { nodeId: "from step" }, name: "third" }));
      return first;
    });
    const { engine, play } = await openVirtual({ workflows: [parent, child], eviction: "always" });
    const { executionId, outcome } = await play(parent, null, { meta: { nodeId: "root" } });
    expect(await outcome()).toMatchObject({ output: { nodeId: "started" }, meta: { nodeId: "root" } });
    const { execution, children } = await engine.tree(executionId);
    const noted = [execution, ...children.map((node) => node.execution)].map((view) => view.meta?.["nodeId"]);
    expect(noted).toEqual(["root", "executed", "started", "from step"].toSorted(byPlace));
    const started = await collect(engine.events(executionId, { types: ["execution.started"] }));
    expect(started.map((event) => event.meta?.["nodeId"])).toEqual(["root", "started", "executed", "from step"]);
  });
});

/** The tree lists children that began at the same time by their names. */
function byPlace(a: string, b: string): number {
  const places = ["root", "started", "executed", "from step"];
  return places.indexOf(a) - places.indexOf(b);
}
