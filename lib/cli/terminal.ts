/** Where the command line reads and writes, as an argument of every command: tests bring their own. */
import { stripVTControlCharacters } from "node:util";
import { DEFAULT_FILE } from "../homes/embedded/engine.ts";
import type { Place } from "./place.ts";
import type { DisplayTarget } from "./tree-display.ts";

export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  now(): number;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, cwd: process.cwd(), now: () => Date.now() };
}

export function hasColors(stream: { isTTY?: boolean }, env: Terminal["env"]): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

export function displayTarget(stream: Terminal["stderr"], env: Terminal["env"]): DisplayTarget {
  const live = stream.isTTY === true && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
  return { stream, live, colors: hasColors(stream, env) };
}

/** How the user calls this command line, for the commands it suggests. */
function commandName(env: Terminal["env"]): string {
  return env["npm_command"] === undefined ? "treeline" : "npx treeline";
}

/** A word of a suggested command, quoted where a shell would take it apart. */
export function shellWord(word: string): string {
  const plain = stripVTControlCharacters(word);
  return /^[\w./:@%+=,-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", String.raw`'\''`)}'`;
}

/** The database of a command that names none. */
export function defaultFile(env: Terminal["env"]): string {
  return env["TREELINE_FILE"] ?? DEFAULT_FILE;
}

/** A command to try next, ready to be pasted. */
export function suggestion({ env }: Pick<Terminal, "env">, command: string, { file, remote }: Place): string {
  const here = file === defaultFile(env) ? "" : ` --file ${shellWord(file)}`;
  const elsewhere = remote === env["TREELINE_REMOTE"] ? "" : ` --remote ${shellWord(remote ?? "")}`;
  const where = remote === undefined ? here : elsewhere;
  return `${commandName(env)} ${command}${where}`;
}
