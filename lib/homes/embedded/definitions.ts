/** The workflows of this engine, and the files they were loaded from. */
import { RegisteredWorkflows } from "../../engine/registered-workflows.ts";
import type { Trigger, Workflow } from "../../kernel/definition.ts";
import type { Millis } from "../../kernel/journal.ts";
import type { Definitions } from "../../ports/definitions.ts";
import type { LogSink } from "../../ports/log-sink.ts";

/** Where workflows were loaded from. */
export interface ModuleSource {
  readonly file: string;
  /** Of the file and of what it imports: part of the digest of each of its workflows. */
  readonly digest?: string | undefined;
}

interface LoadedSource extends ModuleSource {
  readonly loadedAt: Millis;
}

export interface DefinitionsOptions {
  readonly log: LogSink;
  readonly now: () => Millis;
  /** Gives every workflow that comes in its clothes for tests; the same name, version and digest. */
  readonly dress?: ((workflow: Workflow) => Workflow) | undefined;
}

export class LocalDefinitions extends RegisteredWorkflows implements Definitions {
  readonly #sources = new Map<Workflow, LoadedSource>();
  readonly #now: () => Millis;
  readonly #log: LogSink;
  readonly #dress: (workflow: Workflow) => Workflow;

  constructor({ log, now, dress = (workflow) => workflow }: DefinitionsOptions) {
    super();
    this.#log = log;
    this.#now = now;
    this.#dress = dress;
  }

  override add(given: Iterable<Workflow>, source?: ModuleSource): void {
    const workflows = [...given].map((workflow) => this.#dress(workflow));
    const added = workflows.filter(({ name, version }) => this.find(name, version) === undefined);
    super.add(workflows);
    for (const workflow of added) this.#warnOfTriggers(workflow);
    if (source === undefined) return;
    const { file, digest } = source;
    const loaded: LoadedSource = { file, ...(digest === undefined ? undefined : { digest }), loadedAt: this.#now() };
    for (const workflow of workflows) this.#sources.set(workflow, loaded);
  }

  /** Nothing here starts an execution by itself. */
  #warnOfTriggers({ name, triggers = [] }: Workflow): void {
    if (triggers.length === 0) return;
    const shown = triggers.map(describeTrigger).join(", ");
    const message = `workflow ${name} declares triggers that this engine does not run: ${shown}. They start executions where the workflow is deployed to AWS; here, start it from a scheduler or a subscriber of your own`;
    this.#log({ level: "warn", message, workflow: name });
  }

  /** Of its function, and of the files that it was loaded from where they are known. */
  digestOf(workflow: Workflow): string {
    const digest = this.#sources.get(workflow)?.digest;
    return digest === undefined ? workflow.digest : `${workflow.digest}-${digest}`;
  }

  sourceOf(workflow: Workflow): LoadedSource | undefined {
    return this.#sources.get(workflow);
  }
}

function describeTrigger(trigger: Trigger): string {
  if ("schedule" in trigger) return trigger.schedule;
  const { source, detailType } = trigger.event;
  return `event ${[detailType].flat().join(" or ")} of ${[source].flat().join(" or ")}`;
}
