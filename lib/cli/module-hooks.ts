/**
 * How Node loads the files of a user: TypeScript's ways to name a file are understood, and what is written as an ES
 * module is loaded as one, whatever the package around it says.
 */
import {
  registerHooks,
  type LoadHookSync,
  type ResolveFnOutput,
  type ResolveHookContext,
  type ResolveHookSync,
} from "node:module";
import { pathToFileURL } from "node:url";
import { isOfUser, noteImport, noteLoad } from "./module-files.ts";
import { isModuleSyntax } from "./module-syntax.ts";
import { findAsTypeScript } from "./typescript-paths.ts";

/** An import that leads nowhere. */
export interface FailedImport {
  readonly specifier: string;
  /** URL of the file that has it. */
  readonly importer: string | undefined;
}

const OUR_MODULES = new Set(["treeline", "treeline/testing"]);
const NOT_FOUND = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"]);

const failedImports = new WeakMap<Error, FailedImport>();
let registered = false;
let lastLoaded: string | undefined;

/** Once per process: hooks stay for what user code imports later. */
export function registerModuleHooks(): void {
  if (registered) return;
  registered = true;
  registerHooks({ resolve, load });
}

/** The import for which Node threw this error; undefined for every other error. */
export function failedImportOf(error: Error): FailedImport | undefined {
  return failedImports.get(error);
}

/** URL of the newest file that was read. Node compiles a file directly after it was read, so a syntax error is in it. */
export function lastLoadedUrl(): string | undefined {
  return lastLoaded;
}

const resolve: ResolveHookSync = (specifier, context, next) => {
  // A file outside of any package, too, means this very Treeline when it imports `treeline`.
  if (OUR_MODULES.has(specifier)) return next(specifier, { ...context, parentURL: import.meta.url });
  try {
    return noted(withJsonType(next(specifier, context), context), context);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const file = isNotFound(error) && isOfUser(context.parentURL) ? findTarget(specifier, context, error) : undefined;
    if (file !== undefined) return noted(withJsonType(next(pathToFileURL(file).href, context), context), context);
    failedImports.set(error, { specifier, importer: context.parentURL });
    throw error;
  }
};

const load: LoadHookSync = (url, context, next) => {
  lastLoaded = url;
  noteLoad(url);
  const { format } = context;
  if (!isOfUser(url) || (format !== "commonjs" && format !== "commonjs-typescript")) return next(url, context);
  const typed = format === "commonjs-typescript";
  if (!isModuleSyntax(url, typed)) return next(url, context);
  return next(url, { ...context, format: typed ? "module-typescript" : "module" });
};

function isNotFound(error: Error): boolean {
  return NOT_FOUND.has((error as NodeJS.ErrnoException).code ?? "");
}

function noted(resolved: ResolveFnOutput, { parentURL }: ResolveHookContext): ResolveFnOutput {
  noteImport(parentURL, resolved.url);
  return resolved;
}

/** A path, or what `imports` of a package.json leads to; Node names the latter in its error. */
function findTarget(specifier: string, { parentURL }: ResolveHookContext, error: Error): string | undefined {
  const isPath = /^(\.{0,2}\/|file:)/.test(specifier);
  const { url } = error as Error & { url?: unknown };
  if (isPath) return findAsTypeScript(new URL(specifier, parentURL));
  return typeof url === "string" && url.startsWith("file:") ? findAsTypeScript(new URL(url)) : undefined;
}

/** TypeScript imports JSON without an attribute. */
function withJsonType(resolved: ResolveFnOutput, { importAttributes }: ResolveHookContext): ResolveFnOutput {
  if (resolved.format !== "json") return resolved;
  return { ...resolved, importAttributes: { ...importAttributes, type: "json" } };
}
