/** fault:A11: what merely waits stays in the file until something comes for it, after `kill -9` as well (D50). */
import { describe, expect, it, onTestFinished } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { type AbandonableEngine, openAbandonable } from "../../../lib/homes/embedded/engine.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import type { ClientHandle, ClientStartOptions } from "../../../lib/ports/client.ts";
import { VirtualClock } from "../../helpers/virtual-clock.ts";
import { temporaryFile } from "./store-fixtures.ts";

const MINUTE = 60_000;
const NEVER = { maxAttempts: 2, initialDelay: "1m", maxDelay: "1m", jitter: "NONE" } as const;

let isReady = false;
let failures = 0;

const leaf = workflow({ name: "leaf" }, (ctx) => ctx.waitForSignal("go"));
const kinds = {
  signal: leaf,
  timer: workflow({ name: "timer" }, async (ctx) => {
    await ctx.wait("1m");
    return "late";
  }),
  child: workflow({ name: "child" }, (ctx) => ctx.execute(leaf, undefined)),
  callback: workflow({ name: "callback" }, (ctx) => ctx.createCallback("answer")[0]),
  attach: workflow({ name: "attach" }, (ctx) => ctx.attach("target").result()),
  used: workflow({ name: "used" }, (ctx) => ctx.execute(leaf, undefined, { id: "target", idConflict: "use_existing" })),
  state: workflow({ name: "state" }, async (ctx) => {
    await ctx.waitForState((state) => state["ready"] === true);
    return "patched";
  }),
  step: workflow({ name: "step" }, (ctx) =>
    ctx.step("try", () => (failures > 0 ? "worked" : Promise.reject(new Error("not yet"))), { retry: NEVER }),
  ),
  poll: workflow({ name: "poll" }, (ctx) =>
    ctx.waitForCondition("ready", () => ({ done: isReady }), {
      initialState: { done: false },
      waitStrategy: ({ done }) => (done ? { shouldContinue: false } : { shouldContinue: true, delay: "1m" }),
    }),
  ),
  whole: workflow({ name: "whole", retry: NEVER }, () => {
    if (failures === 0) throw new Error("not yet");
    return "tried again";
  }),
  delayed: workflow({ name: "delayed" }, () => "begun"),
} satisfies Record<string, Workflow<any, any>>;

class House {
  readonly file = temporaryFile();
  readonly clock = new VirtualClock();
  readonly loaded: string[] = [];
  #roots = 0;

  async open(
    workflows: readonly Workflow<any, any>[] = Object.values(kinds),
    isIdle = true,
  ): Promise<AbandonableEngine> {
    this.loaded.length = 0;
    const engine = await openAbandonable({
      file: this.file,
      clock: this.clock,
      ids: { root: () => `root${String((this.#roots += 1)).padStart(16, "0")}`, random: () => 0.5 },
      socket: false,
      workflows,
      log: () => {},
      plugins: [{ name: "loads", onInvocationStart: ({ path }) => void this.loaded.push(path) }],
    });
    onTestFinished(() => engine.close());
    if (isIdle) await engine.idle();
    return engine;
  }

  /** Of what was not loaded when the file was opened. */
  async settle(engine: AbandonableEngine): Promise<void> {
    do await engine.idle();
    while (this.clock.fireNext());
  }
}

async function startAll(engine: AbandonableEngine): Promise<Record<keyof typeof kinds, ClientHandle>> {
  isReady = false;
  failures = 0;
  await engine.start(leaf, undefined, { id: "target" });
  const handles: Partial<Record<keyof typeof kinds, ClientHandle>> = {};
  for (const [kind, one] of Object.entries(kinds)) {
    const options: ClientStartOptions = kind === "delayed" ? { startDelay: "1m" } : {};
    handles[kind as keyof typeof kinds] = await engine.start(one, undefined, options);
  }
  await engine.idle();
  return handles as Record<keyof typeof kinds, ClientHandle>;
}

const ends = ["closed", "killed"] as const;

async function leave(engine: AbandonableEngine, how: (typeof ends)[number]): Promise<void> {
  if (how === "closed") await engine.close();
  else engine.abandon();
}

describe.each(ends)("D50, fault:A11 executions that wait, in a file that was %s", (how) => {
  it("are not loaded when the file is opened, nor by readers", async () => {
    const house = new House();
    const first = await house.open();
    await startAll(first);
    await leave(first, how);
    const engine = await house.open();
    const { executions } = await engine.list();
    expect(executions).toHaveLength(13);
    for (const { id, status } of executions) {
      expect(["WAITING", "PENDING"]).toContain(status);
      await engine.get(id);
      await engine.pending(id);
    }
    await engine.idle();
    expect(house.loaded).toEqual([]);
    expect(engine.commits).toBe(0);
  });

  it("go on when something comes for them", async () => {
    const house = new House();
    const first = await house.open();
    const handles = await startAll(first);
    await leave(first, how);
    isReady = true;
    failures = 1;
    const engine = await house.open();
    const idOf = (kind: keyof typeof kinds): string => handles[kind].executionId;
    await engine.signal(idOf("signal"), "go", "signalled");
    const [child] = await engine.pending(idOf("child"));
    await engine.signal(child?.childId ?? "", "go", "from the child");
    const [wait] = await engine.pending(idOf("callback"));
    await engine.callbacks.succeed(wait?.callbackId ?? "", "answered");
    await engine.signal("target", "go", "from the target");
    await engine.patchState(idOf("state"), { ready: true });
    await house.settle(engine);
    const outputs: Record<string, unknown> = {};
    for (const [kind, { executionId }] of Object.entries(handles)) {
      outputs[kind] = (await engine.get(executionId)).output;
    }
    expect(outputs).toEqual({
      signal: "signalled",
      timer: "late",
      child: "from the child",
      callback: "answered",
      attach: "from the target",
      used: "from the target",
      state: "patched",
      step: "worked",
      poll: { done: true },
      whole: "tried again",
      delayed: "begun",
    });
  });

  it.each(["cancel", "stop"] as const)("%s ends each of them", async (action) => {
    const house = new House();
    const first = await house.open();
    const handles = await startAll(first);
    await leave(first, how);
    const engine = await house.open();
    // A cancel of a parent whose child is redirected is another matter: fault:B1.
    const others = action === "cancel" ? ["used"] : [];
    for (const [kind, { executionId }] of Object.entries(handles)) {
      if (others.includes(kind)) continue;
      await engine[action](executionId);
      await engine.idle();
      const { path, status } = await engine.get(executionId);
      expect([path, status]).toEqual([path, action === "cancel" ? "CANCELLED" : "STOPPED"]);
    }
  });
});

describe("fault:A11", () => {
  it("what ran when the process died is loaded, and nothing else", async () => {
    const house = new House();
    const running = workflow({ name: "running" }, (ctx) => ctx.step("work", () => new Promise<never>(() => undefined)));
    const first = await house.open([...Object.values(kinds), running]);
    await startAll(first);
    await first.start(running, undefined);
    await new Promise((resolve) => setImmediate(resolve));
    first.abandon();
    await house.open([...Object.values(kinds), running], false);
    expect(house.loaded).toEqual(["running"]);
  });

  it("the end of a child wakes a parent that rests, though the process dies before the parent is loaded", async () => {
    const house = new House();
    const first = await house.open();
    const { child } = await startAll(first);
    await first.close();
    // Its parent cannot be loaded: the child's end waits for it in the file.
    const second = await house.open([leaf]);
    const wait = (await second.pending(child.executionId)).find(({ kind }) => kind === "CHILD");
    await second.signal(wait?.childId ?? "", "go", "heard");
    await second.idle();
    second.abandon();
    const third = await house.open();
    await third.idle();
    expect((await third.get(child.executionId)).output).toBe("heard");
  });

  it("the end of an execution wakes those that attached to it and rest, though the process dies before", async () => {
    const house = new House();
    const first = await house.open();
    const { attach, used } = await startAll(first);
    await first.close();
    const second = await house.open([leaf]);
    await second.signal("target", "go", "heard");
    await second.idle();
    second.abandon();
    const third = await house.open();
    for (const { executionId } of [attach, used]) expect((await third.get(executionId)).output).toBe("heard");
  });

  it("registering code loads exactly what waits for it", async () => {
    const house = new House();
    const first = await house.open();
    const handles = await startAll(first);
    await first.close();
    const second = await house.open([]);
    house.clock.moveTo(house.clock.now() + 2 * MINUTE);
    while (house.clock.fireNext()) await second.idle();
    expect(house.loaded).toEqual([]);
    second.register([kinds.timer]);
    await house.settle(second);
    expect(house.loaded).toEqual(["timer"]);
    expect((await second.get(handles.timer.executionId)).output).toBe("late");
    expect(await second.get(handles.delayed.executionId)).toMatchObject({
      status: "WAITING",
      blocked: { reason: "workflow_not_loaded" },
    });
  });

  it("a step that is tried again counts as interrupted when the process dies in it", async () => {
    const house = new House();
    let attempts = 0;
    const once = workflow({ name: "once" }, (ctx) =>
      ctx.step(
        "pay",
        () => {
          attempts += 1;
          return attempts === 1 ? Promise.reject(new Error("no")) : new Promise<never>(() => undefined);
        },
        { semantics: "at-most-once", retry: NEVER },
      ),
    );
    const first = await house.open([once]);
    const { executionId } = await first.start(once, undefined);
    await first.idle();
    house.clock.fireNext();
    await new Promise((resolve) => setImmediate(resolve));
    expect(attempts).toBe(2);
    expect((await first.get(executionId)).status).toBe("RUNNING");
    first.abandon();
    const second = await house.open([once]);
    await second.idle();
    expect(attempts).toBe(2);
    expect((await second.get(executionId)).status).toBe("FAILED");
  });
});
