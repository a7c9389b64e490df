/** Events: pages, long polls in virtual time, streams. */
import { describe, expect, it } from "vitest";
import { readMessages, type Message } from "../../../lib/api/sse.ts";
import { createApi } from "../../../lib/api/api.ts";
import { createRemoteClient } from "../../../lib/api/remote-client.ts";
import type { ExecutionEvent } from "../../../lib/ports/client.ts";
import { collect } from "../../helpers/collect.ts";
import { openApi, overriding, problemOf, type ApiUnderTest } from "./api-fixture.ts";
import { approval, echo, slow } from "./workflows.ts";

const WORKFLOWS = [approval, echo, slow];
const STREAM = { headers: { accept: "text/event-stream" } };

interface Page {
  readonly events: readonly ExecutionEvent[];
  readonly cursor?: string;
  readonly more: boolean;
  readonly ended: boolean;
}

async function pageOf(api: ApiUnderTest, query: string, id = "a"): Promise<Page> {
  return (await (await api.request(`/executions/${id}/events?${query}`)).json()) as Page;
}

/** One execution that waits. */
async function waiting(options: Parameters<typeof openApi>[1] = {}): Promise<ApiUnderTest> {
  const api = await openApi(WORKFLOWS, options);
  await api.play(approval, undefined, { id: "a" });
  return api;
}

/** Lets promises do what they can. */
async function turn(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("pages", () => {
  it("together are all events, each once, in order", async () => {
    const api = await waiting();
    const all = await collect(api.engine.events("a"));
    const seen: string[] = [];
    let page = await pageOf(api, "limit=2");
    for (; page.events.length > 0; page = await pageOf(api, `limit=2&after=${page.cursor}`)) {
      seen.push(...page.events.map(({ id }) => id));
    }
    expect(seen).toEqual(all.map(({ id }) => id));
    expect(page).toEqual({ events: [], cursor: all.at(-1)?.cursor, more: false, ended: false });
  });

  it("show the types, and the executions, that are asked for", async () => {
    const api = await waiting();
    const { events } = await pageOf(api, "types=state.changed,document.updated&descendants=false");
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(["state.changed", "document.updated"]));
    expect((await pageOf(api, "workflow=other")).events).toEqual([]);
  });
});

describe("a long poll", () => {
  it("answers when there is something, and not before", async () => {
    const api = await waiting();
    const { cursor } = await pageOf(api, "");
    let answer: Page | undefined;
    const asked = pageOf(api, `after=${cursor}&wait=10`).then((page) => (answer = page));
    await turn();
    expect(answer).toBeUndefined();
    await api.engine.signal("a", "decision", { approved: true });
    expect((await asked).events).toMatchObject([{ type: "signal.received" }]);
    expect(api.clock.next()).toBeUndefined();
  });

  it("answers with nothing when its time is over", async () => {
    const api = await waiting();
    const { cursor } = await pageOf(api, "");
    const asked = pageOf(api, `after=${cursor}&wait=10`);
    await turn();
    expect(api.clock.next()).toBe(api.clock.now() + 10_000);
    api.clock.fireNext();
    expect(await asked).toEqual({ events: [], cursor, more: false, ended: false });
  });

  it("waits no longer than the host allows", async () => {
    const api = await waiting({ limits: { waitSeconds: 3 } });
    const asked = api.request("/executions/a/outcome?wait=1000");
    await turn();
    expect(api.clock.next()).toBe(api.clock.now() + 3_000);
    api.clock.fireNext();
    const answer = await asked;
    expect([answer.status, await answer.json()]).toEqual([202, { ended: false }]);
  });

  it("says that all has ended", async () => {
    const api = await openApi(WORKFLOWS);
    await api.play(echo, 1, { id: "a" });
    const { cursor } = await pageOf(api, "");
    expect(await pageOf(api, `after=${cursor}&wait=10`)).toEqual({ events: [], cursor, more: false, ended: true });
  });

  it("gives the outcome as soon as there is one", async () => {
    const api = await openApi(WORKFLOWS);
    await api.engine.start(slow, undefined, { id: "s" });
    const asked = api.request("/executions/s/outcome?wait=100", {});
    await api.settle();
    // The engine's minute comes before the host's 20 seconds are over only if the host allows it.
    expect((await asked).status).toBe(202);
    const again = await api.request("/executions/s/outcome?wait=100");
    expect([again.status, await again.json()]).toMatchObject([200, { ended: true, output: "done", workflow: "slow" }]);
  });

  it("ends when its asker is gone, or the server wants to", async () => {
    for (const who of ["asker", "server"]) {
      const gone = new AbortController();
      const api = await waiting(who === "server" ? { closing: gone.signal } : {});
      const init = who === "asker" ? { signal: gone.signal } : {};
      const asked = api.request("/executions/a/outcome?wait=10", init);
      await turn();
      gone.abort();
      expect((await asked).status).toBe(who === "asker" ? 202 : 503);
      expect(api.clock.next()).toBeUndefined();
    }
  });
});

describe("a stream", () => {
  it("has every event with its cursor, and says when all has ended", async () => {
    const api = await waiting();
    const response = await api.request("/executions/a/events", STREAM);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const messages = readMessages(response.body);
    const before = await collect(api.engine.events("a"));
    for (const { id } of before) expect(JSON.parse(await dataOf(messages))).toMatchObject({ id });
    await api.engine.signal("a", "decision", { approved: true });
    const rest = await collect(messages);
    expect(rest.at(-1)).toEqual({ event: "end", data: "{}" });
    expect(JSON.parse(rest.at(-2)?.data ?? "")).toMatchObject({ type: "execution.succeeded" });
    expect(api.clock.next()).toBeUndefined();
  });

  it("goes on behind Last-Event-ID", async () => {
    const api = await openApi(WORKFLOWS);
    await api.play(echo, 1, { id: "a" });
    const [first, ...others] = await collect(api.engine.events("a"));
    const headers = { ...STREAM.headers, "last-event-id": first?.cursor ?? "" };
    const text = await (await api.request("/executions/a/events", { headers })).text();
    expect(Array.from(text.matchAll(/^id: (.*)$/gm), ([, id]) => id)).toEqual(others.map(({ cursor }) => cursor));
    expect(text).toMatch(/^retry: 1000\n\n/);
  });

  it("beats while nothing happens", async () => {
    const api = await waiting({ limits: { heartbeatSeconds: 15 } });
    const response = await api.request("/executions/a/events?types=custom", STREAM);
    const reader = response.body?.getReader();
    const read = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value);
    expect(await read()).toContain("retry");
    const beat = read();
    await turn();
    expect(api.clock.next()).toBe(api.clock.now() + 15_000);
    api.clock.fireNext();
    expect(await beat).toBe(": heartbeat\n\n");
    await reader?.cancel();
    expect(api.clock.next()).toBeUndefined();
  });

  it("shows what is kept nowhere, without a cursor", async () => {
    const api = await waiting({
      around: (client) =>
        overriding(client, {
          events: async function* () {
            yield { id: "x", cursor: "", type: "custom", ephemeral: true } as ExecutionEvent;
            return { allEnded: true };
          },
        }),
    });
    const text = await (await api.request("/executions/a/events", STREAM)).text();
    expect(text).toContain('data: {"id":"x"');
    expect(text).not.toMatch(/^id:/m);
  });

  it("is refused before it begins", async () => {
    const api = await waiting();
    expect((await problemOf(await api.request("/executions/nobody/events", STREAM))).code).toBe("execution_not_found");
    const elsewhere = await api.request("/namespaces/other/executions/a/events", STREAM);
    expect((await problemOf(elsewhere)).status).toBe(404);
  });

  it("tells what failed on the way, without its secrets", async () => {
    const api = await waiting({
      around: (client) =>
        overriding(client, {
          // oxlint-disable-next-line require-yield -- it fails before
          events: async function* () {
            throw new TypeError("secret");
          },
        }),
    });
    const text = await (await api.request("/executions/a/events", STREAM)).text();
    expect(text).toContain("event: problem\n");
    expect(text).not.toContain("secret");
    await expect(collect(api.remote.events("a", { follow: true }))).rejects.toMatchObject({ code: "internal_error" });
  });

  it("is let go of, without an end, when the server closes", async () => {
    const closing = new AbortController();
    const api = await waiting({ closing: closing.signal });
    const response = await api.request("/executions/a/events", STREAM);
    const text = response.text();
    await turn();
    closing.abort();
    expect(await text).not.toContain("event: end");
  });

  it("is not to be had where the host cannot", async () => {
    const api = await waiting({ streaming: false });
    const response = await api.request("/executions/a/events", STREAM);
    expect(await problemOf(response)).toMatchObject({ status: 406, code: "not_acceptable" });
  });
});

describe("fault:B14 HEAD", () => {
  it("fault:B14 answers with the headers of a stream, and leaves no timer behind", async () => {
    const api = await waiting();
    const answer = await api.request("/executions/a/events", { method: "HEAD", ...STREAM });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    await turn();
    expect(api.clock.next()).toBeUndefined();
  });

  it("fault:B14 does not wait", async () => {
    const api = await waiting();
    for (const path of ["outcome?wait=10", "events?wait=10&after="]) {
      const { cursor } = await pageOf(api, "");
      const query = path.endsWith("after=") ? `${path}${cursor}` : path;
      const answer = await api.request(`/executions/a/${query}`, { method: "HEAD" });
      expect(answer.ok).toBe(true);
      expect(api.clock.next()).toBeUndefined();
    }
  });

  it("fault:B14 is refused as GET is", async () => {
    const api = await waiting();
    const answer = await api.request("/executions/none/events", { method: "HEAD", ...STREAM });
    expect(answer.status).toBe(404);
  });

  it("fault:B14 a stream whose body is dropped unread has no timer", async () => {
    const api = await waiting();
    await api.request("/executions/a/events", STREAM);
    await turn();
    expect(api.clock.next()).toBeUndefined();
  });
});

describe("fault:C14 a stream that reconnects", () => {
  const reconnect = (api: ApiUnderTest, id: string): Promise<Response> =>
    api.request("/executions/a/events", { headers: { ...STREAM.headers, "last-event-id": id } });

  it("fault:C14 is refused, before it begins, for a cursor that is none", async () => {
    const api = await waiting();
    expect(await problemOf(await reconnect(api, "zzz"))).toMatchObject({ status: 422, code: "invalid_argument" });
    const after = await api.request("/executions/a/events?after=zzz", STREAM);
    expect((await problemOf(after)).status).toBe(422);
  });

  it("fault:C14 gets 204 when all has ended and no event follows", async () => {
    const api = await openApi(WORKFLOWS);
    await api.play(echo, 1, { id: "a" });
    const events = await collect(api.engine.events("a"));
    expect((await reconnect(api, events.at(-1)?.cursor ?? "")).status).toBe(204);
    expect((await reconnect(api, events.at(-2)?.cursor ?? "")).status).toBe(200);
  });

  it("fault:C14 goes on where more may come", async () => {
    const api = await waiting();
    const events = await collect(api.engine.events("a"));
    const response = await reconnect(api, events.at(-1)?.cursor ?? "");
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});

describe("fault:C15 a page says whether all has ended", () => {
  it("fault:C15 with and without wait, with events and without", async () => {
    const api = await openApi(WORKFLOWS);
    await api.play(echo, 1, { id: "a" });
    const whole = await pageOf(api, "");
    expect([whole.more, whole.ended]).toEqual([false, true]);
    expect(await pageOf(api, `after=${whole.cursor}`)).toMatchObject({ events: [], more: false, ended: true });
    expect(await pageOf(api, "limit=1")).toMatchObject({ more: true, ended: false });
    const last = await collect(api.engine.events("a"));
    expect(await pageOf(api, `limit=1&after=${last.at(-2)?.cursor}`)).toMatchObject({ more: false, ended: true });
  });

  it("fault:C15 not while something is open", async () => {
    expect((await pageOf(await waiting(), "")).ended).toBe(false);
  });

  it.each([true, false])("fault:C15 every client's iteration returns it (follows: %s)", async (follow) => {
    const api = await openApi(WORKFLOWS);
    await api.play(echo, 1, { id: "a" });
    for (const client of [api.engine, api.remote]) {
      const iterator = client.events("a", { follow })[Symbol.asyncIterator]();
      let next = await iterator.next();
      while (next.done !== true) next = await iterator.next();
      expect(next.value).toEqual({ allEnded: true });
    }
  });
});

describe("the remote client follows", () => {
  it.each([true, false])("until all has ended, streaming or not (%s)", async (streaming) => {
    const api = await waiting({ streaming });
    const followed = collect(api.remote.events("a", { follow: true }));
    await turn();
    await api.engine.signal("a", "decision", { approved: true });
    expect(await followed).toEqual(await collect(api.engine.events("a")));
  });

  it("until it has had enough", async () => {
    const api = await waiting();
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { type } of api.remote.events("a", { follow: true, signal: stop.signal })) {
      seen.push(type);
      if (seen.length === 2) stop.abort();
    }
    expect(seen).toHaveLength(2);
    for await (const event of api.remote.events("a", { follow: true })) {
      expect(event.type).toBe("execution.started");
      break;
    }
    await turn();
    expect(api.clock.next()).toBeUndefined();
  });

  it("over streams that break, each event once", async () => {
    const api = await waiting();
    await api.engine.signal("a", "decision", { approved: true });
    await api.settle();
    const app = createApi({ client: api.engine, workflows: WORKFLOWS, streaming: true });
    const remote = createRemoteClient({
      url: "http://treeline.test",
      fetch: async (request) => cutOff(await app.fetch(request), 2),
    });
    expect(await collect(remote.events("a", { follow: true }))).toEqual(await collect(api.engine.events("a")));
  });

  it("and gives up on streams that never say anything", async () => {
    const api = await waiting();
    const app = createApi({ client: api.engine, workflows: WORKFLOWS, streaming: true });
    const remote = createRemoteClient({
      url: "http://treeline.test",
      fetch: async (request) => cutOff(await app.fetch(request), 0),
    });
    await expect(collect(remote.events("a", { follow: true }))).rejects.toMatchObject({ code: "remote_failed" });
  });
});

async function dataOf(messages: AsyncGenerator<Message, void>): Promise<string> {
  const { value } = await messages.next();
  return value?.data ?? "";
}

/** A connection that breaks in the middle of a message, after so many. */
function cutOff(response: Response, messages: number): Response {
  let left = messages + 1; // the first is `retry`
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        left -= 1;
        if (left >= 0) return controller.enqueue(chunk);
        controller.enqueue(chunk.slice(0, 20));
        controller.terminate();
      },
    }),
  );
  return new Response(body ?? null, { headers: response.headers });
}
