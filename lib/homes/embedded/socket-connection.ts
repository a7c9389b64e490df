/** One client's line to the owner: requests by number, and a line of its own for every stream of events. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { fromErrorObject } from "../../kernel/error-object.ts";
import { StoreError, TreelineError } from "../../kernel/errors.ts";
import type { EventsEnd, ExecutionEvent } from "../../ports/client.ts";
import { EVENTS_METHOD } from "./socket-methods.ts";
import { socketPaths } from "./socket-path.ts";
import { fromLine, LineSplitter, PROTOCOL, toLine, type Hello, type Reply } from "./socket-protocol.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Params = Readonly<Record<string, unknown>>;

/** An owner that says nothing for so long hangs, or is no owner of ours. */
const HELLO_TIMEOUT_MS = 5_000;

export class SocketConnection {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #pending = new Map<number, Pending>();
  #owner: Hello = { protocol: PROTOCOL, pid: 0 };
  #requests = 0;

  /** @throws StoreError when somebody listens who cannot be talked to */
  static async open(file: string): Promise<SocketConnection | undefined> {
    if (!existsSync(file)) return undefined;
    for (const address of socketPaths(file)) {
      const socket = await dial(address);
      if (socket !== undefined) return new SocketConnection(socket, address).#greet(file);
    }
    return undefined;
  }

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.#address = address;
    const lines = new LineSplitter();
    socket.on("data", (chunk: string) => this.#hear(lines.push(chunk) ?? []));
    socket.on("close", () => this.#lose());
    socket.unref();
  }

  get owner(): Hello {
    return this.#owner;
  }

  request(method: string, params: Params): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(hungUp());
      this.#requests += 1;
      const id = this.#requests;
      const line = toLine({ id, method, params: defined(params) });
      this.#pending.set(id, { resolve, reject });
      this.#socket.ref(); // only an open question keeps the process alive
      this.#socket.write(line);
    });
  }

  async *events(params: Params, signal?: AbortSignal): AsyncGenerator<ExecutionEvent, EventsEnd> {
    const socket = await dial(this.#address);
    if (socket === undefined) throw hungUp();
    const stop = (): void => void socket.destroy();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      socket.write(toLine({ id: 0, method: EVENTS_METHOD, params: defined(params) }));
      for await (const reply of replies(socket)) {
        if (!("event" in reply)) return endOf(reply);
        yield reply.event;
      }
      if (signal?.aborted !== true) throw hungUp();
      return { allEnded: false };
    } finally {
      signal?.removeEventListener("abort", stop);
      socket.destroy();
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #greet(file: string): Promise<SocketConnection> {
    const silence = AbortSignal.timeout(HELLO_TIMEOUT_MS);
    silence.addEventListener("abort", () => this.close());
    try {
      this.#owner = (await this.request("hello", {})) as Hello;
    } catch (cause) {
      throw new StoreError("store_locked", `the process that owns ${file} does not answer; is it stopped?`, { cause });
    }
    if (this.#owner.protocol === PROTOCOL) return this;
    this.close();
    throw new StoreError(
      "store_newer",
      `process ${this.#owner.pid} owns ${file} and runs another version of Treeline; use that version, or end it`,
    );
  }

  #hear(lines: readonly string[]): void {
    try {
      for (const line of lines) this.#settle(fromLine(line) as Reply);
    } catch {
      this.#socket.destroy(); // not our protocol: everything asked for fails
    }
  }

  #settle(reply: Reply): void {
    const pending = reply.id === null ? undefined : this.#pending.get(reply.id);
    if (reply.id === null || pending === undefined) return;
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#socket.unref();
    if ("error" in reply) pending.reject(fromErrorObject(reply.error));
    else pending.resolve("result" in reply ? reply.result : undefined);
  }

  #lose(): void {
    for (const { reject } of this.#pending.values()) reject(hungUp());
    this.#pending.clear();
  }
}

async function dial(address: string): Promise<Socket | undefined> {
  const socket = connect(address);
  try {
    await once(socket, "connect");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") return undefined;
    throw new StoreError("store_locked", `the engine at ${address} cannot be reached: ${(error as Error).message}`, {
      cause: error,
    });
  }
  socket.setEncoding("utf8");
  socket.on("error", () => {}); // its "close" follows
  return socket;
}

async function* replies(socket: Socket): AsyncGenerator<Reply, void> {
  const lines = new LineSplitter();
  try {
    for await (const chunk of socket) {
      for (const line of lines.push(chunk as string) ?? []) yield fromLine(line) as Reply;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}

/** An owner of an earlier version does not say whether everything has ended. */
function endOf(reply: Reply): EventsEnd {
  if ("error" in reply) throw fromErrorObject(reply.error);
  return "result" in reply && reply.result !== undefined ? (reply.result as EventsEnd) : { allEnded: false };
}

function hungUp(): TreelineError {
  return new TreelineError(
    "engine_closed",
    "the engine that owns the file has ended; what runs is durable and goes on when the file is opened again",
  );
}

function defined(params: Params): Params {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}
