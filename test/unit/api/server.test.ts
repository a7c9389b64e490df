/** The API on a port of this machine. */
import { once } from "node:events";
import http from "node:http";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { serveApi, type ApiServer } from "../../../lib/api/node-server.ts";
import { createRemoteClient } from "../../../lib/api/remote-client.ts";
import { collect } from "../../helpers/collect.ts";
import { openApi } from "./api-fixture.ts";
import { approval, echo } from "./workflows.ts";

async function served(
  host = "127.0.0.1",
): Promise<{ server: ApiServer; closing: AbortController; api: Awaited<ReturnType<typeof openApi>> }> {
  const closing = new AbortController();
  const api = await openApi([echo, approval], { closing: closing.signal });
  const server = await serveApi({ app: api.app, host, port: 0 });
  onTestFinished(async () => {
    closing.abort();
    await server.close();
  });
  return { server, closing, api };
}

/** With headers that `fetch` would not let through. */
function ask(url: string, headers: http.OutgoingHttpHeaders, method = "GET"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject).end();
  });
}

describe("the server", () => {
  it("serves the remote client over a real connection", async () => {
    const { server, api } = await served();
    const remote = createRemoteClient({ url: server.url });
    const handle = await remote.start(approval, undefined, { id: "a/1" });
    const followed = collect(remote.events("a/1", { follow: true }));
    await remote.signal("a/1", "decision", { approved: true });
    expect(await handle.result()).toEqual({ approved: true });
    expect(await followed).toEqual(await collect(api.engine.events("a/1")));
  });

  it("answers nobody but this machine's own programs and pages", async () => {
    const { server } = await served();
    const { port } = new URL(server.url);
    const url = `${server.url}/workflows`;
    expect(await ask(url, {})).toBe(200);
    expect(await ask(url, { host: `localhost:${port}` })).toBe(200);
    expect(await ask(url, { origin: server.url })).toBe(200);
    expect(await ask(url, { host: "evil.example" })).toBe(403);
    expect(await ask(url, { host: "127.0.0.1.evil.example" })).toBe(403);
    expect(await ask(url, { origin: "http://evil.example" })).toBe(403);
    expect(await ask(url, { origin: "null" })).toBe(403);
    expect(await ask(url, { origin: `http://127.0.0.1:${Number(port) + 1}` })).toBe(403);
    expect(await ask(url, { "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await ask(`${server.url}/executions/x/cancel`, { origin: "http://evil.example" }, "POST")).toBe(403);
  });

  it("lets go of streams and ends, with the port free again", async () => {
    const { server, closing, api } = await served();
    await api.engine.start(approval, undefined, { id: "a" });
    const response = await fetch(`${server.url}/executions/a/events`, { headers: { accept: "text/event-stream" } });
    const text = response.text();
    closing.abort();
    await server.close();
    expect(await text).not.toContain("event: end");
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  });

  it("fault:D8 logs nothing when a client breaks off its body", async () => {
    const { server, api } = await served();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const head = `POST /executions HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: 1000\r\n\r\n{"workflow":`);
    await once(socket, "connect");
    // The answer to a whole request shows that the server has read what came before it.
    expect(await ask(`${server.url}/workflows`, {})).toBe(200);
    socket.resetAndDestroy();
    await once(socket, "close");
    expect(await ask(`${server.url}/workflows`, {})).toBe(200);
    expect(api.failures).toEqual([]);
  });

  it("says when its address cannot be had", async () => {
    const { server, api } = await served();
    const port = Number(new URL(server.url).port);
    await expect(serveApi({ app: api.app, host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("it is in use") as string,
    });
  });
});
