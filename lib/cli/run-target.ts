/** What `run` is asked to run: a workflow of a file, or one by name. */
import { existsSync } from "node:fs";
import { openReader } from "../homes/embedded/store.ts";
import type { Workflow } from "../kernel/definition.ts";
import { chooseWorkflow, isModuleName, loadModule, type LoadedModule } from "./load-module.ts";

export interface RunTarget {
  readonly name: string;
  /** Absent: only an engine that runs already can know it. */
  readonly workflow: Workflow | undefined;
  readonly module: LoadedModule | undefined;
}

/** @throws TreelineError when there is no such file or workflow, or it cannot be loaded */
export async function findTarget(
  what: string,
  { file, workflow: name }: { file: string; workflow?: string },
  cwd: string,
): Promise<RunTarget> {
  if (isModuleName(what)) return targetOf(await loadModule(what, cwd), name);
  const known = moduleThatRan(what, file);
  return known === undefined
    ? { name: what, workflow: undefined, module: undefined }
    : targetOf(await loadModule(known, cwd), what);
}

function targetOf(module: LoadedModule, name: string | undefined): RunTarget {
  const workflow = chooseWorkflow(module, name);
  return { name: workflow.name, workflow, module };
}

/** Where the workflow came from the last time it ran in this database. */
function moduleThatRan(workflow: string, file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const reader = openReader({ file });
  try {
    return reader.list({ workflow, limit: 1 }).heads[0]?.module;
  } finally {
    reader.close();
  }
}
