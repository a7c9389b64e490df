/**
 * How values travel.
 *
 * Two forms of one body. `application/json` is for people and programs: what JSON lacks is written as the nearest it
 * has, and what is read means exactly what it says. `application/vnd.treeline+json` is the stored form of values
 * (kernel/payload.ts): a Date stays a Date, and nothing is lost. A request says its form in Content-Type, and which it
 * wants to read in Accept; both default to JSON.
 */
import { TreelineError } from "../kernel/errors.ts";
import { decode, encode } from "../kernel/payload.ts";

export type Form = "plain" | "stored";

export const JSON_TYPE = "application/json";
export const STORED_TYPE = "application/vnd.treeline+json";
export const PROBLEM_TYPE = "application/problem+json";
export const EVENT_STREAM_TYPE = "text/event-stream";

/** Levels of a value, as the codec has it: deeper than any data, and no danger to what walks through it. */
const MAX_DEPTH = 500;

export function typeOf(form: Form): string {
  return form === "stored" ? STORED_TYPE : JSON_TYPE;
}

/** The form that the asker wants to read. */
export function formWanted(headers: Headers): Form {
  return accepts(headers, STORED_TYPE) ? "stored" : "plain";
}

/** Is this very type named in Accept? `*` names none. */
export function accepts(headers: Headers, type: string): boolean {
  return (headers.get("accept") ?? "").split(",").some((each) => bareType(each) === type);
}

/** @throws TreelineError `media_type_unsupported` */
export function formSent(headers: Headers): Form {
  const type = bareType(headers.get("content-type") ?? "");
  if (type === JSON_TYPE) return "plain";
  if (type === STORED_TYPE) return "stored";
  const given = type === "" ? "no content type" : `content type ${type}`;
  throw new TreelineError(
    "media_type_unsupported",
    `the body has ${given}; send Content-Type: ${JSON_TYPE}, or ${STORED_TYPE}`,
  );
}

function bareType(header: string): string {
  return header.replace(/;.*/s, "").trim().toLowerCase();
}

export function write(value: unknown, form: Form): string {
  return form === "stored" ? encode(value, "The answer") : toPlainJson(value);
}

/** JSON of any value there may be; what JSON lacks is written as the nearest that it has. */
export function toPlainJson(value: unknown): string {
  return JSON.stringify(value ?? null, nearest);
}

function nearest(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has written itself already, as an object.
  const own = (this as Record<string, unknown>)[key];
  if (own instanceof Uint8Array) return Buffer.from(own).toString("base64");
  if (typeof value === "bigint") return String(value);
  if (value instanceof Map || value instanceof Set) return [...value];
  return value;
}

/** @throws TreelineError `malformed_request` */
export function read(text: string, form: Form): unknown {
  if (isTooDeep(text)) {
    throw new TreelineError("malformed_request", `the body is nested deeper than ${MAX_DEPTH} levels`);
  }
  try {
    return form === "stored" ? decode(text) : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw new TreelineError("malformed_request", `the body is not ${typeOf(form)}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Looks at brackets outside of strings only: whether it is JSON at all is found by its parser. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const mark = text[i];
    if (mark === '"') quoted = !quoted;
    else if (quoted && mark === "\\") i += 1;
    else if (!quoted && (mark === "[" || mark === "{")) depth += 1;
    else if (!quoted && (mark === "]" || mark === "}")) depth -= 1;
    // A level of a Map is four of JSON: object, tag, list of entries, entry.
    if (depth > 4 * MAX_DEPTH) return true;
  }
  return false;
}
