/** Contexts and handles that code uses after the function that got them has returned. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { ExecutionHandle, WorkflowContext } from "../../../lib/kernel/context.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const slow = workflow({ name: "slow" }, (ctx) => ctx.wait("1d"));

describe("a cancel", () => {
  it("reaches a child whose handle was got in a context that has ended", async () => {
    const { engine, clock, settle } = await openVirtual();
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const handles: ExecutionHandle[] = [];
      await ctx.map([1, 2], async (branch, n) => {
        handles.push(await branch.start(slow, n, { parentClosePolicy: "terminate" }));
      });
      return Promise.all(handles.map((handle) => handle.result()));
    });
    const handle = await engine.start(parent, null);
    await engine.idle();
    const began = clock.now();
    await handle.cancel();
    await settle();
    expect(clock.now()).toBe(began);
    expect((await handle.get()).status).toBe("CANCELLED");
    expect((await engine.list({ workflow: "slow" })).executions.map(({ status }) => status)).toEqual([
      "CANCELLED",
      "CANCELLED",
    ]);
    await engine.close();
  });

  it("lets nothing new begin in a context that has ended", async () => {
    const { engine, settle } = await openVirtual();
    const parent = workflow({ name: "parent" }, async (ctx) => {
      let left = ctx;
      await ctx.runInChildContext("outer", (outer) =>
        outer.runInChildContext("inner", (inner: WorkflowContext) => {
          left = inner;
        }),
      );
      await ctx.wait("1h").catch(() => undefined);
      return [left.cancellation.aborted, await left.execute(slow, 1).catch((error: Error) => error.name)];
    });
    const handle = await engine.start(parent, null);
    await engine.idle();
    await handle.cancel();
    await settle();
    expect((await handle.get()).output).toEqual([true, "CancelledError"]);
    await engine.close();
  });

  it("does not reach cleanup, nor what stands in it", async () => {
    const { engine, settle } = await openVirtual();
    const parent = workflow({ name: "parent" }, async (ctx) => {
      try {
        await ctx.wait("1h");
        return [];
      } catch {
        return ctx.nonCancellable(async (clean) => {
          const batch = await clean.parallel([
            (b) => b.step("a", () => 1),
            (b) => b.runInChildContext("c", (c) => c.step("b", () => 2)),
          ]);
          return [
            ...batch.getResults(),
            await clean.execute(slow, 1, { timeout: 1_000 }).catch((error: Error) => error.name),
          ];
        });
      }
    });
    const handle = await engine.start(parent, null);
    await engine.idle();
    await handle.cancel();
    await settle();
    expect((await handle.get()).output).toEqual([1, 2, "ChildWaitTimeoutError"]);
    await engine.close();
  });
});

describe("a batch that is over", () => {
  it("asks for nothing on behalf of a branch it dropped, whatever context the branch had in it", async () => {
    const { engine, play } = await openVirtual();
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const gate = ctx.wait("1h");
      let left: WorkflowContext = ctx;
      await ctx.parallel<unknown>(
        [
          async (b) => {
            await b.runInChildContext("c", (c) => {
              left = c;
            });
            await gate;
            left.emit("stray");
            await left.step("stray", () => 1);
          },
          (b) => b.wait(1),
        ],
        { completion: { minSuccessful: 1 } },
      );
      await gate;
      await ctx.wait(1);
      return "over";
    });
    const { output, operations } = await (await play(parent)).get();
    expect(output).toBe("over");
    expect(operations.map(({ name }) => name)).not.toContain("stray");
    await engine.close();
  });
});
