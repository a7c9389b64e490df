/**
 * Standard Schema (https://standardschema.dev), version 1: the interface that zod, valibot, arktype and others
 * implement. Copied as the specification invites to, so that the kernel imports nothing outside itself.
 */
import { TreelineError, ValidationError, type ValidationIssue } from "./errors.ts";
import { isThenable } from "./thenable.ts";

export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The side of a schema that comes out of it. */
export type InferOutput<S> = S extends {
  readonly "~standard": { readonly types?: { readonly output: infer O } | undefined };
}
  ? O
  : unknown;

/**
 * Validates `value`; returns the schema's output, or a promise of it where the schema is asynchronous.
 * Synchronous schemas must stay synchronous: a promise per value would double the price of a step.
 * @throws ValidationError with the path of every wrong field. `what` says whose value it is.
 */
export function validate(schema: StandardSchema | undefined, value: unknown, what: string): unknown {
  if (schema === undefined) return value;
  const result = schema["~standard"].validate(value);
  return isThenable(result) ? Promise.resolve(result).then((r) => settle(r, what)) : settle(result, what);
}

function settle(result: StandardResult<unknown>, what: string): unknown {
  if (typeof result !== "object" || result === null || (result.issues !== undefined && !Array.isArray(result.issues))) {
    throw new TreelineError("invalid_argument", `the schema of ${what} gave neither a value nor a list of issues`);
  }
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(toIssue);
  const lines = issues.map((i) => `${i.path === "" ? "(value)" : i.path}: ${i.message}`);
  throw new ValidationError(`${what} does not fit its schema: ${lines.join("; ")}`, issues);
}

function toIssue(issue: StandardIssue): ValidationIssue {
  return { path: formatPath(issue.path ?? []), message: issue.message };
}

function formatPath(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  let text = "";
  for (const part of path) {
    const key = typeof part === "object" ? part.key : part;
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}
