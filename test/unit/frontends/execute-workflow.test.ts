/** `executeWorkflow`: in a workflow it is `ctx.execute` and `ctx.start`, outside a run in this process. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { executeWorkflow } from "../../../lib/frontends/code/execute-workflow.ts";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { ExecutionHandle, WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import {
  ApplicationError,
  ChildExecutionError,
  isCancellation,
  ValidationError,
  WorkflowDefinitionError,
} from "../../../lib/kernel/errors.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const child = workflow({ name: "child", input: z.object({ data: z.string() }) }, async (ctx, { data }) =>
  ctx.step("process", () => `processed:${data}`),
);
const broken = workflow({ name: "broken" }, async (): Promise<never> => {
  throw new ApplicationError("no stock", { type: "OutOfStock", data: { sku: 7 } });
});
/** As JavaScript calls it. */
const call = executeWorkflow as (workflow: unknown, params: unknown, options?: unknown) => Promise<unknown>;
const DETACHED = "executeWorkflow with wait: false can only be called from within a workflow";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("outside a workflow", () => {
  it("M09 refuses not to wait, before it looks at anything else", async () => {
    await expect(executeWorkflow(child, { data: "x" }, { wait: false })).rejects.toMatchObject({
      name: "WorkflowDefinitionError",
      code: "workflow_definition",
      message: DETACHED,
    });
    await expect(call("no workflow", {}, { wait: false })).rejects.toThrow(DETACHED);
  });

  it("M10 tells a missing definition from a missing entrypoint", async () => {
    const { run: _run, ...bodiless } = child;
    await expect(call(async () => 1, {})).rejects.toThrow(/must be a workflow, defined with workflow/);
    await expect(call(undefined, {})).rejects.toThrow(/must be a workflow/);
    await expect(call({ name: "x" }, {})).rejects.toThrow(/must be a workflow/);
    await expect(call(bodiless, {})).rejects.toThrow(/child must have an entrypoint/);
    await expect(call(bodiless, {})).rejects.toThrow(WorkflowDefinitionError);
  });

  it("M11 runs in this process and resolves with the result", async () => {
    await expect(executeWorkflow(child, { data: "hello" })).resolves.toBe("processed:hello");
  });

  it("M11 runs children in process, too, by either call", async () => {
    const parent = workflow({ name: "parent" }, async (ctx: WorkflowContext) => {
      const [a, b] = await Promise.all([executeWorkflow(child, { data: "a" }), ctx.execute(child, { data: "b" })]);
      const handle = await executeWorkflow(child, { data: "c" }, { wait: false, executionId: "c" });
      return [a, b, await handle.result(), handle.workflow];
    });
    const grandparent = workflow({ name: "grandparent" }, async () => executeWorkflow(parent, undefined));
    await expect(executeWorkflow(grandparent, undefined)).resolves.toEqual([
      "processed:a",
      "processed:b",
      "processed:c",
      "child",
    ]);
  });

  it("M11 ignores the timeout of the workflow", async () => {
    const slow = workflow({ name: "slow", executionTimeout: 1 }, async (ctx: WorkflowContext) => {
      await ctx.wait(20);
      return "late";
    });
    await expect(executeWorkflow(slow, undefined)).resolves.toBe("late");
  });

  it.each([{ executionTimeout: 1 }, { executionId: "order-7" }, { parentClosePolicy: "terminate" }])(
    "fault:C10: refuses an option that only an engine can keep: %j",
    async (options) => {
      const [path] = Object.keys(options);
      for (const durable of [undefined, false]) {
        const refused = call(child, { data: "x" }, { ...options, durable });
        await expect(refused).rejects.toMatchObject({ code: "invalid_argument", issues: [{ path }] });
      }
    },
  );

  it("fault:C10: refuses options that do not exist, and null", async () => {
    await expect(call(child, { data: "x" }, { timeout: 1 })).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(call(child, { data: "x" }, null)).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("fault:C10: warns once per process that nothing is durable, and not where that is meant", async () => {
    vi.resetModules();
    const fresh = await import("../../../lib/frontends/code/execute-workflow.ts");
    const definitions = await import("../../../lib/frontends/code/workflow.ts");
    const freshChild = definitions.workflow({ name: "child" }, (ctx) => ctx.step("process", () => 1));
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    await fresh.executeWorkflow(freshChild, undefined, { durable: false });
    expect(warn).not.toHaveBeenCalled();
    await fresh.executeWorkflow(freshChild, undefined);
    await fresh.executeWorkflow(freshChild, undefined);
    expect(warn.mock.calls).toMatchObject([
      [expect.stringMatching(/executeWorkflow\(child\).*nothing of it is durable/), { code: "TREELINE_NOT_DURABLE" }],
    ]);
  });

  it("M11 says that signals, callbacks and waits for the state need an engine", async () => {
    const waits: [what: string, wait: (ctx: WorkflowContext) => Promise<unknown>][] = [
      ["signal go", (ctx) => ctx.waitForSignal("go")],
      ["signal a, b", (ctx) => ctx.receive({ signals: ["a", "b"] })],
      ["callback approve", (ctx) => ctx.createCallback("approve")[0]],
      ["waitForState", (ctx) => ctx.waitForState(() => false)],
      ["signal go", async (ctx) => (await ctx.start(child, { data: "x" })).signal("go")],
    ];
    for (const [what, wait] of waits) {
      const refused = executeWorkflow(
        workflow({ name: "waiting" }, async (ctx) => wait(ctx)),
        undefined,
      );
      await expect(refused).rejects.toThrow(
        `waiting runs in process, where nothing comes from outside: ${what} needs an engine`,
      );
    }
  });

  it("M11 retries steps here, and fails with the error that the workflow threw", async () => {
    let attempts = 0;
    const failing = workflow({ name: "failing" }, async (ctx: WorkflowContext) =>
      ctx.step(
        "tries",
        () => {
          attempts += 1;
          throw new Error(`attempt ${attempts}`);
        },
        { retry: { maxAttempts: 3, initialDelay: 1 } },
      ),
    );
    await expect(executeWorkflow(failing, undefined)).rejects.toMatchObject({
      name: "StepError",
      cause: { message: "attempt 3" },
    });
    const thrown = await executeWorkflow(broken, undefined).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ApplicationError);
  });

  it("M11 fails the parent with the child's error wrapped, as an engine does", async () => {
    const parent = workflow({ name: "parent" }, async () => executeWorkflow(broken, undefined));
    const error = await executeWorkflow(parent, undefined).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ChildExecutionError);
    expect(error).toMatchObject({
      workflow: "broken",
      status: "FAILED",
      cause: { type: "OutOfStock", data: { sku: 7 } },
    });
  });

  it("M12 validates what goes in and what comes out", async () => {
    const typed = workflow({ name: "typed", output: z.object({ n: z.number() }) }, async () => ({ n: "one" }) as never);
    await expect(call(child, {})).rejects.toThrow(ValidationError);
    await expect(executeWorkflow(typed, undefined)).rejects.toThrow(/output of typed does not fit/);
  });

  it("gives copies, never what is shared", async () => {
    const given = { list: [1], when: new Date(0) };
    const echo = workflow({ name: "echo" }, async (_ctx, input: typeof given) => input);
    const got = await executeWorkflow(echo, given);
    expect(got).toEqual(given);
    expect(got.list).not.toBe(given.list);
  });

  it("has waits, conditions, contexts, batches, state, effects and continueAsNew", async () => {
    const all = workflow({ name: "all" }, async (ctx: WorkflowContext, round: number): Promise<unknown> => {
      if (round === 0) {
        ctx.state.set("kept", true);
        return ctx.continueAsNew(1);
      }
      const polls = await ctx.waitForCondition((n: number) => n + 1, {
        initialState: 0,
        waitStrategy: (n) => (n < 3 ? { shouldContinue: true, delay: 1 } : { shouldContinue: false }),
      });
      const started = await ctx.step("effects", (s) => {
        s.setState("from", "step");
        s.emit("ignored");
        s.stream("ignored");
        s.document("ignored", {});
        return s.start(child, { data: "from step" });
      });
      const batch = await ctx.map([1, 2], async (item, n) => item.step("double", () => n * 2));
      await ctx.runInChildContext("inside", async (inside) => inside.wait(1));
      const outcome = await ctx.attach(started).outcome();
      return {
        polls,
        doubled: batch.getResults(),
        state: ctx.state.all(),
        child: outcome.output,
        depth: ctx.info.depth,
      };
    });
    await expect(executeWorkflow(all, 0)).resolves.toEqual({
      polls: 3,
      doubled: [2, 4],
      state: { kept: true, from: "step" },
      child: "processed:from step",
      depth: 0,
    });
  });

  it("cancels and stops children, and ends waits that take too long", async () => {
    const patient = workflow({ name: "patient" }, async (ctx: WorkflowContext) => ctx.wait({ hours: 1 }));
    const parent = workflow({ name: "parent" }, async (ctx: WorkflowContext) => {
      const cancelled = await ctx.start(patient, 1);
      await cancelled.cancel("enough");
      const stopped = await ctx.start(patient, 2);
      await stopped.stop("enough");
      const late = await ctx.execute(patient, 3, { timeout: 1 }).catch((error: Error) => error.name);
      const nothing = await ctx.receive({ timeout: 1 });
      const [first, second] = [await cancelled.outcome(), await stopped.outcome()];
      return [first.status, isCancellation(first.error), second.status, await stopped.status(), late, nothing.kind];
    });
    await expect(executeWorkflow(parent, undefined)).resolves.toEqual([
      "CANCELLED",
      true,
      "STOPPED",
      "STOPPED",
      "ChildWaitTimeoutError",
      "timeout",
    ]);
  });

  it("says what it cannot find: a workflow by name, an execution of elsewhere", async () => {
    const byName = workflow({ name: "by-name" }, async (ctx: WorkflowContext) => ctx.execute("unknown", 1));
    const elsewhere = workflow({ name: "elsewhere" }, async (ctx: WorkflowContext) => ctx.attach("somebody").result());
    await expect(executeWorkflow(byName, undefined)).rejects.toThrow(/hand it over as an object, not by its name/);
    await expect(executeWorkflow(elsewhere, undefined)).rejects.toThrow(/no execution somebody in this process/);
  });

  it("ends a recursion that never would", async () => {
    const endless: Workflow<number, unknown> = workflow({ name: "endless" }, async (_ctx, n: number) =>
      executeWorkflow(endless, n + 1),
    );
    await expect(executeWorkflow(endless, 0)).rejects.toThrow(/depth 33 is beyond the limit of 32/);
  });

  it("logs to the console", async () => {
    const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
    const logging = workflow({ name: "logging" }, async (ctx: WorkflowContext) => {
      ctx.logger.info("plain");
      await ctx.step("s", (s) => s.logger.info("in a step", { a: 1 }));
    });
    await executeWorkflow(logging, undefined);
    expect(info.mock.calls).toEqual([["plain"], ["in a step", { step: "s", attempt: 1, a: 1 }]]);
  });
});

describe("inside a workflow", () => {
  const run = async (code: (ctx: WorkflowContext) => unknown) => {
    const { engine, play } = await openVirtual({ eviction: "always" });
    const handle = await play(workflow({ name: "parent" }, code), null);
    return { engine, handle, outcome: await handle.outcome() };
  };

  it("starts a child and waits for it", async () => {
    const { engine, handle, outcome } = await run(async () =>
      executeWorkflow(child, { data: "hello" }, { executionId: "mine" }),
    );
    expect(outcome.output).toBe("processed:hello");
    const { children } = await engine.tree(handle.executionId);
    expect(children).toMatchObject([{ execution: { publicId: "mine", parentClosePolicy: "terminate" } }]);
  });

  it("resolves with a handle where it does not wait", async () => {
    const { engine, handle, outcome } = await run(async () => {
      const started: ExecutionHandle<string> = await executeWorkflow(child, { data: "hello" }, { wait: false });
      return started.result();
    });
    expect(outcome.output).toBe("processed:hello");
    const { children } = await engine.tree(handle.executionId);
    expect(children).toMatchObject([{ execution: { parentClosePolicy: "abandon" } }]);
  });

  it("hands options on", async () => {
    const slow = workflow({ name: "slow" }, async (ctx: WorkflowContext) => ctx.wait({ hours: 1 }));
    const { outcome } = await run(async () =>
      executeWorkflow(slow, null, { executionTimeout: { seconds: 1 }, parentClosePolicy: "request_cancel" }).catch(
        (error: ChildExecutionError) => error.status,
      ),
    );
    expect(outcome.output).toBe("TIMED_OUT");
  });

  it("belongs to the branch that calls it", async () => {
    const { engine, handle } = await run(async (ctx) =>
      ctx.map("all", ["a", "b"], async (_branch, data) => executeWorkflow(child, { data })),
    );
    const { operations } = await engine.get(handle.executionId);
    expect(operations.filter(({ kind }) => kind === "CHILD").map(({ scope }) => scope)).toEqual([
      "/CONTEXT:all#1/CONTEXT:item-0#1",
      "/CONTEXT:all#1/CONTEXT:item-1#1",
    ]);
  });

  it("runs in process in the body of a step, which is outside", async () => {
    const { engine, handle, outcome } = await run(async (ctx) =>
      ctx.step("outside", async () => {
        const refused = await executeWorkflow(child, { data: "x" }, { wait: false }).catch(
          (error: Error) => error.message,
        );
        return [refused, await executeWorkflow(child, { data: "in process" })];
      }),
    );
    expect(outcome.output).toEqual([DETACHED, "processed:in process"]);
    expect((await engine.tree(handle.executionId)).children).toEqual([]);
  });
});
