/** Journals that a real engine wrote, read again by changed code (T24, D7), and by the same code to any length (K3). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import type { WorkflowContext } from "../../../lib/kernel/context.ts";
import type { Delivery, Entry } from "../../../lib/kernel/journal.ts";
import { replay, type Replayed } from "../../helpers/replay.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

type Code = (ctx: WorkflowContext, input: any) => unknown;

const at = Date.UTC(2026, 0, 2);
const ok = (k: string, v = "null"): Delivery => ({ t: "ok", k, v, at });
const one = (): number => 1;

/** What a real run has written when nothing moves any more without the outside. */
async function record(code: Code): Promise<readonly Entry[]> {
  const { engine } = await openVirtual({
    workflows: [workflow({ name: "child" }, async (ctx: WorkflowContext) => ctx.wait("1h"))],
  });
  const handle = await engine.start(workflow({ name: "w" }, code), null);
  await engine.idle();
  const journal = await engine.journal(handle.executionId);
  await engine.close();
  return journal;
}

async function replayed(
  journal: readonly Entry[],
  code: Code,
  deliveries: readonly Delivery[] = [],
): Promise<Replayed> {
  return replay(workflow({ name: "w" }, code), journal, { deliveries });
}

/** `a`, then `b`, then a wait for somebody. */
const steps =
  (first: string, second: string): Code =>
  async (ctx) => {
    await ctx.step(first, one);
    await ctx.step(second, one);
    await ctx.waitForSignal("go");
  };

describe("T24, D7: code that asks for something else than is recorded", () => {
  const changes: [change: string, was: Code, is: Code, recorded: string, asked: string, first: string][] = [
    [
      "removed",
      steps("a", "b"),
      async (ctx) => {
        await ctx.step("b", one);
        await ctx.waitForSignal("go");
      },
      "/STEP:a#1",
      "/STEP:b#1",
      "the record has /STEP:a#1, the code asks for /STEP:b#1",
    ],
    [
      "renamed",
      steps("a", "b"),
      steps("a", "c"),
      "/STEP:b#1",
      "/STEP:c#1",
      "the record has /STEP:b#1, the code asks for /STEP:c#1",
    ],
    [
      "reordered",
      steps("a", "b"),
      steps("b", "a"),
      "/STEP:a#1",
      "/STEP:b#1",
      "the record has /STEP:a#1, the code asks for /STEP:b#1",
    ],
    [
      "reordered among those asked for together",
      async (ctx) => Promise.all([ctx.wait("a", "1h"), ctx.wait("b", "1h")]),
      async (ctx) => Promise.all([ctx.wait("b", "1h"), ctx.wait("a", "1h")]),
      "/WAIT:a#1, /WAIT:b#1",
      "/WAIT:b#1",
      "the record has /WAIT:a#1, the code asks for /WAIT:b#1",
    ],
    [
      "of another kind",
      steps("a", "b"),
      async (ctx) => {
        await ctx.step("a", one);
        await ctx.wait("b", 1);
      },
      "/STEP:b#1",
      "/WAIT:b#1",
      "the record has /STEP:b#1, the code asks for /WAIT:b#1",
    ],
    [
      "in another scope",
      steps("a", "b"),
      async (ctx) => {
        await ctx.runInChildContext("inside", async (inside) => inside.step("a", one));
      },
      "/STEP:a#1",
      "/CONTEXT:inside#1",
      "the record has /STEP:a#1, the code asks for /CONTEXT:inside#1",
    ],
    [
      "a child with another input",
      async (ctx) => ctx.execute("child", 1),
      async (ctx) => ctx.execute("child", 2),
      "/CHILD:child#1",
      "/CHILD:child#1",
      "the record has /CHILD:child#1, the code asks for it with another input",
    ],
    [
      "a child of another workflow",
      async (ctx) => ctx.execute("child", 1, { name: "c" }),
      async (ctx) => ctx.execute("other", 1, { name: "c" }),
      "/CHILD:c#1",
      "/CHILD:c#1",
      "the record has /CHILD:c#1, the code asks for it for another workflow, other and not child",
    ],
    [
      "inserted before the last delivery",
      steps("a", "b"),
      async (ctx) => {
        await ctx.step("a", one);
        await ctx.step("new", one);
        await ctx.step("b", one);
        await ctx.waitForSignal("go");
      },
      "/STEP:b#1",
      "/STEP:new#1",
      "the record has /STEP:b#1, the code asks for /STEP:new#1",
    ],
    [
      "inserted where the record has nothing before a result",
      async (ctx) => {
        await ctx.step("a", one);
        await ctx.waitForSignal("go");
      },
      async (ctx) => {
        await Promise.all([ctx.step("a", one), ctx.step("new", one)]);
        await ctx.waitForSignal("go");
      },
      "/STEP:a#1",
      "/STEP:a#1, /STEP:new#1",
      "the record has ok /STEP:a#1, the code asks for /STEP:new#1",
    ],
    [
      "renamed, being the last",
      async (ctx) => ctx.wait("old", "1h"),
      async (ctx) => ctx.wait("new", "1h"),
      "/WAIT:old#1",
      "/WAIT:new#1",
      "the record has /WAIT:old#1, the code does not ask for it",
    ],
    [
      "inserted so that it holds back what is recorded",
      async (ctx) => ctx.wait("old", "1h"),
      async (ctx) => {
        await ctx.step("new", one);
        await ctx.wait("old", "1h");
      },
      "/WAIT:old#1",
      "/STEP:new#1",
      "the record has /WAIT:old#1, the code does not ask for it",
    ],
    [
      "removed, being the last",
      steps("a", "b"),
      async (ctx) => ctx.step("a", one),
      "/STEP:b#1",
      "(nothing)",
      "the record has /STEP:b#1, the code has ended",
    ],
    [
      "a fact that is no longer stated",
      async (ctx) => {
        ctx.emit("told", 1);
        await ctx.waitForSignal("go");
      },
      async (ctx) => ctx.waitForSignal("go"),
      "/EVENT:told#1, /RECEIVE:go#1",
      "/RECEIVE:go#1",
      "the record has /EVENT:told#1, the code asks for /RECEIVE:go#1",
    ],
  ];
  it.each(changes)("T24 fails by name when an operation is %s", async (_change, was, is, recorded, asked, first) => {
    const { misfit } = await replayed(await record(was), is);
    expect(misfit).toContain(`first difference: ${first}.`);
    expect(misfit).toContain(`recorded here: ${recorded}\n`);
    expect(misfit).toContain(`asked for now: ${asked}\n`);
  });

  it("T24 says it to whoever waits for the result, and starts nothing", async () => {
    const journal = await record(steps("a", "b"));
    const { started, result } = await replayed(journal, steps("b", "a"));
    expect(started).toEqual([]);
    expect(result).toMatchObject({ kind: "threw", status: "FAILED", error: { code: "non_deterministic" } });
  });

  it("T24 fails the execution when it is loaded with such code, and takes insertions", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "treeline-replay-"));
    const options = { file: path.join(folder, "t.db"), socket: false };
    const define = (name: string, code: Code) => workflow({ name, version: "1" }, code);
    const before = await openVirtual(options);
    const changed = await before.engine.start(define("changed", steps("a", "b")), null);
    const grown = await before.engine.start(define("grown", steps("a", "b")), null);
    await before.engine.idle();
    await before.engine.close();

    const beside: Code = async (ctx) => {
      await ctx.step("a", one);
      await ctx.step("b", one);
      await Promise.all([ctx.step("new", one), ctx.waitForSignal("go")]);
    };
    const after = await openVirtual({
      ...options,
      onCodeMismatch: "fail",
      workflows: [define("changed", steps("a", "c")), define("grown", beside)],
    });
    // What waits is loaded, and replayed, only when something comes for it.
    const refused = after.engine.signal(changed.executionId, "go");
    await expect(refused).rejects.toMatchObject({ code: "execution_closed" });
    await after.engine.signal(grown.executionId, "go");
    await after.settle();
    const failed = await after.engine.get(changed.executionId);
    expect(failed).toMatchObject({
      status: "FAILED",
      error: { type: "NonDeterministicExecutionError", code: "non_deterministic" },
    });
    expect(await after.engine.get(grown.executionId)).toMatchObject({ status: "SUCCEEDED" });
    await after.engine.close();
    rmSync(folder, { recursive: true });
  });

  it("T24 takes the same code again, to the end", async () => {
    const again = await replayed(await record(steps("a", "b")), steps("a", "b"));
    expect(again).toMatchObject({ appended: [], started: ["/RECEIVE:go#1"], result: undefined });
  });
});

describe("a recorded result that nobody asked for", () => {
  const result: [title: string, more: Entry[], message: string][] = [
    [
      "of an operation that there never was",
      [ok("/STEP:ghost#1")],
      "the record has ok /STEP:ghost#1, the code has not asked for /STEP:ghost#1",
    ],
    [
      "of one that has its result",
      [ok("/STEP:a#1"), ok("/STEP:a#1")],
      "the record has ok /STEP:a#1, the code has not asked for /STEP:a#1",
    ],
    [
      "of an attempt",
      [{ t: "try", k: "/STEP:ghost#1", a: 1, why: "failed", due: at, at }],
      "the code has not asked for /STEP:ghost#1",
    ],
  ];
  it.each(result)("is an error, never a wait: %s", async (_title, more, message) => {
    const { misfit } = await replayed([...(await begun()), ...more], async (ctx) => {
      await ctx.step("a", one);
      await hang();
    });
    expect(misfit).toContain(message);
  });
});

describe("operations inserted behind the last delivery", () => {
  const waits: Code = async (ctx) => {
    await ctx.step("a", one);
    await ctx.wait("w", "1h");
  };
  const more: Code = async (ctx) => {
    await ctx.step("a", one);
    await Promise.all([
      ctx.step("new", one),
      ctx.wait("w", "1h"),
      ctx.runInChildContext("inside", async (inside) => inside.step("newer", one)),
    ]);
    return ctx.step("last", one);
  };
  const inserted = ["/STEP:new#1", "/CONTEXT:inside#1", "/CONTEXT:inside#1/STEP:newer#1"];

  it("are allowed, marked, and carried out", async () => {
    const first = await replayed(await record(waits), more);
    expect(first.appended.map((entry) => "k" in entry && entry.k)).toEqual(inserted);
    expect(first.appended.every((entry) => "x" in entry && entry.x === true)).toBe(true);
    expect(first.started).toEqual(["/STEP:new#1", "/WAIT:w#1", "/CONTEXT:inside#1/STEP:newer#1"]);
  });

  it("are found again wherever they stand, in every replay to come", async () => {
    const first = await replayed(await record(waits), more, [ok("/STEP:new#1")]);
    const second = await replayed(first.journal, more);
    expect(second).toMatchObject({
      appended: [],
      started: ["/WAIT:w#1", "/CONTEXT:inside#1/STEP:newer#1"],
      result: undefined,
    });
    const third = await replayed(second.journal, more, [
      ok("/CONTEXT:inside#1/STEP:newer#1"),
      ok("/WAIT:w#1"),
      ok("/STEP:last#1", "7"),
    ]);
    expect(third.result).toEqual({ kind: "returned", value: 7 });
    expect((await replayed(third.journal, more)).result).toEqual({ kind: "returned", value: 7 });
  });

  it("are found behind an attempt that ended without ending its operation", async () => {
    const retried: Code = async (ctx) => ctx.step("a", one);
    const beside: Code = async (ctx) => Promise.all([ctx.step("a", one), ctx.step("new", one)]);
    const failed: Entry = { t: "try", k: "/STEP:a#1", a: 1, why: "failed", due: at, at };
    const journal = [...(await begun()), failed];
    expect((await replayed(journal, retried)).misfit).toBeUndefined();
    const first = await replayed(journal, beside);
    const second = await replayed(first.journal, beside);
    expect(second).toMatchObject({ appended: [], misfit: undefined, started: ["/STEP:a#1", "/STEP:new#1"] });
  });

  it("may change again while they are the newest, but not vanish", async () => {
    const first = await replayed(await record(waits), more);
    expect((await replayed(first.journal, waits)).misfit).toContain(
      "the record has /STEP:new#1, the code does not ask for it",
    );
  });
});

describe("changes inside ctx.patched", () => {
  const before: Code = async (ctx) => {
    await ctx.step("a", one);
    await ctx.waitForSignal("go");
    return "old";
  };
  const after: Code = async (ctx) => {
    await ctx.step("a", one);
    const isNew = ctx.patched("check");
    if (isNew) await ctx.step("check", one);
    await ctx.waitForSignal("go");
    return isNew ? "new" : "old";
  };
  const cleaned: Code = async (ctx) => {
    await ctx.step("a", one);
    await ctx.step("check", one);
    await ctx.waitForSignal("go");
    return "new";
  };
  const go: Delivery = { t: "in", kind: "signal", id: "1", n: "go", at };

  it("do not touch executions that have passed them, even where they stand right behind", async () => {
    const journal = await record(before);
    const again = await replayed(journal, after, [go]);
    expect(again.result).toEqual({ kind: "returned", value: "old" });
    expect((await replayed(again.journal, after)).result).toEqual({ kind: "returned", value: "old" });
  });

  it("reach executions that have not come so far", async () => {
    const journal = (await record(before)).slice(0, 2);
    const again = await replayed(journal, after, [ok("/STEP:a#1"), ok("/STEP:check#1"), go]);
    expect(again.result).toEqual({ kind: "returned", value: "new" });
    expect((await replayed(again.journal, after)).result).toEqual({ kind: "returned", value: "new" });
  });

  it("reach those that stand exactly there", async () => {
    const journal = (await record(before)).slice(0, 3);
    const again = await replayed(journal, after, [ok("/STEP:check#1")]);
    expect(again).toMatchObject({ misfit: undefined, started: ["/STEP:check#1", "/RECEIVE:go#1"] });
    expect((await replayed(again.journal, after)).misfit).toBeUndefined();
  });

  it("hold for new executions, through every replay, and when the old way is removed", async () => {
    const journal = await record(after);
    expect((await replayed(journal, after, [go])).result).toEqual({ kind: "returned", value: "new" });
    expect((await replayed(journal, cleaned, [go])).result).toEqual({ kind: "returned", value: "new" });
    expect((await replayed(await record(before), cleaned)).misfit).toBeDefined();
  });

  const twice: Code = async (ctx) => {
    await ctx.step("a", one);
    const first = ctx.patched("check");
    await ctx.waitForSignal("go");
    const inside = await ctx.runInChildContext("inside", async (c) => c.patched("check"));
    return [first, inside, ctx.patched("check")];
  };

  it("fault:B4 have one answer throughout an execution, however often and wherever it is asked for", async () => {
    const again = await replayed(await record(before), twice, [go]);
    expect(again.result).toEqual({ kind: "returned", value: [false, false, false] });
    expect((await replayed(again.journal, twice)).result).toEqual({ kind: "returned", value: [false, false, false] });
    expect((await replayed(await record(twice), twice, [go])).result).toEqual({
      kind: "returned",
      value: [true, true, true],
    });
  });

  it("fault:B4 keep their answer when later code asks elsewhere", async () => {
    const onlyLast: Code = async (ctx) => {
      await ctx.step("a", one);
      await ctx.waitForSignal("go");
      return ctx.patched("check");
    };
    const { journal } = await replayed(await record(before), twice);
    expect((await replayed(journal, onlyLast, [go])).result).toEqual({ kind: "returned", value: false });
    expect((await replayed(await record(before), onlyLast, [go])).result).toEqual({ kind: "returned", value: true });
  });

  it("fault:B4 replay journals from when every call had an answer of its own", async () => {
    const mark = (ordinal: number): Entry => ({ t: "mark", k: `/PATCH:check#${ordinal}`, kind: "PATCH", n: "check" });
    const [run, stepAsked, stepDone, receive] = await record(before);
    const end: Code = async (ctx) => {
      const first = ctx.patched("check");
      await ctx.step("a", one);
      await ctx.waitForSignal("go");
      const second = ctx.patched("check");
      if (second) await ctx.step("check", one);
      return [first, second];
    };
    const check: Entry = { t: "op", k: "/STEP:check#1", kind: "STEP", n: "check" };
    const taken: Entry = { t: "mark", k: "/RECEIVE:go#1", kind: "SETTLED", n: "ok" };
    const old = [run, stepAsked, stepDone, receive, go, taken, mark(2), check, ok("/STEP:check#1")] as Entry[];
    expect((await replayed(old, end)).result).toEqual({ kind: "returned", value: [false, true] });
    const both = [
      run,
      mark(1),
      stepAsked,
      stepDone,
      receive,
      go,
      taken,
      mark(2),
      check,
      ok("/STEP:check#1"),
    ] as Entry[];
    expect((await replayed(both, end)).result).toEqual({ kind: "returned", value: [true, true] });
  });

  it("may be told apart one by one", async () => {
    const two: Code = async (ctx) => {
      await ctx.step("a", one);
      const first = ctx.patched("one");
      const second = ctx.patched("two");
      await ctx.waitForSignal("go");
      return [first, second];
    };
    const onlySecond: Code = async (ctx) => {
      await ctx.step("a", one);
      const second = ctx.patched("two");
      await ctx.waitForSignal("go");
      return second;
    };
    expect((await replayed(await record(before), two, [go])).result).toEqual({
      kind: "returned",
      value: [false, false],
    });
    expect((await replayed(await record(two), two, [go])).result).toEqual({ kind: "returned", value: [true, true] });
    expect((await replayed(await record(two), onlySecond, [go])).result).toEqual({ kind: "returned", value: true });
  });
});

describe("time", () => {
  it("begins when the code may begin, not when it was asked for", async () => {
    const code: Code = async (ctx) => ctx.now().getTime();
    const [run] = await record(code);
    const delayed = await replayed([{ ...run, at: 1_000, due: 5_000 } as Entry], code);
    expect(delayed.result).toEqual({ kind: "returned", value: 5_000 });
  });

  it("is what the deliveries say, the latest of them", async () => {
    const code: Code = async (ctx) => {
      await Promise.all([ctx.step("late", one), ctx.step("early", one)]);
      return ctx.now().getTime();
    };
    const [run] = await record(code);
    const deliveries: Delivery[] = [
      { t: "ok", k: "/STEP:late#1", at: at + 9 },
      { t: "ok", k: "/STEP:early#1", at: at + 1 },
    ];
    expect((await replayed([run as Entry], code, deliveries)).result).toEqual({ kind: "returned", value: at + 9 });
  });
});

/** The journal of an execution that asked for step `a`. */
async function begun(): Promise<readonly Entry[]> {
  return (await record(steps("a", "b"))).slice(0, 2);
}

function hang(): Promise<never> {
  return new Promise(() => undefined);
}
