/** The file that TypeScript means by a path which Node does not find. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** What may stand behind the extension of the output. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".jsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};
/** In the order of preference; the last ones cannot be loaded, and are found so that the error can say so. */
const EXTENSIONS = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json", ".tsx", ".jsx"];

/** Absolute path; undefined where TypeScript finds nothing either. */
export function findAsTypeScript(target: URL): string | undefined {
  const file = fileURLToPath(target);
  return findFile(file) ?? findInFolder(file);
}

/** True where there are only types: `<file>.d.ts`. */
export function hasOnlyTypes(target: URL): boolean {
  const file = fileURLToPath(target);
  return existsSync(`${file}.d.ts`) || existsSync(file.replace(/\.([cm]?)js$/, ".d.$1ts"));
}

function findFile(file: string): string | undefined {
  const extension = path.extname(file);
  const stem = file.slice(0, file.length - extension.length);
  const renamed = (SOURCES[extension] ?? []).map((source) => stem + source);
  return [...renamed, ...EXTENSIONS.map((each) => file + each)].find(isFile);
}

function findInFolder(folder: string): string | undefined {
  const main = mainOf(path.join(folder, "package.json"));
  const named = main === undefined ? undefined : path.resolve(folder, main);
  const found = named === undefined || isFile(named) ? named : findFile(named);
  return found ?? findFile(path.join(folder, "index"));
}

function mainOf(manifest: string): string | undefined {
  try {
    const { main } = JSON.parse(readFileSync(manifest, "utf8")) as { main?: unknown };
    return typeof main === "string" ? main : undefined;
  } catch {
    return undefined;
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
