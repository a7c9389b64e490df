/** What everything in this home works with: the services, the code, and the settings of the deployment. */
import type { SessionLimits } from "../../ports/session-host.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { LogSink } from "../../ports/log-sink.ts";
import type { Plugin } from "../../ports/plugin.ts";
import type { Workflow } from "../../kernel/definition.ts";
import type { Millis } from "../../kernel/journal.ts";
import type { ExecutorClass } from "./messages.ts";
import type { Meter } from "./meter.ts";
import type { Patience } from "./patience.ts";
import type { Registry } from "./registry.ts";
import type { SentWakes } from "./sent-wakes.ts";
import type { Hosts, Queues, Targets, Versions } from "./services.ts";
import type { Table } from "./table.ts";

export interface AwsContext {
  readonly table: Table;
  readonly queues: Queues;
  readonly hosts: Hosts;
  readonly versions: Versions;
  readonly targets: Targets;
  readonly workflows: Workflows;
  readonly registry: Registry;
  readonly wakes: SentWakes;
  readonly patience: Patience;
  /** Of the execution that everything here is done for; none for whoever only looks. */
  readonly meter?: Meter;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: AwsLimits;
  readonly log: LogSink;
  readonly plugins: readonly Plugin[];
  readonly settings: AwsSettings;
  /**
   * Ends an execution, hard. Here, because births ask for it (an id is taken over) and ends give birth (to children
   * that were recorded and not created): said directly, the two would import each other.
   */
  readonly stop: (cx: AwsContext, id: string, reason: string) => Promise<void>;
}

/** The workflows of this deployment. */
export interface Workflows {
  find(name: string, version?: string): Workflow | undefined;
  /** That of an execution: its own version, or else the current one. */
  of(execution: { readonly workflow: string; readonly version: string }): Workflow | undefined;
  names(): readonly string[];
  /** From now on, in this process. */
  add(workflows: Iterable<Workflow>): void;
  /** One that code handed over as an object. @throws TreelineError `workflow_unknown` where no other process has it */
  introduce(workflow: Workflow): void;
}

export interface AwsLimits extends SessionLimits {
  /** Depth of the tree; roots are 0. */
  readonly depth: number;
  /** Invocations in a row that add nothing to the journal, each soon after the one before (D25). */
  readonly idleWakes: number;
}

export interface AwsSettings {
  /** The class of this function, and the version of its code (D26). */
  readonly executor: ExecutorClass;
  readonly version: string;
  /** Of the function. */
  readonly memoryMb: number;
  /** How long a holder may go on: at least the timeout of the function. */
  readonly leaseMs: Millis;
  /** How long an invocation waits for children that are about to end before it parks. */
  readonly lingerMs: Millis;
  /** How often it looks. */
  readonly pollMs: Millis;
  /** A wait that lasts longer is held, and seen, in Step Functions. */
  readonly hostAfterMs: Millis;
  /** The longest wait of one host (D29). */
  readonly longestHostMs: Millis;
  /** How often an invocation whose steps run looks whether it was asked to cancel. */
  readonly controlMs: Millis;
  /** Size of a head up to which journal entries stand in it: one write unit. */
  readonly headBytes: number;
  /** The same for the last write. */
  readonly endBytes: number;
  readonly chunkBytes: number;
}
