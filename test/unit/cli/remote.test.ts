/** The commands with `--remote`: the same as about a database here, over the API. */
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createApi, type ApiOptions } from "../../../lib/api/api.ts";
import { serveApi } from "../../../lib/api/node-server.ts";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { openEngine, type Engine } from "../../../lib/homes/embedded/engine.ts";
import { approval, broken, buy, echo } from "../api/workflows.ts";
import { fakeTerminal, temporaryFolder, type FakeTerminalOptions } from "./fake-terminal.ts";
import { example, projectFolder, run, SLOW, start } from "./spawn.ts";

const WORKFLOWS = [buy, approval, broken, echo];

describe("looking elsewhere", () => {
  it.each([
    ["list", "--json"],
    ["list"],
    ["list", "--workflow", "broken", "--status", "failed,waiting", "--since", "1h", "--limit", "1", "--json"],
    ["list", "--parent", "buy-1", "--json"],
    ["show", "buy-1"],
    ["show", "buy-1", "--json"],
    ["show", "broken-1", "--json"],
    ["tree", "buy-1"],
    ["tree", "buy-1", "--json"],
    ["events", "broken-1", "--follow"],
    ["events", "buy-1", "--json", "--no-descendants"],
    ["pending", "buy-1", "--json"],
  ])("prints the same as here: %s %s %s", async (...args) => {
    const { file, url } = await elsewhere();
    const now = Date.now() + 1_000;
    const there = await treeline([...args, "--remote", url], { now });
    expect(there).toEqual(await treeline([...args, "--file", file], { now }));
    expect(there.code).toBe(0);
    expect(there.out).toMatch(/buy|broken|RangeError|WAITING/);
  });

  it("suggests commands that go to the same place", async () => {
    const { url } = await elsewhere();
    expect((await treeline(["pending", "buy-1", "--remote", url])).out).toContain(`--remote ${url}`);
    const byEnv = await treeline(["pending", "buy-1"], { env: { TREELINE_REMOTE: url } });
    expect(byEnv.out).toContain("treeline signal ");
    expect(byEnv.out).not.toContain("--remote");
  });
});

describe("acting elsewhere", () => {
  it("starts by name, follows, and prints the result", async () => {
    const { url } = await elsewhere();
    const ran = await treeline(["run", "echo", "--remote", url, "--input", '{"a":1}', "--id", "mine"]);
    expect(ran).toMatchObject({ code: 0, out: '{\n  "a": 1\n}\n' });
    expect(ran.err).toContain("✔ echo succeeded");
    const json = await treeline(["run", "broken", "--remote", url, "--json"]);
    expect([json.code, JSON.parse(json.out)]).toMatchObject([1, { status: "FAILED", error: { type: "StepError" } }]);
  });

  it("starts once per key", async () => {
    const { url } = await elsewhere();
    const args = ["run", "echo", "--remote", url, "--detach", "--idempotency-key", "k", "--input"];
    const first = await treeline([...args, "1"]);
    expect(await treeline([...args, "1"])).toEqual(first);
    expect(await treeline([...args, "2", "--json"])).toMatchObject({ code: 2 });
  });

  it("sends signals and answers, and says that they have arrived", async () => {
    const { url, engine } = await elsewhere();
    const { executions } = await engine.list({ workflow: "approval" });
    const id = executions[0]?.id ?? "";
    const signal = await treeline(["signal", id, "decision", '{"approved":true}', "--remote", url, "--json"]);
    expect(JSON.parse(signal.out)).toEqual({ delivered: true });
    const callbackId = await vi.waitFor(async () => {
      const wait = (await engine.pending("buy-1")).find(({ kind }) => kind === "CALLBACK");
      return wait?.callbackId ?? expect.unreachable("it waits for no callback");
    });
    const answered = await treeline(["callback", callbackId, "--succeed", '"N-1"', "--remote", url]);
    expect(answered).toMatchObject({ code: 0, out: `sent: answer to callback ${callbackId}\n` });
    const handle = await engine.execution("buy-1");
    await expect(handle.result()).resolves.toMatchObject({ number: "N-1" });
  });

  it.each(["cancel", "stop"])("asks to %s", async (what) => {
    const { url, engine } = await elsewhere();
    expect(await treeline([what, "buy-1", "--reason", "enough", "--remote", url])).toMatchObject({ code: 0 });
    const { status } = await (await engine.execution("buy-1")).outcome();
    expect(status).toBe(what === "cancel" ? "CANCELLED" : "STOPPED");
  });

  it("shows what an execution has cost, where somebody counts", async () => {
    const figures = { writeUnits: 12, readUnits: 3.5, requests: 9, transitions: 0, invocations: 2, gbSeconds: 0.06 };
    const cost = {
      execution: { usd: 0.0000123456, ...figures },
      subtree: { usd: 1.5, ...figures, invocations: 40 },
      prices: { date: "2026-11-01", region: "us-east-1" },
    };
    const { url } = await elsewhere({ cost: async () => cost });
    const { code, out } = await treeline(["cost", "buy-1", "--remote", url]);
    expect(code).toBe(0);
    expect(out).toMatch(/^execution +0\.0000123 +12 +3\.5 +9 +0 +2 +0\.06$/m);
    expect(out).toMatch(/^with all below +1\.50 +12 +3\.5 +9 +0 +40 +0\.06$/m);
    expect(out).toContain("prices of us-east-1, 2026-11-01");
    expect(JSON.parse((await treeline(["cost", "buy-1", "--remote", url, "--json"])).out)).toEqual(cost);
  });
});

describe("exit codes elsewhere", () => {
  it.each<[string, readonly string[], number, string]>([
    ["what is not there", ["show", "nobody"], 3, "there is no execution nobody"],
    ["a workflow that is not there", ["run", "none"], 3, "workflow none is not known"],
    ["a cost that nobody counts", ["cost", "buy-1"], 3, "keeps no account"],
    ["input that does not fit", ["run", "buy", "--input", "{}"], 2, "item: "],
    ["a payload that does not fit", ["signal", "buy-1", "go", "{"], 2, "is not JSON"],
    ["what has ended", ["signal", "broken-1", "go"], 1, "has ended"],
    ["a file", ["run", "parent.ts"], 2, "name a workflow that is deployed there; parent.ts is of a file here"],
    ["a workflow of a file", ["run", "buy", "--workflow", "buy"], 2, "--workflow is of a file here"],
    ["resume", ["resume"], 2, "`resume` works on a database here only"],
    ["prune", ["prune"], 2, "`prune` works on a database here only"],
    ["a database as well", ["list", "--file", "x.db"], 2, "say --file or --remote, not both"],
  ])("for %s", async (_title, args, code, said) => {
    const { url } = await elsewhere();
    const ended = await treeline([...args, "--remote", url]);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(said);
  });

  it("for an API that is not there, or no API", async () => {
    const { url } = await elsewhere();
    const nobody = await treeline(["cancel", "x", "--remote", "http://127.0.0.1:4/", "--json"]);
    expect([nobody.code, JSON.parse(nobody.out)]).toMatchObject([4, { error: { code: "remote_failed" } }]);
    expect(await treeline(["list", "--remote", "example.com"])).toMatchObject({ code: 2 });
    expect(await treeline(["cancel", "x", "--remote", `${url}/nowhere`])).toMatchObject({ code: 4 });
  });

  it("for what only goes elsewhere", async () => {
    expect(await treeline(["cost", "x"])).toMatchObject({ code: 2 });
    expect(await treeline(["run", "x.ts", "--idempotency-key", "k"])).toMatchObject({ code: 2 });
  });
});

describe("TREELINE_REMOTE", () => {
  it("counts less than what is said", async () => {
    const { file, url, engine } = await elsewhere();
    const env = { TREELINE_REMOTE: url };
    const all = (await engine.list()).executions.length;
    const count = async (...args: string[]): Promise<unknown> => {
      const { code, out } = await treeline(["list", "--json", ...args], { env });
      return code === 0 ? (JSON.parse(out) as { executions: unknown[] }).executions.length : code;
    };
    expect(await count()).toBe(all);
    expect(await count("--file", file)).toBe(all);
    expect(await count("--file", path.join(temporaryFolder(), "none.db"))).toBe(3);
    expect(await count("--no-remote")).toBe(3);
    const pruned = await treeline(["prune"], { env });
    expect(pruned).toMatchObject({ code: 2 });
    expect(pruned.err).toContain("--no-remote means the database here");
  });
});

describe("treeline dev", () => {
  it("serves workflows, and ends cleanly when it is told to", { timeout: 30_000 }, async () => {
    const folder = projectFolder({ "slow.ts": SLOW });
    const dev = start(folder, ["dev", example("parent-child.ts"), "slow.ts", "--port", "0"]);
    await dev.printed("/openapi.json");
    const { url = "" } = /^(?<url>http:\/\/127\.0\.0\.1:\d+)$/m.exec(dev.text())?.groups ?? {};
    const ran = await run(folder, ["run", "parent_workflow", "--remote", url, "--input", '{"data":"hello"}']);
    expect(ran).toMatchObject({ code: 0, out: "Parent got: processed:hello\n" });
    expect((await run(folder, ["list"])).out).toContain("parent_workflow/child_workflow");
    const slow = await run(folder, ["run", "slow", "--detach", "--remote", url]);
    expect(slow.code).toBe(0);
    const stream = await fetch(`${url}/executions/${slow.out.trim()}/events`, {
      headers: { accept: "text/event-stream" },
    });
    const events = stream.text();
    dev.child.kill("SIGINT");
    const { code, err } = await dev.ended;
    expect(code).toBe(0);
    expect(err).toContain("goes on when this is started again");
    expect(await events).not.toContain("event: end");
    expect(await run(folder, ["resume", "--json"])).toMatchObject({ code: 0 });
  });

  it("says what is wrong before it serves anything", { timeout: 30_000 }, async () => {
    const folder = projectFolder({ "none.ts": "export const a = 1;" });
    expect(await run(folder, ["dev", "none.ts"])).toMatchObject({ code: 3 });
    expect(await run(folder, ["dev", "missing.ts"])).toMatchObject({ code: 3 });
    expect(await run(folder, ["dev", "none.ts", "--port", "many"])).toMatchObject({ code: 2 });
  });
});

// ---- what the tests share ---------------------------------------------------------------------------------------

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function treeline(args: readonly string[], options: FakeTerminalOptions = {}): Promise<Printed> {
  const terminal = fakeTerminal(options);
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

/** An engine behind a server, with a purchase that waits, and something that failed. */
async function elsewhere(
  options: Partial<ApiOptions> = {},
): Promise<{ readonly url: string; readonly file: string; readonly engine: Engine }> {
  const file = path.join(temporaryFolder(), "t.db");
  const closing = new AbortController();
  const engine = await openEngine({ file, workflows: WORKFLOWS, log: () => {} });
  const app = createApi({ client: engine, workflows: WORKFLOWS, streaming: true, closing: closing.signal, ...options });
  const server = await serveApi({ app, host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    closing.abort();
    await server.close();
    await engine.close();
  });
  await engine.start(buy, { item: "laptop" }, { id: "buy-1" });
  await (await engine.start(broken, undefined, { id: "broken-1" })).outcome();
  await engine.idle();
  return { url: server.url, file, engine };
}
