/** The workflows of this engine, and the files they were loaded from. */
import { RegisteredWorkflows } from "../../engine/registered-workflows.ts";
import type { Workflow } from "../../kernel/definition.ts";
import type { Definitions } from "../../ports/definitions.ts";

export class LocalDefinitions extends RegisteredWorkflows implements Definitions {
  readonly #modules = new Map<Workflow, string>();
  readonly #dress: (workflow: Workflow) => Workflow;

  /** @param dress gives every workflow that comes in its clothes for tests; the same name, version and digest */
  constructor(dress: (workflow: Workflow) => Workflow = (workflow) => workflow) {
    super();
    this.#dress = dress;
  }

  /** @param module file the workflows were loaded from */
  override add(given: Iterable<Workflow>, module?: string): void {
    const workflows = [...given].map((workflow) => this.#dress(workflow));
    super.add(workflows);
    if (module === undefined) return;
    for (const workflow of workflows) this.#modules.set(workflow, module);
  }

  digestOf(workflow: Workflow): string {
    return workflow.digest;
  }

  moduleOf(workflow: Workflow): string | undefined {
    return this.#modules.get(workflow);
  }
}
