/** Schemas for showing: JSON Schema of what a person or a client may send (D2, D11). Never used to validate. */
import type { StandardSchema } from "./schema.ts";

/** Standard JSON Schema (https://standardschema.dev/json-schema): what zod 4.2 and others add to `~standard`. */
interface JsonSchemaConverter {
  readonly input: (options: { target: string; libraryOptions?: Readonly<Record<string, unknown>> }) => unknown;
}

const TARGET = "draft-2020-12";

/** Types that JSON cannot express become `{}` instead of an error; others than zod ignore it. */
const LIBRARY_OPTIONS = { unrepresentable: "any" };

/** A definition's schemas are described at every wait. */
const described = new WeakMap<StandardSchema, unknown>();

/**
 * JSON Schema of the schema's wire side, `{}` (anything) where it cannot tell, undefined where there is no schema.
 * Plain JSON, shared between calls: do not change it.
 */
export function describeSchema(schema: StandardSchema | undefined): unknown {
  if (schema === undefined) return undefined;
  if (!described.has(schema)) described.set(schema, convert(schema));
  return described.get(schema);
}

function convert(schema: StandardSchema): unknown {
  try {
    const { jsonSchema } = schema["~standard"] as { readonly jsonSchema?: JsonSchemaConverter };
    return jsonSchema === undefined ? {} : toPlainJson(ask(jsonSchema));
  } catch {
    return {};
  }
}

function ask(converter: JsonSchemaConverter): unknown {
  try {
    return converter.input({ target: TARGET, libraryOptions: LIBRARY_OPTIONS });
  } catch {
    return converter.input({ target: TARGET }); // a vendor that refuses options it does not know
  }
}

/** Without what only code sees, and without `$schema`, which would be recorded with every wait. */
function toPlainJson(value: unknown): unknown {
  const plain = JSON.parse(JSON.stringify(value)) as unknown;
  if (typeof plain !== "object" || plain === null) return {};
  delete (plain as Record<string, unknown>)["$schema"];
  return plain;
}
