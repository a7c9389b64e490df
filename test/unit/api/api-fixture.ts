/** An engine of virtual time behind the API, and requests to it. */
import { onTestFinished } from "vitest";
import { createApi, type ApiOptions } from "../../../lib/api/api.ts";
import type { Problem } from "../../../lib/api/problem.ts";
import { createRemoteClient, type RemoteClient } from "../../../lib/api/remote-client.ts";
import type { Workflow } from "../../../lib/kernel/definition.ts";
import type { Client } from "../../../lib/ports/client.ts";
import type { LogLine } from "../../../lib/ports/log-sink.ts";
import { openVirtual, type VirtualEngine } from "../../helpers/virtual-engine.ts";

export interface ApiUnderTest extends VirtualEngine {
  readonly app: ReturnType<typeof createApi>;
  readonly remote: RemoteClient;
  /** What the API itself logged. */
  readonly failures: readonly LogLine[];
  request(path: string, init?: RequestInit): Promise<Response>;
  /** As JSON. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

export interface FixtureOptions extends Partial<ApiOptions> {
  /** Stands between the API and the engine. */
  readonly around?: (client: Client) => Client;
}

export async function openApi(
  workflows: readonly Workflow<any, any>[],
  { around = (client) => client, ...options }: FixtureOptions = {},
): Promise<ApiUnderTest> {
  const opened = await openVirtual({ workflows });
  onTestFinished(() => opened.engine.close());
  const failures: LogLine[] = [];
  const app = createApi({
    client: around(opened.engine),
    workflows,
    streaming: true,
    clock: opened.clock,
    log: (line) => void failures.push(line),
    ...options,
  });
  const request = async (path: string, init?: RequestInit): Promise<Response> => app.request(path, init);
  return {
    ...opened,
    app,
    failures,
    remote: createRemoteClient({
      url: "http://treeline.test",
      fetch: (each) => app.fetch(each),
      sleep: async () => {},
    }),
    request,
    post: (path, body, headers) => request(path, json(body, headers)),
  };
}

export function json(body: unknown, headers: Record<string, string> = {}, method = "POST"): RequestInit {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return { method, headers: { "content-type": "application/json", ...headers }, ...text };
}

/** Of a refusal. */
export async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get("content-type") !== "application/problem+json") {
    throw new Error(`no problem, but ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as Problem;
}

/** The same client, but for some of its methods. */
export function overriding(client: Client, overrides: Partial<Client>): Client {
  const replaced = new Map<PropertyKey, unknown>(Object.entries(overrides));
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = replaced.get(name) ?? Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
