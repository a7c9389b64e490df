/** The workflows of a deployment: what its module exports. */
import { RegisteredWorkflows } from "../../engine/registered-workflows.ts";
import type { Workflow } from "../../kernel/definition.ts";
import { TreelineError } from "../../kernel/errors.ts";
import type { Workflows } from "./context.ts";

export class DeployedWorkflows extends RegisteredWorkflows implements Workflows {
  /** @throws WorkflowDefinitionError when two have one name and version, or they start each other in a circle */
  constructor(workflows: Iterable<Workflow>) {
    super();
    this.add(workflows);
  }

  introduce(workflow: Workflow): void {
    if (this.find(workflow.name, workflow.version) !== undefined) return this.add([workflow]);
    // It would run here and now; but whoever gets its launch, or goes on with it, has the module's exports alone.
    throw new TreelineError(
      "workflow_unknown",
      `workflow ${workflow.name} in version ${workflow.version} is not among the exports of the deployed module, so no other function could run it; export it, and deploy again`,
    );
  }
}
