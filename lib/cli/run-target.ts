/** What `run` is asked to run: a workflow of a file, or one by name. */
import { existsSync } from "node:fs";
import { openReader } from "../homes/embedded/store.ts";
import type { Workflow } from "../kernel/definition.ts";
import { TreelineError } from "../kernel/errors.ts";
import type { Place } from "./place.ts";
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
  { file, remote, workflow: name }: Place & { workflow?: string },
  cwd: string,
): Promise<RunTarget> {
  if (remote !== undefined) return targetElsewhere(what, name);
  if (isModuleName(what)) return targetOf(await loadModule(what, cwd), name);
  const known = moduleThatRan(what, file);
  return known === undefined
    ? { name: what, workflow: undefined, module: undefined }
    : targetOf(await loadModule(known, cwd), what);
}

/** @throws TreelineError `invalid_argument`: code does not travel */
function targetElsewhere(what: string, name: string | undefined): RunTarget {
  if (!isModuleName(what) && name === undefined) return { name: what, workflow: undefined, module: undefined };
  const problem = `with --remote, name a workflow that is deployed there; ${isModuleName(what) ? what : "--workflow"} is of a file here`;
  throw new TreelineError("invalid_argument", problem);
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
