/** The commands that look at executions and send them something, with an engine that owns the file and without. */
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openEngine, type Engine } from "../../../lib/homes/embedded/engine.ts";
import { fakeTerminal, temporaryFolder, type FakeTerminalOptions } from "./fake-terminal.ts";

const Decision = z.object({ approved: z.boolean() });

const approval = workflow({ name: "approval", signals: { decision: Decision } }, async (ctx) => {
  ctx.document("request", { item: "laptop" });
  return ctx.waitForSignal("decision", { schema: Decision });
});

const buy = workflow({ name: "buy", input: z.object({ item: z.string() }) }, async (ctx, { item }) => {
  const price = await ctx.step("price", () => 1_900);
  const { approved } = await ctx.execute(approval, undefined);
  const number = await ctx.waitForCallback<string>("order", () => {});
  return { item, price, approved, number };
});

const broken = workflow({ name: "broken" }, async (ctx) => {
  await ctx.step("fail", () => Promise.reject(new RangeError("out of range")), { retry: false });
});

const WORKFLOWS = [buy, approval, broken];

describe("looking, while an engine owns the file", () => {
  it("lists executions newest first, as a table and as JSON", async () => {
    const { file, engine } = await bought();
    await engine.execute(broken, undefined).catch(() => {});
    const table = await treeline(["list", "--file", file]);
    expect(table).toMatchObject({ code: 0, err: "" });
    const rows = table.out.split("\n");
    expect(rows[0]).toMatch(/^STATUS +PATH +STARTED +TOOK +ID$/);
    expect(rows[1]).toMatch(/✖ FAILED +broken/);
    expect(table.out).toMatch(/◌ WAITING +buy +\S+( ago)? +\S+ +buy-1/);
    expect(table.out).toMatch(/◌ WAITING +buy\/approval/);
    const { executions } = jsonOf<{ executions: { publicId: string }[] }>(
      await treeline(["list", "--file", file, "--json"]),
    );
    expect(executions.map(({ publicId }) => publicId)).toContain("buy-1");
  });

  it("lists those that are asked for", async () => {
    const { file, engine } = await bought();
    await engine.execute(broken, undefined).catch(() => {});
    const list = async (...args: string[]): Promise<string[]> => {
      const { executions } = jsonOf<{ executions: { path: string }[] }>(
        await treeline(["list", "--file", file, "--json", ...args]),
      );
      return executions.map((execution) => execution.path);
    };
    expect(await list("--workflow", "broken")).toEqual(["broken"]);
    expect(await list("--status", "failed,succeeded")).toEqual(["broken"]);
    expect(await list("--status", "WAITING", "--status", "FAILED", "--limit", "1")).toEqual(["broken"]);
    expect(await list("--parent", "buy-1")).toEqual(["buy/approval"]);
    expect(await list("--root", "buy-1")).toEqual(expect.arrayContaining(["buy", "buy/approval"]));
    expect(await list("--since", "1h")).toHaveLength(3);
    expect(await list("--since", "2999-01-01")).toEqual([]);
    expect(await list("--namespace", "elsewhere")).toEqual([]);
  });

  it("shows one execution, its operations, waits and documents", async () => {
    const { file } = await bought();
    const { out } = await treeline(["show", "buy-1", "--file", file]);
    expect(out).toContain("◌ buy WAITING");
    expect(out).toContain('input        {"item":"laptop"}');
    expect(out).toMatch(/✔ STEP +price +\d+ms +1900/);
    expect(out).toMatch(/▶ CHILD +approval/);
    const approvalId = await idOf(file, "approval");
    expect((await treeline(["show", approvalId, "--file", file])).out).toContain('request: {"item":"laptop"}');
    expect(jsonOf(await treeline(["show", "buy-1", "--file", file, "--json"]))).toMatchObject({
      publicId: "buy-1",
      status: "WAITING",
    });
  });

  it("shows why one failed, cause by cause", async () => {
    const { file, engine } = await bought();
    await engine.execute(broken, undefined, { id: "b" }).catch(() => {});
    const { out } = await treeline(["show", "b", "--file", file]);
    expect(out).toContain("StepError: step fail failed: out of range; because RangeError: out of range");
  });

  it("shows the tree with ids and what it waits for", async () => {
    const { file, handle } = await bought();
    const approvalId = await idOf(file, "approval");
    const { out } = await treeline(["tree", "buy-1", "--file", file]);
    expect(out.split("\n").map((line) => line.replace(/ +\d+m?s/, ""))).toEqual([
      `◌ buy  ${handle.executionId}`,
      `└─ ◌ approval  ${approvalId} · waits for decision`,
      "",
    ]);
    expect(jsonOf(await treeline(["tree", "buy-1", "--file", file, "--json"]))).toMatchObject({
      children: [{ children: [] }],
    });
  });

  it("prints events, and with --json one per line, from a cursor on", async () => {
    const { file } = await bought();
    const text = await treeline(["events", "buy-1", "--file", file]);
    expect(text.out).toMatch(/^\d{4}-\d\d-\d\d [\d:.]{12} {2}buy {2}execution\.started/);
    expect(text.out).toContain("buy/approval  operation.started  decision");
    const events = linesOf((await treeline(["events", "buy-1", "--file", file, "--json"])).out);
    const later = linesOf(
      (await treeline(["events", "buy-1", "--file", file, "--json", "--after", String(events[1]?.["cursor"])])).out,
    );
    expect(later).toEqual(events.slice(2));
    const own = linesOf((await treeline(["events", "buy-1", "--file", file, "--json", "--no-descendants"])).out);
    expect(new Set(own.map((event) => event["path"]))).toEqual(new Set(["buy"]));
  });

  it("follows events until the end", async () => {
    const { file, engine } = await bought();
    const following = treeline(["events", "buy-1", "--file", file, "--follow", "--json"]);
    await finish(engine);
    const events = linesOf((await following).out);
    expect(events.at(-1)).toMatchObject({ type: "execution.succeeded", path: "buy" });
  });

  it("tells what is waited for and how to answer", async () => {
    const { file } = await bought();
    const approvalId = await idOf(file, "approval");
    const { out } = await treeline(["pending", "buy-1", "--file", file], { env: { npm_command: "exec" } });
    expect(out).toMatch(/buy\/approval +RECEIVE +decision/);
    expect(out).toContain(`npx treeline signal ${approvalId} decision '{"approved":true}' --file ${file}`);
  });

  it("fault:D15 lists the same waits as code does, a parent's wait for its child included", async () => {
    const { file, engine } = await bought();
    const inCode = await engine.pending("buy-1");
    expect(inCode.map(({ kind }) => kind)).toContain("CHILD");
    const { out } = await treeline(["pending", "buy-1", "--file", file]);
    expect(out).toMatch(/buy +CHILD +approval/);
    const { out: json } = await treeline(["pending", "buy-1", "--file", file, "--json"]);
    expect(JSON.parse(json)).toEqual(inCode);
  });

  it("tells how to answer", async () => {
    const { file } = await bought();
    const approvalId = await idOf(file, "approval");
    const { out } = await treeline(["pending", "buy-1", "--file", file], { env: { npm_command: "exec" } });
    expect(out).toContain(`npx treeline signal ${approvalId} decision '{"approved":true}' --file ${file}`);
  });
});

describe("sending, while an engine owns the file", () => {
  it("delivers signals and answers to callbacks", async () => {
    const { file, handle } = await bought();
    const approvalId = await idOf(file, "approval");
    const signal = await treeline(["signal", approvalId, "decision", '{"approved":true}', "--file", file]);
    expect(signal).toMatchObject({ code: 0, out: `sent: signal decision to ${approvalId}\n` });
    const callbackId = await callbackOf(handle);
    await treeline(["callback", callbackId, "--heartbeat", "--file", file]);
    await treeline(["callback", callbackId, "--succeed", '"N-1"', "--file", file]);
    await expect(handle.result()).resolves.toEqual({ item: "laptop", price: 1_900, approved: true, number: "N-1" });
  });

  it("refuses a signal that does not fit, with the wrong field", async () => {
    const { file } = await bought();
    const approvalId = await idOf(file, "approval");
    const refused = await treeline(["signal", approvalId, "decision", '{"approved":1}', "--file", file]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain("  approved: ");
    const json = await treeline(["signal", approvalId, "decision", '{"approved":1}', "--file", file, "--json"]);
    expect(jsonOf(json)).toMatchObject({ error: { code: "validation_failed", issues: [{ path: "approved" }] } });
  });

  it("fails callbacks with a type", async () => {
    const { file, engine, handle } = await bought();
    await engine.signal(await idOf(file, "approval"), "decision", { approved: true });
    const args = ["callback", await callbackOf(handle), "--fail", "sold out", "--type", "SoldOut", "--file", file];
    expect(await treeline(args)).toMatchObject({ code: 0 });
    const { error } = await handle.outcome();
    expect(String(error)).toContain("sold out");
  });

  it("cancels and stops with a reason", async () => {
    const { file, handle } = await bought();
    await treeline(["cancel", "buy-1", "--reason", "too dear", "--file", file]);
    await expect(handle.outcome()).resolves.toMatchObject({ status: "CANCELLED" });
    const other = await bought();
    await treeline(["stop", "buy-1", "--reason", "enough", "--file", other.file]);
    const outcome = await other.handle.outcome();
    expect(outcome.status).toBe("STOPPED");
    expect(String(outcome.error)).toContain("enough");
  });

  it("prunes through the owner", async () => {
    const { file } = await bought();
    expect(await treeline(["prune", "--file", file])).toMatchObject({ code: 0, out: "0 executions deleted\n" });
  });
});

describe("a file that nobody owns", () => {
  it("shows everything all the same, and why it stands still", async () => {
    const { file, engine } = await bought();
    await engine.close();
    expect((await treeline(["list", "--file", file])).out).toContain("no engine runs this database");
    expect((await treeline(["tree", "buy-1", "--file", file])).out).toContain("waits for decision");
    expect((await treeline(["show", "buy-1", "--file", file])).out).toContain("no engine runs this database");
    expect(linesOf((await treeline(["events", "buy-1", "--file", file, "--json"])).out)[0]).toMatchObject({
      type: "execution.started",
    });
  });

  it("takes what is sent and hands it to the next engine", async () => {
    const { file, engine } = await bought();
    const approvalId = await idOf(file, "approval");
    await engine.close();
    const left = await treeline(["signal", approvalId, "decision", '{"approved":true}', "--file", file]);
    expect(left).toMatchObject({ code: 0 });
    expect(left.out).toContain(`left: signal decision to ${approvalId}`);
    expect(left.out).toContain(`treeline resume --file ${file}`);
    const next = await owner(file);
    const handle = await next.execution("buy-1");
    await next.callbacks.succeed(await callbackOf(handle), "N-2");
    await expect(handle.result()).resolves.toMatchObject({ approved: true, number: "N-2" });
  });

  it("prunes by itself", async () => {
    const { file, engine } = await bought();
    await engine.close();
    expect(await treeline(["prune", "--file", file, "--json"])).toMatchObject({
      code: 0,
      out: '{\n  "executions": 0\n}\n',
    });
  });
});

describe("exit codes", () => {
  it.each([
    ["an unknown command", ["fly"], 2],
    ["an unknown option", ["list", "--sideways"], 2],
    ["a missing argument", ["show"], 2],
    ["a status that is none", ["list", "--status", "nice"], 2],
    ["a limit that is no number", ["list", "--limit", "many"], 2],
    ["a database that is not there", ["list", "--file", "none.db"], 3],
    ["a file that is not there", ["run", "none.ts"], 3],
    ["a name that nobody knows", ["run", "none"], 3],
    ["help", ["--help"], 0],
    ["the version", ["--version"], 0],
  ])("for %s", async (_title, args, code) => {
    expect(await treeline(args)).toMatchObject({ code });
  });

  it("for what is not there, was refused, or is over", async () => {
    const { file, engine } = await bought();
    await engine.execute(broken, undefined, { id: "over" }).catch(() => {});
    const codes = async (...args: string[]): Promise<number> => (await treeline([...args, "--file", file])).code;
    for (const owned of [true, false]) {
      if (!owned) await engine.close();
      expect(await codes("show", "nobody")).toBe(3);
      expect(await codes("signal", "nobody", "go")).toBe(3);
      expect(await codes("callback", "nobody.x", "--heartbeat")).toBe(3);
      expect(await codes("callback", "x")).toBe(2);
      expect(await codes("callback", "x", "--heartbeat", "--fail", "y")).toBe(2);
      expect(await codes("signal", "buy-1", "go", "{")).toBe(2);
      expect(await codes("signal", "over", "go")).toBe(1);
      expect(await codes("list", "--since", "soon")).toBe(2);
      expect(await codes("events", "buy-1", "--after", "nowhere")).toBe(2);
    }
  });

  it("for a file that is no database of ours", async () => {
    const terminal = fakeTerminal({ files: { "bad.db": "not a database at all" } });
    const bad = path.join(terminal.cwd, "bad.db");
    expect(await treeline(["list", "--file", bad])).toMatchObject({ code: 4 });
    const json = await treeline(["list", "--file", bad, "--json"]);
    expect(jsonOf(json)).toMatchObject({ error: { code: "store_foreign" } });
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

async function owner(file: string): Promise<Engine> {
  const engine = await openEngine({ file, workflows: WORKFLOWS, log: () => {} });
  onTestFinished(() => engine.close());
  return engine;
}

type Handle = Awaited<ReturnType<Engine["execution"]>>;

/** An engine with one purchase that waits for approval. */
async function bought(): Promise<{ file: string; engine: Engine; handle: Handle }> {
  const file = path.join(temporaryFolder(), "t.db");
  const engine = await owner(file);
  const handle = await engine.start(buy, { item: "laptop" }, { id: "buy-1" });
  await engine.idle();
  return { file, engine, handle };
}

async function finish(engine: Engine): Promise<void> {
  const { executions } = await engine.list({ workflow: "approval" });
  await engine.signal(executions[0]?.id ?? "", "decision", { approved: true });
  await engine.callbacks.succeed(await callbackOf(await engine.execution("buy-1")), "N-3");
}

/** Once it waits for one. */
async function callbackOf(handle: Handle): Promise<string> {
  return vi.waitFor(async () => {
    const id = (await handle.get()).waits.find(({ kind }) => kind === "CALLBACK")?.callbackId;
    if (id === undefined) throw new Error("it waits for no callback");
    return id;
  });
}

async function idOf(file: string, name: string): Promise<string> {
  const { executions } = jsonOf<{ executions: { id: string }[] }>(
    await treeline(["list", "--file", file, "--workflow", name, "--json"]),
  );
  return executions[0]?.id ?? "";
}

function jsonOf<T = unknown>({ out }: Printed): T {
  return JSON.parse(out) as T;
}

function linesOf(out: string): Record<string, unknown>[] {
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
