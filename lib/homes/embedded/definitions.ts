/** The workflows of this engine, and the files they were loaded from. */
import { RegisteredWorkflows } from "../../engine/registered-workflows.ts";
import type { Trigger, Workflow } from "../../kernel/definition.ts";
import type { Definitions } from "../../ports/definitions.ts";
import type { LogSink } from "../../ports/log-sink.ts";

export class LocalDefinitions extends RegisteredWorkflows implements Definitions {
  readonly #modules = new Map<Workflow, string>();
  readonly #log: LogSink;
  readonly #dress: (workflow: Workflow) => Workflow;

  /** @param dress gives every workflow that comes in its clothes for tests; the same name, version and digest */
  constructor(log: LogSink, dress: (workflow: Workflow) => Workflow = (workflow) => workflow) {
    super();
    this.#log = log;
    this.#dress = dress;
  }

  /** @param module file the workflows were loaded from */
  override add(given: Iterable<Workflow>, module?: string): void {
    const workflows = [...given].map((workflow) => this.#dress(workflow));
    const added = workflows.filter(({ name, version }) => this.find(name, version) === undefined);
    super.add(workflows);
    for (const workflow of added) this.#warnOfTriggers(workflow);
    if (module === undefined) return;
    for (const workflow of workflows) this.#modules.set(workflow, module);
  }

  /** Nothing here starts an execution by itself. */
  #warnOfTriggers({ name, triggers = [] }: Workflow): void {
    if (triggers.length === 0) return;
    const shown = triggers.map(describeTrigger).join(", ");
    const message = `workflow ${name} declares triggers that this engine does not run: ${shown}. They start executions where the workflow is deployed to AWS; here, start it from a scheduler or a subscriber of your own`;
    this.#log({ level: "warn", message, workflow: name });
  }

  digestOf(workflow: Workflow): string {
    return workflow.digest;
  }

  moduleOf(workflow: Workflow): string | undefined {
    return this.#modules.get(workflow);
  }
}

function describeTrigger(trigger: Trigger): string {
  if ("schedule" in trigger) return trigger.schedule;
  const { source, detailType } = trigger.event;
  return `event ${[detailType].flat().join(" or ")} of ${[source].flat().join(" or ")}`;
}
