/** D23: what has ended is kept for as long as its workflow says, a tree as one. */
import { describe, expect, it, onTestFinished } from "vitest";
import { runCommandLine } from "../../../lib/cli/command-line.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ExecutionNotFoundError } from "../../../lib/kernel/errors.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";
import { VirtualClock } from "../../helpers/virtual-clock.ts";
import { fakeTerminal } from "../cli/fake-terminal.ts";
import { temporaryFile } from "./store-fixtures.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const plain = workflow({ name: "plain" }, async () => 1);
const brief = workflow({ name: "brief", retention: "1h" }, async () => 1);
const long = workflow({ name: "long", retention: "90d" }, async () => 1);
const waiting = workflow({ name: "waiting", retention: "1h" }, async (ctx) => ctx.waitForSignal("go"));
const family = workflow({ name: "family", retention: "1h" }, async (ctx) => {
  await ctx.execute(brief, null);
  return (await ctx.start(waiting, null)).executionId;
});

const workflows = [plain, brief, long, waiting, family];

async function names({ engine }: VirtualEngine): Promise<string[]> {
  return (await engine.list()).executions.map((view) => view.workflow).toSorted();
}

describe("D23: prune", () => {
  it("takes what ended longer ago than its workflow says: 30 days unless it says", async () => {
    const opened = await openVirtual({ workflows });
    const { engine, clock, play } = opened;
    for (const each of [plain, brief, long]) await play(each);
    const begun = clock.now();
    const pruned: [number, number, string[]][] = [];
    for (const at of [HOUR - 1, HOUR, 30 * DAY - 1, 30 * DAY, 90 * DAY]) {
      clock.moveTo(begun + at);
      pruned.push([at, (await engine.prune()).executions, await names(opened)]);
    }
    expect(pruned).toEqual([
      [HOUR - 1, 0, ["brief", "long", "plain"]],
      [HOUR, 1, ["long", "plain"]],
      [30 * DAY - 1, 0, ["long", "plain"]],
      [30 * DAY, 1, ["long"]],
      [90 * DAY, 1, []],
    ]);
  });

  it("leaves a tree whole while anything in it is open, and what its executions may still read", async () => {
    const { engine, clock, settle, play } = await openVirtual({ workflows, eviction: "always" });
    const { executionId, result } = await play(family);
    const child = String(await result());
    clock.moveTo(clock.now() + 365 * DAY);
    expect(await engine.prune()).toEqual({ executions: 0 });
    expect((await engine.tree(executionId)).children).toHaveLength(2);
    await engine.signal(child, "go", "late");
    await settle();
    expect(await (await engine.execution(child)).result()).toBe("late");
    expect(await engine.prune()).toEqual({ executions: 0 });
    clock.moveTo(clock.now() + HOUR);
    expect(await engine.prune()).toEqual({ executions: 3 });
    await expect(engine.get(executionId)).rejects.toBeInstanceOf(ExecutionNotFoundError);
  });

  it("lets go of ids, and a handle of what is gone says so; whoever asked before has the result", async () => {
    const { engine, clock, settle } = await openVirtual({ workflows });
    const early = await engine.start(brief, null, { id: "mine" });
    const asked = early.result();
    await settle();
    const late = await engine.execution("mine");
    clock.moveTo(clock.now() + HOUR);
    expect(await engine.prune()).toEqual({ executions: 1 });
    expect(await asked).toBe(1);
    await expect(late.result()).rejects.toBeInstanceOf(ExecutionNotFoundError);
    const again = await engine.start(brief, null, { id: "mine", idReuse: "reject" });
    expect(again.executionId).not.toBe(early.executionId);
  });

  it("does not wait for what runs", async () => {
    const gate = Promise.withResolvers<void>();
    const busy = workflow({ name: "busy" }, async (ctx) => ctx.step("work", () => gate.promise));
    const { engine, clock, play } = await openVirtual({ workflows: [...workflows, busy] });
    await play(brief);
    clock.moveTo(clock.now() + HOUR);
    const { result } = await engine.start(busy, null);
    expect(await engine.prune()).toEqual({ executions: 1 });
    gate.resolve();
    await result();
  });
});

describe("D23: treeline prune", () => {
  async function aYearAgo(file: string): Promise<VirtualEngine> {
    const opened = await openVirtual({ workflows, file, clock: new VirtualClock(Date.now() - 365 * DAY) });
    onTestFinished(() => opened.engine.close());
    for (const each of [plain, brief, brief]) await opened.play(each);
    await opened.engine.start(waiting, null);
    await opened.engine.idle();
    return opened;
  }

  it("prunes a file that nobody owns, by today's time", async () => {
    const file = temporaryFile();
    await (await aYearAgo(file)).engine.close();
    const terminal = fakeTerminal();
    expect(await runCommandLine(["prune", "--file", file], terminal)).toBe(0);
    expect(terminal.out()).toBe("3 executions deleted\n");
    expect(await runCommandLine(["list", "--file", file, "--json"], terminal)).toBe(0);
    expect(terminal.out()).not.toContain("brief");
    expect(terminal.out()).toContain("waiting");
  });

  it("asks the owner of a file to do it, by the owner's time", async () => {
    const file = temporaryFile();
    const { engine, clock } = await aYearAgo(file);
    const prune = async (): Promise<unknown> => {
      const terminal = fakeTerminal();
      expect(await runCommandLine(["prune", "--file", file, "--json"], terminal)).toBe(0);
      return JSON.parse(terminal.out());
    };
    expect(await prune()).toEqual({ executions: 0 });
    clock.moveTo(clock.now() + HOUR);
    expect(await prune()).toEqual({ executions: 2 });
    expect((await engine.list()).executions).toHaveLength(2);
  });
});
