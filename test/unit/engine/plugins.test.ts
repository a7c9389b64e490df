/** AWS's requirements for plugins, with every wait an eviction: what runs after it is a new invocation. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Plugin } from "../../../lib/ports/plugin.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

type Hook = Exclude<keyof Plugin, "name" | `wrap${string}` | "enrichLogContext" | "flush">;
type Told<H extends Hook> = Parameters<NonNullable<Plugin[H]>>[0];
type Heard = { [H in Hook]: { readonly hook: H; readonly info: Told<H> } }[Hook];

const HOOKS = [
  "onInvocationStart",
  "onInvocationEnd",
  "onOperationStart",
  "onOperationEnd",
  "onOperationChange",
  "onOperationAttemptStart",
  "onOperationAttemptEnd",
] as const satisfies readonly Hook[];

class Recorder {
  readonly heard: Heard[] = [];
  readonly plugin: Plugin;

  constructor(name = "recorder", more: Partial<Plugin> = {}) {
    const hooks = HOOKS.map((hook) => [hook, (info: never) => this.heard.push({ hook, info })]);
    this.plugin = { name, ...(Object.fromEntries(hooks) as Partial<Plugin>), ...more };
  }

  /** What this hook was told, in order. */
  of<H extends Hook>(hook: H): Told<H>[] {
    return this.heard.filter((heard) => heard.hook === hook).map(({ info }) => info as unknown as Told<H>);
  }

  /** `start greet`, `end greet SUCCEEDED`, in order; with `(replay)` where it is one. */
  operations(kind?: string): string[] {
    return this.heard.flatMap(({ hook, info }) => {
      if (hook !== "onOperationStart" && hook !== "onOperationEnd") return [];
      if (kind !== undefined && info.kind !== kind) return [];
      const replay = info.replay ? " (replay)" : "";
      return hook === "onOperationStart" ? [`start ${info.name}${replay}`] : [`end ${info.name} ${info.status}`];
    });
  }

  order(): string[] {
    return this.heard.map(({ hook }) => hook);
  }
}

/** What was heard, by invocation. */
function staysOf(heard: readonly Heard[]): Heard[][] {
  const stays: Heard[][] = [];
  for (const each of heard) {
    if (each.hook === "onInvocationStart") stays.push([]);
    stays.at(-1)?.push(each);
  }
  return stays;
}

async function play(code: (ctx: WorkflowContext, input: any) => unknown, plugins: readonly Plugin[], input?: unknown) {
  const virtual = await openVirtual({ plugins, eviction: "always" });
  const handle = await virtual.play(workflow({ name: "w" }, code), input);
  const outcome = await handle.outcome();
  return { ...virtual, handle, outcome };
}

const greeting = async (ctx: WorkflowContext, who: string): Promise<string> =>
  ctx.step("greet", () => `Hello, ${who}!`);
const waiting = async (ctx: WorkflowContext, input: unknown): Promise<string> => {
  await ctx.wait("pause", { seconds: 2 });
  return `done-${String(input)}`;
};
/** Fails in its first attempt. */
const flaky = async (ctx: WorkflowContext): Promise<string> =>
  ctx.step(
    "flaky",
    (s) => {
      if (s.attempt === 1) throw new Error("not yet");
      return "Operation succeeded";
    },
    { retry: { maxAttempts: 2 } },
  );

describe("plugins", () => {
  it("aws:10-1 hear the start and the end of an invocation", async () => {
    const recorder = new Recorder();
    const { outcome } = await play(greeting, [recorder.plugin], "World");
    expect(outcome).toMatchObject({ status: "SUCCEEDED", output: "Hello, World!" });
    expect(recorder.of("onInvocationStart")).toMatchObject([{ isFirstInvocation: true, workflow: "w" }]);
    expect(recorder.of("onInvocationEnd")).toMatchObject([{ status: "SUCCEEDED" }]);
    expect([recorder.order().at(0), recorder.order().at(-1)]).toEqual(["onInvocationStart", "onInvocationEnd"]);
  });

  it("aws:10-2 hear the start and the end of a step, each once", async () => {
    const recorder = new Recorder();
    await play(greeting, [recorder.plugin], "World");
    expect(recorder.operations()).toEqual(["start greet", "end greet SUCCEEDED"]);
  });

  it("aws:10-3 hear every attempt of a step with its number and outcome", async () => {
    const recorder = new Recorder();
    const { outcome } = await play(flaky, [recorder.plugin]);
    expect(outcome.output).toBe("Operation succeeded");
    const attempts = recorder.heard.filter(({ hook }) => hook.startsWith("onOperationAttempt"));
    expect(attempts).toMatchObject([
      { hook: "onOperationAttemptStart", info: { attempt: 1 } },
      { hook: "onOperationAttemptEnd", info: { attempt: 1, outcome: "FAILED", nextAttemptAt: expect.any(Number) } },
      { hook: "onOperationAttemptStart", info: { attempt: 2 } },
      { hook: "onOperationAttemptEnd", info: { attempt: 2, outcome: "SUCCEEDED" } },
    ]);
    expect(attempts[3]?.info).not.toHaveProperty("nextAttemptAt");
  });

  it("aws:10-4 may throw without touching the outcome, and the log says so", async () => {
    const { outcome, logs } = await play(greeting, [faulty().plugin], "World");
    expect(outcome).toMatchObject({ status: "SUCCEEDED", output: "Hello, World!" });
    expect(logs.map(({ message }) => message)).toContain("plugin faulty threw: onOperationEnd");
  });

  it("aws:10-5 all hear the same, in the order of their registration", async () => {
    const [first, second] = [new Recorder("first"), new Recorder("second")];
    await play(flaky, [first.plugin, second.plugin]);
    expect(first.order()).not.toEqual([]);
    expect(second.order()).toEqual(first.order());
  });

  it("aws:10-6 see isFirstInvocation once, then replays", async () => {
    const recorder = new Recorder();
    await play(waiting, [recorder.plugin]);
    expect(recorder.of("onInvocationStart").map((info) => info.isFirstInvocation)).toEqual([true, false]);
  });

  it("aws:10-7 hear FAILED, and why, when the execution fails", async () => {
    const recorder = new Recorder();
    const failing = async (ctx: WorkflowContext): Promise<unknown> => ctx.step("fails", failNow, { retry: false });
    await play(failing, [recorder.plugin]);
    const [end] = recorder.of("onInvocationEnd");
    expect(end).toMatchObject({ status: "FAILED", error: { type: "StepError" } });
    expect(end).not.toHaveProperty("result");
  });

  it("aws:10-8 hear of changes, with the full map of operations", async () => {
    const seen: [string, boolean][] = [];
    const watcher: Plugin = {
      name: "watcher",
      onOperationChange: ({ updated, all }) =>
        seen.push(...updated.map(({ id, status }): [string, boolean] => [`${id} ${status}`, all.has(id)])),
    };
    await play(greeting, [watcher], "World");
    expect(seen).toEqual([
      ["/STEP:greet#1 STARTED", true],
      ["/STEP:greet#1 SUCCEEDED", true],
    ]);
  });

  it("aws:10-9 find a wait that ended in between among what was updated", async () => {
    const recorder = new Recorder();
    await play(waiting, [recorder.plugin]);
    const [first, second] = recorder.of("onInvocationStart");
    expect(first?.updated).toEqual([]);
    expect(second?.updated).toMatchObject([{ id: "/WAIT:pause#1", status: "SUCCEEDED" }]);
  });

  it("aws:10-10 hear the start and the end of a wait", async () => {
    const recorder = new Recorder();
    await play(waiting, [recorder.plugin]);
    expect(recorder.operations("WAIT")).toEqual(["start pause", "end pause SUCCEEDED"]);
    const [end] = recorder.of("onOperationEnd");
    expect((end?.endedAt ?? 0) - (end?.startedAt ?? 0)).toBe(2_000);
  });

  it("aws:10-11 learn the parent of a step in a child context", async () => {
    const recorder = new Recorder();
    await play(
      async (ctx) => ctx.runInChildContext("inside", async (child) => greeting(child, "World")),
      [recorder.plugin],
    );
    const step = recorder.of("onOperationStart").find(({ kind }) => kind === "STEP");
    expect(step?.parentOperationId).toBe("/CONTEXT:inside#1");
    expect(recorder.of("onOperationStart")[0]).not.toHaveProperty("parentOperationId");
    expect(recorder.operations()).toEqual([
      "start inside",
      "start greet",
      "end greet SUCCEEDED",
      "end inside SUCCEEDED",
    ]);
  });

  it("aws:10-12 wrap the function of every branch, linked to its parent", async () => {
    const calls: string[] = [];
    const wrapper: Plugin = {
      name: "wrapper",
      wrapChildContextFn: (info, run) => {
        calls.push(`enter ${info.name} of ${info.parentOperationId ?? "NONE"}`);
        const result = run();
        if (result instanceof Promise)
          void result.then((value: unknown) => calls.push(`leave ${info.name} ${String(value)}`));
        return result;
      },
    };
    const branches = async (ctx: WorkflowContext): Promise<string[]> => {
      const tasks = [async () => "task-1", async () => "task-2"];
      return (await ctx.parallel("parallel", tasks, { maxConcurrency: 1 })).getResults();
    };
    const { outcome } = await play(branches, [wrapper]);
    expect(outcome.output).toEqual(["task-1", "task-2"]);
    expect(calls).toEqual([
      "enter branch-0 of /CONTEXT:parallel#1",
      "leave branch-0 task-1",
      "enter branch-1 of /CONTEXT:parallel#1",
      "leave branch-1 task-2",
    ]);
  });

  it("aws:10-13 see what had not ended again, as a replay, and what had ended never", async () => {
    const recorder = new Recorder();
    const steps = async (ctx: WorkflowContext): Promise<string> => {
      await ctx.step("a", () => "task-a");
      return flaky(ctx);
    };
    await play(steps, [recorder.plugin]);
    expect(recorder.operations()).toEqual([
      "start a",
      "end a SUCCEEDED",
      "start flaky",
      "start flaky (replay)",
      "end flaky SUCCEEDED",
    ]);
  });

  it("aws:10-14 get the recorded result of a success and the error of a failure", async () => {
    const recorder = new Recorder();
    const steps = async (ctx: WorkflowContext): Promise<unknown> => {
      await ctx.step("a", () => "task-a");
      return ctx.step("b", failNow, { retry: false });
    };
    const { outcome } = await play(steps, [recorder.plugin]);
    expect(outcome.status).toBe("FAILED");
    const [a, b] = recorder.of("onOperationEnd");
    expect(a).toMatchObject({ status: "SUCCEEDED", result: "task-a" });
    expect(a).not.toHaveProperty("error");
    expect(b).toMatchObject({ status: "FAILED", error: { message: "boom" } });
    expect(b).not.toHaveProperty("result");
  });

  it("aws:10-15 hear every attempt until none is left, then the failed end", async () => {
    const recorder = new Recorder();
    await play(async (ctx) => ctx.step("b", failNow, { retry: { maxAttempts: 2 } }), [recorder.plugin]);
    expect(recorder.of("onOperationAttemptStart").map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(recorder.of("onOperationAttemptEnd").map(({ outcome }) => outcome)).toEqual(["FAILED", "FAILED"]);
    expect(recorder.of("onOperationEnd")).toMatchObject([{ status: "FAILED", attempt: 2 }]);
    expect(recorder.order().slice(-4)).toEqual([
      "onOperationAttemptEnd",
      "onOperationEnd",
      "onOperationChange",
      "onInvocationEnd",
    ]);
  });

  it("aws:10-16 hear the end of every invocation: PENDING at a suspension, then how it ended", async () => {
    const recorder = new Recorder();
    await play(waiting, [recorder.plugin]);
    expect(recorder.of("onInvocationEnd").map(({ status }) => status)).toEqual(["PENDING", "SUCCEEDED"]);
  });

  it("aws:10-17 do not suffer from one that throws in every hook", async () => {
    const [faultyOne, healthy] = [faulty(), new Recorder("healthy")];
    const { outcome } = await play(greeting, [faultyOne.plugin, healthy.plugin], "World");
    expect(outcome.output).toBe("Hello, World!");
    expect(healthy.order()).toEqual([
      "onInvocationStart",
      "onOperationStart",
      "onOperationChange",
      "onOperationAttemptStart",
      "onOperationAttemptEnd",
      "onOperationEnd",
      "onOperationChange",
      "onInvocationEnd",
    ]);
    expect(faultyOne.order()).toEqual(healthy.order());
  });

  it("aws:10-18 fault:B21 see a wait that goes on in a replay again, and one that ended never", async () => {
    const recorder = new Recorder();
    const waits = async (ctx: WorkflowContext): Promise<string[]> => {
      const waitFor = (name: string, seconds: number) => async (branch: WorkflowContext) => {
        await branch.wait(name, { seconds });
        return `${name}-done`;
      };
      return (await ctx.parallel("waits", [waitFor("short", 2), waitFor("long", 8)])).getResults();
    };
    const { outcome } = await play(waits, [recorder.plugin]);
    expect(outcome.output).toEqual(["short-done", "long-done"]);
    const told = recorder.operations("WAIT");
    expect(told.filter((line) => line.includes("short"))).toEqual(["start short", "end short SUCCEEDED"]);
    expect(told.indexOf("start long (replay)", told.indexOf("end short SUCCEEDED"))).toBeGreaterThan(0);
    expect(told.at(-1)).toBe("end long SUCCEEDED");
  });

  it("fault:B21 see no operation again that an answer, a signal, a child or a deadline ended meanwhile", async () => {
    const recorder = new Recorder();
    const child = workflow({ name: "child" }, (ctx) => ctx.wait("1h"));
    const away = workflow({ name: "away" }, async (ctx) => {
      await ctx.promise.allSettled([
        ctx.waitForSignal("signal"),
        ctx.createCallback("late", { timeout: "2h" })[0],
        ctx.createCallback("silent", { heartbeatTimeout: "3h" })[0],
        ctx.createCallback("answered")[0],
        ctx.execute(child, undefined, { name: "child" }),
        ctx.waitForSignal("never", { timeout: "4h" }),
        ctx.wait("last", "5h"),
      ]);
    });
    const { engine, settle } = await openVirtual({ workflows: [away], eviction: "always", plugins: [recorder.plugin] });
    const handle = await engine.start(away, undefined);
    await engine.idle();
    await handle.signal("signal");
    const waits = await engine.pending(handle.executionId);
    await engine.callbacks.succeed(waits.find(({ name }) => name === "answered")?.callbackId ?? "");
    await settle();
    expect((await handle.get()).status).toBe("SUCCEEDED");
    const own = recorder.heard.filter(({ info }) => info.executionId === handle.executionId);
    const both = staysOf(own).flatMap((stay) => {
      const begun = stay.flatMap(({ hook, info }) => (hook === "onOperationStart" && info.replay ? [info.name] : []));
      return stay.flatMap(({ hook, info }) =>
        hook === "onOperationEnd" && begun.includes(info.name) ? [info.name] : [],
      );
    });
    expect(both).toEqual([]);
    const ends = own.flatMap(({ hook, info }) => (hook === "onOperationEnd" ? [info.name] : []));
    expect(ends.toSorted()).toEqual(["answered", "child", "last", "late", "never", "signal", "silent"]);
    // What still waits is told in every stay.
    expect(recorder.operations("WAIT").filter((line) => line === "start last (replay)").length).toBeGreaterThan(4);
  });

  it("aws:10-19 get the full set of fields of an invocation", async () => {
    const recorder = new Recorder();
    const { clock } = await play(waiting, [recorder.plugin], "me");
    const [first, second] = recorder.of("onInvocationStart");
    expect(first).toEqual({
      executionId: "root0000000000000001",
      invocationId: "root0000000000000001:1:0",
      workflow: "w",
      version: "1",
      rootId: "root0000000000000001",
      depth: 0,
      path: "w",
      generation: 1,
      isFirstInvocation: true,
      input: "me",
      startedAt: clock.now() - 2_000,
      invokedAt: clock.now() - 2_000,
      operations: expect.any(Map),
      updated: [],
    });
    expect(second).toMatchObject({
      isFirstInvocation: false,
      updated: [{ name: "pause" }],
      startedAt: first?.startedAt,
      invokedAt: clock.now(),
    });
    expect(second?.invocationId).not.toBe(first?.invocationId);
    const [parked, ended] = recorder.of("onInvocationEnd");
    expect(parked).toMatchObject({ isFirstInvocation: true, status: "PENDING", endedAt: first?.startedAt });
    expect(ended).toMatchObject({
      isFirstInvocation: false,
      status: "SUCCEEDED",
      endedAt: clock.now(),
      result: "done-me",
    });
    expect(ended).not.toHaveProperty("error");
  });

  it("aws:10-20 get the full set of fields of an operation", async () => {
    const recorder = new Recorder();
    const { clock } = await play(
      async (ctx) => ctx.step("greet", () => "task-a", { meta: { label: "Greet" } }),
      [recorder.plugin],
    );
    const begun = {
      executionId: "root0000000000000001",
      id: "/STEP:greet#1",
      kind: "STEP",
      name: "greet",
      attempt: 1,
      replay: false,
      startedAt: clock.now(),
      meta: { label: "Greet" },
    };
    expect(recorder.of("onOperationStart")).toEqual([{ ...begun, status: "STARTED" }]);
    expect(recorder.of("onOperationEnd")).toEqual([
      { ...begun, status: "SUCCEEDED", result: "task-a", endedAt: clock.now() },
    ]);
  });

  it("aws:10-21 get the full set of fields of an attempt", async () => {
    const recorder = new Recorder();
    await play(flaky, [recorder.plugin]);
    const starts = recorder.of("onOperationAttemptStart");
    expect(starts).toMatchObject([
      { id: "/STEP:flaky#1", name: "flaky", kind: "STEP", attempt: 1, attemptStartedAt: starts[0]?.startedAt },
      { id: "/STEP:flaky#1", name: "flaky", kind: "STEP", attempt: 2, replay: true },
    ]);
    const [failed, succeeded] = recorder.of("onOperationAttemptEnd");
    expect(failed).toMatchObject({
      id: "/STEP:flaky#1",
      attempt: 1,
      error: { message: "not yet" },
      attemptEndedAt: starts[0]?.startedAt,
    });
    expect(succeeded).toMatchObject({ id: "/STEP:flaky#1", attempt: 2, attemptEndedAt: failed?.nextAttemptAt });
    expect(succeeded).not.toHaveProperty("error");
  });

  it("aws:10-22 get whole operations in a change, and the same in the full map", async () => {
    const recorder = new Recorder();
    await play(greeting, [recorder.plugin], "World");
    const change = recorder.of("onOperationChange").at(-1);
    expect(change?.executionId).toBe("root0000000000000001");
    expect(change?.updated).toMatchObject([
      {
        id: "/STEP:greet#1",
        name: "greet",
        kind: "STEP",
        status: "SUCCEEDED",
        result: "Hello, World!",
        attempt: 1,
        replay: false,
        endedAt: expect.any(Number),
      },
    ]);
    expect(change?.all.get("/STEP:greet#1")).toBe(change?.updated[0]);
  });

  it("aws:10-23 learn what a context is, and whether its function runs again", async () => {
    const functions: string[] = [];
    const recorder = new Recorder("recorder", {
      wrapChildContextFn: (info, run) => {
        functions.push(`${info.name} ${info.subKind ?? ""} ${info.replayingChildren}`);
        return run();
      },
    });
    const code = async (ctx: WorkflowContext): Promise<unknown[]> => {
      const a = {
        name: "a",
        run: async (branch: WorkflowContext) => {
          await branch.step("inner", () => "x");
          await branch.wait({ seconds: 2 });
          return "a-done";
        },
      };
      return (await ctx.parallel("ctx", [a, { name: "b", run: () => "b-done" }], { maxConcurrency: 1 })).getResults();
    };
    const { outcome } = await play(code, [recorder.plugin]);
    expect(outcome.output).toEqual(["a-done", "b-done"]);
    const contexts = recorder.of("onOperationStart").filter(({ kind, replay }) => kind === "CONTEXT" && !replay);
    expect(contexts.map(({ name, subKind }) => `${name} ${subKind ?? ""}`)).toEqual([
      "ctx PARALLEL",
      "a BRANCH",
      "b BRANCH",
    ]);
    expect(functions).toEqual(["a BRANCH false", "a BRANCH true", "b BRANCH false"]);
  });
});

describe("operations that end without a delivery of their own", () => {
  it("are told as ended: a receive by what it took, or by its deadline", async () => {
    const recorder = new Recorder();
    const code = async (ctx: WorkflowContext): Promise<void> => {
      await ctx.receive({ signals: ["early"], name: "taken" });
      await ctx.receive({ signals: ["never"], timeout: { seconds: 1 }, name: "late" });
    };
    const virtual = await openVirtual({ plugins: [recorder.plugin], eviction: "always" });
    const handle = await virtual.engine.start(workflow({ name: "w" }, code), null);
    await handle.signal("early", 1);
    await virtual.settle();
    expect(recorder.of("onOperationEnd").map(({ name, status }) => `${name} ${status}`)).toEqual([
      "taken SUCCEEDED",
      "late TIMED_OUT",
    ]);
  });

  it("are told as ended: what a cancel ended", async () => {
    const recorder = new Recorder();
    const virtual = await openVirtual({ plugins: [recorder.plugin], eviction: "always" });
    const handle = await virtual.engine.start(
      workflow({ name: "w" }, async (ctx) => ctx.wait("long", { hours: 1 })),
      null,
    );
    await handle.cancel("enough");
    await virtual.settle();
    expect(recorder.of("onOperationEnd")).toMatchObject([{ name: "long", status: "CANCELLED" }]);
    expect(recorder.of("onInvocationEnd").at(-1)).toMatchObject({ status: "CANCELLED" });
  });

  it("are told as ended: a child that is recorded, a wait for it that timed out, a step's child", async () => {
    const recorder = new Recorder();
    const child = workflow({ name: "child" }, async (ctx: WorkflowContext) => ctx.waitForSignal("go"));
    const code = async (ctx: WorkflowContext): Promise<void> => {
      const handle = await ctx.start(child, null);
      await handle.result({ timeout: { seconds: 1 } }).catch(() => undefined);
      await ctx.step("starter", (s) => s.start("child", null));
    };
    const virtual = await openVirtual({ plugins: [recorder.plugin], eviction: "always", workflows: [child] });
    const handle = await virtual.engine.start(workflow({ name: "w" }, code), null);
    await virtual.settle();
    const own = recorder.of("onOperationEnd").filter(({ executionId }) => executionId === handle.executionId);
    expect(own.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      "CHILD SUCCEEDED",
      "ATTACH TIMED_OUT",
      "STEP SUCCEEDED",
      "CHILD DROPPED",
    ]);
    expect(own[3]?.parentOperationId).toBe("/STEP:starter#1");
  });

  it("are told as ended: what a batch did not wait for, with the contexts around it", async () => {
    const recorder = new Recorder();
    const code = async (ctx: WorkflowContext): Promise<unknown> =>
      ctx.parallel("race", [async (b) => b.wait("short", 1), async (b) => b.wait("long", 9)], {
        completion: { minSuccessful: 1 },
      });
    await play(code, [recorder.plugin]);
    const ends = recorder.of("onOperationEnd").map(({ name, status }) => `${name} ${status}`);
    expect(ends).toEqual([
      "short SUCCEEDED",
      "branch-0 SUCCEEDED",
      "long DROPPED",
      "branch-1 DROPPED",
      "race SUCCEEDED",
    ]);
  });
});

describe("polls of a condition", () => {
  it("are attempts that succeed, whatever they found", async () => {
    const recorder = new Recorder();
    const code = async (ctx: WorkflowContext): Promise<number> =>
      ctx.waitForCondition("ready", (n: number) => n + 1, {
        initialState: 0,
        waitStrategy: (n) => (n < 2 ? { shouldContinue: true, delay: 1 } : { shouldContinue: false }),
      });
    await play(code, [recorder.plugin]);
    const ends = recorder.of("onOperationAttemptEnd");
    expect(ends.map(({ attempt, outcome, nextAttemptAt }) => [attempt, outcome, nextAttemptAt !== undefined])).toEqual([
      [1, "SUCCEEDED", true],
      [2, "SUCCEEDED", false],
    ]);
  });
});

describe("clocks and randomness", () => {
  const looks = (): number => Date.now() + Math.random();
  const looking: Plugin = {
    name: "looking",
    onInvocationStart: looks,
    onOperationStart: looks,
    wrapInvocation: (_info, run) => (looks(), run()),
    wrapChildContextFn: (_info, run) => (looks(), run()),
    enrichLogContext: () => ({ at: looks() }),
  };
  const quiet = workflow({ name: "quiet" }, async (ctx: WorkflowContext) => {
    ctx.logger.info("hello");
    const child = workflow({ name: "child" }, async (inner: WorkflowContext) => inner.step("s", () => 1));
    // Its child begins in a round of its own code.
    await Promise.all([
      ctx.start(child, null),
      ctx.runInChildContext("inside", async (inside) => inside.step("s", looks)),
    ]);
  });

  it("are for plugins to use, wherever they are called from", async () => {
    const { engine, logs, play: begin } = await openVirtual({ plugins: [looking], determinism: "throw" });
    const handle = await begin(quiet);
    const { status } = await handle.outcome();
    await engine.close();
    expect(status).toBe("SUCCEEDED");
    expect(logs.map(({ message }) => message)).toEqual(["hello"]);
  });

  it("are not for the code that they wrap", async () => {
    const { engine, play: begin } = await openVirtual({ plugins: [looking], determinism: "throw" });
    const code = async (ctx: WorkflowContext): Promise<unknown> => ctx.runInChildContext("inside", async () => looks());
    const outcome = await (await begin(workflow({ name: "w" }, code))).outcome();
    await engine.close();
    expect(outcome).toMatchObject({ status: "FAILED", error: { message: expect.stringContaining("Date.now()") } });
  });
});

describe("wrappers", () => {
  const wrappers: [title: string, complaints: number, wrap: (run: () => unknown) => unknown][] = [
    ["never call it", 0, () => "something else"],
    ["call it twice", 0, (run) => [run(), run()]],
    ["throw before", 3, () => failNow()],
    ["throw behind", 3, (run) => [run(), failNow()]],
    [
      "call it late, and reject",
      3,
      async (run) => {
        await Promise.resolve();
        await run();
        failNow();
      },
    ],
  ];
  it.each(wrappers)("that %s change nothing", async (_title, complaints, wrap) => {
    let bodies = 0;
    const plugin = {
      name: "wrapper",
      wrapInvocation: (_info: unknown, run: () => unknown) => wrap(run),
      wrapChildContextFn: (_info: unknown, run: () => unknown) => wrap(run),
      wrapOperationAttemptFn: (_info: unknown, run: () => unknown) => wrap(run),
    } as Plugin;
    const code = async (ctx: WorkflowContext): Promise<number> =>
      ctx.runInChildContext("inside", async (inside) => inside.step("count", () => (bodies += 1)));
    const { outcome, logs } = await play(code, [plugin]);
    expect(outcome.output).toBe(1);
    expect(logs.filter(({ message }) => message === "plugin wrapper threw: boom")).toHaveLength(complaints);
  });

  it("that pass on the function's own failure are not blamed for it", async () => {
    const passing: Plugin = {
      name: "passing",
      wrapOperationAttemptFn: <T>(_info: unknown, run: () => T): T => run(),
      wrapChildContextFn: (async (_info: unknown, run: () => unknown) => run()) as never,
    };
    const code = async (ctx: WorkflowContext): Promise<unknown> =>
      ctx.runInChildContext("inside", async (inside) => inside.step("fails", failNow, { retry: false }));
    const { outcome, logs } = await play(code, [passing]);
    expect(outcome.status).toBe("FAILED");
    expect(logs).toEqual([]);
  });

  it("may add fields to every line of the log", async () => {
    const enriching: Plugin = {
      name: "enriching",
      enrichLogContext: ({ operation }) => ({ trace: "t1", operation: operation ?? "none" }),
    };
    const code = async (ctx: WorkflowContext): Promise<void> => {
      ctx.logger.info("in the workflow", { a: 1 });
      await ctx.step("s", (s) => s.logger.info("in the step"));
    };
    const { logs } = await play(code, [enriching]);
    expect(logs.map(({ message, fields }) => [message, fields])).toEqual([
      ["in the workflow", { trace: "t1", operation: "none", a: 1 }],
      ["in the step", { trace: "t1", operation: "/STEP:s#1" }],
    ]);
  });
});

function failNow(): never {
  throw new Error("boom");
}

/** Hears everything, and throws each time. */
function faulty(): Recorder {
  const recorder = new Recorder("faulty");
  const throwing = HOOKS.map((hook) => [
    hook,
    (info: never) => {
      recorder.heard.push({ hook, info });
      throw new Error(hook);
    },
  ]);
  Object.assign(recorder.plugin, Object.fromEntries(throwing));
  return recorder;
}
