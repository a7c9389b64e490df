/** Loads a user's file of workflows. */
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { exportedWorkflows, isWorkflow } from "../engine/exported-workflows.ts";
import { currentVersions } from "../engine/registered-workflows.ts";
import type { Workflow } from "../kernel/definition.ts";
import { TreelineError } from "../kernel/errors.ts";
import { describeLoadFailure } from "./load-failure.ts";

export interface LoadedModule {
  /** Absolute path. */
  readonly file: string;
  /** All that it exports, each once. */
  readonly workflows: readonly Workflow[];
  /** The default export. */
  readonly main: Workflow | undefined;
}

/** What a file of workflows may be called. */
const EXTENSIONS = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);
const OUR_MODULES = new Set(["treeline", "treeline/testing"]);

export function isModuleName(name: string): boolean {
  return EXTENSIONS.has(path.extname(name));
}

/** @throws TreelineError when there is no such file, it cannot be loaded, or it exports no workflow */
export async function loadModule(name: string, cwd: string): Promise<LoadedModule> {
  const file = path.resolve(cwd, name);
  if (!existsSync(file)) throw new TreelineError("workflow_unknown", `there is no file ${file}`);
  shareOurselves();
  const exported = await importFile(file);
  const main = exported["default"];
  const workflows = exportedWorkflows(exported);
  if (workflows.length > 0) return { file, workflows, main: isWorkflow(main) ? main : undefined };
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
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new TreelineError("workflow_definition", describeLoadFailure(file, cause), { cause });
  }
}

let shared = false;

/** A file outside of any package, too, means this very Treeline when it imports `treeline`. */
function shareOurselves(): void {
  if (shared) return;
  shared = true;
  registerHooks({
    resolve: (specifier, context, next) =>
      OUR_MODULES.has(specifier)
        ? next(specifier, { ...context, parentURL: import.meta.url })
        : next(specifier, context),
  });
}
