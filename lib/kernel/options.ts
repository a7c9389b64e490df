/**
 * Options as data: what each option of a public function may be, and the one check of them.
 *
 * Job: refuse what a caller got wrong before anything is recorded, with the path, what was given, what is allowed, and
 * the word that was probably meant. Types keep most of it out; JavaScript, JSON and spread objects pass them by.
 * Boundary: knows no option by name. The tables say which there are (option-table.ts, and beside the outer layers' types).
 * Invariant: a check of what is right allocates nothing, since it stands in the path of every step.
 */
import { isDuration } from "./duration.ts";
import { InvalidArgumentError, type ValidationIssue } from "./errors.ts";
import { hasToJson } from "./payload.ts";
import { suggest } from "./suggest.ts";

/** What an option may be. `undefined` always fits: the option is left out. */
export interface Kind {
  /** What is allowed, as a refusal says it after "must be". */
  readonly allowed: string;
  readonly fits: (value: unknown) => boolean;
  /** Where a part of the value is wrong: one issue per part. */
  readonly issues?: (value: unknown, path: string) => readonly ValidationIssue[];
  /** For a word that is not among them. */
  readonly words?: readonly string[];
  /** JSON Schema of it, for the API's document; absent where JSON cannot express it. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** A kind per field of `T`: a type error says which field a table lacks. */
export type Fields<T> = { readonly [K in keyof Required<T>]: Kind };

/** An object of options. */
export interface OptionsKind extends Kind {
  readonly fields: Readonly<Record<string, Kind>>;
  readonly required: readonly string[];
}

/**
 * Holds what a caller gave against its kind.
 * @param call whose option it is, e.g. `ctx.step`
 * @param name of the operation or workflow, which the message then names too
 * @throws InvalidArgumentError
 */
export function check(kind: Kind, value: unknown, call: string, name?: string): void {
  if (value === undefined || (value !== null && kind.fits(value))) return;
  const what = name === undefined ? call : `${call} ${JSON.stringify(name)}`;
  throw refusal(what, issuesOf(kind, value, ""));
}

/** As `check`, without a throw. `[]` when it fits. */
export function issuesOf(kind: Kind, value: unknown, path: string): readonly ValidationIssue[] {
  if (value !== null && kind.fits(value)) return [];
  const parts = value === null || value === undefined ? [] : (kind.issues?.(value, path) ?? []);
  if (parts.length > 0) return parts;
  const given = value === undefined ? "it is missing" : `it is ${show(value)}`;
  return [{ path, message: `must be ${kind.allowed}; ${given}${didYouMean(value, kind.words ?? [])}` }];
}

export function refusal(what: string, issues: readonly ValidationIssue[]): InvalidArgumentError {
  const lines = issues.map(({ path, message }) => `${path === "" ? "" : `${path} of `}${what} ${message}`);
  return new InvalidArgumentError(`${lines.join("; ")}.`, issues);
}

// ---- kinds of objects -------------------------------------------------------------------------------------------

/** @param required fields that may not be left out */
export function options<T extends object>(
  fields: Fields<T>,
  required: readonly (keyof T & string)[] = [],
): OptionsKind {
  // No prototype: a field called `constructor` is unknown.
  const known: Readonly<Record<string, Kind>> = Object.assign(Object.create(null) as object, fields);
  return {
    allowed: "an object",
    fields: known,
    required,
    fits: (value) => hasRightFields(known, required, value),
    issues: (value, path) => fieldIssues(known, required, value, path),
    json: jsonOfFields(known, required),
  };
}

function hasRightFields(known: Readonly<Record<string, Kind>>, required: readonly string[], value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const given = value as Readonly<Record<string, unknown>>;
  for (const key in given) {
    const kind = known[key];
    if (kind === undefined) return false;
    const field = given[key];
    if (field !== undefined && (field === null ? !takesNull(kind) : !kind.fits(field))) return false;
  }
  for (const key of required) if (given[key] === undefined) return false;
  return true;
}

function fieldIssues(
  known: Readonly<Record<string, Kind>>,
  required: readonly string[],
  value: unknown,
  path: string,
): ValidationIssue[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const given = value as Readonly<Record<string, unknown>>;
  const issues: ValidationIssue[] = [];
  for (const key in given) {
    const at = within(path, key);
    const kind = known[key];
    if (kind === undefined) issues.push(unknownField(at, key, Object.keys(known)));
    else if (given[key] !== undefined && !(given[key] === null && takesNull(kind))) {
      issues.push(...issuesOf(kind, given[key], at));
    }
  }
  for (const key of required) {
    if (given[key] !== undefined) continue;
    issues.push({ path: within(path, key), message: `must be ${known[key]?.allowed ?? "given"}; it is missing` });
  }
  return issues;
}

export function unknownField(path: string, key: string, known: readonly string[]): ValidationIssue {
  return { path, message: `is not an option; there are ${known.join(", ")}${didYouMean(key, known)}` };
}

function takesNull(kind: Kind): boolean {
  return kind === anything;
}

function within(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function jsonOfFields(known: Readonly<Record<string, Kind>>, required: readonly string[]): Record<string, unknown> {
  const properties = Object.entries(known).flatMap(([key, { json }]) => (json === undefined ? [] : [[key, json]]));
  return {
    type: "object",
    properties: Object.fromEntries(properties) as Record<string, unknown>,
    ...(required.length === 0 ? undefined : { required }),
    additionalProperties: false,
  };
}

/** A list of things of one kind. */
export function listOf(kind: Kind, allowed: string): Kind {
  return {
    allowed,
    fits: (value) => Array.isArray(value) && (kind === anything || value.every((item) => isItem(kind, item))),
    issues: (value, path) =>
      Array.isArray(value)
        ? value.flatMap((item, at) => (isItem(kind, item) ? [] : issuesOf(kind, item ?? null, `${path}[${at}]`)))
        : [],
    ...(kind.json === undefined ? undefined : { json: { type: "array", items: kind.json } }),
  };
}

function isItem(kind: Kind, item: unknown): boolean {
  return item !== undefined && item !== null && kind.fits(item);
}

/** A plain object of things of one kind, under any names. */
export function recordOf(kind: Kind, allowed: string): Kind {
  return {
    allowed,
    fits: (value) => isPlainRecord(value) && fitAll(value, kind),
    issues: (value, path) =>
      isPlainRecord(value)
        ? Object.entries(value).flatMap(([key, field]) =>
            field === undefined || kind.fits(field) ? [] : issuesOf(kind, field, within(path, key)),
          )
        : [],
    ...(kind.json === undefined ? undefined : { json: { type: "object", additionalProperties: kind.json } }),
  };
}

function fitAll(record: Readonly<Record<string, unknown>>, kind: Kind): boolean {
  for (const key in record) if (record[key] !== undefined && !kind.fits(record[key])) return false;
  return true;
}

/** What JSON writes as it is. A `toJSON`, hidden or not, would decide otherwise. */
function isPlainRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || hasToJson(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Either; the issues are those of the one whose form the value has. */
export function either(first: Kind, ...others: readonly Kind[]): Kind {
  const kinds = [first, ...others];
  return {
    allowed: kinds.map(({ allowed }) => allowed).join(", or "),
    fits: (value) => kinds.some((kind) => kind.fits(value)),
    issues: (value, path) =>
      kinds.map((kind) => kind.issues?.(value, path) ?? []).find(({ length }) => length > 0) ?? [],
    words: kinds.flatMap(({ words }) => words ?? []),
  };
}

// ---- kinds of values --------------------------------------------------------------------------------------------

export const anything: Kind = { allowed: "anything", fits: () => true, json: {} };

/** A closed set of words; the record has each of the type's, so that none is forgotten. */
export function words<T extends string>(set: Readonly<Record<T, true>>): Kind {
  const known = Object.keys(set);
  const quoted = known.map((word) => JSON.stringify(word));
  return {
    allowed: quoted.length === 1 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`,
    fits: (value) => typeof value === "string" && Object.hasOwn(set, value),
    words: known,
    json: { enum: known },
  };
}

export const flag: Kind = {
  allowed: "true or false",
  fits: (value) => typeof value === "boolean",
  json: { type: "boolean" },
};

export const text: Kind = { allowed: "text", fits: (value) => typeof value === "string", json: { type: "string" } };

export const someText: Kind = {
  allowed: "text that is not empty",
  fits: (value) => typeof value === "string" && value !== "",
  json: { type: "string", minLength: 1 },
};

const LONGEST_ID = 256;
/** Controls move a terminal's cursor and break lines; marks of direction show an id as another one. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Half a surrogate would come back from a file as another character, and two ids as one. */
export const identifier: Kind = {
  allowed: `an id of 1 to ${LONGEST_ID} characters of valid Unicode, none of them a control character`,
  fits: (value) =>
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= LONGEST_ID &&
    value.isWellFormed() &&
    !UNSEEN.test(value),
  json: { type: "string", minLength: 1, maxLength: LONGEST_ID },
};

export const number: Kind = { allowed: "a finite number", fits: isPlainNumber, json: { type: "number" } };

/** -0 would come back from JSON as 0. */
function isPlainNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0);
}

export function numberFrom(least: number, most?: number): Kind {
  const range = most === undefined ? `${least} or more` : `${least} to ${most}`;
  return {
    allowed: `a number of ${range}`,
    fits: (value) => isPlainNumber(value) && value >= least && value <= (most ?? Number.POSITIVE_INFINITY),
    json: { type: "number", minimum: least, ...(most === undefined ? undefined : { maximum: most }) },
  };
}

export function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind {
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return {
    allowed: `a whole number of ${range}`,
    fits: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
    json: { type: "integer", minimum: least, ...(most === Number.MAX_SAFE_INTEGER ? undefined : { maximum: most }) },
  };
}

/** Infinity is a way to say "no limit". */
export function wholeOrInfinite(least: number): Kind {
  const whole = wholeFrom(least);
  return {
    allowed: `${whole.allowed}, or Infinity`,
    fits: (value) => value === Number.POSITIVE_INFINITY || whole.fits(value),
    ...(whole.json === undefined ? undefined : { json: whole.json }),
  };
}

const DURATION_FIELDS = ["days", "hours", "minutes", "seconds", "milliseconds"];
const DURATION_JSON = {
  description: 'Milliseconds, text like "30s", or fields that add up',
  oneOf: [
    { type: "number", minimum: 0 },
    { type: "string", pattern: String.raw`^\d+(\.\d+)?(ms|s|m|h|d)$` },
    {
      type: "object",
      properties: Object.fromEntries(DURATION_FIELDS.map((unit) => [unit, { type: "number", minimum: 0 }])),
      additionalProperties: false,
    },
  ],
};

export const duration: Kind = {
  allowed: 'a duration (milliseconds, "30s", or { minutes: 5 })',
  fits: isDuration,
  issues: durationIssues,
  json: DURATION_JSON,
};

/** Zero would be a deadline that has passed. */
export const lifetime: Kind = {
  ...duration,
  allowed: 'a duration longer than nothing (milliseconds, "30s", or { minutes: 5 })',
  fits: (value) => isDuration(value, true),
};

function durationIssues(value: unknown, path: string): readonly ValidationIssue[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const strange = Object.keys(value).filter((key) => !DURATION_FIELDS.includes(key));
  return strange.map((key) => unknownField(within(path, key), key, DURATION_FIELDS));
}

export function functionOf(what: string): Kind {
  return { allowed: `a function ${what}`.trimEnd(), fits: (value) => typeof value === "function" };
}

/** Something of a class, or of a shape, that the options' owner tells apart. */
export function thing(allowed: string, fits: (value: unknown) => boolean): Kind {
  return { allowed, fits };
}

/** Some vendors' schemas are functions. */
export const standardSchema: Kind = {
  allowed: "a Standard Schema (zod, valibot, arktype, …)",
  fits: (value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
    const standard = (value as { readonly "~standard"?: { readonly validate?: unknown } })["~standard"];
    return typeof standard?.validate === "function";
  },
};

const flatValue: Kind = {
  allowed: "text, a finite number, true or false",
  fits: (value) => typeof value === "string" || typeof value === "boolean" || isPlainNumber(value),
  json: { type: ["string", "number", "boolean"] },
};
const flatOrNull: Kind = {
  allowed: "text, a finite number, true, false or null",
  fits: (value) => value === null || flatValue.fits(value),
  json: { type: ["string", "number", "boolean", "null"] },
};

/** What goes into the journal as it is, beside payloads: one text, number or truth value per name. */
export const flat: Kind = recordOf(flatValue, "a plain object of texts, numbers and truth values");
export const meta: Kind = recordOf(flatOrNull, "a plain object of texts, numbers, truth values and null");

// ---- words of a refusal -----------------------------------------------------------------------------------------

function didYouMean(given: unknown, known: readonly string[]): string {
  const meant = typeof given === "string" ? suggest(given, known) : undefined;
  return meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
}

const LONGEST_SHOWN = 60;

function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "bigint" ? `${value}n` : String(value);
}
