/** Loads a user's file of workflows. */
import { statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { exportedWorkflows, isWorkflow } from "../engine/exported-workflows.ts";
import { currentVersions } from "../engine/registered-workflows.ts";
import type { Workflow } from "../kernel/definition.ts";
import { TreelineError } from "../kernel/errors.ts";
import { describeLoadFailure } from "./load-failure.ts";
import { guardLoad } from "./load-guard.ts";
import { digestOfFiles } from "./module-files.ts";
import { registerModuleHooks } from "./module-hooks.ts";

export interface LoadedModule {
  /** Absolute path. */
  readonly file: string;
  /** Of the file and of all that it imports, but for packages. */
  readonly digest: string;
  /** All that it exports, each once. */
  readonly workflows: readonly Workflow[];
  /** The default export. */
  readonly main: Workflow | undefined;
}

/** What a file of workflows may be called. */
const EXTENSIONS = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);
/** What else people call their code. Its name means a file, too, so that the answer is one about that file. */
const OTHER_CODE = new Set([".tsx", ".jsx", ".mtsx", ".ctsx"]);

export function isModuleName(name: string): boolean {
  const extension = path.extname(name);
  return EXTENSIONS.has(extension) || OTHER_CODE.has(extension);
}

/** Absolute path. @throws TreelineError when there is no such file, or it cannot be a file of workflows */
export function findModule(name: string, cwd: string): string {
  const file = path.resolve(cwd, name);
  const extension = path.extname(file);
  if (!EXTENSIONS.has(extension)) {
    const why = OTHER_CODE.has(extension) ? "JSX is not loaded: write .ts" : "write .ts, .mts, .cts, .js, .mjs or .cjs";
    throw new TreelineError("workflow_definition", `${file} cannot be a file of workflows: ${why}`);
  }
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new TreelineError("workflow_unknown", `there is no file ${file}`);
  if (stats.isDirectory()) throw new TreelineError("workflow_definition", `${file} is a folder; name a file in it`);
  return file;
}

/** @throws TreelineError when there is no such file, it cannot be loaded, or it exports no workflow */
export async function loadModule(name: string, cwd: string): Promise<LoadedModule> {
  const file = findModule(name, cwd);
  const exported = await importFile(file);
  const main = exported["default"];
  const workflows = exportedWorkflows(exported);
  if (workflows.length > 0) {
    return { file, digest: digestOfFiles(file), workflows, main: isWorkflow(main) ? main : undefined };
  }
  throw new TreelineError(
    "workflow_unknown",
    `${file} exports no workflow; write \`export const name = workflow({ name: "name" }, async (ctx, input) => …)\``,
  );
}

/** The one to run. @throws TreelineError when that is not clear, or there is none of that name */
export function chooseWorkflow({ file, workflows, main }: LoadedModule, name?: string): Workflow {
  const current = currentVersions(workflows);
  const named = name === undefined ? undefined : current.find((workflow) => workflow.name === name);
  const chosen = name === undefined ? (main ?? (current.length === 1 ? current[0] : undefined)) : named;
  if (chosen !== undefined) return chosen;
  const names = current.map((workflow) => workflow.name).join(", ");
  if (name !== undefined)
    throw new TreelineError("workflow_unknown", `${file} has no workflow ${name}; it has ${names}`);
  throw new TreelineError(
    "invalid_argument",
    `${file} has several workflows and none of them is its default export; choose with --workflow: ${names}`,
  );
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  registerModuleHooks();
  try {
    return await guardLoad(() => import(pathToFileURL(file).href) as Promise<Readonly<Record<string, unknown>>>);
  } catch (cause) {
    throw new TreelineError("workflow_definition", describeLoadFailure(file, cause), { cause });
  }
}
