/** Executions that wait outside until there is room, and limits that children count against. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const busy = workflow({ name: "busy" }, (ctx) =>
  ctx.step("s", (s) => new Promise((_, reject) => s.signal.addEventListener("abort", () => reject(s.signal.reason))), {
    retry: false,
  }),
);

describe("an execution that waits outside", () => {
  it("ends when its time is over", async () => {
    const { engine, clock } = await openVirtual({ limits: { executions: 1 } });
    const next = workflow({ name: "next" }, () => "in");
    const first = await engine.start(busy, null);
    const handle = await engine.start(next, null, { executionTimeout: "1m" });
    const outcome = handle.outcome();
    clock.fireNext();
    expect((await outcome).status).toBe("TIMED_OUT");
    await first.stop();
    await engine.close();
  });

  it("takes its children with it when it is stopped between two generations", async () => {
    const { engine } = await openVirtual({ limits: { executions: 1 } });
    const child = workflow({ name: "child" }, (ctx) => ctx.wait("1d"));
    const going = workflow({ name: "going" }, async (ctx, round: number) => {
      if (round > 1) return;
      await ctx.start(child, null, { parentClosePolicy: "terminate" });
      await ctx.waitForSignal("next");
      return ctx.continueAsNew(2);
    });
    const handle = await engine.start(going, 1);
    await engine.idle();
    const first = await engine.start(busy, null);
    await handle.signal("next");
    await handle.stop();
    await first.stop();
    await engine.idle();
    expect((await engine.list({ workflow: "child" })).executions.map(({ status }) => status)).toEqual(["STOPPED"]);
    await engine.close();
  });
});

describe("children that are waited for", () => {
  it("do not count when the wait for them is over", async () => {
    const { engine, play } = await openVirtual({ limits: { pendingChildren: 1 } });
    const slow = workflow({ name: "slow" }, (ctx) => ctx.wait("1h"));
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const kinds: string[] = [];
      for (let n = 0; n < 3; n += 1) {
        await ctx
          .execute(slow, n, { timeout: 1_000, onTimeout: "abandon" })
          .catch((error: Error) => kinds.push(error.name));
        const either = [
          (b: typeof ctx) => b.execute(slow, n, { parentClosePolicy: "abandon" }),
          (b: typeof ctx) => b.wait(1),
        ];
        await ctx.parallel<unknown>(either, { completion: { minSuccessful: 1 } });
      }
      return kinds;
    });
    expect((await (await play(parent)).get()).output).toEqual(Array.from({ length: 3 }, () => "ChildWaitTimeoutError"));
    await engine.close();
  });

  it("are not carried from generation to generation when nobody would end them", async () => {
    const { engine, play } = await openVirtual();
    const child = workflow({ name: "child" }, () => 1);
    const cron = workflow({ name: "cron" }, async (ctx, round: number) => {
      await ctx.start(child, round);
      return round < 5 ? ctx.continueAsNew(round + 1) : round;
    });
    const handle = await play(cron, 1);
    const runs = (await engine.journal(handle.executionId)).filter((entry) => entry.t === "run");
    expect(runs).toHaveLength(5);
    expect(runs.at(-1)?.children).toBeUndefined();
    await engine.close();
  });
});
