/** Goes through the table of docs/user-code.md: what the functions of authors and hosts lead to when they fail. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import type { StandardSchema } from "../../../lib/kernel/schema.ts";
import type { EngineOptions } from "../../../lib/homes/embedded/engine-options.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";
import { hooks } from "./user-code-rows.ts";

/** What a function does that cannot be trusted. */
type Misdeed = "throws" | "nonsense";

function misbehave(misdeed: Misdeed): never {
  if (misdeed === "throws") throw new RangeError("boom");
  return "nonsense" as never;
}

const schemaOf = (misdeed: Misdeed): StandardSchema => ({
  "~standard": { version: 1, vendor: "test", validate: () => misbehave(misdeed) },
});

const step = workflow({ name: "step" }, (ctx) => ctx.step("s", () => 1));

/** Runs it; how it ended, and with what. */
async function ended(virtual: VirtualEngine, w: Workflow<any, any> = step): Promise<unknown> {
  const { status, error } = (await (await virtual.play(w)).outcome()) as { status: string; error?: Error };
  await virtual.engine.close();
  return error === undefined ? status : `${status}: ${error.message}`;
}

async function refused(act: () => Promise<unknown>): Promise<string> {
  const error: unknown = await act().then(
    () => new Error("was taken"),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.message : String(error);
}

const wrong: Record<Misdeed, RegExp> = { throws: /boom/, nonsense: /gave no|gave neither/ };
const open = (options: EngineOptions): Promise<VirtualEngine> => openVirtual({ workflows: [step], ...options });

const plays: Record<string, (misdeed: Misdeed) => Promise<void>> = {
  "log sink": async (misdeed) => {
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const talks = workflow({ name: "talks" }, (ctx) => {
      ctx.logger.info("one");
      ctx.logger.info("two");
    });
    const log = (): void => (misdeed === "throws" ? misbehave(misdeed) : (Promise.reject(new Error("boom")) as never));
    expect(await ended(await open({ workflows: [talks], log }), talks)).toBe("SUCCEEDED");
    await new Promise(setImmediate);
    expect(written.mock.calls).toEqual([[expect.stringContaining("the log sink failed")]]);
  },
  "plugin hook": async (misdeed) => {
    const onOperationStart = (): void =>
      misdeed === "throws" ? misbehave(misdeed) : (Promise.reject(new Error("boom")) as never);
    const virtual = await open({ plugins: [{ name: "bad", onOperationStart }] });
    expect(await ended(virtual)).toBe("SUCCEEDED");
    expect(virtual.logs).toMatchObject([{ level: "warn", message: "plugin bad threw: boom" }]);
  },
  "input schema": async (misdeed) => {
    const w = workflow({ name: "w", input: schemaOf(misdeed) }, () => 1);
    const { engine } = await open({ workflows: [w] });
    expect(await refused(() => engine.start(w, 1))).toMatch(wrong[misdeed]);
    expect((await engine.list()).executions).toEqual([]);
    await engine.close();
  },
  "output schema": async (misdeed) => {
    const w = workflow({ name: "w", output: schemaOf(misdeed) }, () => 1);
    expect(await ended(await open({ workflows: [w] }), w)).toMatch(wrong[misdeed]);
  },
  "step schema": async (misdeed) => {
    let attempts = 0;
    const w = workflow({ name: "w" }, (ctx) =>
      ctx.step("s", () => (attempts += 1), { schema: schemaOf(misdeed) as never, retry: { maxAttempts: 2 } }),
    );
    expect(await ended(await open({ workflows: [w] }), w)).toMatch(wrong[misdeed]);
    expect(attempts).toBe(2);
  },
  "signal schema": async (misdeed) => {
    const w = workflow({ name: "w", signals: { go: schemaOf(misdeed) } }, (ctx) => ctx.waitForSignal("go"));
    const { engine } = await open({ workflows: [w] });
    const handle = await engine.start(w, undefined);
    expect(await refused(() => handle.signal("go", 1))).toMatch(wrong[misdeed]);
    expect((await handle.get()).status).toBe("WAITING");
    await engine.close();
  },
  "callback schema": async (misdeed) => {
    const w = workflow({ name: "w" }, (ctx) => ctx.createCallback("cb", { schema: schemaOf(misdeed) })[0]);
    const { engine } = await open({ workflows: [w] });
    const handle = await engine.start(w, undefined);
    await engine.idle();
    const [wait] = await engine.pending(handle.executionId);
    expect(await refused(() => engine.callbacks.succeed(wait?.callbackId ?? "", 1))).toMatch(wrong[misdeed]);
    expect((await handle.get()).status).toBe("WAITING");
    await engine.close();
  },
  "retry strategy": async (misdeed) => {
    const fails = (): never => {
      throw new Error("the failure");
    };
    const w = workflow({ name: "w" }, (ctx) => ctx.step("s", fails, { retry: () => misbehave(misdeed) }));
    expect(await ended(await open({ workflows: [w] }), w)).toMatch(wrong[misdeed]);
  },
  "wait strategy": async (misdeed) => {
    const waitStrategy = (): never => misbehave(misdeed);
    const w = workflow({ name: "w" }, (ctx) => ctx.waitForCondition("c", () => 1, { initialState: 0, waitStrategy }));
    expect(await ended(await open({ workflows: [w] }), w)).toMatch(wrong[misdeed]);
  },
  "state predicate": async (misdeed) => {
    const predicate = (): boolean =>
      misdeed === "throws" ? misbehave(misdeed) : (Promise.reject(new Error("late")) as never);
    const w = workflow({ name: "w" }, (ctx) => ctx.waitForState(predicate));
    const found = await ended(await open({ workflows: [w] }), w);
    expect(found).toMatch(misdeed === "throws" ? /boom/ : /must not be asynchronous/);
  },
  codec: async (misdeed) => {
    let calls = 0;
    const encode = async (text: string): Promise<string> => ((calls += 1) === 1 ? misbehave(misdeed) : text);
    const codec = { name: "flaky", encode, decode: async (text: string): Promise<string> => text };
    const virtual = await open({ codec: codec as never });
    const starting = virtual.engine.start(step, undefined);
    await new Promise(setImmediate);
    // The disk is tried again after a second.
    expect(virtual.clock.fireNext()).toBe(misdeed === "throws");
    expect(await (await starting).result()).toBe(1);
    await virtual.engine.close();
  },
};

afterEach(() => void vi.restoreAllMocks());

describe("fault:C3 the functions of authors and hosts", () => {
  it("are the rows of the table in docs/user-code.md", () => {
    const text = readFileSync(path.resolve(import.meta.dirname, "../../../docs/user-code.md"), "utf8");
    const lines = text.split("\n").filter((line) => line.startsWith("| ") && !/^\| (what|---)/.test(line));
    const cells = lines.map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(cells).toEqual(hooks.map(({ hook, throws, hangs, nonsense }) => [hook, throws, hangs, nonsense]));
    expect(Object.keys(plays)).toEqual(hooks.map(({ hook }) => hook));
  });

  it.each(hooks)("$hook that throws: $throws", async ({ hook }) => {
    await expect(plays[hook]?.("throws")).resolves.toBeUndefined();
  });
  it.each(hooks)("$hook that gives nonsense: $nonsense", async ({ hook }) => {
    await expect(plays[hook]?.("nonsense")).resolves.toBeUndefined();
  });
});

describe("fault:C4 an output schema", () => {
  it("may look at the clock: it is asked once, and its answer is recorded", async () => {
    const at = { "~standard": { version: 1, vendor: "test", validate: () => ({ value: Date.now() > 0 }) } } as const;
    const w = workflow({ name: "w", output: at }, () => 1);
    expect(await ended(await open({ workflows: [w], determinism: "throw" }), w)).toBe("SUCCEEDED");
  });
});
