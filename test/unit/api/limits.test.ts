/** Sizes, and names that try to be something else. */
import { describe, expect, it } from "vitest";
import { fromSegment, toSegment } from "../../../lib/api/segment.ts";
import { json, openApi, problemOf } from "./api-fixture.ts";
import { approval, echo } from "./workflows.ts";

const HOSTILE = [
  "a/b",
  "..",
  ".",
  "../../executions",
  "%2e%2e",
  "%41",
  "a b?c#d",
  "~",
  "~YQ",
  "ü – 😀",
  "__proto__",
  "constructor",
  "'; DROP TABLE heads; --",
  "\ufeffbom",
  "x".repeat(256),
];

describe("an id", () => {
  it.each(HOSTILE)("%j is an id like any other", async (id) => {
    const { remote, settle, request } = await openApi([echo]);
    await remote.start(echo, 1, { id });
    await settle();
    expect(await remote.get(id)).toMatchObject({ publicId: id, status: "SUCCEEDED" });
    expect((await request(`/executions/${toSegment(id)}`)).status).toBe(200);
    expect(toSegment(id)).toMatch(/^~?[\w.-]*$/);
    expect(fromSegment(toSegment(id))).toBe(id);
  });

  it.each(HOSTILE.filter((id) => !/^\.|^~/.test(id)))("%j can be percent-encoded by hand", async (id) => {
    const { remote, settle, request } = await openApi([echo]);
    await remote.start(echo, 1, { id });
    await settle();
    expect(await (await request(`/executions/${encodeURIComponent(id)}`)).json()).toMatchObject({ publicId: id });
  });

  it("that is empty names nobody", async () => {
    const { remote } = await openApi([echo]);
    await expect(remote.get("")).rejects.toMatchObject({ code: "execution_not_found" });
    await expect(remote.get("a", "")).rejects.toMatchObject({ code: "execution_not_found" });
    await expect(remote.get("a", "..")).rejects.toMatchObject({ code: "execution_not_found" });
  });
});

describe("a name in a body", () => {
  it("may be anything, and changes nobody's prototype", async () => {
    const { request, settle, engine } = await openApi([echo, approval]);
    const body =
      '{"workflow":"echo","id":"p","input":{"__proto__":{"polluted":1},"constructor":{"prototype":1}},"state":{"__proto__":1}}';
    expect((await request("/executions", { ...json(undefined), body })).status).toBe(201);
    await settle();
    const { output } = await engine.get("p");
    expect(Object.getOwnPropertyNames(output as object)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("is refused as a field of ours", async () => {
    const { request } = await openApi([echo]);
    const response = await request("/executions", {
      ...json(undefined),
      body: '{"workflow":"echo","__proto__":{"id":"x"}}',
    });
    expect([201, 422]).toContain(response.status);
    expect(await request("/executions/x").then(({ status }) => status)).toBe(404);
  });
});

describe("a body", () => {
  it("that is too long is refused, said so or not", async () => {
    const { post, request } = await openApi([echo], { limits: { bodyBytes: 1_000 } });
    const small = await post("/executions", { workflow: "echo", input: "x".repeat(900) });
    expect(small.status).toBe(201);
    const large = await post("/executions", { workflow: "echo", input: "x".repeat(1_000) });
    expect(large.status).toBe(413);
    expect(await problemOf(large)).toMatchObject({ code: "payload_too_large" });
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100;
        controller.enqueue(new Uint8Array(100).fill(32));
      },
    });
    const streamed = await request("/executions", { ...json(undefined), body: endless, duplex: "half" } as RequestInit);
    expect(streamed.status).toBe(413);
    expect(sent).toBeLessThan(2_000);
    const lying = await post("/executions", { workflow: "echo" }, { "content-length": "100000" });
    expect(lying.status).toBe(413);
  });

  it("with a value beyond the engine's limit is 413, too", async () => {
    const { post } = await openApi([echo]);
    const response = await post("/executions", { workflow: "echo", input: "x".repeat(2 * 1024 * 1024) });
    expect(await problemOf(response)).toMatchObject({ status: 413, code: "payload_too_large" });
  });

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
    ["tags", '{"$tl":["set",[', "]]}"],
  ])("of %s in one another without end is refused, in every form", async (_title, open, close) => {
    const { request } = await openApi([echo]);
    for (const [depth, statuses] of [
      [100_000, [400]],
      [600, [422, 400]],
      [100, [201]],
    ] as const) {
      const input = open.repeat(depth) + (open.endsWith(":") ? "1" : "") + close.repeat(depth);
      for (const type of ["application/json", "application/vnd.treeline+json"]) {
        const response = await request("/executions", {
          method: "POST",
          headers: { "content-type": type },
          body: `{"workflow":"echo","input":${input}}`,
        });
        expect(statuses).toContain(response.status);
      }
    }
  });
});

describe("a list", () => {
  it("is as long as the host allows, and goes on behind its cursor", async () => {
    const { remote, request, settle } = await openApi([echo], { limits: { pageSize: 2 } });
    for (const id of ["a", "b", "c", "d", "e"]) await remote.start(echo, id, { id });
    await settle();
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await remote.list({ limit: 1_000, ...(cursor === undefined ? undefined : { cursor }) });
      expect(page.executions.length).toBeLessThanOrEqual(2);
      ids.push(...page.executions.map(({ publicId }) => publicId));
      ({ cursor } = page);
    } while (cursor !== undefined);
    expect(ids).toEqual(["e", "d", "c", "b", "a"]);
    const events = (await (await request("/executions/a/events?limit=1")).json()) as {
      events: unknown[];
      more: boolean;
    };
    expect(events).toMatchObject({ events: [{ type: "execution.started" }], more: true });
  });
});
