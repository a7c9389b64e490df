/** How to answer what an execution waits for. */
import type { WaitView } from "../ports/client.ts";
import { toJson } from "./output.ts";
import { shellWord } from "./terminal.ts";

/** The command that gives a wait what it waits for; undefined when time or another execution does. */
export function answerTo({ kind, executionId, name, callbackId, schema }: WaitView): string | undefined {
  const payload = schema === undefined ? "'{}'" : shellWord(toJson(exampleOf(schema)));
  if (callbackId !== undefined) return `callback ${shellWord(callbackId)} --succeed ${payload}`;
  return kind === "RECEIVE" ? `signal ${shellWord(executionId)} ${shellWord(name)} ${payload}` : undefined;
}

/** A value of the shape that a JSON Schema describes, for people to fill in. */
export function exampleOf(schema: unknown): unknown {
  const { type, properties, enum: values, const: only } = schema as Readonly<Record<string, unknown>>;
  if (only !== undefined) return only;
  if (Array.isArray(values)) return values[0] as unknown;
  if (type === "object") {
    return Object.fromEntries(Object.entries(properties ?? {}).map(([key, value]) => [key, exampleOf(value)]));
  }
  return type === "array" ? [] : type === "boolean" ? true : type === "number" || type === "integer" ? 1 : "…";
}
