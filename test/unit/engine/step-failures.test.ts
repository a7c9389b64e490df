/** Whatever a step throws, and whatever decides about it throws, its operation is answered. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { StepOptions } from "../../../lib/kernel/context.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const nothing: unknown = Object.create(null);

async function failing(options: StepOptions, thrown: unknown = new Error("broken")) {
  const { engine, play } = await openVirtual();
  const handle = await play(
    workflow({ name: "stepping" }, async (ctx) => {
      try {
        return await ctx.step("fails", () => Promise.reject(thrown as Error), options);
      } catch (error) {
        return (error as Error).message;
      }
    }),
  );
  const { status, output } = await handle.get();
  await engine.close();
  return { status, output };
}

describe("a step that fails", () => {
  it("fails when its retry strategy throws", async () => {
    const strategy = () => {
      throw new Error("no idea");
    };
    expect(await failing({ retry: strategy })).toEqual({
      status: "SUCCEEDED",
      output: expect.stringContaining("no idea"),
    });
  });

  it("fails when its retry strategy names no delay", async () => {
    const strategy = () => ({ shouldRetry: true, delay: Number.NaN }) as const;
    expect(await failing({ retry: strategy })).toEqual({
      status: "SUCCEEDED",
      output: expect.stringContaining("delay of the retry strategy"),
    });
  });

  it("fails when its retry policy is none", async () => {
    expect(await failing({ retry: { maxAttempts: 0 } })).toEqual({
      status: "SUCCEEDED",
      output: expect.stringContaining("maxAttempts"),
    });
  });

  it("fails when its timeout is no duration", async () => {
    expect(await failing({ timeout: -1, retry: false })).toEqual({
      status: "SUCCEEDED",
      output: expect.stringContaining("timeout"),
    });
  });

  it("fails, and is tried again, when what it throws cannot be made text", async () => {
    expect(await failing({}, nothing)).toMatchObject({
      status: "SUCCEEDED",
      output: expect.stringContaining("Not an error was thrown"),
    });
  });
});

describe("an execution that throws what cannot be made text", () => {
  it("is retried and fails", async () => {
    const { engine, play } = await openVirtual();
    const throwing = workflow({ name: "throwing", retry: { maxAttempts: 2 } }, () => Promise.reject(nothing as Error));
    const { status, generation } = await (await play(throwing)).get();
    expect({ status, generation }).toEqual({ status: "FAILED", generation: 2 });
    await engine.close();
  });

  it("fails its context, its branch and its parent", async () => {
    const { engine, play } = await openVirtual();
    const throwing = workflow({ name: "throwing" }, async (ctx) => {
      const batch = await ctx.parallel([() => Promise.reject(nothing as Error)], {
        nesting: "FLAT",
        completion: { toleratedFailureCount: 1 },
      });
      const context = await ctx
        .runInChildContext("c", () => Promise.reject(nothing as Error))
        .catch((error: Error) => error.name);
      return [batch.failureCount, context];
    });
    const { output } = await (await play(throwing)).get();
    expect(output).toEqual([1, "ChildContextError"]);
    await engine.close();
  });
});
