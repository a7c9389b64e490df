/** D2: schemas are asked once, before anything is recorded, and never while replaying; they may take their time. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { EngineOptions } from "../../../lib/homes/embedded/engine-options.ts";
import { ValidationError } from "../../../lib/kernel/errors.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";

/** Turns text into a number; counts how often it is asked. `late`: answers in a later turn. */
function counted(late: boolean) {
  const asked: unknown[] = [];
  const judge = (value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value)
      ? { value: Number(value) }
      : { issues: [{ message: "is no number in text", path: [] }] };
  const validate = (value: unknown) => {
    asked.push(value);
    return late
      ? new Promise<ReturnType<typeof judge>>((done) => setImmediate(() => done(judge(value))))
      : judge(value);
  };
  const schema = { "~standard": { version: 1, vendor: "test", validate } } satisfies StandardSchema<string, number>;
  return { schema: schema as StandardSchema<string, number>, asked };
}

/** Evicted at every wait, so that everything is replayed several times. */
async function open(options: Pick<EngineOptions, "workflows">): Promise<VirtualEngine> {
  return openVirtual({ ...options, eviction: "always" });
}

describe.each([
  ["at once", false],
  ["in its own time", true],
])("D2: a schema that answers %s is asked once, and what comes out of it is stored:", (_, late) => {
  it("for an input", async () => {
    const { schema, asked } = counted(late);
    const child = workflow({ name: "child", input: schema }, async (ctx, n) => {
      await ctx.wait(1_000);
      return n;
    });
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const n = await ctx.execute(child, "41");
      await ctx.wait(1_000);
      return n + 1;
    });
    const { engine, play } = await open({ workflows: [parent, child] });
    expect(await (await play(parent)).result()).toBe(42);
    const root = await play(child, "7");
    expect(await root.result()).toBe(7);
    expect(asked).toEqual(["41", "7"]);
    expect((await engine.journal(root.executionId))[0]).toMatchObject({ t: "run", input: "7" });
  });

  it("for an output, also when its parent is replayed after it", async () => {
    const { schema, asked } = counted(late);
    const child = workflow({ name: "child", output: schema }, async (ctx) => {
      await ctx.wait(1_000);
      return "41";
    });
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const n = await ctx.execute(child, null);
      await ctx.wait(1_000);
      return n + 1;
    });
    const { play } = await open({ workflows: [parent, child] });
    expect(await (await play(parent)).result()).toBe(42);
    expect(asked).toEqual(["41"]);
  });

  it("for the result of a step", async () => {
    const { schema, asked } = counted(late);
    const root = workflow({ name: "root" }, async (ctx) => {
      const n: unknown = await ctx.step("read", () => "41" as never, { schema });
      await ctx.wait(1_000);
      return n;
    });
    const { play } = await open({ workflows: [root] });
    expect(await (await play(root)).result()).toBe(41);
    expect(asked).toEqual(["41"]);
  });

  it("for the payload of a callback", async () => {
    const { schema, asked } = counted(late);
    const root = workflow({ name: "root" }, async (ctx) => {
      const [answer] = ctx.createCallback("answer", { schema });
      const n = await answer;
      await ctx.wait(1_000);
      return n;
    });
    const { engine, settle, play } = await open({ workflows: [root] });
    const { executionId, result } = await play(root);
    const [wait] = await engine.pending(executionId);
    await engine.callbacks.succeed(wait?.callbackId ?? "", "41");
    await settle();
    expect(await result()).toBe(41);
    expect(asked).toEqual(["41"]);
  });

  const takers = {
    "a declared signal": (schema: StandardSchema<string, number>) =>
      workflow({ name: "root", signals: { n: schema } }, async (ctx) => {
        const n = await ctx.waitForSignal("n");
        await ctx.wait(1_000);
        return n;
      }),
    "a signal that is declared and named again at the wait": (schema: StandardSchema<string, number>) =>
      workflow({ name: "root", signals: { n: schema } }, async (ctx) => {
        const n = await ctx.waitForSignal("n", { schema });
        await ctx.wait(1_000);
        return n;
      }),
    "a signal of a wait": (schema: StandardSchema<string, number>) =>
      workflow({ name: "root" }, async (ctx) => {
        const n = await ctx.waitForSignal("n", { schema });
        await ctx.wait(1_000);
        return n;
      }),
    "a signal of a mailbox": (schema: StandardSchema<string, number>) =>
      workflow({ name: "root" }, async (ctx) => {
        const item = await ctx.receive({ signals: { n: schema, other: z.string() } });
        await ctx.wait(1_000);
        return item.kind === "signal" && item.payload;
      }),
  };
  it.each(Object.entries(takers))("for %s that somebody waits for", async (_title, define) => {
    const { schema, asked } = counted(late);
    const root = define(schema);
    const { engine, settle, play } = await open({ workflows: [root] });
    const { executionId, result } = await play(root);
    await engine.signal(executionId, "n", "41");
    await settle();
    expect(await result()).toBe(41);
    expect(asked).toEqual(["41"]);
  });

  it.each(Object.entries(takers))("for %s that came before anybody waited for it", async (_title, define) => {
    const { schema, asked } = counted(late);
    const taker = define(schema);
    const root = { ...taker, run: delayed(taker.run) };
    const { engine, settle } = await open({ workflows: [root] });
    const { executionId, result } = await engine.start(root, null);
    await engine.idle();
    await engine.signal(executionId, "n", "41");
    await settle();
    expect(await result()).toBe(41);
    expect(asked).toEqual(["41"]);
  });

  it("for signals that do not fit, which are dropped with the reason, and the next is taken", async () => {
    const { schema, asked } = counted(late);
    const root = workflow({ name: "root" }, async (ctx) => {
      await ctx.wait(1_000);
      const n = await ctx.waitForSignal("n", { schema });
      await ctx.wait(1_000);
      return n;
    });
    const { engine, settle } = await open({ workflows: [root] });
    const { executionId, result } = await engine.start(root, null);
    await engine.idle();
    for (const payload of ["?", "!", "41"]) await engine.signal(executionId, "n", payload);
    await settle();
    expect(await result()).toBe(41);
    expect(asked).toEqual(["?", "!", "41"]);
    const drops = (await engine.journal(executionId)).filter((entry) => entry.t === "mark" && entry.kind === "DROP");
    expect(drops).toMatchObject([{ e: { type: "ValidationError" } }, { e: { type: "ValidationError" } }]);
  });

  it("and a child is not born when its parent was stopped while its input was looked at", async () => {
    const { schema } = counted(late);
    const child = workflow({ name: "child", input: schema }, async (ctx) => ctx.waitForSignal("never"));
    const parent = workflow({ name: "parent" }, async (ctx) => ctx.execute(child, "41"));
    const { engine, settle } = await open({ workflows: [parent, child] });
    const { executionId } = await engine.start(parent, null);
    await engine.stop(executionId);
    await settle();
    const { executions } = await engine.list({ status: ["PENDING", "RUNNING", "WAITING"] });
    expect(executions).toEqual([]);
  });
});

it("D2: a cancel reaches a child whose input is still being looked at", async () => {
  const { schema } = counted(true);
  const child = workflow({ name: "child", input: schema }, async (ctx) => ctx.waitForSignal("never"));
  const parent = workflow({ name: "parent" }, async (ctx) => ctx.execute(child, "41"));
  const { engine, settle } = await open({ workflows: [parent, child] });
  const { executionId } = await engine.start(parent, null);
  await engine.cancel(executionId);
  await settle();
  const { execution, children } = await engine.tree(executionId);
  expect([execution.status, ...children.map((node) => node.execution.status)]).toEqual(["CANCELLED", "CANCELLED"]);
});

function delayed(run: ReturnType<typeof workflow>["run"]): ReturnType<typeof workflow>["run"] {
  return async (ctx, input) => {
    await ctx.wait(1_000);
    return run(ctx, input);
  };
}

describe("D2: types that JSON cannot express", () => {
  it("come out of their schema, are stored in their wire form, and are shown from their wire side", async () => {
    const At = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (at) => at.toISOString(),
    });
    const root = workflow({ name: "root", signals: { at: z.object({ at: At, n: z.bigint() }) } }, async (ctx) => {
      const { at, n } = await ctx.waitForSignal<{ at: Date; n: bigint }>("at");
      await ctx.wait(1_000);
      return { year: at.getUTCFullYear(), double: n * 2n };
    });
    const { engine, settle, play } = await open({ workflows: [root] });
    const { executionId, result } = await play(root);
    expect(await engine.pending(executionId)).toMatchObject([
      { name: "at", schema: { properties: { at: { type: "string", format: "date-time" }, n: {} } } },
    ]);
    await engine.signal(executionId, "at", { at: "2026-01-01T00:00:00Z", n: 2n ** 70n });
    await settle();
    expect(await result()).toEqual({ year: 2026, double: 2n ** 71n });
  });

  it("are refused before anything exists when they do not fit", async () => {
    const root = workflow({ name: "root", input: z.object({ at: z.date() }) }, async (_ctx, { at }) => at.getTime());
    const { engine } = await open({ workflows: [root] });
    const refused = engine.start(root, { at: "2026-01-01" as never });
    await expect(refused).rejects.toBeInstanceOf(ValidationError);
    expect((await engine.list()).executions).toEqual([]);
    expect(await engine.execute(root, { at: new Date(5) })).toBe(5);
  });
});
