/** D6: what lies in another namespace is not there. */
import { describe, expect, it } from "vitest";
import { workflow } from "../../../lib/frontends/code/workflow.ts";
import { ExecutionNotFoundError } from "../../../lib/kernel/errors.ts";
import type { Client } from "../../../lib/ports/client.ts";
import { collect } from "../../helpers/collect.ts";
import { openVirtual } from "../../helpers/virtual-engine.ts";

const waiting = workflow({ name: "waiting" }, async (ctx) => ctx.waitForSignal("go"));
const nosy = workflow({ name: "nosy" }, async (ctx, id: string) => {
  const handle = ctx.attach(id);
  const asked = [handle.status(), handle.signal("go", 1), handle.cancel(), handle.stop(), handle.result()];
  const results = await ctx.promise.allSettled(asked);
  return results.map((result) => (result.status === "rejected" ? (result.reason as Error).name : result.status));
});

const calls: [name: string, call: (client: Client, id: string, namespace: string) => Promise<unknown>][] = [
  ["execution", (client, id, namespace) => client.execution(id, namespace)],
  ["get", (client, id, namespace) => client.get(id, namespace)],
  ["tree", (client, id, namespace) => client.tree(id, namespace)],
  ["journal", (client, id, namespace) => client.journal(id, namespace)],
  ["pending", (client, id, namespace) => client.pending(id, namespace)],
  ["events", (client, id, namespace) => collect(client.events(id, {}, namespace))],
  ["signal", (client, id, namespace) => client.signal(id, "go", 1, { namespace })],
  ["patchState", (client, id, namespace) => client.patchState(id, { a: 1 }, undefined, namespace)],
  ["cancel", (client, id, namespace) => client.cancel(id, "", namespace)],
  ["stop", (client, id, namespace) => client.stop(id, "", namespace)],
];

describe("D6: an execution of another namespace", () => {
  it.each(calls)("is not found by %s, by neither of its ids, open or ended", async (_name, call) => {
    const { engine } = await openVirtual({ workflows: [waiting] });
    const { executionId, result } = await engine.start(waiting, null, { id: "mine", namespace: "one" });
    await engine.idle();
    for (const id of ["mine", executionId]) {
      await expect(call(engine, id, "two")).rejects.toBeInstanceOf(ExecutionNotFoundError);
    }
    await engine.signal("mine", "go", "done", { namespace: "one" });
    expect(await result()).toBe("done");
    await engine.idle();
    for (const id of ["mine", executionId]) {
      await expect(call(engine, id, "two")).rejects.toBeInstanceOf(ExecutionNotFoundError);
    }
  });

  it("is not found by an execution, and the namespace goes down the tree", async () => {
    const { engine, settle } = await openVirtual({ workflows: [waiting, nosy] });
    const parent = workflow({ name: "parent" }, async (ctx, id: string) => ctx.execute(nosy, id));
    const { executionId } = await engine.start(waiting, null, { namespace: "one" });
    const handle = await engine.start(parent, executionId, { namespace: "two" });
    await settle();
    expect(await handle.result()).toEqual(Array.from({ length: 5 }, () => "ExecutionNotFoundError"));
    const { execution, children } = await engine.tree(handle.executionId, "two");
    expect([execution, ...children.map((node) => node.execution)].map((view) => view.namespace)).toEqual([
      "two",
      "two",
    ]);
    expect((await engine.get(executionId, "one")).status).toBe("WAITING");
  });

  it("may have the same id of its own, and each is found in its own place", async () => {
    const { engine, settle } = await openVirtual({ workflows: [waiting] });
    const handles = await Promise.all(
      ["one", "two", undefined].map((namespace) =>
        engine.start(waiting, null, { id: "mine", ...(namespace === undefined ? {} : { namespace }) }),
      ),
    );
    await engine.signal("mine", "go", 2, { namespace: "two" });
    await settle();
    const views = await Promise.all(["one", "two", "default"].map((namespace) => engine.get("mine", namespace)));
    expect(views.map(({ id }) => id)).toEqual(handles.map(({ executionId }) => executionId));
    expect(views.map(({ status }) => status)).toEqual(["WAITING", "SUCCEEDED", "WAITING"]);
    const listed = await engine.list({ namespace: "two" });
    expect(listed.executions.map(({ id }) => id)).toEqual([handles[1]?.executionId]);
  });
});
