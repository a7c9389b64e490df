import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { DeterminismGuard } from "../../../lib/homes/embedded/determinism-guard.ts";
import type { LogLine } from "../../../lib/ports/log-sink.ts";
import { createTestEngine } from "../../../lib/testing/index.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const real = { Date, setTimeout, setInterval, setImmediate, random: Math.random, now: Date.now };

function standing(): typeof real {
  return { Date, setTimeout, setInterval, setImmediate, random: Math.random, now: Date.now };
}

const open = (): DeterminismGuard => new DeterminismGuard("warn", () => undefined);
const YEAR_2020 = new Date("2020-06-01");

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("fault:A7 the globals", () => {
  it("are what they were when the last of several guards closes", () => {
    const guards = [open(), open(), open()];
    expect(standing()).not.toEqual(real);
    guards[1]?.close();
    guards[0]?.close();
    expect(Math.random).not.toBe(real.random);
    guards[2]?.close();
    guards[2]?.close();
    expect(standing()).toEqual(real);
  });

  it("are the fakes again when fakes were laid first and taken off last", () => {
    vi.useFakeTimers({ now: YEAR_2020 });
    const fakes = standing();
    const guard = open();
    expect(new Date().getUTCFullYear()).toBe(2020);
    guard.close();
    expect(standing()).toEqual(fakes);
    vi.useRealTimers();
    expect(standing()).toEqual(real);
  });

  it("are there when fakes are taken off below an open guard", () => {
    vi.useFakeTimers({ now: YEAR_2020 });
    const guard = open();
    vi.useRealTimers();
    expect(new Date().getUTCFullYear()).not.toBe(2020);
    guard.close();
    expect(standing()).toEqual(real);
  });

  it("are the fakes while fakes lie over a guard that closes, and work when those are taken off", () => {
    const guard = open();
    vi.useFakeTimers({ now: YEAR_2020 });
    guard.close();
    expect(new Date().getUTCFullYear()).toBe(2020);
    vi.useRealTimers();
    expect(new Date().getUTCFullYear()).not.toBe(2020);
    expect(typeof setTimeout).toBe("function");
    open().close();
    expect(standing()).toEqual(real);
  });

  it("are what they were when fakes come and go within a guard", () => {
    const guard = open();
    vi.useFakeTimers({ now: YEAR_2020 });
    expect(new Date().getUTCFullYear()).toBe(2020);
    vi.useRealTimers();
    guard.close();
    expect(standing()).toEqual(real);
  });

  it("keep a spy that was laid over a guard, and lose it with the spy", () => {
    const guard = open();
    const random = vi.spyOn(Math, "random").mockReturnValue(0.25);
    const now = vi.spyOn(Date, "now").mockReturnValue(5);
    guard.close();
    expect([Math.random(), Date.now()]).toEqual([0.25, 5]);
    random.mockRestore();
    now.mockRestore();
    open().close();
    expect(standing()).toEqual(real);
  });

  it("behave as always for code that is no workflow's", () => {
    const guard = open();
    expect(new Date(0).getTime()).toBe(0);
    expect(new Date()).toBeInstanceOf(Date);
    expect(typeof Date()).toBe("string");
    expect(Date.UTC(2020, 0)).toBe(real.Date.UTC(2020, 0));
    expect(Object.getPrototypeOf(new (class extends Date {})())).not.toBe(real.Date.prototype);
    guard.close();
  });
});

describe("fault:A7 the test kit", () => {
  const year = workflow({ name: "year" }, (ctx) => ctx.step("s", () => new Date().getFullYear()));

  it("gives steps the faked time, and leaves the globals alone", async () => {
    vi.useFakeTimers({ now: YEAR_2020 });
    const kit = await createTestEngine({ workflows: [year] });
    expect(await (await kit.run(year, undefined)).result()).toBe(2020);
    await kit.close();
    vi.useRealTimers();
    expect(standing()).toEqual(real);
  });
});

describe("fault:A8 what the engine does for workflow code", () => {
  const child = workflow({ name: "child" }, () => 1);

  it("is not taken for the workflow's: a loop of many rounds", async () => {
    const loop = workflow({ name: "loop" }, async (ctx) => {
      for (let i = 0; i < 200; i++) await ctx.execute(child, undefined);
      return "done";
    });
    await using kit = await createTestEngine({ workflows: [child, loop] });
    expect(await (await kit.run(loop, undefined)).result()).toBe("done");
  });

  it("is not taken for the workflow's: ids, clocks, sinks, plugins and schemas that are asked on the way", async () => {
    const impure = (): number => Date.now() + Math.random() + Number(new Date());
    const schema = z.object({ at: z.number().default(impure) });
    const busy = workflow({ name: "busy", signals: { go: schema } }, async (ctx) => {
      ctx.logger.info("line");
      const [answer] = ctx.createCallback("callback", { schema, timeout: "1m" });
      await ctx.execute(child, undefined, { timeout: "1m" });
      await ctx.receive({ signals: { go: schema }, timeout: "1s" });
      await ctx.step("s", impure, { schema: z.number().transform(impure), retry: { maxAttempts: 2 } });
      await ctx.waitForCondition("c", impure, { initialState: 0, waitStrategy: () => ({ shouldContinue: false }) });
      await ctx.start(child, undefined, { startDelay: "1h" });
      await answer.catch(() => undefined);
      return {};
    });
    const lines: LogLine[] = [];
    const sees = (): void => void impure();
    const plugin = {
      name: "busy",
      onOperationStart: sees,
      onOperationEnd: sees,
      enrichLogContext: () => ({ at: impure() }),
    };
    const { engine, play } = await openVirtual({
      workflows: [busy, child],
      determinism: "throw",
      plugins: [plugin],
      log: (line) => (impure(), lines.push(line)),
      ids: { root: () => `root${String(impure())}`, random: () => impure() % 1 },
    });
    const run = await play(busy);
    expect(await run.outcome()).toMatchObject({ status: "SUCCEEDED" });
    await engine.close();
  });

  it("finds the workflow's own calls all the same", async () => {
    const calls: Record<string, () => unknown> = {
      "Date.now": () => Date.now(),
      "new Date": () => new Date(),
      Date: () => Date(),
      "Math.random": () => Math.random(),
      setTimeout: () => setTimeout(() => undefined, 0),
      setInterval: () => setInterval(() => undefined, 1_000),
      setImmediate: () => setImmediate(() => undefined),
    };
    const careless = workflow({ name: "careless" }, async (ctx, call: string) => {
      await ctx.step("s", () => 1);
      calls[call]?.();
    });
    await using kit = await createTestEngine({ workflows: [careless] });
    for (const call of Object.keys(calls)) {
      const { error } = await (await kit.run(careless, call)).detail();
      expect(error?.message).toContain(`careless: ${call}() in workflow code gives another value on replay`);
    }
  });
});
