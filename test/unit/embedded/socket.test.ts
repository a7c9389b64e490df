import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectClient, type SocketClient } from "../../../lib/homes/embedded/socket-client.ts";
import type { Served } from "../../../lib/homes/embedded/socket-methods.ts";
import { socketPaths } from "../../../lib/homes/embedded/socket-path.ts";
import { LineSplitter, LONGEST_REQUEST } from "../../../lib/homes/embedded/socket-protocol.ts";
import { serve, type SocketServer } from "../../../lib/homes/embedded/socket-server.ts";
import {
  ExecutionNotFoundError,
  SerdesFailedError,
  StepError,
  StoreError,
  TreelineError,
  ValidationError,
} from "../../../lib/kernel/errors.ts";
import type { ExecutionEvent } from "../../../lib/ports/client.ts";
import { event, fakeClient, type FakeAnswers, type FakeClient } from "./fake-client.ts";

const isUnix = process.platform !== "win32";

describe("a client of another process", () => {
  it("is not there when nobody listens, or there is no file", async () => {
    const file = temporaryFile();
    await expect(connectClient(file)).resolves.toBeUndefined();
    await expect(connectClient(`${file}-missing`)).resolves.toBeUndefined();
  });

  it("asks what the owner's client is asked, and gets its answers", async () => {
    const { client, fake } = await connected();
    const page = await client.list({ workflow: "greet", status: ["RUNNING"], limit: 5 });
    expect(page).toEqual({ executions: [], cursor: "c" });
    await client.tree("e1", "team");
    await client.journal("e1");
    await client.pending("e1");
    await client.signal("e1", "go", { a: 1 }, { signalId: "s" });
    await client.cancel("e1", "why");
    await client.stop("e1");
    await client.patchState("e1", { a: null }, 3);
    await client.signal("e1", "go");
    await client.callbacks.succeed("cb", 1);
    await client.callbacks.succeed("cb");
    await client.callbacks.fail("cb", { message: "no" });
    await client.callbacks.heartbeat("cb");
    expect(fake.calls).toEqual([
      ["list", { workflow: "greet", status: ["RUNNING"], limit: 5 }],
      ["tree", "e1", "team"],
      ["journal", "e1", undefined],
      ["pending", "e1", undefined],
      ["signal", "e1", "go", { a: 1 }, { signalId: "s" }],
      ["cancel", "e1", "why", undefined],
      ["stop", "e1", undefined, undefined],
      ["patchState", "e1", { a: null }, 3, undefined],
      ["signal", "e1", "go", undefined, {}],
      ["callbacks.succeed", "cb", 1],
      ["callbacks.succeed", "cb", undefined],
      ["callbacks.fail", "cb", { message: "no" }],
      ["callbacks.heartbeat", "cb"],
    ]);
  });

  it("tells who the owner is, which workflows it has, and prunes", async () => {
    const { client } = await connected();
    expect(client.ownerPid).toBe(process.pid);
    await expect(client.workflows()).resolves.toEqual([{ name: "greet", version: "1", digest: "abc" }]);
    await expect(client.prune()).resolves.toEqual({ executions: 3 });
  });

  it("starts a workflow by name and waits for its end through a handle", async () => {
    const { client, fake } = await connected();
    const handle = await client.start("greet", { name: "Ada" }, { id: "mine" });
    expect(handle).toMatchObject({ executionId: "e1", publicId: "mine" });
    await client.start("greet", undefined);
    await expect(handle.result()).resolves.toBe("done");
    const outcome = await handle.outcome();
    expect(outcome).toMatchObject({ status: "FAILED", state: {} });
    expect(outcome.error).toBeInstanceOf(TypeError);
    expect(fake.calls[0]).toEqual(["start", "greet", { name: "Ada" }, { id: "mine" }]);
  });

  it("gets values as they were: dates, maps, undefined", async () => {
    const value = { at: new Date(5), map: new Map([[1, new Set(["a"])]]), big: 10n, nothing: undefined };
    const { client, fake } = await connected({ get: value });
    await expect(client.get("e1")).resolves.toEqual(value);
    await client.signal("e1", "go", { at: new Date(7) });
    expect(fake.calls[1]?.[3]).toEqual({ at: new Date(7) });
  });

  it("gets errors as they were: class, code, fields, causes", async () => {
    const { client } = await connected();
    await expect(client.get("missing")).rejects.toBeInstanceOf(ExecutionNotFoundError);
    const cause = new RangeError("deep");
    const error = new StepError("step_failed", "step failed", { cause, data: { at: new Date(1) } });
    const failing = await connected({ error });
    const failure = await failing.client.cancel("e1").catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(StepError);
    expect(failure).toMatchObject({ code: "step_failed", data: { at: new Date(1) }, cause: { message: "deep" } });
    const refusing = await connected({ error: new ValidationError("no", [{ path: "a.b", message: "wrong" }]) });
    await expect(refusing.client.start("greet", 1)).rejects.toMatchObject({
      issues: [{ path: "a.b", message: "wrong" }],
    });
  });

  it("refuses what cannot be sent before sending it", async () => {
    const { client, fake } = await connected();
    await expect(client.signal("e1", "go", () => 1)).rejects.toBeInstanceOf(SerdesFailedError);
    expect(fake.calls).toEqual([]);
  });

  it("answers many questions at once, each with its own answer", async () => {
    const { client } = await connected({ get: "it" });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        i % 2 === 0 ? client.get("e1") : client.get("missing").catch(() => "none"),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? "it" : "none")));
  });

  it("hears that the owner has gone, also in the middle of a question", async () => {
    const { client, server, fake } = await connected();
    const waiting = Promise.withResolvers<never>();
    Object.assign(fake, { tree: () => waiting.promise });
    const question = client.tree("e1");
    const answer = question.catch((error: unknown) => error);
    await client.get("e1");
    await server.close();
    expect(await answer).toMatchObject({ code: "engine_closed" });
    await expect(client.get("e1")).rejects.toMatchObject({ code: "engine_closed" });
    await expect(collect(client.events("e1"))).rejects.toMatchObject({ code: "engine_closed" });
  });
});

describe("events of another process", () => {
  it("come one by one and end when the owner's end", async () => {
    const { client, fake } = await connected({ events: () => from([event(), event({ type: "execution.succeeded" })]) });
    const events = await collect(client.events("e1", { follow: true, after: "1-0-0-0", types: ["custom"] }));
    expect(events.map(({ type }) => type)).toEqual(["execution.started", "execution.succeeded"]);
    expect(fake.calls[0]).toEqual([
      "events",
      "e1",
      { follow: true, after: "1-0-0-0", types: ["custom"], signal: undefined },
    ]);
  });

  it("end with the owner's error", async () => {
    const { client } = await connected({
      events: async function* () {
        yield event();
        throw new TreelineError("invalid_argument", "no cursor");
      },
    });
    await expect(collect(client.events("e1"))).rejects.toThrow("no cursor");
  });

  it("stop at the owner when the reader has seen enough", async () => {
    const { client, fake } = await connected({ events: endless });
    for await (const _event of client.events("e1", { follow: true })) break;
    expect(await isAborted(fake)).toBe(true);
  });

  it("stop on abort, without an error", async () => {
    const { client, fake } = await connected({ events: endless });
    const controller = new AbortController();
    let count = 0;
    for await (const _event of client.events("e1", { follow: true, signal: controller.signal })) {
      count += 1;
      if (count === 3) controller.abort();
    }
    expect(count).toBeGreaterThanOrEqual(3);
    expect(await isAborted(fake)).toBe(true);
  });

  it("wait for a slow reader instead of filling the memory", async () => {
    let made = 0;
    const big = "x".repeat(64 * 1024);
    const { client } = await connected({
      events: async function* (signal) {
        for (; !signal.aborted && made < 2_000; made += 1) yield event({ data: big });
      },
    });
    const events = client.events("e1")[Symbol.asyncIterator]();
    await events.next();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(made).toBeLessThan(1_000);
    await events.return?.();
  });
});

describe("the owner's side", () => {
  it.each([
    ["text that is no message", "hello", "not_serializable"],
    ["a message of another shape", '{"id":"x"}', "invalid_argument"],
    ["a value in an unknown encoding", '{"$tl":["nope",1]}', "not_serializable"],
    ["an unknown method", '{"id":1,"method":"destroy"}', "invalid_argument"],
    ["a method of every object", '{"id":1,"method":"constructor"}', "invalid_argument"],
    ["parameters of the wrong kind", '{"id":1,"method":"get","params":{"id":5}}', "validation_failed"],
    ["no parameters", '{"id":1,"method":"signal"}', "validation_failed"],
    ["events of nothing", '{"id":1,"method":"events","params":[]}', "validation_failed"],
  ])("answers %s with an error and goes on", async (_title, line, code) => {
    const { server, client } = await connected({ get: "fine" });
    const [reply] = await raw(server, `${line}\n`);
    expect(JSON.parse(reply ?? "")).toMatchObject({ error: { code } });
    await expect(client.get("e1")).resolves.toBe("fine");
  });

  it("answers a line that never ends with an error, and hangs up", async () => {
    const { server, client } = await connected({ get: "fine" });
    const [reply] = await raw(server, "x".repeat(LONGEST_REQUEST + 1));
    expect(JSON.parse(reply ?? "")).toMatchObject({ id: null, error: { code: "payload_too_large" } });
    await expect(client.get("e1")).resolves.toBe("fine");
  });

  it("says so when an answer cannot be encoded", async () => {
    const { client } = await connected({ get: { fn: () => 1 } });
    await expect(client.get("e1")).rejects.toMatchObject({ code: "not_serializable" });
  });

  it("takes a request in pieces, and several at once", async () => {
    const { server } = await connected({ get: "ü" });
    const request = Buffer.from('{"id":1,"method":"get","params":{"id":"ü"}}\n{"id":2,"method":"hello"}\n');
    const replies = await raw(server, ...Array.from(request, (_, i) => request.subarray(i, i + 1)));
    expect(replies.map((reply) => (JSON.parse(reply) as { id: number }).id)).toEqual(expect.arrayContaining([1, 2]));
  });

  it.runIf(isUnix)("lets nobody else in", async () => {
    const { server } = await connected();
    expect(fs.statSync(server.path).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(server.path)).mode & 0o777).toBe(0o700);
  });

  it.runIf(isUnix)("leaves nothing behind", async () => {
    const file = temporaryFile();
    const server = await serve(fakeClient(), file);
    await server.close();
    expect(fs.existsSync(path.dirname(server.path))).toBe(false);
    await expect(connectClient(file)).resolves.toBeUndefined();
  });

  it.runIf(isUnix)("takes the place of an owner that was killed", async () => {
    const file = temporaryFile();
    leaveStaleSocket(file);
    await expect(connectClient(file)).resolves.toBeUndefined();
    const { client } = await connected({ get: "new" }, file);
    await expect(client.get("e1")).resolves.toBe("new");
  });

  it("does not take the place of one that lives", async () => {
    const file = temporaryFile();
    await connected({}, file);
    await expect(serve(fakeClient(), file)).rejects.toMatchObject({ code: "store_locked" });
  });

  it.runIf(isUnix)("listens in the temporary folder when the path is too long for a socket", async () => {
    const folder = path.join(temporaryFolder(), "deep".repeat(20), "deeper".repeat(10));
    fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "store.db");
    fs.writeFileSync(file, "");
    const { client, server } = await connected({ get: "far" }, file);
    expect(server.path.startsWith(os.tmpdir())).toBe(true);
    expect(Buffer.byteLength(server.path)).toBeLessThan(104);
    await expect(client.get("e1")).resolves.toBe("far");
  });

  it.runIf(isUnix)("is found through another path to the same file", async () => {
    const file = temporaryFile();
    await connected({ get: "same" }, file);
    const link = path.join(temporaryFolder(), "link");
    fs.symlinkSync(path.dirname(file), link);
    const client = await connectClient(path.join(link, path.basename(file)));
    onTestFinished(() => client?.close());
    await expect(client?.get("e1")).resolves.toBe("same");
  });

  it.runIf(isUnix)("is told apart from somebody who only listens", async () => {
    const file = temporaryFile();
    const [address = ""] = socketPaths(file);
    fs.mkdirSync(path.dirname(address), { mode: 0o700 });
    const impostor = net.createServer((socket) => socket.end("I am no engine\n"));
    impostor.listen(address);
    onTestFinished(() => void impostor.close());
    await once(impostor, "listening");
    await expect(connectClient(file)).rejects.toBeInstanceOf(StoreError);
  });
});

describe("LineSplitter", () => {
  it("gives lines as they are completed, whatever the chunks", () => {
    const splitter = new LineSplitter();
    expect(splitter.push("a")).toEqual([]);
    expect(splitter.push("b\nc\n\nd")).toEqual(["ab", "c", ""]);
    expect(splitter.push("\n")).toEqual(["d"]);
  });

  it("refuses a line that is too long, not many short ones", () => {
    const splitter = new LineSplitter(3);
    expect(splitter.push("abc\nabc\nab")).toEqual(["abc", "abc"]);
    expect(splitter.push("c")).toEqual([]);
    expect(splitter.push("d")).toBeUndefined();
    expect(new LineSplitter(3).push("abcd\n")).toBeUndefined();
  });
});

// ---- what the tests share ---------------------------------------------------------------------------------------

function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "tl-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function temporaryFile(): string {
  const file = path.join(temporaryFolder(), "s.db");
  fs.writeFileSync(file, "");
  return file;
}

interface Connected {
  readonly client: SocketClient;
  readonly server: SocketServer;
  readonly fake: FakeClient;
}

async function connected(answers: FakeAnswers = {}, file = temporaryFile()): Promise<Connected> {
  const fake = fakeClient(answers);
  const server = await serve(fake as Served, file);
  const client = await connectClient(file);
  if (client === undefined) throw new Error("nobody listens");
  onTestFinished(async () => {
    client.close();
    await server.close().catch(() => {});
  });
  return { client, server, fake };
}

/** Sends bytes as they are and gives the lines that come back: until the other side ends, or is silent. */
async function raw({ path: address }: SocketServer, ...chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const socket = net.connect(address);
  socket.on("error", () => {});
  for (const chunk of chunks) socket.write(chunk);
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(socket, "data");
  await new Promise((resolve) => setTimeout(resolve, 30));
  socket.destroy();
  return text.split("\n").filter((line) => line !== "");
}

/** What a server leaves that ends without closing. */
function leaveStaleSocket(file: string): void {
  const [address = ""] = socketPaths(file);
  fs.mkdirSync(path.dirname(address), { mode: 0o700 });
  const bound = net.createServer().listen(address);
  const aside = `${address}-aside`;
  fs.renameSync(address, aside); // libuv removes the path it knows
  bound.close();
  fs.renameSync(aside, address);
}

async function collect(events: AsyncIterable<ExecutionEvent>): Promise<ExecutionEvent[]> {
  const all: ExecutionEvent[] = [];
  for await (const each of events) all.push(each);
  return all;
}

async function* from(events: readonly ExecutionEvent[]): AsyncIterable<ExecutionEvent> {
  yield* events;
}

async function* endless(signal: AbortSignal): AsyncIterable<ExecutionEvent> {
  while (!signal.aborted) {
    yield event();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function isAborted({ signals: [signal] }: FakeClient): Promise<boolean> {
  if (signal?.aborted === false) await once(signal, "abort");
  return signal?.aborted === true;
}
