/** Batches whose criteria, names or branches misbehave, or that are cancelled. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

describe("a batch", () => {
  it("rejects when its own criterion throws, and lets go of its branches", async () => {
    const { engine, play } = await openVirtual();
    const batch = workflow({ name: "batch" }, async (ctx) => {
      const shouldComplete = () => {
        throw new Error("no idea");
      };
      const branches = [(b: typeof ctx) => b.step("s", () => 1), (b: typeof ctx) => b.wait("day", "1d").then(() => 2)];
      return ctx.parallel(branches, { completion: { shouldComplete } }).catch((error: Error) => error.message);
    });
    const { output, operations } = await (await play(batch)).get();
    expect(output).toBe("no idea");
    expect(operations.find(({ kind }) => kind === "WAIT")?.status).toBe("DROPPED");
    expect(operations.find(({ name }) => name === "parallel")?.status).toBe("FAILED");
    await engine.close();
  });

  it("drops operations of any name", async () => {
    const { engine, play } = await openVirtual();
    const names = ["\ud800", "\udfff/#%", "a/b#1%", "__proto__", "constructor", "ä/ö", "x".repeat(5_000)];
    const batch = workflow({ name: "batch" }, async (ctx) => {
      const branches = [
        (b: typeof ctx) => Promise.all(names.map((name) => b.step(name, () => b.info.path))).then(() => 1),
        (b: typeof ctx) => b.wait(1).then(() => 2),
      ];
      await ctx.parallel([...branches], { completion: { minSuccessful: 2 } });
      await ctx.parallel<unknown>(
        [(b) => Promise.all(names.map((name) => b.wait(name, "1d"))), (b) => b.step("now", () => 2)],
        { completion: { minSuccessful: 1 } },
      );
      return "over";
    });
    const { output, operations } = await (await play(batch)).get();
    expect(output).toBe("over");
    expect(operations.filter(({ kind }) => kind === "WAIT").map(({ name, status }) => [name, status])).toEqual([
      ["wait", "SUCCEEDED"],
      ...names.map((name) => [name, "DROPPED"]),
    ]);
    await engine.close();
  });

  it("that is cancelled lets every branch clean up", async () => {
    const { engine, settle, clock } = await openVirtual();
    const batch = workflow({ name: "batch" }, async (ctx) => {
      const branch = (name: string) => async (b: typeof ctx) => {
        try {
          await b.wait("1d");
        } catch (error) {
          if (name === "b") await b.nonCancellable((n) => n.step(`clean ${name}`, () => name));
          throw error;
        }
      };
      await ctx.parallel(["a", "b", "c"].map((name) => ({ name, run: branch(name) })));
      await ctx.wait(1);
    });
    const handle = await engine.start(batch, null);
    await engine.idle();
    await handle.cancel("enough");
    await settle();
    const { status, operations } = await handle.get();
    expect(clock.now()).toBeLessThan(Date.UTC(2026, 0, 2));
    expect(operations.find(({ name }) => name === "clean b")?.status).toBe("SUCCEEDED");
    expect(status).toBe("CANCELLED");
    await engine.close();
  });

  it("of children that is cancelled lets every child clean up", async () => {
    const { engine, settle } = await openVirtual();
    const child = workflow({ name: "child" }, async (ctx, n: number) => {
      try {
        await ctx.wait("1d");
      } finally {
        await ctx.nonCancellable((c) => c.wait(n * 1_000));
      }
    });
    const parent = workflow({ name: "parent" }, (ctx) => ctx.executeAll(child, [1, 2, 3]));
    const handle = await engine.start(parent, null);
    await engine.idle();
    await handle.cancel();
    await settle();
    const { executions } = await engine.list({ workflow: "child" });
    expect(executions.map(({ status }) => status)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
    await engine.close();
  });

  it("lets the next execution in while a branch that it dropped had asked for a step", async () => {
    const { engine } = await openVirtual({ limits: { executions: 1 } });
    const first = workflow({ name: "first" }, async (ctx) => {
      await ctx.parallel([(b) => b.step("never", () => 1), () => 2], { completion: { minSuccessful: 1 } });
      await ctx.wait("1d");
    });
    const second = workflow({ name: "second" }, () => "done");
    const waiting = await engine.start(first, null);
    const handle = await engine.start(second, null);
    await engine.idle();
    expect((await waiting.get()).status).toBe("WAITING");
    expect((await handle.get()).status).toBe("SUCCEEDED");
    await engine.close();
  });
});

describe("a child context whose result cannot be stored", () => {
  it("has failed, for readers too, and its changes of the state stay", async () => {
    const { engine, play } = await openVirtual();
    const failing = workflow({ name: "failing" }, async (ctx) => {
      const error = await ctx
        .runInChildContext("c", (c) => {
          c.state.set("seen", true);
          return (() => 1) as unknown;
        })
        .catch((e: Error) => e);
      return [(error as Error).name, ctx.state.get("seen")];
    });
    const { output, operations } = await (await play(failing)).get();
    expect(output).toEqual(["ChildContextError", true]);
    expect(operations[0]).toMatchObject({ name: "c", status: "FAILED" });
    await engine.close();
  });
});
