/** The workflows that an engine or a deployment knows, by name and version. The order in which they came decides nothing. */
import { findCycle } from "../kernel/cycles.ts";
import type { Workflow } from "../kernel/definition.ts";
import { WorkflowDefinitionError } from "../kernel/errors.ts";
import { compareVersions } from "../kernel/versions.ts";

export class RegisteredWorkflows {
  /** The highest version of each name. */
  readonly #current = new Map<string, Workflow>();
  /** By name and then by version: they are looked for with every child, and a key made of both would cost more. */
  readonly #versions = new Map<string, Map<string, Workflow>>();

  /**
   * All of them or none.
   * @throws WorkflowDefinitionError when two workflows have one name and version, or they start each other in a circle
   */
  add(workflows: Iterable<Workflow>): void {
    const added = [...workflows];
    for (const [at, workflow] of added.entries()) this.#refuseAnother(workflow, added.slice(0, at));
    const current = new Map(this.#current);
    for (const workflow of added) putHighest(current, workflow);
    refuseCycle(current.values());
    for (const workflow of added) {
      putHighest(this.#current, workflow);
      const versions = this.#versions.get(workflow.name) ?? new Map<string, Workflow>();
      this.#versions.set(workflow.name, versions.set(workflow.version, workflow));
    }
  }

  find(name: string, version?: string): Workflow | undefined {
    return version === undefined ? this.#current.get(name) : this.#versions.get(name)?.get(version);
  }

  /**
   * The code for an execution: of the version that it began with, or else the highest version that is compatible with
   * it. Nothing else: an execution waits rather than go on with code that does not say that it continues it (D33).
   */
  of({ workflow, version }: { readonly workflow: string; readonly version: string }): Workflow | undefined {
    const versions = this.#versions.get(workflow);
    const own = versions?.get(version);
    if (own !== undefined || versions === undefined) return own;
    const compatible = new Map<string, Workflow>();
    for (const other of versions.values()) if (continues(other, version)) putHighest(compatible, other);
    return compatible.get(workflow);
  }

  versionsOf(name: string): readonly string[] {
    return [...(this.#versions.get(name)?.keys() ?? [])];
  }

  names(): readonly string[] {
    return [...this.#current.keys()];
  }

  /** The current version of each. */
  all(): readonly Workflow[] {
    return [...this.#current.values()];
  }

  #refuseAnother({ name, version, digest }: Workflow, others: readonly Workflow[]): void {
    const registered = this.find(name, version);
    const known = registered ?? others.find((other) => other.name === name && other.version === version);
    if (known === undefined || known.digest === digest) return;
    throw new WorkflowDefinitionError(
      `two different workflows are called ${name} in version ${version}; rename one, or give it another version`,
    );
  }
}

/** True when the workflow is of the recorded version, or says that it continues executions of that version. */
export function continues({ version, compatibleWith }: Workflow, recorded: string): boolean {
  return version === recorded || compatibleWith?.includes(recorded) === true;
}

/** The highest version of each name, in the order in which the names came. */
export function currentVersions(workflows: Iterable<Workflow>): readonly Workflow[] {
  const current = new Map<string, Workflow>();
  for (const workflow of workflows) putHighest(current, workflow);
  return [...current.values()];
}

function putHighest(current: Map<string, Workflow>, workflow: Workflow): void {
  const known = current.get(workflow.name);
  if (known === undefined || compareVersions(known.version, workflow.version) <= 0) {
    current.set(workflow.name, workflow);
  }
}

function refuseCycle(workflows: Iterable<Workflow>): void {
  const named = [...workflows];
  // Only a workflow that names its children can close a circle.
  const cycle = named.some(({ children }) => children !== undefined) ? findCycle(named) : undefined;
  if (cycle === undefined) return;
  throw new WorkflowDefinitionError(
    `workflows start each other in a circle: ${cycle.join(" -> ")}; set allowRecursion if it is meant`,
  );
}
