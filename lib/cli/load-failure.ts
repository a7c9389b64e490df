/** Why a user's file could not be loaded, with the place where there is one. */
import { spawnSync } from "node:child_process";
import { harmless } from "./text.ts";

export function describeLoadFailure(file: string, cause: unknown): string {
  return harmless(`${file} cannot be loaded: ${reasonOf(file, cause)}`);
}

function reasonOf(file: string, cause: unknown): string {
  if (!(cause instanceof Error)) return `it threw ${String(cause)}`;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND") return cause.message;
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return `only types can be stripped, so write it without enum, namespace, parameter property and decorator\n${placeOf(cause)}`;
  }
  const isPlaced = !(cause instanceof SyntaxError) || code !== undefined;
  return isPlaced ? placeOf(cause) : (checkSyntax(file) ?? placeOf(cause));
}

/** The head of the stack has file, line and code of a syntax error; its frames those of a throw. */
function placeOf(cause: Error): string {
  const lines = (cause.stack ?? String(cause)).split("\n");
  return lines
    .filter((line) => !/^\s+at .*(node:|\bload-module\.[jt]s)/.test(line))
    .join("\n")
    .trimEnd();
}

/** Node tells the place of a syntax error only when it ends with it. */
function checkSyntax(file: string): string | undefined {
  const { stderr, status } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" });
  const lines = stderr.split("\n").filter((line) => !/^(\s+at |Node\.js v)/.test(line));
  return status === 0 ? undefined : lines.join("\n").trim();
}
