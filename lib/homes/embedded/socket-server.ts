/** The owner's side of the local socket (D21): what other processes of this user on this machine talk to. */
import { once } from "node:events";
import { chmodSync, rmSync, rmdirSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { toErrorObject } from "../../kernel/error-object.ts";
import { StoreError, TreelineError } from "../../kernel/errors.ts";
import { EVENTS_METHOD, events, METHODS, type Served } from "./socket-methods.ts";
import { makePrivateFolder, socketPaths } from "./socket-path.ts";
import { fromLine, LineSplitter, LONGEST_REQUEST, toLine, type Reply, type Request } from "./socket-protocol.ts";

export interface SocketServer {
  readonly path: string;
  /** Hangs up on everybody and lets go of the address. */
  close(): Promise<void>;
}

/**
 * Listens for clients of `file`, which must exist and be owned by the caller.
 * @throws StoreError when there is no address to listen at, or another process listens there
 */
export async function serve(served: Served, file: string): Promise<SocketServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    talk(socket, served);
  });
  const address = await listenAtOneOf(server, file);
  server.on("error", () => {}); // a connection that could not be accepted: its client hears of it
  return {
    path: address,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      removeFolder(address);
    },
  };
}

// ---- the address ------------------------------------------------------------------------------------------------

async function listenAtOneOf(server: Server, file: string): Promise<string> {
  let failure: unknown;
  for (const address of socketPaths(file)) {
    try {
      await listen(server, address);
      return address;
    } catch (error) {
      if (error instanceof StoreError) throw error;
      failure = error; // a file system without sockets, for one: the next address lies elsewhere
    }
  }
  throw new StoreError(
    "store_failed",
    `no socket for ${file} could be made, so other processes cannot talk to this engine`,
    {
      cause: failure,
    },
  );
}

async function listen(server: Server, address: string): Promise<void> {
  const isPipe = process.platform === "win32";
  if (!isPipe) makePrivateFolder(path.dirname(address));
  try {
    await begin(server, address);
  } catch (error) {
    if (codeOf(error) !== "EADDRINUSE") throw error;
    if (isPipe || (await answers(address))) {
      throw new StoreError("store_locked", `another process listens at ${address}; end it, or use another file`, {
        cause: error,
      });
    }
    rmSync(address, { force: true }); // left by an owner that was killed
    await begin(server, address);
  }
  if (!isPipe) chmodSync(address, 0o600);
}

async function begin(server: Server, address: string): Promise<void> {
  server.listen(address);
  await once(server, "listening");
}

async function answers(address: string): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Only ours alone; the one in the temporary folder may hold sockets of other files. */
function removeFolder(address: string): void {
  if (process.platform === "win32") return;
  try {
    rmdirSync(path.dirname(address));
  } catch {
    // still in use
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

// ---- one connection ---------------------------------------------------------------------------------------------

function talk(socket: Socket, served: Served): void {
  const gone = new AbortController();
  const lines = new LineSplitter(LONGEST_REQUEST);
  socket.setEncoding("utf8");
  socket.on("error", () => {}); // its "close" follows
  socket.once("close", () => gone.abort());
  socket.on("data", (chunk: string) => {
    const complete = lines.push(chunk);
    if (complete === undefined) hangUp(socket);
    else for (const line of complete) void answer(socket, served, line, gone.signal);
  });
}

/** There is no telling where the next request begins. */
function hangUp(socket: Socket): void {
  socket.pause();
  const error = new TreelineError(
    "payload_too_large",
    `a request may have ${LONGEST_REQUEST} characters; this one has more`,
  );
  socket.end(toLine({ id: null, error: toErrorObject(error) }), () => socket.destroy());
}

/** Never rejects. */
async function answer(socket: Socket, served: Served, line: string, gone: AbortSignal): Promise<void> {
  let id: number | null = null;
  try {
    const request = toRequest(fromLine(line));
    id = request.id;
    if (request.method === EVENTS_METHOD) await stream(socket, served, request, gone);
    else send(socket, { id, result: await call(served, request) });
  } catch (error) {
    send(socket, { id, error: toErrorObject(error) });
  }
}

function toRequest(message: unknown): Request {
  const { id, method, params } = (typeof message === "object" && message !== null ? message : {}) as Partial<Request>;
  if (typeof id === "number" && typeof method === "string") return { id, method, params };
  throw new TreelineError("invalid_argument", "a request is {id: number, method: string, params: object}");
}

async function call(served: Served, { method, params }: Request): Promise<unknown> {
  const run = METHODS.get(method);
  if (run !== undefined) return run(served, params);
  const known = [...METHODS.keys(), EVENTS_METHOD].join(", ");
  throw new TreelineError("invalid_argument", `this engine has no method ${JSON.stringify(method)}; it has ${known}`);
}

async function stream(socket: Socket, served: Served, { id, params }: Request, gone: AbortSignal): Promise<void> {
  const iterator = events(served, params, gone)[Symbol.asyncIterator]();
  let next = await iterator.next();
  for (; next.done !== true; next = await iterator.next()) {
    if (!send(socket, { id, event: next.value })) await roomAgain(socket);
  }
  send(socket, { id, result: next.value });
}

/** False when the other side reads slowly. */
function send(socket: Socket, reply: Reply): boolean {
  return socket.destroyed || socket.write(toLine(reply));
}

async function roomAgain(socket: Socket): Promise<void> {
  const over = new AbortController();
  const events = ["drain", "close"].map((event) => once(socket, event, { signal: over.signal }));
  await Promise.race(events);
  over.abort();
}
