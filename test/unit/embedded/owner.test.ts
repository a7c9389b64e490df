/** D21: one owner, many hands: the socket, the inbox of a file that nobody owns, and the modules that were recorded. */
import fs from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { OutsideClient } from "../../../lib/cli/outside-client.ts";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine, type Engine } from "../../../lib/homes/embedded/engine.ts";
import type { EngineOptions } from "../../../lib/homes/embedded/engine-options.ts";
import { connectClient } from "../../../lib/homes/embedded/socket-client.ts";
import { socketPaths } from "../../../lib/homes/embedded/socket-path.ts";
import { collect } from "../../helpers/collect.ts";
import { fakeTerminal } from "../cli/fake-terminal.ts";
import { openedReader, temporaryFile } from "./store-fixtures.ts";

const isUnix = process.platform !== "win32";

const asking = workflow({ name: "asking" }, async (ctx) => {
  const [answer] = ctx.createCallback("answer");
  return [await ctx.waitForSignal("go"), await answer, ctx.state.get("patched")];
});
const patient = workflow({ name: "patient" }, async (ctx) => ctx.waitForSignal("never"));

async function open(file: string, options: EngineOptions = {}): Promise<Engine> {
  const engine = await openEngine({ file, workflows: [asking, patient], log: () => {}, ...options });
  onTestFinished(() => engine.close());
  return engine;
}

describe("D21: the owner of a file", () => {
  it.runIf(isUnix)("listens on a socket of its own, which nobody else may open, and takes it away", async () => {
    const file = temporaryFile();
    const engine = await open(file);
    const [address = ""] = socketPaths(file);
    expect(fs.statSync(address).isSocket()).toBe(true);
    expect(fs.statSync(address).mode & 0o777).toBe(0o600);
    await engine.close();
    expect(fs.existsSync(address)).toBe(false);
  });

  it("is the only one: a second engine is refused, and joins through the socket instead", async () => {
    const file = temporaryFile();
    const engine = await open(file);
    await expect(open(file)).rejects.toMatchObject({ code: "store_locked" });
    const client = await connectClient(file);
    onTestFinished(() => client?.close());
    const handle = await client?.start(asking, null, { id: "mine" });
    expect((await engine.get("mine")).id).toBe(handle?.executionId);
    await client?.signal("mine", "go", new Date(5));
    const [wait] = (await client?.pending("mine")) ?? [];
    await client?.callbacks.succeed(wait?.callbackId ?? "", 2);
    expect(await handle?.result()).toEqual([new Date(5), 2, undefined]);
    const told = await collect(client?.events("mine") ?? (async function* () {})());
    expect(told).toEqual(await collect(engine.events("mine")));
  });
});

describe("D21: a file that nobody owns", () => {
  it("takes what is left for it, durably, and the next owner applies it in that order, once", async () => {
    const file = temporaryFile();
    const first = await open(file);
    const ids = await Promise.all(
      [asking, patient, patient].map(async (each) => (await first.start(each, null)).executionId),
    );
    await first.idle();
    const [wait] = (await first.pending(ids[0] ?? "")).filter(({ kind }) => kind === "CALLBACK");
    await first.close();
    expect(await connectClient(file)).toBeUndefined();

    const outside = new OutsideClient(openedReader({ file }), () => Date.now());
    await outside.signal(ids[0] ?? "", "go", "left");
    await outside.callbacks.succeed(wait?.callbackId ?? "", "answered");
    await outside.cancel(ids[1] ?? "", "enough");
    await outside.stop(ids[2] ?? "");
    await expect(outside.signal("nobody", "go")).rejects.toMatchObject({ code: "execution_not_found" });
    expect(await openedReader({ file }).inboxItems()).toHaveLength(4);

    const second = await open(file);
    await second.idle();
    expect(await openedReader({ file }).inboxItems()).toEqual([]);
    const ends = await Promise.all(ids.map(async (id) => (await second.execution(id)).outcome()));
    expect(ends.map(({ status }) => status)).toEqual(["SUCCEEDED", "CANCELLED", "STOPPED"]);
    expect(ends[0]?.output).toEqual(["left", "answered", undefined]);
    const journals = await Promise.all(ids.map((id) => second.journal(id)));
    await second.close();
    const third = await open(file);
    expect(await Promise.all(ids.map((id) => third.journal(id)))).toEqual(journals);
  });

  it("says what it could not apply, and goes on with the rest", async () => {
    const file = temporaryFile();
    const first = await open(file);
    const { executionId } = await first.start(asking, null);
    await first.idle();
    await first.close();
    const outside = new OutsideClient(openedReader({ file }), () => Date.now());
    await outside.callbacks.succeed(`${executionId}.unknown`, 1);
    await outside.signal(executionId, "go", 1);
    const warnings: string[] = [];
    const second = await open(file, { log: ({ level, message }) => void (level === "warn" && warnings.push(message)) });
    await second.idle();
    expect(warnings).toEqual([
      expect.stringMatching(/a callback left for execution .* was dropped: there is no open callback/),
    ]);
    expect((await second.pending(executionId)).map(({ kind }) => kind)).toEqual(["CALLBACK"]);
  });
});

describe("D21: the module of a workflow", () => {
  const SOURCE = `
    import { workflow } from "treeline";
    export default workflow({ name: "recorded" }, async (ctx) => ctx.step("work", () => "from its file"));
  `;

  it("is recorded by run, and loaded again by resume", async () => {
    const terminal = fakeTerminal({ files: { "flow.ts": SOURCE } });
    const file = temporaryFile();
    expect(await runCommandLine(["run", "flow.ts", "--detach", "--file", file], terminal)).toBe(0);
    const [head] = openedReader({ file }).openHeads();
    expect(head).toMatchObject({ workflow: "recorded", module: fs.realpathSync(`${terminal.cwd}/flow.ts`) });
    expect(await runCommandLine(["resume", "--file", file], terminal)).toBe(0);
    expect(terminal.out()).toContain("from its file");
  });
});
