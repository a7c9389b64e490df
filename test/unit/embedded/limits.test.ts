/** D22: what is bounded, and what counts. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { LimitError } from "../../../lib/kernel/errors.ts";
import type { Engine } from "../../../lib/homes/embedded/engine.ts";
import type { ExecutionStatus } from "../../../lib/kernel/journal.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

/** Bodies of steps that end when told to, and how many run. */
class Bodies {
  running = 0;
  most = 0;
  readonly #waiting: (() => void)[] = [];

  readonly run = async (): Promise<void> => {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.running -= 1;
  };

  /** Ends one, and waits for what follows from it. */
  async endOne(): Promise<void> {
    this.#waiting.shift()?.();
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 30; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function statuses(engine: Engine): Promise<ExecutionStatus[]> {
  const { executions } = await engine.list();
  return executions.map(({ status }) => status).toReversed();
}

describe("D22: executions that run at once", () => {
  it("are bounded; the others wait outside, in their order, until there is room", async () => {
    const bodies = new Bodies();
    const busy = workflow({ name: "busy" }, async (ctx) => ctx.step("work", bodies.run));
    const { engine } = await openVirtual({ workflows: [busy], limits: { executions: 2 } });
    for (let i = 0; i < 5; i += 1) await engine.start(busy, i);
    await turns();
    expect([bodies.running, await statuses(engine)]).toEqual([
      2,
      ["RUNNING", "RUNNING", "PENDING", "PENDING", "PENDING"],
    ]);
    await bodies.endOne();
    expect(await statuses(engine)).toEqual(["SUCCEEDED", "RUNNING", "RUNNING", "PENDING", "PENDING"]);
    for (let i = 0; i < 4; i += 1) await bodies.endOne();
    expect([bodies.most, await statuses(engine)]).toEqual([2, Array.from({ length: 5 }, () => "SUCCEEDED")]);
  });

  it("do not count while they are parked: thousands may wait, and a parent cannot block its child", async () => {
    const child = workflow({ name: "child" }, async (ctx) => ctx.step("work", () => 1));
    const parent = workflow({ name: "parent" }, async (ctx) => {
      await ctx.wait(1_000);
      return ctx.execute(child, null);
    });
    const { engine, settle } = await openVirtual({ workflows: [parent, child], limits: { executions: 1 } });
    const handles = await Promise.all(Array.from({ length: 20 }, () => engine.start(parent, null)));
    await engine.idle();
    expect(new Set(await statuses(engine))).toEqual(new Set(["WAITING"]));
    await settle();
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(handles.map(() => 1));
  });

  it("let in all there is room for, when one that waited outside was stopped or cancelled meanwhile", async () => {
    const bodies = new Bodies();
    const busy = workflow({ name: "busy" }, async (ctx) => ctx.step("work", bodies.run));
    const { engine } = await openVirtual({ workflows: [busy], limits: { executions: 1 } });
    const [, second, third] = await Promise.all([0, 1, 2, 3].map((i) => engine.start(busy, i)));
    await turns();
    await second?.stop();
    await third?.cancel();
    await bodies.endOne();
    expect(await statuses(engine)).toEqual(["SUCCEEDED", "STOPPED", "CANCELLED", "RUNNING"]);
    await bodies.endOne();
    expect((await statuses(engine)).at(-1)).toBe("SUCCEEDED");
  });
});

describe("D22: bodies of steps that run at once", () => {
  it("are bounded over all executions, and one that waits for its next attempt holds no place", async () => {
    const bodies = new Bodies();
    const three = workflow({ name: "three" }, async (ctx) => {
      await ctx.promise.all([1, 2, 3].map((n) => ctx.step(`work ${n}`, bodies.run)));
    });
    const failing = workflow({ name: "failing" }, async (ctx) => {
      await ctx.step("fails", () => Promise.reject(new Error("no")), {
        retry: { initialDelay: 60_000, jitter: "NONE" },
      });
    });
    const { engine } = await openVirtual({ workflows: [three, failing], limits: { steps: 2 } });
    for (const each of [failing, three, three]) await engine.start(each, null);
    await turns();
    expect(bodies.running).toBe(2);
    for (let i = 0; i < 6; i += 1) await bodies.endOne();
    expect(bodies.most).toBe(2);
    expect(await statuses(engine)).toEqual(["WAITING", "SUCCEEDED", "SUCCEEDED"]);
  });
});

describe("D22: what one execution may pile up", () => {
  it("unread signals: more are refused, until it has read some", async () => {
    const reader = workflow({ name: "reader" }, async (ctx) => {
      const read: unknown[] = [];
      while (read.length < 4) {
        await ctx.waitForSignal("go");
        read.push(await ctx.waitForSignal("letter"));
      }
      return read;
    });
    const { engine, settle } = await openVirtual({ workflows: [reader], limits: { inbox: 3 }, eviction: "always" });
    const { executionId, result } = await engine.start(reader, null);
    for (const n of [1, 2, 3]) await engine.signal(executionId, "letter", n);
    const refused = engine.signal(executionId, "letter", 4);
    await expect(refused).rejects.toBeInstanceOf(LimitError);
    await expect(refused).rejects.toMatchObject({ code: "inbox_full" });
    await expect(engine.signal(executionId, "go")).rejects.toMatchObject({ code: "inbox_full" });
    // What the engine itself has to tell it is never refused.
    await engine.patchState(executionId, { a: 1 });
    await engine.cancel(executionId);
    await settle();
    await expect(result()).rejects.toMatchObject({ status: "CANCELLED" });
  });

  it("unread signals: there is room again when one was read", async () => {
    const reader = workflow({ name: "reader" }, async (ctx) => {
      await ctx.wait(1_000);
      return [await ctx.waitForSignal("letter"), await ctx.waitForSignal("letter"), await ctx.waitForSignal("letter")];
    });
    const { engine, settle } = await openVirtual({ workflows: [reader], limits: { inbox: 2 } });
    const { executionId, result } = await engine.start(reader, null);
    await engine.idle();
    for (const n of [1, 2]) await engine.signal(executionId, "letter", n);
    await expect(engine.signal(executionId, "letter", 3)).rejects.toMatchObject({ code: "inbox_full" });
    await settle();
    await engine.signal(executionId, "letter", 3);
    expect(await result()).toEqual([1, 2, 3]);
  });

  it("children that it waits for: one more is refused at the call, and the others go on", async () => {
    const child = workflow({ name: "child" }, async (ctx) => ctx.wait(1_000));
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const all = [1, 2, 3].map((n) =>
        ctx.execute(child, n).then(
          () => "done",
          (error: { code?: string }) => error.code,
        ),
      );
      const results = await ctx.promise.all(all);
      // There is room again, and who is not waited for does not count.
      await ctx.promise.all([4, 5, 6].map((n) => ctx.start(child, n)));
      await ctx.execute(child, 7);
      return results;
    });
    const { engine, play } = await openVirtual({ workflows: [parent, child], limits: { pendingChildren: 2 } });
    const { executionId, result } = await play(parent);
    expect(await result()).toEqual(["done", "done", "pending_children_exceeded"]);
    expect((await engine.tree(executionId)).children).toHaveLength(6);
  });

  it("branches of a map at once: 100 unless it says otherwise", async () => {
    const items = Array.from({ length: 250 }, (_, i) => i);
    const child = workflow({ name: "child" }, async (ctx) => ctx.wait(1_000));
    const parent = workflow({ name: "parent" }, async (ctx, maxConcurrency: number | undefined) => {
      const options = maxConcurrency === undefined ? {} : { maxConcurrency };
      await ctx.map("all", items, (each, item) => each.execute(child, item), options);
    });
    const { engine, settle } = await openVirtual({ workflows: [parent, child] });
    for (const [given, expected] of [
      [undefined, 100],
      [7, 7],
    ] as const) {
      const { executionId } = await engine.start(parent, given);
      await engine.idle();
      expect((await engine.tree(executionId)).children).toHaveLength(expected);
      await settle();
      expect((await engine.tree(executionId)).children).toHaveLength(items.length);
    }
  });
});
