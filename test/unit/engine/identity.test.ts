/** Ids and names: who has one, who gets it, and what may be one. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const waiting = workflow({ name: "waiting" }, (ctx) => ctx.wait("1d"));

describe("an id", () => {
  it("belongs to one execution when several take it over at once", async () => {
    const { engine } = await openVirtual({ eviction: "always" });
    await engine.start(waiting, 0, { id: "one" });
    await engine.idle();
    await Promise.all([1, 2, 3].map((n) => engine.start(waiting, n, { id: "one", idConflict: "terminate_existing" })));
    await engine.idle();
    const { executions } = await engine.list({ workflow: "waiting" });
    expect(executions.filter(({ status }) => status !== "STOPPED")).toHaveLength(1);
    await engine.close();
  });

  it("must be text that a file keeps as it is", async () => {
    const { engine } = await openVirtual();
    await expect(engine.start(waiting, 0, { id: "\ud800" })).rejects.toMatchObject({ code: "invalid_argument" });
    for (const id of ["a b\n", "\0", "\u009b2J"]) {
      await expect(engine.start(waiting, 0, { id })).rejects.toMatchObject({ code: "invalid_argument" });
    }
    await expect(engine.start(waiting, 0, { namespace: "a\nb" })).rejects.toMatchObject({ code: "invalid_argument" });
    for (const id of ["__proto__", "constructor", "a/b#c%d", "a b", "ä".repeat(256)]) {
      const handle = await engine.start(waiting, 0, { id });
      expect((await engine.get(id)).id).toBe(handle.executionId);
    }
    await engine.close();
  });
});

describe("a workflow handed over as an object", () => {
  it("is the one that runs, whatever version is current", async () => {
    const { engine, play } = await openVirtual();
    const version = (n: string) => workflow({ name: "w", version: n }, (ctx) => ctx.info.version);
    const [one, two] = [version("1"), version("2")];
    engine.register([one, two]);
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const batch = await ctx.executeAll(one, [2]);
      return [await ctx.execute(one, 1), await ctx.execute("w", 3), await ctx.execute(two, 4), ...batch.getResults()];
    });
    expect((await (await play(parent)).get()).output).toEqual(["1", "2", "2", "1"]);
    await engine.close();
  });
});

describe("what is no plain data", () => {
  it("is refused where it is given, and keeps nobody else from being committed", async () => {
    const { engine, play } = await openVirtual();
    const big = 1n as unknown as number;
    const text = 1n as unknown as string;
    const child = workflow({ name: "child" }, () => 1);
    const careless = workflow({ name: "careless" }, async (ctx) => {
      const tries: (() => unknown)[] = [
        () => ctx.execute(child, null, { meta: { big } }),
        () => ctx.execute(child, null, { attributes: { big } }),
        () => ctx.execute(child, null, { summary: text }),
        () => ctx.execute(child, null, { priority: big }),
        () => ctx.execute(child, null, { version: text }),
        () => ctx.execute(child, null, { name: text }),
        () => ctx.step("s", () => 1, { meta: { big } }),
        () => ctx.step("s", (s) => s.emit(text), { retry: false }),
        () => ctx.step("s", (s) => s.start(child, null, { attributes: { big } }), { retry: false }),
        () => ctx.emit(text),
        () => ctx.document(text, 1),
        () => ctx.state.set(text, 1),
        () => ctx.runInChildContext("c", () => 1, { meta: { big } }),
        () => ctx.waitForSignal(text),
        () => ctx.attach("x").signal(text),
        () => ctx.attach("x").cancel(text),
        () => ctx.receive({ signals: [text] }),
        () => ctx.patched(text),
      ];
      const refused: number[] = [];
      for (const [index, attempt] of tries.entries()) {
        try {
          await attempt();
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          refused.push(index);
        }
      }
      return refused.length === tries.length ? "all" : refused;
    });
    const { output } = await (await play(careless)).get();
    expect(output).toBe("all");
    await expect(engine.start(child, null, { attributes: { big } })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    await expect(engine.start(child, null, { summary: text })).rejects.toMatchObject({ code: "invalid_argument" });
    await engine.close();
  });
});

describe("an execution that is tried again", () => {
  it("finds the ids of its first generation's children free", async () => {
    const { engine, play } = await openVirtual({ eviction: "always" });
    const trying = workflow({ name: "trying", retry: { maxAttempts: 2, initialDelay: 0 } }, async (ctx) => {
      await ctx.start(waiting, 1, { id: "mine", parentClosePolicy: "terminate" });
      await ctx.wait(1_000);
      if (ctx.info.attempt === 1) throw new Error("broken");
      return "second";
    });
    const { status, output } = await (await play(trying)).get();
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: "second" });
    await engine.close();
  });
});

describe("fault:D6: a life that begins after a delay", () => {
  it("is refused when it would end later than any date", async () => {
    const { engine } = await openVirtual();
    const long = 5e15;
    await expect(engine.start(waiting, 0, { startDelay: long, executionTimeout: long })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect((await engine.list()).executions).toEqual([]);
    await engine.close();
  });
});
