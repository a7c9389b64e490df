/** The remote client sees what a client in the process sees, and JSON has the shapes that the document promises. */
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import {
  CostShape,
  DetailShape,
  EventPageShape,
  ListShape,
  OutcomeShape,
  StartedShape,
  TreeShape,
  WaitShape,
  WorkflowShape,
} from "../../../lib/api/shapes.ts";
import type { Client } from "../../../lib/ports/client.ts";
import { collect } from "../../helpers/collect.ts";
import { openApi, type ApiUnderTest } from "./api-fixture.ts";
import { approval, broken, buy, echo } from "./workflows.ts";

const WORKFLOWS = [buy, approval, broken, echo];

const VALUES = {
  date: new Date(5),
  big: 12345678901234567890n,
  map: new Map<unknown, unknown>([["k", new Set([1, undefined])]]),
  bytes: new Uint8Array([1, 2, 255]),
  nothing: undefined,
  odd: [Number.NaN, Number.POSITIVE_INFINITY, -0],
  tagged: { $tl: ["date", 0] },
  text: "„hällo\u2028\ud83d\ude00“\0\n",
};

describe("the remote client", () => {
  it("reads exactly what a client in the process reads", async () => {
    const api = await played();
    const { engine, remote } = api;
    const looks: ((client: Client) => Promise<unknown>)[] = [
      (client) => client.get("buy-1"),
      (client) => client.get("broken-1"),
      (client) => client.get("echo/1"),
      (client) => client.tree("buy-1"),
      (client) => client.pending("buy-1"),
      (client) => client.journal("buy-1"),
      (client) => client.journal("echo/1"),
      (client) => client.list({ status: ["WAITING", "FAILED"], namespace: "default" }),
      (client) => client.list({ limit: 1, attributes: { team: "a", big: 1 }, namespace: "default" }),
      (client) => client.list({ startedAfter: 0, startedBefore: 1, namespace: "default" }),
      (client) => collect(client.events("buy-1")),
      (client) => collect(client.events("buy-1", { descendants: false, types: ["operation.started"] })),
      (client) => collect(client.events("broken-1", { follow: true })),
      async (client) => (await client.execution("broken-1")).outcome(),
      async (client) => (await client.execution("echo/1")).outcome(),
      async (client) => (await client.execution("echo/1")).result(),
    ];
    for (const look of looks) {
      const seen = await look(remote);
      expect(seen).toEqual(await look(engine));
      expect(seen).not.toEqual([]);
    }
  });

  it("gives every kind of value back as it was", async () => {
    const { remote, settle } = await openApi(WORKFLOWS);
    const handle = await remote.start(echo, VALUES, { state: { when: new Date(7) } });
    await settle();
    expect(await handle.result()).toStrictEqual(VALUES);
    expect((await handle.outcome()).state).toStrictEqual({ when: new Date(7) });
  });

  it("throws what the engine throws: class, code, fields", async () => {
    const api = await played();
    const { engine, remote } = api;
    const calls: ((client: Client) => Promise<unknown>)[] = [
      (client) => client.get("nobody"),
      (client) => client.get("buy-1", "elsewhere"),
      (client) => client.start(buy, { item: 5 } as never),
      (client) => client.start("nothing", {}),
      (client) => client.start(buy, { item: "x" }, { id: "buy-1" }),
      (client) => client.start(echo, 1, { id: "" }),
      (client) => client.start(echo, 1, { id: "x".repeat(257) }),
      (client) => client.start(echo, 1, { executionTimeout: "soon" as never }),
      (client) => client.start(echo, 1, { retry: { maxAttempts: 0 } }),
      (client) => client.start(echo, 1, { namespace: "not/allowed" }),
      (client) => client.signal("broken-1", "go"),
      (client) => client.signal("approval-1", "decision", { approved: 1 }),
      (client) => client.signal("approval-1", "other"),
      (client) => client.cancel("nobody"),
      (client) => client.stop("nobody"),
      (client) => client.patchState("approval-1", { a: 1 }, 99),
      (client) => client.callbacks.succeed("nobody.x"),
      (client) => client.callbacks.heartbeat(""),
      (client) => collect(client.events("buy-1", { after: "nowhere" })),
      (client) => collect(client.events("nobody", { follow: true })),
      async (client) => (await client.execution("broken-1")).result(),
    ];
    for (const call of calls) {
      const [theirs, ours] = await Promise.all([refusalOf(call(remote)), refusalOf(call(engine))]);
      expect(theirs.constructor).toBe(ours.constructor);
      expect(Object.entries(theirs)).toEqual(Object.entries(ours));
      expect(theirs.message).toBe(ours.message);
      expect((theirs.cause as Error | undefined)?.message).toBe((ours.cause as Error | undefined)?.message);
    }
  });

  it("acts: signals once per id, patches, cancels, stops, answers callbacks", async () => {
    const { remote, engine, settle, play } = await openApi(WORKFLOWS);
    const handle = await play(buy, { item: "x" });
    const [child] = (await remote.tree(handle.executionId)).children;
    const approvalId = child?.execution.id ?? "";
    await remote.patchState(approvalId, { note: new Date(3) }, 1);
    await remote.signal(approvalId, "decision", { approved: true }, { signalId: "s" });
    await settle();
    await remote.signal(approvalId, "decision", { approved: true }, { signalId: "s" });
    expect((await engine.get(approvalId)).state).toEqual({ asked: 1, note: new Date(3) });
    const wait = (await remote.pending(handle.executionId)).find(({ kind }) => kind === "CALLBACK");
    await remote.callbacks.heartbeat(wait?.callbackId ?? "");
    await remote.callbacks.succeed(wait?.callbackId ?? "", "N-1");
    await settle();
    expect(await (await remote.execution(handle.executionId)).result()).toMatchObject({ number: "N-1", price: 1_900n });
    const others = [
      await remote.start(approval, 1),
      await remote.start(approval, 2),
      await remote.start(buy, { item: "y" }),
    ];
    await others[0]?.cancel("enough");
    await others[1]?.stop();
    await settle();
    expect(await others[0]?.outcome()).toMatchObject({ status: "CANCELLED" });
    expect(await others[1]?.outcome()).toMatchObject({ status: "STOPPED" });
  });
});

describe("plain JSON", () => {
  it.each<[string, z.ZodType]>([
    ["/executions", ListShape],
    ["/executions/buy-1", DetailShape],
    ["/executions/broken-1", DetailShape],
    ["/executions/echo%2F1", DetailShape],
    ["/executions/buy-1/ids", StartedShape],
    ["/executions/buy-1/tree", TreeShape],
    ["/executions/buy-1/pending", WaitShape.array()],
    ["/executions/buy-1/events", EventPageShape],
    ["/executions/broken-1/events", EventPageShape],
    ["/executions/broken-1/outcome", OutcomeShape],
    ["/executions/buy-1/outcome", OutcomeShape],
    ["/executions/buy-1/cost", CostShape],
    ["/workflows/buy", WorkflowShape],
  ])("of %s has the shape that is documented, and no more", async (path, shape) => {
    const api = await played();
    const response = await api.request(path);
    expect(response.headers.get("content-type")).toBe("application/json");
    const body: unknown = await response.json();
    expect(shape.parse(body)).toEqual(body);
  });

  it("says the nearest of what JSON lacks, and tells errors without stacks", async () => {
    const api = await played();
    const echoed = (await (await api.request("/executions/echo%2F1")).json()) as { output: unknown };
    expect(echoed.output).toEqual({
      date: "1970-01-01T00:00:00.005Z",
      big: "12345678901234567890",
      map: [["k", [1, null]]],
      bytes: "AQL/",
      odd: [null, null, 0],
      tagged: { $tl: ["date", 0] },
      text: VALUES.text,
    });
    const text = await (await api.request("/executions/broken-1")).text();
    expect(text).toContain("out of range");
    expect(text).not.toContain("workflows.ts");
  });

  it("means what it says: a tag is a plain object", async () => {
    const { post, settle, engine } = await openApi(WORKFLOWS);
    await post("/executions", { workflow: "echo", input: { $tl: ["date", 0] }, id: "e" });
    await settle();
    expect((await engine.get("e")).output).toEqual({ $tl: ["date", 0] });
  });
});

async function played(): Promise<ApiUnderTest> {
  const figures = {
    usd: 1e-6,
    writeUnits: 1,
    readUnits: 0.5,
    requests: 2,
    transitions: 0,
    invocations: 1,
    gbSeconds: 0.1,
  };
  const cost = { execution: figures, subtree: figures, prices: { date: "2026-11-01", region: "us-east-1" } };
  const api = await openApi(WORKFLOWS, { cost: async () => cost });
  await api.play(buy, { item: "laptop" }, { id: "buy-1", attributes: { team: "a", big: 1 }, summary: "A laptop" });
  await api.play(approval, undefined, { id: "approval-1", meta: { nodeId: "n" } });
  await api.play(broken, undefined, { id: "broken-1" });
  await api.play(echo, VALUES, { id: "echo/1" });
  return api;
}

async function refusalOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    (value) => expect.unreachable(`it gave ${JSON.stringify(value)}`),
    (error: Error) => error,
  );
}
