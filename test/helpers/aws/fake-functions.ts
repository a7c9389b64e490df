/** Lambda for tests: versions and aliases of functions, and who reads which queue. */
import { type Json, Refusal } from "./fake-refusal.ts";

export interface FakeVersion {
  readonly version: string;
  readonly publishedAt: number;
}

interface Mapping {
  readonly UUID: string;
  readonly EventSourceArn: string;
  State: "Enabled" | "Disabling" | "Disabled" | "Enabling";
}

type Route = [action: string, answer: () => unknown];

const PAGE = 3;

export class FakeFunctions {
  readonly versions = new Map<string, FakeVersion[]>();
  readonly aliases = new Map<string, Json[]>();
  readonly mappings: Mapping[] = [];
  readonly deleted: string[] = [];

  publish(name: string, version: number, publishedAt: number): void {
    this.versions.set(name, [...(this.versions.get(name) ?? []), { version: String(version), publishedAt }]);
  }

  alias(name: string, alias: string, version: number, second?: number): void {
    const routing = second === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: { [second]: 0.1 } } };
    const before = (this.aliases.get(name) ?? []).filter((each) => each["Name"] !== alias);
    this.aliases.set(name, [...before, { Name: alias, FunctionVersion: String(version), ...routing }]);
  }

  /** A function that reads a queue and can do nothing with what it reads. */
  consume(queue: string, state: Mapping["State"] = "Enabled"): Mapping {
    const EventSourceArn = `arn:aws:sqs:eu-central-1:000000000000:${queue}`;
    const mapping: Mapping = { UUID: `mapping-${this.mappings.length + 1}`, EventSourceArn, State: state };
    this.mappings.push(mapping);
    return mapping;
  }

  reads(arn: string): boolean {
    return this.mappings.some(({ EventSourceArn, State }) => EventSourceArn === arn && !State.startsWith("Disabl"));
  }

  route(method: string, path: string, query: Readonly<Record<string, string>>, body: Json): Route {
    const [, , kind, id = "", what] = path.split("/");
    if (kind === "event-source-mappings") return this.#mapping(method, id, query, body);
    if (kind === "functions" && method === "GET" && what === "versions")
      return ["lambda:ListVersionsByFunction", () => this.#page(id, Number(query["Marker"] ?? 0))];
    if (kind === "functions" && method === "GET" && what === "aliases")
      return ["lambda:ListAliases", () => ({ Aliases: this.aliases.get(id) ?? [] })];
    if (kind === "functions" && method === "DELETE" && what === undefined)
      return ["lambda:DeleteFunction", () => this.#delete(id, query["Qualifier"])];
    throw new Refusal("InvalidAction", `the fake does not know ${method} ${path}`);
  }

  #page(name: string, from: number): unknown {
    const all = this.versions.get(name);
    if (all === undefined) throw new Refusal("ResourceNotFoundException", `no function ${name}`, 404);
    const listed = [{ version: "$LATEST", publishedAt: 0 }, ...all];
    return {
      Versions: listed.slice(from, from + PAGE).map(({ version, publishedAt }) => ({
        Version: version,
        LastModified: new Date(publishedAt).toISOString().replace("Z", "+0000"),
      })),
      ...(from + PAGE < listed.length ? { NextMarker: String(from + PAGE) } : undefined),
    };
  }

  #delete(name: string, qualifier: string | undefined): unknown {
    const aliased = (this.aliases.get(name) ?? []).some((alias) => alias["FunctionVersion"] === qualifier);
    if (aliased) throw new Refusal("ResourceConflictException", "an alias points to it", 409);
    this.deleted.push(`${name}:${qualifier ?? "ALL"}`);
    this.versions.set(
      name,
      (this.versions.get(name) ?? []).filter(({ version }) => version !== qualifier),
    );
    return {};
  }

  #mapping(method: string, id: string, query: Readonly<Record<string, string>>, body: Json): Route {
    if (id === "") {
      const arn = query["EventSourceArn"];
      const found = this.mappings.filter(({ EventSourceArn }) => EventSourceArn === arn);
      return ["lambda:ListEventSourceMappings", () => ({ EventSourceMappings: found })];
    }
    const mapping = this.mappings.find(({ UUID }) => UUID === id);
    if (mapping === undefined) throw new Refusal("ResourceNotFoundException", `no mapping ${id}`, 404);
    if (method === "GET") return ["lambda:GetEventSourceMapping", () => switched(mapping)];
    return ["lambda:UpdateEventSourceMapping", () => switching(mapping, body["Enabled"] === true)];
  }
}

/** One that is looked at has come further. */
function switched(mapping: Mapping): Mapping {
  const before = { ...mapping };
  mapping.State = mapping.State === "Disabling" ? "Disabled" : mapping.State === "Enabling" ? "Enabled" : mapping.State;
  return before;
}

function switching(mapping: Mapping, on: boolean): Mapping {
  if (mapping.State === "Disabling" || mapping.State === "Enabling") {
    switched(mapping);
    throw new Refusal("ResourceInUseException", "the mapping is being updated", 400);
  }
  mapping.State = on ? "Enabling" : "Disabling";
  return { ...mapping };
}
