/** Why a user's file could not be loaded: what Node or the file said, the place, and the causes. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { causesOf, isError, read } from "../kernel/causes.ts";
import { LoadEndedError } from "./load-guard.ts";
import { failedImportOf, lastLoadedUrl, type FailedImport } from "./module-hooks.ts";
import { harmless } from "./text.ts";
import { hasOnlyTypes } from "./typescript-paths.ts";

/** Errors of a chain that are told. */
const MOST_ERRORS = 10;
/** Our own files, as URL and as path: `lib/` of the sources, `dist/lib/` of the package. */
const OURS = [new URL("../", import.meta.url), new URL("../../bin/", import.meta.url)].flatMap((folder) => [
  folder.href,
  fileURLToPath(folder),
]);

/** Every load of user code comes from here. */
const OUR_ENTRY = "/load-guard.";

export function describeLoadFailure(file: string, thrown: unknown): string {
  return harmless(`${file} cannot be loaded: ${reasonsOf(thrown).join("\nbecause ")}`);
}

/** The error and its causes, one text each. */
function reasonsOf(thrown: unknown): string[] {
  const chain = [...causesOf(thrown)].slice(0, MOST_ERRORS);
  const last = chain.length === 0 ? { cause: thrown } : chain.at(-1);
  const value = read(last, "cause");
  const isTold = isError(value) || (value === undefined && chain.length > 0);
  return [...chain.map(reasonOf), ...(isTold ? [] : [`it threw ${describeValue(value)}`])];
}

function reasonOf(thrown: Error): string {
  if (thrown instanceof LoadEndedError) return [thrown.message, ...framesOf(thrown)].join("\n");
  const failed = failedImportOf(thrown);
  const code = read(thrown, "code");
  if (failed !== undefined) return `${thrown.message}${placeOfImport(failed)}${adviceOn(failed)}`;
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return `only types can be stripped, so write it without enum, namespace, parameter property and decorator\n${stackOf(thrown)}`;
  }
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") return `${thrown.message}; name it .ts, and write it without JSX`;
  if (thrown instanceof SyntaxError && framesOf(thrown).length === 0) return syntaxReason(thrown);
  return [stackOf(thrown), ...(thrown instanceof AggregateError ? thrown.errors.map(memberReason) : [])].join("\n");
}

function memberReason(error: unknown): string {
  return `  ${isError(error) ? stackOf(error) : describeValue(error)}`.replaceAll("\n", "\n  ");
}

function describeValue(value: unknown): string {
  try {
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    return "a value that cannot be shown";
  }
}

// ---- stacks -----------------------------------------------------------------------------------------------------

/** What a stack says before its frames: for a syntax error file, line and code. Then the frames of the user's code. */
function stackOf(error: Error): string {
  return linesOf(error).join("\n").trimEnd();
}

function framesOf(error: Error): string[] {
  return linesOf(error).filter(isFrame);
}

/** The frames end where we called the user's code. */
function linesOf(error: Error): string[] {
  const stack = read(error, "stack");
  const lines = (typeof stack === "string" ? stack : `${error.name}: ${error.message}`).split("\n");
  const entry = lines.findIndex((line) => isFrame(line) && line.includes(OUR_ENTRY));
  return lines.slice(0, entry < 0 ? lines.length : entry).filter((line) => !isFrame(line) || isOfUser(line));
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

function isOfUser(frame: string): boolean {
  return /:\d+\)?$/.test(frame) && !frame.includes("node:") && !OURS.some((folder) => frame.includes(folder));
}

// ---- syntax errors ----------------------------------------------------------------------------------------------

/** The place of an import that does not fit is in the stack; that of another syntax error is not. */
function syntaxReason(error: SyntaxError): string {
  const told = stackOf(error);
  const missing = /does not provide an export named '(.*)'/.exec(error.message)?.[1];
  if (missing !== undefined) return `${told}\nif ${missing} is a type, write \`import type\` (or \`export type\`)`;
  const isPlaced = !told.startsWith(`${error.name}: `);
  return isPlaced ? told : (placeInLastFile() ?? told);
}

/** Node tells the place only when the error ends the process, so another process checks the file. */
function placeInLastFile(): string | undefined {
  const url = lastLoadedUrl();
  if (url?.startsWith("file:") !== true) return undefined;
  const file = fileURLToPath(url);
  const source = readFileSync(file, "utf8");
  const checked = spawnSync(process.execPath, ["--check", "--input-type=module", "-"], {
    input: withoutTypes(file, source),
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  if (checked.status === 0) return `SyntaxError in ${file}`;
  const [head = "", code = "", ...rest] = checked.stderr.split("\n");
  const line = Number(/^\[stdin\]:(\d+)$/.exec(head)?.[1]);
  const written = source.split("\n")[line - 1] ?? code;
  const told = rest.filter((each) => !isFrame(each) && !each.startsWith("Node.js v"));
  return [head.replace("[stdin]", file), written, ...told].join("\n").trim();
}

/** Types are replaced by spaces, so that lines and columns stay. */
function withoutTypes(file: string, source: string): string {
  try {
    return /\.[cm]?ts$/.test(file) ? stripTypeScriptTypes(source) : source;
  } catch {
    return source;
  }
}

// ---- imports that lead nowhere ----------------------------------------------------------------------------------

function placeOfImport({ specifier, importer }: FailedImport): string {
  if (importer?.startsWith("file:") !== true) return "";
  const file = fileURLToPath(importer);
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const line = lines.findIndex((text) => text.includes(`"${specifier}"`) || text.includes(`'${specifier}'`));
    return line < 0 ? "" : `\n    at ${file}:${line + 1}`;
  } catch {
    return "";
  }
}

function adviceOn({ specifier, importer }: FailedImport): string {
  if (importer?.startsWith("file:") !== true) return "";
  if (/^\.{0,2}\//.test(specifier)) {
    const onlyTypes = hasOnlyTypes(new URL(specifier, importer));
    return onlyTypes ? "\nthere are only types of it: write `import type`" : "";
  }
  const config = findAbove(path.dirname(fileURLToPath(importer)), ["tsconfig.json", "jsconfig.json"]);
  const alias =
    `if ${specifier} is an alias of ${config}, Node does not know it: write the path of the file, ` +
    `or an alias of package.json ("imports")`;
  return config === undefined ? "" : `\n${alias}`;
}

function findAbove(folder: string, names: readonly string[]): string | undefined {
  const found = names.map((name) => path.join(folder, name)).find((file) => existsSync(file));
  const above = path.dirname(folder);
  return found ?? (above === folder ? undefined : findAbove(above, names));
}
