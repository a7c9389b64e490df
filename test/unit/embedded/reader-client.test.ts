import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine, type Engine } from "../../../lib/homes/embedded/engine.ts";
import { ReaderClient, type ReaderHooks } from "../../../lib/homes/embedded/reader-client.ts";
import { openReader } from "../../../lib/homes/embedded/store.ts";
import { ExecutionNotFoundError } from "../../../lib/kernel/errors.ts";
import type { ClientHandle, EventFilter, ExecutionEvent } from "../../../lib/ports/client.ts";

const leaf = workflow({ name: "leaf" }, async (ctx) => ctx.waitForSignal<string>("go"));
const branch = workflow({ name: "branch" }, async (ctx) => ctx.execute(leaf, undefined));
const root = workflow({ name: "root" }, async (ctx) => {
  ctx.state.set("secret", "hush");
  await ctx.start(leaf, undefined, { name: "alone", parentClosePolicy: "abandon" });
  return ctx.execute(branch, undefined);
});

const BLOCKED = { reason: "code_changed", since: 1, difference: "so it is" } as const;

describe("a reader beside the owner", () => {
  it("sees what the owner sees", async () => {
    const { engine, reader, handle } = await running();
    const id = handle.executionId;
    await expect(reader.tree(id)).resolves.toEqual(await engine.tree(id));
    await expect(reader.get("mine")).resolves.toEqual(await engine.get("mine"));
    await expect(reader.list()).resolves.toEqual(await engine.list());
    await expect(reader.journal(id)).resolves.toEqual(await engine.journal(id));
    await expect(reader.pending(id)).resolves.toEqual(await engine.pending(id));
    await expect(all(reader.events(id))).resolves.toEqual(await all(engine.events(id)));
  });

  it("sees what everything below waits for", async () => {
    const { reader } = await running();
    const waits = (await reader.pending("mine")).map(({ path: where, kind, name }) => [where, kind, name]);
    expect(waits).toHaveLength(4);
    expect(waits).toEqual(
      expect.arrayContaining([
        ["root", "CHILD", "branch"],
        ["root/alone", "RECEIVE", "go"],
        ["root/branch", "CHILD", "leaf"],
        ["root/branch/leaf", "RECEIVE", "go"],
      ]),
    );
  });

  it("does not find what is not there, or not in this namespace", async () => {
    const { reader } = await running();
    await expect(reader.get("nobody")).rejects.toBeInstanceOf(ExecutionNotFoundError);
    await expect(reader.tree("mine", "elsewhere")).rejects.toBeInstanceOf(ExecutionNotFoundError);
    await expect(all(reader.events("nobody"))).rejects.toBeInstanceOf(ExecutionNotFoundError);
  });

  it("shows what a running engine adds, but not of what has ended", async () => {
    const { engine, file, handle } = await running();
    await finish(engine);
    await handle.result();
    await engine.idle();
    const reader = readerOf(file, { blocked: () => BLOCKED });
    await expect(reader.get("mine")).resolves.toMatchObject({ status: "SUCCEEDED", generation: 1 });
    expect((await reader.get("mine")).blocked).toBeUndefined();
    const open = await engine.start(leaf, undefined);
    await engine.idle();
    expect((await reader.list({ limit: 1 })).executions[0]).toMatchObject({ status: "WAITING", blocked: BLOCKED });
    await expect(reader.get(open.executionId)).resolves.toMatchObject({ status: "WAITING", blocked: BLOCKED });
  });
});

describe("events read beside the owner", () => {
  it("are those below an execution, or its own alone", async () => {
    const { reader } = await running();
    const [branchId = ""] = (await reader.list({ workflow: "branch" })).executions.map(({ id }) => id);
    const paths = async (filter: EventFilter): Promise<Set<string>> =>
      new Set((await all(reader.events(branchId, filter))).map((event) => event.path));
    expect(await paths({})).toEqual(new Set(["root/branch", "root/branch/leaf"]));
    expect(await paths({ descendants: false })).toEqual(new Set(["root/branch"]));
    expect(await paths({ workflow: "leaf" })).toEqual(new Set(["root/branch/leaf"]));
  });

  it("go on behind any cursor", async () => {
    const { reader } = await running();
    const events = await all(reader.events("mine"));
    expect(events.length).toBeGreaterThan(8);
    for (const [index, { cursor }] of events.entries()) {
      expect(await all(reader.events("mine", { after: cursor }))).toEqual(events.slice(index + 1));
    }
  });

  it("hide what is to be hidden", async () => {
    const { file } = await running();
    const reader = readerOf(file, { redact: ["state.secret"] });
    const [changed] = await all(reader.events("mine", { types: ["state.changed"] }));
    expect(changed?.data).toEqual({ state: { secret: "[redacted]" } });
  });

  it("are followed until the whole tree has ended, by looking again", async () => {
    const { engine, reader } = await running();
    const following = all(reader.events("mine", { follow: true }));
    await finish(engine);
    const events = await following;
    expect(events).toEqual(await all(reader.events("mine")));
    expect(events.filter(({ type }) => type === "execution.succeeded")).toHaveLength(4);
  });

  it("are followed through the owner's news, each once", async () => {
    const { engine } = await running();
    const following = all(engine.events("mine", { follow: true }));
    await finish(engine);
    expect(await following).toEqual(await all(engine.events("mine")));
  });

  it("are followed for one execution until that one has ended", async () => {
    const { engine, reader, handle } = await running();
    const following = all(reader.events("mine", { follow: true, descendants: false }));
    await engine.signal(await leafOf(engine, "root/branch/leaf"), "go", "now");
    await handle.result();
    expect((await following).at(-1)).toMatchObject({ type: "execution.succeeded", path: "root" });
  });

  it("of what has ended end at once, followed or not", async () => {
    const { engine, reader, handle } = await running();
    await finish(engine);
    await handle.result();
    await engine.idle();
    expect(await all(reader.events("mine", { follow: true }))).toEqual(await all(reader.events("mine")));
  });

  it.each([
    ["looks again", (file: string, _engine: Engine) => readerOf(file)],
    ["hears the news", (_file: string, engine: Engine) => engine],
  ])("stop for whoever %s when nobody wants them any more", async (_title, open) => {
    const { engine, file } = await running();
    const controller = new AbortController();
    const following = all(open(file, engine).events("mine", { follow: true, signal: controller.signal }));
    setTimeout(() => controller.abort(), 30);
    expect((await following).length).toBeGreaterThan(8);
    await expect(all(open(file, engine).events("mine", { signal: controller.signal }))).resolves.toEqual([]);
  });
});

// ---- what the tests share ---------------------------------------------------------------------------------------

/** An engine with one tree that waits in two places. */
async function running(): Promise<{ engine: Engine; file: string; reader: ReaderClient; handle: ClientHandle }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "treeline-reader-"));
  const file = path.join(folder, "t.db");
  const engine = await openEngine({ file, workflows: [root, branch, leaf], log: () => {}, socket: false });
  onTestFinished(async () => {
    await engine.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const handle = await engine.start(root, undefined, { id: "mine" });
  await engine.idle();
  return { engine, file, reader: readerOf(file), handle };
}

function readerOf(file: string, hooks: ReaderHooks = {}): ReaderClient {
  const reader = openReader({ file });
  onTestFinished(() => reader.close());
  return new ReaderClient(reader, hooks);
}

async function finish(engine: Engine): Promise<void> {
  for (const where of ["root/alone", "root/branch/leaf"]) await engine.signal(await leafOf(engine, where), "go", "now");
}

async function leafOf(engine: Engine, where: string): Promise<string> {
  const { executions } = await engine.list({ workflow: "leaf" });
  return executions.find((execution) => execution.path === where)?.id ?? "";
}

async function all(events: AsyncIterable<ExecutionEvent>): Promise<ExecutionEvent[]> {
  const found: ExecutionEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}
