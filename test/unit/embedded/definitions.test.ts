/** D16: definitions are data: handed over, registered, pinned, and waited for. */
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import { WorkflowDefinitionError } from "../../../lib/kernel/errors.ts";
import { createIds } from "../../../lib/homes/real-ids.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";
import { openedReader, temporaryFile } from "./store-fixtures.ts";

const inline = workflow({ name: "inline" }, async (ctx, n: number) => {
  await ctx.wait(1_000);
  return n * 2;
});
const parent = workflow({ name: "parent" }, async (ctx, n: number) => {
  const handle = await ctx.start(inline, n);
  return [await ctx.execute(inline, n + 1), await handle.result()];
});

describe("D16: a workflow object", () => {
  it("need not be registered: neither the root nor a child, in memory or replayed", async () => {
    const { engine, play } = await openVirtual({ eviction: "always" });
    const { result } = await play(parent, 1);
    expect(await result()).toEqual([4, 2]);
    expect(engine.workflows().map(({ name }) => name)).toEqual(["parent", "inline"]);
  });

  it("is known by its name alone once it was handed over, and never before", async () => {
    const { engine, play } = await openVirtual();
    await expect(engine.start("inline", 1)).rejects.toMatchObject({ code: "workflow_unknown" });
    await play(inline, 1);
    expect(await (await play("inline" as never, 3)).result()).toBe(6);
  });

  it("is refused when another of that name and version is known, in a child as at registration", async () => {
    const other = workflow({ name: "inline" }, async () => "another");
    const { engine, play } = await openVirtual({ workflows: [other] });
    await expect(engine.start(inline, 1)).rejects.toBeInstanceOf(WorkflowDefinitionError);
    await expect((await play(parent, 1)).result()).rejects.toMatchObject({ cause: { code: "workflow_definition" } });
    expect(() => engine.register([inline])).toThrow(WorkflowDefinitionError);
    await expect(openVirtual({ workflows: [inline, other] })).rejects.toBeInstanceOf(WorkflowDefinitionError);
    const second = workflow({ name: "inline", version: "2" }, async () => "another");
    expect(await (await play(second)).result()).toBe("another");
  });
});

describe("D16: workflows that name their children", () => {
  const named = (name: string, children: string[], more: Partial<Workflow> = {}): Workflow => ({
    ...workflow({ name }, async () => name),
    digest: name,
    children: () => children,
    ...more,
  });

  it("may not start each other in a circle: refused at registration, with the circle, before anything runs", async () => {
    const [a, b, c] = [named("a", ["b"]), named("b", ["c", "elsewhere"]), named("c", ["a"])];
    await expect(openVirtual({ workflows: [a, b, c] })).rejects.toThrow(/in a circle: a -> b -> c -> a/);
    const { engine } = await openVirtual({ workflows: [a, b] });
    expect(() => engine.register([c])).toThrow(WorkflowDefinitionError);
    await expect(engine.start(c, null)).rejects.toBeInstanceOf(WorkflowDefinitionError);
    expect(() => engine.register([named("self", ["self"])])).toThrow(/self -> self/);
    expect(engine.workflows().map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("may share a child, and may form a circle that is meant", async () => {
    const meant = named("meant", ["meant"], { allowRecursion: true });
    const { engine } = await openVirtual({
      workflows: [named("a", ["b", "c"]), named("b", ["c"]), named("c", []), meant],
    });
    expect(engine.workflows()).toHaveLength(4);
  });
});

describe("D16: an execution", () => {
  const version = (v: string): Workflow<unknown, string> =>
    workflow({ name: "versioned", version: v }, async (ctx) => {
      await ctx.waitForSignal("go");
      return `version ${ctx.info.version}`;
    });

  it("is pinned to the version and the digest it began with", async () => {
    const file = temporaryFile();
    const first = await open(file, { workflows: [version("1")] });
    const handles = [await first.engine.start("versioned", null), await first.engine.start(version("1"), null)];
    first.engine.register([version("2")]);
    handles.push(
      await first.engine.start("versioned", null),
      await first.engine.start("versioned", null, { version: "1" }),
    );
    await first.engine.idle();
    const heads = [...openedReader({ file }).openHeads()];
    expect(heads.map((head) => head.version)).toEqual(["1", "1", "2", "1"]);
    expect(heads.map(({ digest }) => digest)).toEqual(
      ["1", "1", "2", "1"].map((v) => digestOf(first, v) ?? version(v).digest),
    );
    for (const { executionId } of handles) await first.engine.signal(executionId, "go");
    const results = await Promise.all(handles.map((handle) => handle.result()));
    expect(results).toEqual(["version 1", "version 1", "version 2", "version 1"]);
  });

  it("whose workflow is missing after a restart is blocked, and goes on when it is registered", async () => {
    const file = temporaryFile();
    const byName = workflow({ name: "parent" }, async (ctx) => ctx.execute("inline", 1));
    const first = await open(file, { workflows: [byName, inline], module: "/work/flows.ts" });
    const { executionId } = await first.engine.start(byName, null);
    await first.engine.idle();
    await first.engine.close();

    const { engine, settle } = await open(file, { workflows: [byName] });
    await settle();
    const { execution, children } = await engine.tree(executionId);
    expect([execution.status, execution.blocked]).toEqual(["WAITING", undefined]);
    expect(children.map((node) => node.execution)).toMatchObject([
      {
        status: "WAITING",
        blocked: {
          reason: "workflow_not_loaded",
          difference: "workflow inline is not loaded here; it was loaded from /work/flows.ts",
        },
      },
    ]);
    engine.register([inline]);
    await settle();
    expect(await (await engine.execution(executionId)).result()).toBe(2);
    expect((await engine.tree(executionId)).children[0]?.execution.blocked).toBeUndefined();
  });

  it("goes on, too, when its workflow is handed over by its parent, or with another start", async () => {
    const file = temporaryFile();
    const first = await open(file, {});
    const handles = [await first.engine.start(inline, 1), await first.engine.start(parent, 1)];
    await first.engine.idle();
    await first.engine.close();
    const { engine, settle } = await open(file, {});
    await settle();
    const ids = handles.map(({ executionId }) => executionId);
    for (const id of ids) expect((await engine.get(id)).blocked?.reason).toBe("workflow_not_loaded");
    await engine.start(parent, 2);
    await settle();
    const results = await Promise.all(ids.map(async (id) => (await engine.execution(id)).result()));
    expect(results).toEqual([2, [4, 2]]);
  });
});

async function open(file: string, options: Parameters<typeof openVirtual>[0]): Promise<VirtualEngine> {
  const opened = await openVirtual({ ...options, file, socket: false, ids: createIds(() => Date.now()) });
  onTestFinished(() => opened.engine.close());
  return opened;
}

/** Of the current version only. */
function digestOf({ engine }: VirtualEngine, version: string): string | undefined {
  return engine.workflows().find((known) => known.version === version)?.digest;
}
