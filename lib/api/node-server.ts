/** The API on a port of this machine. */
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { TreelineError } from "../kernel/errors.ts";
import { guardOrigin, isLoopback } from "./origin-guard.ts";

export interface ApiServer {
  readonly url: string;
  /** Takes no more, and resolves when what is open has been answered, or cut off. */
  close(): Promise<void>;
}

export interface ApiServerOptions {
  readonly app: { readonly fetch: (request: Request) => Response | Promise<Response> };
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Time for what is open to be answered when the server closes. */
const GRACE_MS = 500;

/** @throws TreelineError `invalid_argument` when the address cannot be had */
export async function serveApi({ app, host, port }: ApiServerOptions): Promise<ApiServer> {
  const fetch = guardOrigin((request) => app.fetch(request), isLoopback(host));
  // The globals are everybody's: an answer of `fetch` stays an instance of Response.
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  await listen(server, host, port);
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${name}:${(server.address() as AddressInfo).port}`, close: () => close(server) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "it is in use; choose another with --port" : cause.message;
      reject(new TreelineError("invalid_argument", `cannot listen on ${host}:${port}: ${why}`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(cutOff);
}
