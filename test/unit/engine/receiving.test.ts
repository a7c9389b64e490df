/** What an author's predicates throw belongs to the wait that asked them, and to nobody else. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

describe("a predicate that throws", () => {
  it("rejects its own wait when it throws at once", async () => {
    const { engine, play } = await openVirtual();
    const waiting = workflow({ name: "waiting" }, (ctx) =>
      ctx
        .waitForState(() => {
          throw new Error("odd");
        })
        .catch((error: Error) => error.message),
    );
    expect((await (await play(waiting)).get()).output).toBe("odd");
    await engine.close();
  });

  it("rejects its own wait, not the code that changes the state", async () => {
    const { engine, play } = await openVirtual();
    const waiting = workflow({ name: "waiting" }, async (ctx) => {
      const odd = ctx.waitForState((state) => {
        if (state["n"] === 1) throw new Error("odd");
        return false;
      });
      ctx.state.set("n", 1);
      return [await odd.catch((error: Error) => error.message), ctx.state.get("n")];
    });
    const { status, output } = await (await play(waiting)).get();
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: ["odd", 1] });
    await engine.close();
  });

  it("rejects its own wait when a signal comes", async () => {
    const { engine, settle } = await openVirtual();
    const waiting = workflow({ name: "waiting" }, async (ctx) => {
      const match = () => {
        throw new Error("odd");
      };
      const first = await ctx.receive({ signals: ["s"], match }).catch((error: Error) => error.message);
      return [first, await ctx.waitForSignal("s")];
    });
    const handle = await engine.start(waiting, null);
    await engine.idle();
    await handle.signal("s", 7);
    await settle();
    expect((await handle.get()).output).toEqual(["odd", 7]);
    await engine.close();
  });
});

describe("what two waits listen to", () => {
  it("answers both: a child", async () => {
    const { engine, play } = await openVirtual();
    const child = workflow({ name: "child" }, (ctx) => ctx.wait("1h"));
    const parent = workflow({ name: "parent" }, async (ctx) => {
      const handle = await ctx.start(child, null);
      const waits = ["a", "b"].map((name) => ctx.receive({ name, children: [handle], timeout: "1d" }));
      return (await Promise.all(waits)).map(({ kind }) => kind);
    });
    expect((await (await play(parent)).get()).output).toEqual(["child", "child"]);
    await engine.close();
  });

  it("answers both: a callback", async () => {
    const { engine, settle } = await openVirtual();
    let id = "";
    const waiting = workflow({ name: "waiting" }, async (ctx) => {
      const [promise, callbackId] = ctx.createCallback("c");
      id = callbackId;
      const waits = ["a", "b"].map((name) => ctx.receive({ name, callbacks: { c: promise }, timeout: "1d" }));
      return (await Promise.all(waits)).map(({ kind }) => kind);
    });
    const handle = await engine.start(waiting, null);
    await engine.idle();
    await engine.callbacks.succeed(id, 1);
    await settle();
    expect((await handle.get()).output).toEqual(["callback", "callback"]);
    await engine.close();
  });
});

describe("a wait for children", () => {
  it("rejects when there is no such execution", async () => {
    const { engine, play } = await openVirtual();
    const waiting = workflow({ name: "waiting" }, (ctx) =>
      ctx.receive({ children: [ctx.attach("nobody")] }).catch((error: Error) => error.name),
    );
    expect((await (await play(waiting)).get()).output).toBe("ExecutionNotFoundError");
    await engine.close();
  });

  it("opens nothing when one of its callbacks is none", async () => {
    const { engine, play } = await openVirtual();
    const waiting = workflow({ name: "waiting" }, (ctx) => {
      ctx.receive({ callbacks: { c: Promise.resolve() } }).catch(() => undefined);
    });
    const { status, operations } = await (await play(waiting)).get();
    expect({ status, operations }).toEqual({ status: "FAILED", operations: [] });
    await engine.close();
  });
});
