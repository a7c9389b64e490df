/** What a user's module offers: every workflow among its exports and in lists of them, each once; and `plugins`. */
import type { Workflow } from "../kernel/definition.ts";
import { TreelineError } from "../kernel/errors.ts";
import type { Plugin } from "../ports/plugin.ts";

export function exportedWorkflows(module: Readonly<Record<string, unknown>>): readonly Workflow[] {
  const { default: main, ...others } = module;
  return [...new Set([...Object.values(others), main].flat().filter(isWorkflow))];
}

export function isWorkflow(value: unknown): value is Workflow {
  if (typeof value !== "object" || value === null) return false;
  const { name, version, digest, run } = value as Partial<Record<keyof Workflow, unknown>>;
  return [name, version, digest].every((text) => typeof text === "string") && typeof run === "function";
}

/** @throws TreelineError `invalid_argument` when the export of that name is no list of plugins */
export function exportedPlugins({ plugins = [] }: Readonly<Record<string, unknown>>): readonly Plugin[] {
  if (Array.isArray(plugins) && plugins.every(isPlugin)) return plugins;
  throw new TreelineError("invalid_argument", "the module's export `plugins` must be a list of plugins");
}

export function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && typeof (value as Partial<Plugin>).name === "string";
}
