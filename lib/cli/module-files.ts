/**
 * The files of a module that are its author's: the file itself and everything that it imports, but for packages. Their
 * contents are what tells whether two processes loaded the same code: the text of a workflow's function alone does not
 * show a constant beside it, or a helper that it imports.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findAsTypeScript } from "./typescript-paths.ts";

/** URLs that a file imports, by its URL. Node asks for each once per process, so all of them are kept. */
const imports = new Map<string, Set<string>>();
/** Digest of the content of each file at the moment when it was loaded. */
const loaded = new Map<string, string>();

/** A path in `import()` or `require()`: Node resolves it only when the code comes to it. */
const LATER_IMPORT = /\b(?:import|require)\s*\(\s*(["'`])(?<path>\.{1,2}\/[^"'`$]+)\1/g;

/** True for a file that is neither of a package nor of Node. */
export function isOfUser(url: string | undefined): url is string {
  return url?.startsWith("file:") === true && !url.includes("/node_modules/");
}

export function noteImport(importer: string | undefined, url: string): void {
  if (!isOfUser(importer) || !isOfUser(url)) return;
  const known = imports.get(importer);
  if (known === undefined) imports.set(importer, new Set([url]));
  else known.add(url);
}

/** Before its content is compiled. */
export function noteLoad(url: string): void {
  if (isOfUser(url)) loaded.set(url, contentOf(url).digest);
}

/** The digest of a loaded file and of all that it imports. Where they lie on the disk makes no difference. */
export function digestOfFiles(file: string): string {
  const entry = pathToFileURL(file).href;
  const lines = reachable(entry).map((url) => {
    const place = path.relative(path.dirname(file), fileURLToPath(url)).split(path.sep).join("/");
    return `${place} ${loaded.get(url) ?? contentOf(url).digest}`;
  });
  return hash(lines.toSorted().join("\n"));
}

function reachable(entry: string): readonly string[] {
  const found = new Set([entry]);
  for (const url of found) {
    for (const next of imports.get(url) ?? []) found.add(next);
    for (const next of laterImports(url)) found.add(next);
  }
  return [...found];
}

function laterImports(url: string): readonly string[] {
  const paths = contentOf(url).text.matchAll(LATER_IMPORT);
  return [...paths].flatMap(({ groups }) => {
    const target = new URL(groups?.["path"] ?? "", url);
    const file = isFile(target) ? fileURLToPath(target) : findAsTypeScript(target);
    return file === undefined ? [] : [pathToFileURL(file).href];
  });
}

function isFile(url: URL): boolean {
  try {
    readFileSync(url);
    return true;
  } catch {
    return false;
  }
}

/** A file that cannot be read any more counts as an empty one. */
function contentOf(url: string): { readonly text: string; readonly digest: string } {
  try {
    const text = readFileSync(new URL(url), "utf8");
    return { text, digest: hash(text) };
  } catch {
    return { text: "", digest: "" };
  }
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
