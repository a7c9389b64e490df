/**
 * JSON Schemas of workflows (D2). What JSON cannot express is described from its wire side: as it stands in the stored
 * form; for those who send plain JSON, as anything, with a word on how to send it.
 */
import type { Workflow } from "../kernel/definition.ts";
import type { StandardSchema } from "../kernel/schema.ts";
import { STORED_TYPE, type Form } from "./forms.ts";
import type { WorkflowFacts } from "./shapes.ts";

type Side = "input" | "output";
type JsonSchema = Record<string, unknown>;

/** Standard JSON Schema (https://standardschema.dev/json-schema). */
type Converter = Readonly<Record<Side, (options: { target: string; libraryOptions?: object }) => unknown>>;

export interface Described {
  readonly schema: unknown;
  /** The schema tells nothing of itself. */
  readonly warning?: string;
}

const TARGET = "draft-2020-12";

/** `what` names the schema in the warning. */
export function describe(schema: StandardSchema | undefined, side: Side, form: Form, what: string): Described {
  if (schema === undefined) return { schema: {} };
  const { jsonSchema, vendor } = schema["~standard"] as StandardSchema["~standard"] & { jsonSchema?: Converter };
  if (jsonSchema === undefined) {
    return { schema: {}, warning: `${what} is shown as {}: its library (${vendor}) gives no JSON Schema` };
  }
  try {
    return { schema: toPlain(convert(jsonSchema, side, form)) };
  } catch (error) {
    return { schema: {}, warning: `${what} is shown as {}: ${(error as Error).message}` };
  }
}

/** As the API tells it: from the wire side. */
export function describeWorkflow(workflow: Workflow): WorkflowFacts {
  const { name, version, description, signals } = workflow;
  const input = describe(workflow.input, "input", "stored", `input of ${name}`);
  const output = describe(workflow.output, "output", "stored", `output of ${name}`);
  const payloads = Object.entries(signals ?? {}).map(
    ([signal, schema]) => [signal, describe(schema, "input", "stored", `signal ${signal} of ${name}`)] as const,
  );
  return {
    name,
    version,
    ...(description === undefined ? undefined : { description }),
    ...(workflow.input === undefined ? undefined : { input: input.schema }),
    ...(workflow.output === undefined ? undefined : { output: output.schema }),
    ...(signals === undefined
      ? undefined
      : { signals: Object.fromEntries(payloads.map(([signal, { schema }]) => [signal, schema])) }),
    warnings: [input, output, ...payloads.map(([, described]) => described)].flatMap(({ warning }) => warning ?? []),
  };
}

function convert(converter: Converter, side: Side, form: Form): unknown {
  const ask = converter[side];
  try {
    // Known to zod; others ignore it.
    const libraryOptions = { unrepresentable: "any", override: (seen: Seen) => showWire(seen, form) };
    return ask({ target: TARGET, libraryOptions });
  } catch {
    return ask({ target: TARGET }); // a vendor that refuses options it does not know
  }
}

// ---- what JSON cannot express -----------------------------------------------------------------------------------

interface Seen {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string; readonly coerce?: boolean } } };
  readonly jsonSchema: JsonSchema;
}

const anything = {};

/** What stands beside the tag, by zod's name of the type. */
const CONTENTS = new Map<string, { readonly tag: string; readonly name: string; readonly content?: JsonSchema }>([
  ["date", { tag: "date", name: "Date", content: { type: ["integer", "null"], description: "Milliseconds" } }],
  ["bigint", { tag: "bigint", name: "BigInt", content: { type: "string", pattern: String.raw`^-?\d+$` } }],
  ["undefined", { tag: "undefined", name: "undefined" }],
  ["void", { tag: "undefined", name: "undefined" }],
  ["nan", { tag: "number", name: "NaN", content: { const: "NaN" } }],
  [
    "map",
    {
      tag: "map",
      name: "Map",
      content: { type: "array", items: { type: "array", minItems: 2, maxItems: 2, items: anything } },
    },
  ],
  ["set", { tag: "set", name: "Set", content: { type: "array", items: anything } }],
]);

function showWire({ zodSchema, jsonSchema }: Seen, form: Form): void {
  const { type, coerce } = zodSchema._zod.def;
  const wire = CONTENTS.get(type);
  // What is coerced may be sent as whatever it is made from.
  if (wire === undefined || coerce === true) return;
  const { tag, name, content } = wire;
  const title = `${name}: JSON has none; send ${STORED_TYPE}`;
  if (form === "plain") return void Object.assign(jsonSchema, { title });
  const items = [{ const: tag }, ...(content === undefined ? [] : [content])];
  Object.assign(jsonSchema, {
    title: name,
    type: "object",
    properties: { $tl: { type: "array", prefixItems: items, minItems: items.length, maxItems: items.length } },
    required: ["$tl"],
    additionalProperties: false,
  });
}

/** Without what only code sees. */
function toPlain(value: unknown): unknown {
  const plain = JSON.parse(JSON.stringify(value)) as unknown;
  if (typeof plain !== "object" || plain === null) return {};
  delete (plain as JsonSchema)["$schema"];
  return plain;
}
