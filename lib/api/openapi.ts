/** The OpenAPI 3.1 document, made of the routes' schemas and of those of the workflows. */
import { z } from "zod";
import type { Workflow } from "../kernel/definition.ts";
import { JSON_TYPE, EVENT_STREAM_TYPE, PROBLEM_TYPE, STORED_TYPE, type Form } from "./forms.ts";
import { startOptions } from "./requests.ts";
import type { Route, Served } from "./route.ts";
import { ProblemShape } from "./shapes.ts";
import { describe, type Described } from "./workflow-schemas.ts";

type Json = Record<string, unknown>;

const DESCRIPTION = `Workflows that run workflows.

Paths without a namespace are of the namespace \`default\`; \`/callbacks/{id}\` is of none, for a callback's id is the right
to answer it.

Bodies come in two forms: \`${JSON_TYPE}\`, and \`${STORED_TYPE}\`, which also carries what JSON lacks as
\`{"$tl":[tag, content]}\` (Date, BigInt, Map, Set, bytes, undefined, NaN …). Say yours in Content-Type, and the one you want in Accept.

An id that is more than letters, digits, \`_\`, \`.\` and \`-\` is percent-encoded, or written as \`~\` and the base64url of its UTF-8.

Errors are problems (RFC 9457) with a stable \`code\`.`;

export function createDocument(routes: readonly Route[], { workflows, version }: Served): Json {
  const components = new Components();
  const starts = describeStarts(workflows);
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    for (const path of pathsOf(route)) {
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, path, components, starts.bodies) };
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "Treeline", version, description: DESCRIPTION },
    servers: [{ url: "." }],
    paths,
    components: { schemas: { ...components.schemas, ...starts.schemas } },
    ...(starts.warnings.length === 0 ? undefined : { "x-treeline-warnings": starts.warnings }),
  };
}

function pathsOf({ path, scope }: Route): string[] {
  return scope === "none" ? [path] : [path, `/namespaces/{namespace}${path}`];
}

function operation(route: Route, path: string, components: Components, starts: Record<Form, Json>): Json {
  const { name, summary, description, query, headers = [], body, bodyOptional, answers, problems = [] } = route;
  const namespaced = path.startsWith("/namespaces/");
  const parameters = [
    ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, at = ""]) => ({ name: at, in: "path", ...TEXT, required: true })),
    ...queryParameters(query),
    ...headers.map((header) => ({ in: "header", ...TEXT, ...header })),
  ];
  const isStart = name === "startExecution";
  return {
    operationId: namespaced ? `${name}InNamespace` : name,
    summary,
    ...(description === undefined ? undefined : { description }),
    ...(parameters.length === 0 ? undefined : { parameters }),
    ...(body === undefined
      ? undefined
      : {
          requestBody: {
            required: bodyOptional !== true,
            content: isStart
              ? { [JSON_TYPE]: { schema: starts.plain }, [STORED_TYPE]: { schema: starts.stored } }
              : inBothForms(toJsonSchema(body, "input")),
          },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description: what, schema }]) => [
          status,
          {
            description: what,
            ...(schema === undefined ? undefined : { content: content(route, schema, components) }),
          },
        ]),
      ),
      ...problemResponses(body === undefined ? problems : [...problems, 400, 413, 415, 422], query, components),
    },
  };
}

const TEXT = { schema: { type: "string" } };

function content({ streams }: Route, schema: z.ZodType, components: Components): Json {
  const stream = { [EVENT_STREAM_TYPE]: TEXT };
  return { ...inBothForms(components.refer(schema)), ...(streams === true ? stream : undefined) };
}

function inBothForms(schema: Json): Json {
  return { [JSON_TYPE]: { schema }, [STORED_TYPE]: { schema: {} } };
}

function problemResponses(statuses: readonly number[], query: z.ZodObject | undefined, components: Components): Json {
  const all = new Set([...statuses, ...(query === undefined ? [] : [422])]);
  const schema = components.refer(ProblemShape);
  const response = (description: string): Json => ({ description, content: { [PROBLEM_TYPE]: { schema } } });
  const known = [...all].toSorted((a, b) => a - b).map((status) => [status, response(MEANINGS[status] ?? "Problem")]);
  return { ...Object.fromEntries(known), default: response("Any other problem") } as Json;
}

const MEANINGS: Readonly<Record<number, string>> = {
  400: "The body is not JSON",
  404: "There is no such thing in this namespace",
  406: "This host cannot stream",
  409: "It is not in a state to take this",
  413: "Too large",
  415: "The body is in no form that is read here",
  422: "Something does not fit; `issues` has the paths",
  429: "Too many are waiting already",
};

function queryParameters(query: z.ZodObject | undefined): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...described } = toJsonSchema(schema as z.ZodType, "output");
    return { name, in: "query", schema: described, ...(description === undefined ? undefined : { description }) };
  });
}

// ---- what workflows take ----------------------------------------------------------------------------------------

interface Starts {
  /** Of the body of a start, by form. */
  readonly bodies: Record<Form, Json>;
  readonly schemas: Json;
  readonly warnings: readonly string[];
}

/** A start is one of those of the workflows there are: each with its own input. */
function describeStarts(workflows: readonly Workflow[]): Starts {
  const schemas: Json = {};
  const warnings: string[] = [];
  const options = toJsonSchema(z.object(startOptions), "input")["properties"] as Json;
  const bodies = { plain: { oneOf: [] as Json[] }, stored: { oneOf: [] as Json[] } };
  const put = (key: string, schema: unknown): Json => {
    const name = freeName(key, schemas);
    schemas[name] = ownReferences(schema, name);
    return { $ref: `#/components/schemas/${name}` };
  };
  const note = ({ schema, warning }: Described): unknown => {
    if (warning !== undefined && !warnings.includes(warning)) warnings.push(warning);
    return warning === undefined ? schema : { description: warning };
  };
  for (const { name, input, output, signals = {}, description } of workflows) {
    for (const form of ["plain", "stored"] as const) {
      const suffix = form === "plain" ? "" : ".stored";
      const taken = put(`${name}.input${suffix}`, note(describe(input, "input", form, `input of ${name}`)));
      const start = {
        type: "object",
        ...(description === undefined ? undefined : { description }),
        properties: { workflow: { const: name }, input: taken, ...options },
        required: input === undefined ? ["workflow"] : ["workflow", "input"],
        additionalProperties: false,
      };
      bodies[form].oneOf.push(put(`${name}.start${suffix}`, start));
    }
    put(`${name}.output`, note(describe(output, "output", "stored", `output of ${name}`)));
    for (const [signal, schema] of Object.entries(signals)) {
      put(`${name}.signal.${signal}`, note(describe(schema, "input", "plain", `signal ${signal} of ${name}`)));
    }
  }
  return { bodies: { plain: orAny(bodies.plain), stored: orAny(bodies.stored) }, schemas, warnings };
}

/** Of a component that no other has; the names of the API's own have no dot. */
function freeName(wanted: string, taken: Json): string {
  const name = wanted.replaceAll(/[^\w.-]/g, "_");
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? name : `${name}.${n}`;
    if (!Object.hasOwn(taken, candidate)) return candidate;
  }
}

/** Nothing can be one of nothing. */
function orAny(choice: { oneOf: Json[] }): Json {
  return choice.oneOf.length === 0 ? { type: "object" } : choice;
}

/** A schema that refers to parts of itself still does where it stands now. */
function ownReferences(schema: unknown, name: string): unknown {
  const text = JSON.stringify(schema);
  const moved = text.replaceAll(/"\$ref":"#(?!\/components\/)([^"]*)"/g, `"$ref":"#/components/schemas/${name}$1"`);
  return JSON.parse(moved) as unknown;
}

// ---- schemas of the API's own -----------------------------------------------------------------------------------

/** Schemas with an id, each described once. */
class Components {
  readonly schemas: Json = {};

  refer(schema: z.ZodType): Json {
    const described = toJsonSchema(schema, "output");
    const { $defs = {}, ...own } = described as { $defs?: Json };
    for (const [name, part] of Object.entries($defs)) this.schemas[name] = toComponents(part);
    const name = schema.meta()?.id;
    if (name === undefined) return toComponents(own);
    // A schema that contains itself is among its own definitions, and referred to.
    if (!("$ref" in own)) this.schemas[name] = toComponents(own);
    return { $ref: `#/components/schemas/${name}` };
  }
}

function toJsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _schema, ...described } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    // Answers may get more fields one day.
    override: ({ jsonSchema }) =>
      void (io === "output" && jsonSchema.additionalProperties === false && delete jsonSchema.additionalProperties),
  });
  return described as Json;
}

/** Definitions of their own become components. */
function toComponents(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/')) as Json;
}
