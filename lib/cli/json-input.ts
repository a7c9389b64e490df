/** JSON that a person typed: as an argument, in a file, or on standard input. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { TreelineError } from "../kernel/errors.ts";
import { findJsonError } from "./json-position.ts";
import type { Terminal } from "./terminal.ts";

/** `what` names it in the message, e.g. `--input`. @throws TreelineError `invalid_argument` with line and column */
export async function readJson(source: string | undefined, what: string, terminal: Terminal): Promise<unknown> {
  if (source === undefined) return undefined;
  if (source === "-") return parseJson(await text(terminal.stdin), "standard input");
  if (!source.startsWith("@")) return parseJson(source, what);
  const file = source.slice(1);
  return parseJson(await readText(path.resolve(terminal.cwd, file)), file);
}

export function parseJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    const { line, column, found } = findJsonError(json);
    const hint = json.includes("\n") ? "" : `\n  ${json}\n  ${" ".repeat(column - 1)}^`;
    throw new TreelineError(
      "invalid_argument",
      `${what} is not JSON: line ${line}, column ${column}: ${found}${hint}`,
      { cause },
    );
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new TreelineError("invalid_argument", `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
