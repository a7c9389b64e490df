import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CancelledError, ChildExecutionError } from "../../../lib/kernel/errors.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { createTestEngine } from "../../../lib/testing/index.ts";

const charge = workflow({ name: "charge", input: z.object({ cents: z.number() }) }, (ctx, { cents }) =>
  ctx.step("pay", () => `paid ${cents}`),
);
const order = workflow({ name: "order" }, async (ctx) => {
  await ctx.wait("cooling off", "3d");
  const paid = await ctx.execute(charge, { cents: 100 });
  return ctx.runInChildContext("ship", (ship) => ship.step("pack", () => `${paid}, packed`));
});

test("D19: time is skipped, and what happened can be looked at by name", async () => {
  await using engine = await createTestEngine({ workflows: [order, charge] });
  const before = engine.clock.now();
  const run = await engine.run(order, undefined);
  expect(await run.result()).toBe("paid 100, packed");
  expect(engine.clock.now() - before).toBe(3 * 24 * 3_600_000);
  expect(await run.getOperation("charge")).toMatchObject({ kind: "CHILD", status: "SUCCEEDED", result: "paid 100" });
  expect((await run.getHistoryEvents()).map((event) => event.type)).toContain("operation.succeeded");
  expect((await run.tree()).children).toHaveLength(1);
});

test("D19: steps are replaced by name, in every scope", async () => {
  const mocks = { steps: { pack: () => "a mock", pay: () => "for free" } };
  await using engine = await createTestEngine({ workflows: [order, charge], mocks });
  const run = await engine.run(order, undefined);
  expect(await run.result()).toBe("a mock");
  expect(await run.getOperation("charge")).toMatchObject({ result: "for free" });
});

test("D19: steps of branches and items are replaced, too", async () => {
  const batch = workflow({ name: "batch" }, async (ctx) => {
    const branches = await ctx.parallel([
      (b) => b.step("s", () => 1),
      { name: "named", run: (b) => b.step("s", () => 2) },
    ]);
    const items = await ctx.map([1, 2], (b) => b.step("s", () => 3));
    return [...branches.getResults(), ...items.getResults()];
  });
  await using engine = await createTestEngine({ workflows: [batch], mocks: { steps: { s: () => "mock" } } });
  expect(await (await engine.run(batch, undefined)).result()).toEqual(["mock", "mock", "mock", "mock"]);
});

test("D19: children are replaced by name, and may fail", async () => {
  const mocks = {
    children: {
      charge: () => {
        throw new TypeError("no money");
      },
    },
  };
  await using engine = await createTestEngine({ workflows: [order, charge], mocks });
  const run = await engine.run(order, undefined);
  await expect(run.result()).rejects.toThrow(ChildExecutionError);
  expect(await run.detail()).toMatchObject({
    status: "FAILED",
    error: { cause: { type: "TypeError", message: "no money" } },
  });
});

test("D19: an execution that waits for somebody outside says so, takes a signal and goes on", async () => {
  const asks = workflow({ name: "asks" }, (ctx) => ctx.waitForSignal<string>("answer"));
  await using engine = await createTestEngine({ workflows: [asks] });
  const run = await engine.run(asks, undefined);
  expect(run.ended).toBe(false);
  await expect(run.result()).rejects.toThrow(/waits at RECEIVE answer/);
  await run.signal("answer", "yes");
  expect(await run.result()).toBe("yes");
});

test("D19: a crash loses nothing that was durable", async () => {
  await using engine = await createTestEngine({ workflows: [order, charge] });
  const { executionId } = await engine.client.start("order", undefined);
  await engine.advance(1_000);
  await engine.crash();
  expect((await engine.client.get(executionId)).status).toBe("WAITING");
  await engine.settle();
  expect(await engine.client.get(executionId)).toMatchObject({ status: "SUCCEEDED", output: "paid 100, packed" });
});

test("D17: a workflow that awaits something foreign is told so", async () => {
  const foreign = workflow({ name: "foreign" }, () => new Promise(() => undefined));
  await using engine = await createTestEngine({ workflows: [foreign] });
  const run = await engine.run(foreign, undefined);
  expect(await run.detail()).toMatchObject({
    status: "FAILED",
    error: { type: "ForeignAwaitError", code: "foreign_await" },
  });
});

test.each([
  ["Date.now", () => Date.now()],
  ["new Date", () => new Date().getTime()],
  ["Math.random", () => Math.random()],
  ["setTimeout", () => void setTimeout(() => undefined, 1)],
])("D17: %s in workflow code throws in tests, after an await as well, and not in a step", async (what, call) => {
  const inStep = workflow({ name: "in-step" }, (ctx) => ctx.step("fine", () => void call()));
  const atOnce = workflow({ name: "at-once" }, () => void call());
  const later = workflow({ name: "later" }, async (ctx) => {
    await ctx.step("first", () => 1);
    call();
  });
  await using engine = await createTestEngine({ workflows: [inStep, atOnce, later] });
  expect((await (await engine.run(inStep, undefined)).detail()).status).toBe("SUCCEEDED");
  for (const bad of [atOnce, later]) {
    const { error } = await (await engine.run(bad, undefined)).detail();
    expect(error).toMatchObject({
      type: "NonDeterministicExecutionError",
      message: expect.stringContaining(`${what}()`) as string,
    });
  }
  expect(Date.now()).toBeTypeOf("number");
});

test("a cancelled execution can be tested like any other", async () => {
  const long = workflow({ name: "long" }, async (ctx) => {
    try {
      await ctx.waitForSignal("never");
    } catch (error) {
      await ctx.nonCancellable((shielded) => shielded.step("clean up", () => "done"));
      throw error;
    }
  });
  await using engine = await createTestEngine({ workflows: [long] });
  const run = await engine.run(long, undefined);
  await engine.client.cancel(run.executionId, "enough");
  await expect(run.result()).rejects.toMatchObject({ status: "CANCELLED", cause: expect.any(CancelledError) as Error });
  expect(await run.getOperation("clean up")).toMatchObject({ status: "SUCCEEDED" });
});

test("D19: a mock of a child is an output, or a function of its input, wherever the child's code comes from", async () => {
  const other = workflow({ name: "other" }, async (ctx) => [
    await ctx.execute(charge, { cents: 7 }),
    await ctx.execute("elsewhere", 3),
  ]);
  const mocks = { children: { charge: "free", elsewhere: (input: unknown) => Number(input) + 1 } };
  await using engine = await createTestEngine({ workflows: [other], mocks });
  expect(await (await engine.run(other, undefined)).result()).toEqual(["free", 4]);
});

test("D19: steps of a child that is handed over as an object are replaced, too", async () => {
  await using engine = await createTestEngine({ workflows: [order], mocks: { steps: { pay: () => "for free" } } });
  expect(await (await engine.run(order, undefined)).result()).toBe("for free, packed");
});

test("D17: a workflow that awaits a real timer is told so, whatever the timer does", async () => {
  const { setTimeout: sleep } = await import("node:timers/promises");
  const foreign = workflow({ name: "foreign-timer" }, async (ctx) => {
    await ctx.step("first", () => 1);
    await sleep(50);
  });
  await using engine = await createTestEngine({ workflows: [foreign] });
  const { status, error } = await (await engine.run(foreign, undefined)).detail();
  expect({ status, type: error?.type }).toEqual({ status: "FAILED", type: "ForeignAwaitError" });
  expect(error?.message).toContain("awaits something that is not the context's");
});

describe("fault:B17 run() stops where only somebody outside can move the tree", () => {
  const parts = {
    signal: workflow({ name: "signal" }, (ctx) => ctx.waitForSignal("go", { timeout: "1h" })),
    callback: workflow({ name: "callback" }, (ctx) => ctx.createCallback("go", { timeout: "1h" })[0]),
    silence: workflow({ name: "silence" }, (ctx) => ctx.createCallback("go", { heartbeatTimeout: "1h" })[0]),
    state: workflow({ name: "state" }, (ctx) => ctx.waitForState((state) => state["go"] === 1, { timeout: "1h" })),
    received: workflow({ name: "received" }, (ctx) => ctx.receive({ signals: ["go"], timeout: "1h" })),
    patched: workflow({ name: "patched" }, (ctx) =>
      ctx.receive({ state: (state) => state["go"] === 1, timeout: "1h" }),
    ),
    whole: workflow({ name: "whole", executionTimeout: "1h" }, (ctx) => ctx.waitForSignal("go")),
  };
  const child = workflow({ name: "child" }, (ctx) => ctx.waitForSignal("go"));
  const below = {
    parent: workflow({ name: "parent" }, (ctx) => ctx.execute(child, undefined, { timeout: "1h" })),
    handle: workflow({ name: "handle" }, async (ctx) => (await ctx.start(child, undefined)).result({ timeout: "1h" })),
    mailbox: workflow({ name: "mailbox" }, async (ctx) => {
      return ctx.receive({ children: [await ctx.start(child, undefined)], timeout: "1h" });
    }),
  };

  test.for([...Object.values(parts), ...Object.values(below)])("fault:B17 $name", async (code) => {
    const earlier = workflow({ name: "earlier" }, async (ctx) => {
      const waits = ctx.execute(code, undefined, { name: "waits" });
      await ctx.wait("30m");
      ctx.state.set("half", true);
      await waits.catch(() => undefined);
    });
    await using kit = await createTestEngine({ workflows: [earlier, code, child] });
    const run = await kit.run(earlier, undefined);
    expect(run.ended).toBe(false);
    expect((await run.detail()).state).toEqual({ half: true });
    await expect(run.result()).rejects.toThrow(/waits for somebody outside/);
    await kit.advance(3_600_000);

    expect(run.ended).toBe(true);
  });

  test("fault:B17 goes on after an answer, up to the next wait for somebody outside", async () => {
    const twice = workflow({ name: "twice" }, async (ctx) => {
      const first = await ctx.waitForSignal("first", { timeout: "1h" });
      await ctx.wait("2h");
      return [first, await ctx.waitForSignal("second", { timeout: "1h" })];
    });
    await using kit = await createTestEngine({ workflows: [twice] });
    const run = await kit.run(twice, undefined);
    await run.signal("first", 1);
    expect(run.ended).toBe(false);
    expect((await run.pending()).map(({ name }) => name)).toEqual(["second"]);
    await kit.client.signal(run.executionId, "second", 2);
    expect(await run.result()).toEqual([1, 2]);
  });

  test("fault:B17 passes deadlines that the tree itself can beat, or that nobody can", async () => {
    const slow = workflow({ name: "slow" }, (ctx) => ctx.wait("2h"));
    const inside = workflow({ name: "inside" }, async (ctx) => {
      const handle = await ctx.start(slow, undefined);
      const received = await ctx.receive({ children: [handle], timeout: "1h" });
      const waited = await ctx.execute(slow, undefined, { timeout: "1h" }).catch(() => "late");
      return [received.kind, waited];
    });
    await using kit = await createTestEngine({ workflows: [inside, slow] });
    expect(await (await kit.run(inside, undefined)).result()).toEqual(["timeout", "late"]);
  });
});
