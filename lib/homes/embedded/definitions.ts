/** The workflows of this engine, by name and version. */
import type { Workflow } from "../../kernel/definition.ts";
import { findCycle } from "../../kernel/cycles.ts";
import { WorkflowDefinitionError } from "../../kernel/errors.ts";
import type { Definitions } from "../../ports/definitions.ts";
import type { ExecutionStatics } from "./records.ts";

export class LocalDefinitions implements Definitions {
  /** The newest registered of a name is its current version. */
  readonly #current = new Map<string, Workflow>();
  /** By name and then by version: they are looked for with every child, and a key made of both would cost more. */
  readonly #versions = new Map<string, Map<string, Workflow>>();
  readonly #modules = new Map<Workflow, string>();
  readonly #dress: (workflow: Workflow) => Workflow;

  /** @param dress gives every workflow that comes in its clothes for tests; the same name, version and digest */
  constructor(dress: (workflow: Workflow) => Workflow = (workflow) => workflow) {
    this.#dress = dress;
  }

  /** @throws WorkflowDefinitionError when another workflow has the same name and version, or they start each other in a circle */
  add(given: Workflow, module: string | undefined): void {
    const workflow = this.#dress(given);
    const versions = this.#versions.get(workflow.name) ?? new Map<string, Workflow>();
    const known = versions.get(workflow.version);
    if (known !== undefined && known !== workflow && known.digest !== workflow.digest) {
      throw new WorkflowDefinitionError(
        `two different workflows are called ${workflow.name} in version ${workflow.version}; rename one, or give it another version`,
      );
    }
    // Only a workflow that names its children can close a circle.
    const cycle = workflow.children === undefined ? undefined : findCycle([...this.#current.values(), workflow]);
    if (cycle !== undefined) {
      throw new WorkflowDefinitionError(
        `workflows start each other in a circle: ${cycle.join(" -> ")}; set allowRecursion if it is meant`,
      );
    }
    this.#versions.set(workflow.name, versions.set(workflow.version, workflow));
    this.#current.set(workflow.name, workflow);
    if (module !== undefined) this.#modules.set(workflow, module);
  }

  find(name: string, version?: string): Workflow | undefined {
    return version === undefined ? this.#current.get(name) : this.#versions.get(name)?.get(version);
  }

  /** That of an execution: its own version, or else the current one. */
  of({ workflow, version }: Pick<ExecutionStatics, "workflow" | "version">): Workflow | undefined {
    return this.find(workflow, version) ?? this.find(workflow);
  }

  names(): readonly string[] {
    return [...this.#current.keys()];
  }

  all(): readonly Workflow[] {
    return [...this.#current.values()];
  }

  moduleOf(workflow: Workflow): string | undefined {
    return this.#modules.get(workflow);
  }
}
