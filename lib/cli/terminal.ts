/** Where the command line reads and writes, as an argument of every command: tests bring their own. */
import { DEFAULT_FILE } from "../homes/embedded/engine.ts";
import type { Place } from "./place.ts";
import { escapeControls, toCell } from "./text.ts";
import type { DisplayTarget } from "./tree-display.ts";
import { ownStderr, takeStdout } from "./user-output.ts";

export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  now(): number;
}

/** Takes standard output for the command: what user code prints goes to standard error from here on. */
export function processTerminal(): Terminal {
  const { stdin, env } = process;
  return { stdin, stdout: takeStdout(), stderr: ownStderr(), env, cwd: process.cwd(), now: () => Date.now() };
}

export function hasColors(stream: { isTTY?: boolean }, env: Terminal["env"]): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

export function displayTarget(stream: DisplayTarget["stream"], env: Terminal["env"]): DisplayTarget {
  // A terminal that nobody looks at has no size: nothing can be redrawn there.
  const hasSize = stream.columns !== 0 && stream.rows !== 0;
  const live = stream.isTTY === true && hasSize && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
  return { stream, live, colors: hasColors(stream, env) };
}

/** How the user calls this command line, for the commands it suggests. */
function commandName(env: Terminal["env"]): string {
  return env["npm_command"] === undefined ? "treeline" : "npx treeline";
}

/** A word of a suggested command, quoted where a shell would take it apart; `$'…'` spells what a terminal acts on. */
export function shellWord(word: string): string {
  if (/^[\w./:@%+=,-]+$/.test(word)) return word;
  if (toCell(word) === word) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const spelt = escapeControls(word.replaceAll(/[\\']/g, String.raw`\$&`)).replaceAll("\n", String.raw`\n`);
  return `$'${spelt}'`;
}

/** The database of a command that names none. An empty variable counts as none, as with TREELINE_REMOTE. */
export function defaultFile({ TREELINE_FILE: file = "" }: Terminal["env"]): string {
  return file === "" ? DEFAULT_FILE : file;
}

/** A command to try next, ready to be pasted. */
export function suggestion({ env }: Pick<Terminal, "env">, command: string, { file, remote }: Place): string {
  const here = file === defaultFile(env) ? "" : ` --file ${shellWord(file)}`;
  const elsewhere = remote === env["TREELINE_REMOTE"] ? "" : ` --remote ${shellWord(remote ?? "")}`;
  const where = remote === undefined ? here : elsewhere;
  return `${commandName(env)} ${command}${where}`;
}
