/** The workflows of a deployment: what its module exports. */
import { findCycle } from "../../kernel/cycles.ts";
import type { Workflow } from "../../kernel/definition.ts";
import { TreelineError, WorkflowDefinitionError } from "../../kernel/errors.ts";
import type { Workflows } from "./context.ts";

export class DeployedWorkflows implements Workflows {
  /** The newest registered of a name is its current version. */
  readonly #current = new Map<string, Workflow>();
  readonly #versions = new Map<string, Workflow>();

  /** @throws WorkflowDefinitionError when two have one name and version, or they start each other in a circle */
  constructor(workflows: Iterable<Workflow>) {
    for (const workflow of workflows) this.add(workflow);
    const cycle = findCycle(this.#current.values());
    if (cycle !== undefined) {
      throw new WorkflowDefinitionError(
        `workflows start each other in a circle: ${cycle.join(" -> ")}; set allowRecursion if it is meant`,
      );
    }
  }

  add(workflow: Workflow): void {
    const key = `${workflow.name}@${workflow.version}`;
    const known = this.#versions.get(key);
    if (known !== undefined && known.digest !== workflow.digest) {
      throw new WorkflowDefinitionError(
        `two different workflows are called ${workflow.name} in version ${workflow.version}; rename one, or give it another version`,
      );
    }
    this.#versions.set(key, workflow);
    this.#current.set(workflow.name, workflow);
  }

  introduce(workflow: Workflow): void {
    if (this.find(workflow.name, workflow.version) !== undefined) return this.add(workflow);
    // It would run here and now; but whoever gets its launch, or goes on with it, has the module's exports alone.
    throw new TreelineError(
      "workflow_unknown",
      `workflow ${workflow.name} in version ${workflow.version} is not among the exports of the deployed module, so no other function could run it; export it, and deploy again`,
    );
  }

  find(name: string, version?: string): Workflow | undefined {
    return version === undefined ? this.#current.get(name) : this.#versions.get(`${name}@${version}`);
  }

  of({ workflow, version }: { readonly workflow: string; readonly version: string }): Workflow | undefined {
    return this.find(workflow, version) ?? this.find(workflow);
  }

  names(): readonly string[] {
    return [...this.#current.keys()];
  }
}
