/** Answers and code that come too late: they belong to a generation, a session or an engine that is no more. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

/** A schema that takes what it is given, when it is let. */
function gate() {
  const { promise: open, resolve: let_ } = Promise.withResolvers<void>();
  const schema: StandardSchema<any, any> = {
    "~standard": { version: 1, vendor: "test", validate: (value) => open.then(() => ({ value })) },
  };
  return { schema, open: let_ };
}

describe("an answer to the generation before", () => {
  it("of another execution is not this one's", async () => {
    const { engine, play } = await openVirtual();
    const slow = workflow({ name: "slow" }, async (ctx, ms: number) => {
      await ctx.wait(ms);
      return ms;
    });
    const parent = workflow({ name: "parent" }, async (ctx, round: number) => {
      if (round === 1) {
        const found = { id: "taken", idConflict: "use_existing", timeout: 1_000, onTimeout: "abandon" } as const;
        await ctx.execute(slow, 1, found).catch(() => undefined);
        return ctx.continueAsNew(2);
      }
      return ctx.execute(slow, 60_000);
    });
    await engine.start(slow, 10_000, { id: "taken" });
    const { output, status } = await (await play(parent, 1)).get();
    expect({ output, status }).toEqual({ output: 60_000, status: "SUCCEEDED" });
    await engine.close();
  });

  it("to a request is not this one's", async () => {
    const { engine, play } = await openVirtual();
    const target = workflow({ name: "target" }, (ctx) => ctx.waitForSignal("s"));
    const sender = workflow({ name: "sender" }, async (ctx, round: number) => {
      if (round === 1) {
        void ctx.attach("nobody").signal("s");
        return ctx.continueAsNew(2);
      }
      await ctx.attach("target").signal("s", 5);
      return "sent";
    });
    const waiting = await engine.start(target, null, { id: "target" });
    const { output, status } = await (await play(sender, 1)).get();
    expect({ output, status }).toEqual({ output: "sent", status: "SUCCEEDED" });
    expect((await waiting.get()).output).toBe(5);
    await engine.close();
  });

  it("to a callback is not this one's", async () => {
    const { schema, open } = gate();
    const { engine, settle } = await openVirtual();
    const ids: string[] = [];
    const asking = workflow({ name: "asking" }, async (ctx, round: number) => {
      const [promise, id] = ctx.createCallback("c", { schema });
      ids.push(id);
      if (round === 1) {
        await ctx.waitForSignal("next");
        return ctx.continueAsNew(2);
      }
      return promise;
    });
    const handle = await engine.start(asking, 1);
    await engine.idle();
    const late = engine.callbacks.succeed(ids[0] as string, "old");
    late.catch(() => undefined);
    await handle.signal("next");
    open();
    await expect(late).rejects.toMatchObject({ code: "callback_not_found" });
    await engine.callbacks.succeed(ids[1] as string, "new");
    await settle();
    expect((await handle.get()).output).toBe("new");
    await engine.close();
  });
});

describe("a callback", () => {
  it("that is answered twice at once tells the second", async () => {
    const { engine, settle } = await openVirtual();
    let callbackId = "";
    const asking = workflow({ name: "asking" }, async (ctx) => {
      const [promise, id] = ctx.createCallback("c");
      callbackId = id;
      const first = await promise;
      await ctx.wait(1_000);
      return first;
    });
    const handle = await engine.start(asking, null);
    await engine.idle();
    const answers = await Promise.allSettled([
      engine.callbacks.succeed(callbackId, 1),
      engine.callbacks.succeed(callbackId, 2),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await settle();
    expect((await handle.get()).output).toBe(1);
    await engine.close();
  });

  it("takes no payload beyond the limit", async () => {
    const { engine } = await openVirtual({ limits: { payload: 100 } });
    let callbackId = "";
    const asking = workflow({ name: "asking" }, (ctx) => {
      const [promise, id] = ctx.createCallback("c");
      callbackId = id;
      return promise;
    });
    const handle = await engine.start(asking, null);
    await engine.idle();
    await expect(engine.callbacks.succeed(callbackId, "x".repeat(200))).rejects.toMatchObject({
      code: "payload_too_large",
    });
    await expect(engine.patchState(handle.executionId, { x: "x".repeat(200) })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    await engine.close();
  });
});

describe("a refusal", () => {
  it("comes when what it depends on is durable: the id that is taken, the callback that was answered", async () => {
    const { engine } = await openVirtual();
    let callbackId = "";
    const asking = workflow({ name: "asking" }, (ctx) => {
      const [promise, id] = ctx.createCallback("c");
      callbackId = id;
      return promise;
    });
    const groups = async (first: Promise<unknown>, second: Promise<unknown>): Promise<number> => {
      const before = engine.commits;
      await expect(second).rejects.toBeInstanceOf(Error);
      const after = engine.commits;
      await first;
      return after - before;
    };
    const started = engine.start(asking, null, { id: "one" });
    expect(await groups(started, engine.start(asking, null, { id: "one" }))).toBeGreaterThan(0);
    await engine.idle();
    const answered = engine.callbacks.succeed(callbackId, 1);
    expect(await groups(answered, engine.callbacks.succeed(callbackId, 2))).toBeGreaterThan(0);
    await engine.close();
  });
});

describe("a signal that comes while the output is checked", () => {
  it("is there for the retry", async () => {
    const { promise: wait, resolve } = Promise.withResolvers<void>();
    let checks = 0;
    const output: StandardSchema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: async (value) => {
          checks += 1;
          if (checks > 1) return { value };
          await wait;
          throw new Error("no connection");
        },
      },
    };
    const { engine, settle } = await openVirtual();
    const trying = workflow({ name: "trying", output, retry: { maxAttempts: 2, nonRetryableTypes: [] } }, (ctx) =>
      ctx.info.attempt === 1 ? "first" : ctx.waitForSignal("s"),
    );
    const handle = await engine.start(trying, null);
    const sent = handle.signal("s", "came");
    await setTimeout();
    resolve();
    await settle();
    await sent;
    const { status, output: got, generation } = await handle.get();
    expect({ status, got, generation }).toEqual({ status: "SUCCEEDED", got: "came", generation: 2 });
    await engine.close();
  });
});

describe("an output whose check a restart cut off", () => {
  it("is checked again, and its failure is tried again", async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "treeline-")), "t.db");
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    let checks = 0;
    const output: StandardSchema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: async (value) => {
          checks += 1;
          ask();
          if (checks === 1) return new Promise(() => undefined);
          if (checks === 2) throw new Error("no connection");
          return { value };
        },
      },
    };
    const checked = workflow({ name: "checked", output, retry: { maxAttempts: 2 } }, (ctx) =>
      ctx.step("s", () => ctx.info.generation),
    );
    const first = await openVirtual({ file, workflows: [checked], socket: false });
    const { executionId } = await first.engine.start(checked, null);
    await asked;
    await first.engine.close();
    const { engine, settle } = await openVirtual({ file, workflows: [checked], socket: false });
    await settle();
    const { status, output: got } = await engine.get(executionId);
    expect({ status, got }).toEqual({ status: "SUCCEEDED", got: 2 });
    await engine.close();
  });
});

describe("code that goes on when its session is no more", () => {
  it("leaves nothing in the journal after it was put away", async () => {
    const { engine } = await openVirtual({ eviction: "always" });
    const { promise: foreign, resolve } = Promise.withResolvers<void>();
    const child = workflow({ name: "child" }, () => 1);
    const straying = workflow({ name: "straying" }, async (ctx) => {
      const [promise] = ctx.createCallback("c");
      void (async () => {
        await foreign;
        ctx.emit("stray");
        void ctx.start(child, null);
        await ctx.step("stray", () => 1);
      })();
      return promise;
    });
    const handle = await engine.start(straying, null);
    await engine.idle();
    const before = await engine.journal(handle.executionId);
    resolve();
    await setTimeout();
    await engine.idle();
    expect(await engine.journal(handle.executionId)).toEqual(before);
    expect((await engine.list({ workflow: "child" })).executions).toEqual([]);
    await engine.close();
  });

  it("leaves nothing in the journal after its end", async () => {
    const { engine, play } = await openVirtual();
    let refusal: unknown;
    const straying = workflow({ name: "straying" }, (ctx) => {
      queueMicrotask(() => {
        try {
          ctx.patched("late");
        } catch (error) {
          refusal = error;
        }
      });
      return "over";
    });
    const handle = await play(straying);
    expect(refusal).toMatchObject({ code: "context_misplaced" });
    expect((await engine.journal(handle.executionId)).at(-1)?.t).toBe("fin");
    expect(await handle.result()).toBe("over");
    await engine.close();
  });
});

describe("an engine that is closed", () => {
  it("may be closed again", async () => {
    const { engine } = await openVirtual();
    await Promise.all([engine.close(), engine.close()]);
    await expect(engine.close()).resolves.toBeUndefined();
  });

  it("refuses what comes after", async () => {
    const { engine } = await openVirtual({ eviction: "always" });
    let callbackId = "";
    const waiting = workflow({ name: "waiting" }, (ctx) => {
      const [promise, id] = ctx.createCallback("c");
      callbackId = id;
      return promise;
    });
    const handle = await engine.start(waiting, null);
    await engine.idle();
    await engine.close();
    const closed = { code: "engine_closed" };
    await expect(engine.start(waiting, null)).rejects.toMatchObject(closed);
    await expect(handle.signal("s")).rejects.toMatchObject(closed);
    await expect(handle.cancel()).rejects.toMatchObject(closed);
    await expect(handle.stop()).rejects.toMatchObject(closed);
    await expect(engine.patchState(handle.executionId, { a: 1 })).rejects.toMatchObject(closed);
    await expect(engine.callbacks.succeed(callbackId)).rejects.toMatchObject(closed);
    await expect(handle.result()).rejects.toMatchObject(closed);
    await expect(engine.idle()).resolves.toBeUndefined();
  });

  it("rejects those who wait for an end", async () => {
    const { engine } = await openVirtual();
    const handle = await engine.start(
      workflow({ name: "waiting" }, (ctx) => ctx.wait("1d")),
      null,
    );
    const result = handle.result();
    result.catch(() => undefined);
    await engine.close();
    await expect(result).rejects.toMatchObject({ code: "engine_closed" });
  });

  it("lets nobody in who waited outside", async () => {
    let began = 0;
    const { engine } = await openVirtual({ limits: { executions: 1 } });
    const busy = workflow({ name: "busy" }, (ctx) =>
      ctx.step(
        "s",
        (s) => new Promise((_, reject) => s.signal.addEventListener("abort", () => reject(s.signal.reason))),
      ),
    );
    const going = workflow({ name: "going" }, async (ctx, round: number) => {
      if (round > 1) began += 1;
      await ctx.waitForSignal("next");
      return ctx.continueAsNew(round + 1);
    });
    const handle = await engine.start(going, 1);
    await engine.idle();
    await engine.start(busy, null);
    await handle.signal("next");
    await engine.close();
    await setTimeout();
    expect(began).toBe(0);
  });
});
