/** JSON that a person typed: as an argument, in a file, or on standard input. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { TreelineError } from "../kernel/errors.ts";
import { MAX_DEPTH } from "../kernel/payload.ts";
import { findJsonError } from "./json-position.ts";
import type { Terminal } from "./terminal.ts";

/** Characters that are shown around the place of an error, in a text of one line. */
const SHOWN_BEFORE = 60;
const SHOWN = 100;

/** `what` names it in the message, e.g. `--input`. @throws TreelineError `invalid_argument` with line and column */
export async function readJson(source: string | undefined, what: string, terminal: Terminal): Promise<unknown> {
  if (source === undefined) return undefined;
  if (source === "-")
    return parseJson(await readText("standard input", () => buffer(terminal.stdin)), "standard input");
  if (!source.startsWith("@")) return parseJson(source, what);
  const file = source.slice(1);
  return parseJson(await readText(file, () => readFile(path.resolve(terminal.cwd, file))), file);
}

/** A byte order mark at the beginning, which some editors write, is no part of the text. */
export function parseJson(text: string, what: string): unknown {
  const json = text.replace(/^\uFEFF/, "");
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const { line, column, found } = findJsonError(json);
    const hint = json.includes("\n") ? "" : hintAt(json, column - 1);
    const message = `${what} is not JSON: line ${line}, column ${column}: ${found}${hint}`;
    throw new TreelineError("invalid_argument", message, { cause });
  }
  if (isTooDeep(value)) {
    throw new TreelineError("invalid_argument", `${what} is nested deeper than ${MAX_DEPTH} levels`);
  }
  return value;
}

function hintAt(json: string, at: number): string {
  const begin = Math.max(0, at - SHOWN_BEFORE);
  return `\n  ${json.slice(begin, begin + SHOWN)}\n  ${" ".repeat(at - begin)}^`;
}

/** Level by level: what is nested too deeply would break whatever walks it by calls. */
function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}

async function readText(what: string, read: () => Promise<Uint8Array>): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await read();
  } catch (cause) {
    throw new TreelineError("invalid_argument", `${what} cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new TreelineError("invalid_argument", `${what} is not text in UTF-8, or too long`, { cause });
  }
}
