/** What a user's module offers: every workflow among its exports, each once. */
import type { Workflow } from "../kernel/definition.ts";

export function exportedWorkflows(module: Readonly<Record<string, unknown>>): readonly Workflow[] {
  const { default: main, ...others } = module;
  return [...new Set([...Object.values(others), main].filter(isWorkflow))];
}

export function isWorkflow(value: unknown): value is Workflow {
  if (typeof value !== "object" || value === null) return false;
  const { name, version, digest, run } = value as Partial<Record<keyof Workflow, unknown>>;
  return [name, version, digest].every((text) => typeof text === "string") && typeof run === "function";
}
