import http from "node:http";
import { openEngine, type Engine } from "treeline";
import purchase, { approval } from "../tutorial/07-people.ts";

export interface PurchaseServer {
  readonly server: http.Server;
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

/** `POST /purchases` starts one, `POST /purchases/ID/decision` answers it, `GET /purchases/ID` shows it. */
export async function openServer(file: string): Promise<PurchaseServer> {
  // One engine per process and file: it owns the file, and continues what was open when the process ended.
  const engine = await openEngine({ file, workflows: [purchase, approval] });
  const server = http.createServer((request, response) => {
    answer(engine, request).then(
      (body) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)),
      (error: Error) => response.writeHead(400).end(error.message),
    );
  });
  const close = async (): Promise<void> => {
    server.close();
    // Resolves when everything is durable. What is open continues at the next start.
    await engine.close();
  };
  return { server, engine, close };
}

async function answer(engine: Engine, request: http.IncomingMessage): Promise<unknown> {
  const [, , id = "", action] = (request.url ?? "").split("/");
  if (request.method === "GET") {
    const { status, output } = await engine.get(id);
    return { status, output };
  }
  if (action === "decision") {
    await engine.signal("purchase-1-approval", "decision", JSON.parse(await textOf(request)));
    return {};
  }
  // Resolves once the execution is durable: from here on it survives a crash of this process.
  const { executionId } = await engine.start(purchase, undefined);
  return { executionId };
}

async function textOf(request: http.IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
