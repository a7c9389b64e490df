import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import { createTestEngine } from "../../../lib/testing/index.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

/** What the call throws, or gives. */
async function tried(call: () => unknown): Promise<string> {
  try {
    return String(await call());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("fault:B2 the context is refused", () => {
  it("in the code of another execution, and in the host's", async () => {
    let leaked: WorkflowContext | undefined;
    const keeps = workflow({ name: "keeps" }, async (ctx) => {
      leaked = ctx;
      return ctx.waitForSignal("go");
    });
    const steals = workflow({ name: "steals" }, () => tried(() => leaked?.uuid()));
    const { engine } = await openVirtual({ workflows: [keeps, steals] });
    const handle = await engine.start(keeps, undefined);
    await engine.idle();
    expect(await engine.execute(steals, undefined)).toMatch(
      /^ctx\.uuid of keeps \(\w+\) was called in the code of steals: only/,
    );
    expect(await tried(() => leaked?.step("s", () => 1))).toContain("was called outside of workflow code");
    await handle.signal("go");
    await handle.result();
    await engine.close();
  });

  it("after the end, where its execution's code runs on", async () => {
    const late: string[] = [];
    const w = workflow({ name: "w" }, (ctx) => {
      queueMicrotask(() => void tried(() => ctx.step("late", () => 1)).then((text) => late.push(text)));
      setImmediate(() => void tried(() => ctx.uuid()).then((text) => late.push(text)));
      return 1;
    });
    const { engine } = await openVirtual({ workflows: [w] });
    await engine.execute(w, undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(late).toEqual([
      expect.stringContaining("ctx.step of w (root0000000000000001) was called after its execution had ended"),
      expect.stringContaining("ctx.uuid of w (root0000000000000001) was called after its execution had ended"),
    ]);
    await engine.close();
  });

  it("in a body of the test kit, also where a mock stands for a step", async () => {
    const w = workflow({ name: "w" }, (ctx) => ctx.step("s", async () => tried(() => ctx.random())));
    await using kit = await createTestEngine({ workflows: [w] });
    expect(await (await kit.run(w, undefined)).result()).toContain('in the body of step "s"');
  });

  it("but not in what belongs to the workflow's code: predicates, completions, names", async () => {
    const w = workflow({ name: "w" }, async (ctx) => {
      const seen: number[] = [];
      const looks = (): boolean => seen.push(ctx.now().getTime()) > 1;
      await ctx.receive({ signals: ["go"], match: looks });
      await ctx.map([1, 2], (c) => c.step("s", () => 1), {
        itemNamer: () => ctx.uuid(),
        completion: { shouldComplete: looks },
      });
      await ctx.waitForState((state) => looks() && state["k"] === 1);
      return seen.length > 3;
    });
    const { engine, settle } = await openVirtual({ workflows: [w], determinism: "throw" });
    const handle = await engine.start(w, undefined);
    for (let n = 0; n < 2; n += 1) await handle.signal("go");
    await settle();
    await engine.patchState(handle.executionId, { k: 1 });
    expect(await handle.result()).toBe(true);
    await engine.close();
  });
});

describe("fault:C8 an await of something foreign", () => {
  const foreign = workflow({ name: "foreign" }, async (ctx) => {
    await readFile(import.meta.filename);
    return ctx.step("s", () => 1);
  });
  const returns = workflow({ name: "returns" }, async () => {
    await readFile(import.meta.filename);
    return 1;
  });

  it("is warned of as soon as the code goes on", async () => {
    const { engine, logs } = await openVirtual({ workflows: [foreign, returns], determinism: "warn" });
    await engine.execute(foreign, undefined);
    await engine.execute(returns, undefined);
    expect(logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^warn foreign awaited something that is not the context's/),
      expect.stringMatching(/^warn returns awaited something that is not the context's/),
    ]);
    await engine.close();
  });

  it("fails the execution in the test kit", async () => {
    await using kit = await createTestEngine({ workflows: [foreign, returns] });
    for (const w of [foreign, returns])
      expect((await (await kit.run(w, undefined)).detail()).error).toMatchObject({ code: "foreign_await" });
  });

  it("is not found in promises of the context, nor in pure code", async () => {
    const child = workflow({ name: "child" }, (ctx) => ctx.step("s", () => 1));
    const pure = workflow({ name: "pure" }, async (ctx) => {
      for (let n = 0; n < 1_000; n += 1) await Promise.resolve(n);
      await ctx.promise.race([ctx.wait("1s"), ctx.execute(child, undefined), ctx.waitForSignal("never")]);
      await ctx.runInChildContext("c", async (c) => (await c.parallel([(b) => b.wait(1), () => 2])).status);
      await (await ctx.start(child, undefined)).result();
      await ctx.waitForCallback("cb", () => undefined, { timeout: "1s" }).catch(() => undefined);
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      return ctx.step("last", () => 1);
    });
    for (const eviction of ["lru", "always"] as const) {
      const { engine, logs, play } = await openVirtual({ workflows: [pure, child], determinism: "throw", eviction });
      expect(await (await play(pure)).outcome()).toMatchObject({ status: "SUCCEEDED" });
      expect(logs).toEqual([]);
      await engine.close();
    }
  });
});

describe("fault:D17 what is open when the code returns", () => {
  it("is named in a line of the log, once", async () => {
    const child = workflow({ name: "child" }, () => 1);
    const w = workflow({ name: "w" }, async (ctx) => {
      await ctx.wait("1h");
      void ctx.step("charge", () => 1);
      void ctx.execute(child, undefined);
      void ctx.waitForSignal("never");
      return 1;
    });
    const { logs, play, engine } = await openVirtual({ workflows: [w, child], eviction: "always" });
    await play(w);
    expect(logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn w returned while it had not ended: /STEP:charge#1, /CHILD:child#1. Await it before the workflow returns",
    ]);
    await engine.close();
  });

  it("is not told of waits that lost a race, nor of a failure", async () => {
    const races = workflow({ name: "races" }, (ctx) => Promise.race([ctx.waitForSignal("never"), ctx.wait(1)]));
    const fails = workflow({ name: "fails" }, (ctx) => {
      void ctx.step("charge", () => 1);
      throw new Error("no");
    });
    const { logs, play, engine } = await openVirtual({ workflows: [races, fails] });
    await play(races);
    await play(fails);
    expect(logs).toEqual([]);
    await engine.close();
  });
});
